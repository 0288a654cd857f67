"""What can be set from outside, by environment variables named ``UMEKOMI_...``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


class Settings(BaseSettings):
    """Each field is one variable: ``data_dir`` is ``UMEKOMI_DATA_DIR``."""

    model_config = SettingsConfigDict(env_prefix="UMEKOMI_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("umekomi", appauthor=False))
    frame_ancestors: str = Field(default="'self'", pattern=r"^[^;,\r\n]+$")
    upload_mb: int = Field(default=25, ge=1)
    upload_rows: int = Field(default=200_000, ge=1)


@cache
def settings() -> Settings:
    """Return the settings as they were when first asked for."""
    return Settings()

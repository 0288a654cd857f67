"""What can be set from outside, by environment variables named ``UMEKOMI_...``."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


class Profile(StrEnum):
    """For whom the app is served."""

    LOCAL = "local"  # the user of this machine, who may do everything
    PUBLIC = "public"  # strangers: allowed models, no paths, no addresses, no long jobs


class OpenVino(StrEnum):
    """Whether transformers run in OpenVINO on a CPU."""

    AUTO = "auto"  # exported in the background when first used, then loaded from there
    OFF = "off"


class Settings(BaseSettings):
    """Each field is one variable: ``data_dir`` is ``UMEKOMI_DATA_DIR``."""

    model_config = SettingsConfigDict(env_prefix="UMEKOMI_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("umekomi", appauthor=False))
    frame_ancestors: str = Field(default="'self'", pattern=r"^[^;,\r\n]+$")
    # None: each request's own address decides (pages/_ui/profile.py).
    profile: Profile | None = None
    # Short names of the models of a public instance, with commas; none: those without a download.
    models: Annotated[frozenset[str], NoDecode] = frozenset()
    openvino: OpenVino = OpenVino.AUTO
    processes: int = Field(default=2, ge=1)  # that serve pages, where core.serve starts them
    # Quotas: what comes beyond is told to be busy.
    sessions: int = Field(default=300, ge=1)
    jobs: int = Field(default=4, ge=1)
    queue: int = Field(default=200, ge=1)  # calls that wait for one worker
    session_uploads_mb: int = Field(default=100, ge=1)
    all_uploads_mb: int = Field(default=2000, ge=1)
    upload_mb: int = Field(default=25, ge=1)
    upload_rows: int = Field(default=200_000, ge=1)

    @field_validator("models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(name for part in value.split(",") if (name := part.strip()))


@cache
def settings() -> Settings:
    """Return the settings as they were when first asked for."""
    return Settings()

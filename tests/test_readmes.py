"""The two READMEs say the same where both speak, and point to what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, JAPANESE = "README.md", "README.ja.md"
FENCE = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)
LINK = re.compile(r"\]\((?!http|#)([^)]+)\)")
VARIABLE = re.compile(r"^\| `(UMEKOMI_\w+)`", re.M)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_command_of_the_japanese_readme_is_in_the_english_one() -> None:
    assert set(FENCE.findall(text(JAPANESE))) <= set(FENCE.findall(text(ENGLISH)))


def test_both_name_the_same_settings() -> None:
    assert set(VARIABLE.findall(text(JAPANESE))) == set(VARIABLE.findall(text(ENGLISH)))


@pytest.mark.parametrize("name", [ENGLISH, JAPANESE, "CONTRIBUTING.md"])
def test_what_is_linked_is_there(name: str) -> None:
    assert [link for link in LINK.findall(text(name)) if not (ROOT / link).exists()] == []


def test_every_folder_that_contributing_names_is_there() -> None:
    named = re.findall(r"`((?:core|pages|tests|assets)/[\w./]+)`", text("CONTRIBUTING.md"))
    example = re.compile(r"/[A-Z]+(\.|$)")  # NAME and LANGUAGE stand for any
    assert [path for path in named if not example.search(path) and not (ROOT / path).exists()] == []

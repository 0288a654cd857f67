"""The two READMEs say the same where both speak, and point to what is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, JAPANESE = "README.md", "README.ja.md"
TEXTS = ROOT / "pages" / "_ui" / "texts"
FENCE = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)
PICTURE = re.compile(r'<img src="([^"]+)"')
LINK = re.compile(r"\]\((?!http|#)([^)]+)\)")
VARIABLE = re.compile(r"^\| `(UMEKOMI_\w+)`", re.M)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_both_give_the_same_commands() -> None:
    assert FENCE.findall(text(JAPANESE)) == FENCE.findall(text(ENGLISH))


def test_both_have_as_many_sections() -> None:
    english, japanese = (re.findall(r"^## ", text(name), re.M) for name in (ENGLISH, JAPANESE))
    assert len(english) == len(japanese)


@pytest.mark.parametrize(("name", "lang"), [(ENGLISH, "en"), (JAPANESE, "ja")])
def test_pages_are_named_as_in_the_app(name: str, lang: str) -> None:
    rows = re.findall(r"^\| ([^|`]+) \| ", text(name), re.M)
    pages = [row for row in rows if row not in ("page", "variable", "ページ", "変数")]
    named = tomllib.loads((TEXTS / lang / "frame.toml").read_text(encoding="utf-8"))["nav"]
    sections = {"explore", "measure", "train"}
    assert sorted(pages) == sorted(title for key, title in named.items() if key not in sections)


def test_both_name_the_same_settings() -> None:
    assert set(VARIABLE.findall(text(JAPANESE))) == set(VARIABLE.findall(text(ENGLISH)))


@pytest.mark.parametrize("name", [ENGLISH, JAPANESE, "CONTRIBUTING.md"])
def test_what_is_linked_is_there(name: str) -> None:
    linked = (*LINK.findall(text(name)), *PICTURE.findall(text(name)))
    assert [link for link in linked if not (ROOT / link).exists()] == []


@pytest.mark.parametrize(("name", "lang"), [(ENGLISH, "en"), (JAPANESE, "ja")])
def test_each_page_has_a_picture_in_the_reader_s_language(name: str, lang: str) -> None:
    taken = {path.name.partition("-")[0] for path in (ROOT / "assets/screenshots").glob("*.png")}
    shown = re.findall(rf"assets/screenshots/(\w+)-{lang}-\w+-wide\.png", text(name))
    assert sorted(shown) == sorted(taken)


def test_every_folder_that_contributing_names_is_there() -> None:
    named = re.findall(r"`((?:core|pages|tests|assets)/[\w./]+)`", text("CONTRIBUTING.md"))
    example = re.compile(r"/[A-Z]+(\.|$)")  # NAME and LANGUAGE stand for any
    assert [path for path in named if not example.search(path) and not (ROOT / path).exists()] == []

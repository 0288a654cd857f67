"""Which column of a file is the text, the title, the label, the id and the place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.sets.user_file import ReadFile

SAMPLE_ROWS = 1_000
LATITUDE, LONGITUDE = 90.0, 180.0

# As names are compared: in lower case, without spaces and lines. The likeliest first.
TEXT = (
    "text texts sentence sentences content body document passage question query description "
    "abstract review comment message "
    "テキスト 本文 文章 文 内容 説明 質問 概要 コメント レビュー"
)
TITLE = "title name headline subject placename タイトル 題名 題 件名 見出し 名称 名前 氏名 地名"
LABEL = (
    "label labels category class topic cluster genre tag type group "
    "ラベル カテゴリ カテゴリー 分類 種類 種別 区分 ジャンル 話題 タグ"
)
ID = "id uid uuid key code index no number id番号 番号 管理番号 コード 識別子 通番"
LATITUDE_NAMES = "latitude lat 緯度"
LONGITUDE_NAMES = "longitude lon lng long 経度"


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """Names of columns; an empty one is none. Without ``text``, the rows' numbers are the texts."""

    text: str
    title: str = ""
    label: str = ""
    id: str = ""
    latitude: str = ""
    longitude: str = ""


def guess(read: ReadFile) -> ColumnChoice:
    """Return what the columns' names (English or Japanese) and contents say.

    Coordinates are chosen both or not at all. The text is a column that is named so, else the one
    with the longest cells.
    """
    taken: set[str] = set()
    latitude, longitude = _place(read)
    taken |= {latitude, longitude}
    text = _text(read, taken)
    taken |= {text}
    found: dict[str, str] = {}
    for part, names in (("title", TITLE), ("label", LABEL), ("id", ID)):
        found[part] = _named(read, names, taken)
        taken |= {found[part]}
    return ColumnChoice(text=text, latitude=latitude, longitude=longitude, **found)


def coordinate(cell: str, most: float) -> float | None:
    """Return the degrees, None where the cell is no number from ``-most`` to ``most``."""
    try:
        degrees = float(cell)
    except ValueError:
        return None
    return degrees if abs(degrees) <= most else None  # false for NaN, too


def _text(read: ReadFile, taken: Collection[str]) -> str:
    free = [name for name in read.columns if name not in taken]
    filled = [name for name in free if any(map(str.strip, _sample(read, name)))]
    worded = [name for name in filled if not _is_numeric(_sample(read, name))]
    exact = next((name for wanted in TEXT.split() for name in worded if _plain(name) == wanted), "")
    if exact:
        return exact
    # A long address would win over "sentence_en", and "content type" over nothing better.
    likely = [name for name in worded if set(_words(name)) & set(TEXT.split())]
    candidates = likely or worded or filled or free
    return max(candidates, key=lambda name: _mean_length(_sample(read, name)), default="")


def _place(read: ReadFile) -> tuple[str, str]:
    latitude = _named(read, LATITUDE_NAMES, ())
    longitude = _named(read, LONGITUDE_NAMES, ())
    fits = (
        latitude
        and longitude
        and _is_within(_sample(read, latitude), LATITUDE)
        and _is_within(_sample(read, longitude), LONGITUDE)
    )
    return (latitude, longitude) if fits else ("", "")


def _named(read: ReadFile, names: str, taken: Collection[str]) -> str:
    """Return the column with the likeliest of the names: as it is, else as a word of its own."""
    free = [name for name in read.columns if name not in taken]
    for wanted in names.split():
        found = next((name for name in free if _plain(name) == wanted), None)
        if found is not None:
            return found
    for wanted in names.split():
        found = next((name for name in free if wanted in _words(name)), None)
        if found is not None:
            return found
    return ""


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", name).casefold())


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.findall(r"[^\W_]+", spaced.casefold())


def _sample(read: ReadFile, name: str) -> Sequence[str]:
    return read.columns[name][:SAMPLE_ROWS]


def _is_within(cells: Sequence[str], most: float) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(coordinate(cell, most) is not None for cell in filled)


def _is_numeric(cells: Sequence[str]) -> bool:
    return _is_within(cells, float("inf"))


def _mean_length(cells: Sequence[str]) -> float:
    return sum(map(len, cells)) / max(len(cells), 1)

"""The places that ship: Japan's prefectures, their capitals, and its municipalities."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from core.sets.text_set import TextSet
from core.settings import ASSETS

FOLDER = ASSETS / "places"
# As the Japanese of the names beside them says it.
MUNICIPALITY_KINDS = {
    "designated_city": "政令指定都市",
    "designated_city_ward": "政令指定都市の区",
    "special_ward_tokyo": "特別区",
    "city": "市",
    "town": "町",
    "village": "村",
}
NAMES = ("name_en", "name_ja", "kana")  # the columns with a prefecture's own names


class PlaceSet(StrEnum):
    """Which places, and how they are written."""

    PREFECTURES_JA = "prefectures-ja"  # 東京都
    PREFECTURES_KANA = "prefectures-kana"  # とうきょうと
    PREFECTURES_EN = "prefectures-en"  # Tokyo
    PREFECTURES_SENTENCE = "prefectures-sentence"  # Tokyo, a prefecture of Japan
    CAPITALS_JA = "capitals-ja"
    CAPITALS_EN = "capitals-en"
    MUNICIPALITIES_JA = "municipalities-ja"


@cache
def prefectures() -> pd.DataFrame:
    """Return the table of prefectures, in the order of their codes."""
    return _read("prefectures.tsv")


@cache
def municipalities() -> pd.DataFrame:
    """Return the table of municipalities; names repeat, codes don't."""
    return _read("municipalities.tsv")


@cache
def place_set(which: PlaceSet) -> TextSet:
    """Return the set."""
    table = municipalities() if which is PlaceSet.MUNICIPALITIES_JA else prefectures()
    texts = tuple(_TEXTS[which](table))
    return TextSet(
        id=which.value,
        texts=texts,
        columns=_columns(which),
        places=table[["lat", "lon"]].to_numpy(dtype=np.float64),
        is_built_in=True,
    )


def prefecture_of(name: str) -> int | None:
    """Return the place of a prefecture in its table by a name of its own, None for another."""
    return _prefectures_by_name().get(_plain(name))


def as_prefectures(texts: tuple[str, ...]) -> np.ndarray | None:
    """Return each text's place in the table of prefectures, int64, shape (47,).

    None where the texts are not the names of all of them, each once.
    """
    return _as_prefectures(texts) if len(texts) == len(prefectures()) else None


@lru_cache(maxsize=8)
def _as_prefectures(texts: tuple[str, ...]) -> np.ndarray | None:
    places = [place for text in texts if (place := prefecture_of(text)) is not None]
    if len(set(places)) < len(texts):
        return None
    found = np.array(places, dtype=np.int64)
    found.flags.writeable = False
    return found


def own_prefectures(which: PlaceSet) -> np.ndarray:
    """Return the place in the table of prefectures of each place of the set, int64 (n_texts,)."""
    codes = list(prefectures()["code"])
    if which is not PlaceSet.MUNICIPALITIES_JA:
        return np.arange(len(codes))
    return np.array([codes.index(code) for code in municipalities()["prefecture"]])


@cache
def _prefectures_by_name() -> Mapping[str, int]:
    table = prefectures()
    return {_plain(name): i for form in NAMES for i, name in enumerate(table[form])}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().lower()


def _columns(which: PlaceSet) -> Mapping[str, tuple[str, ...]]:
    if which is PlaceSet.MUNICIPALITIES_JA:
        table = municipalities()
        by_code = prefectures().set_index("code")
        own = by_code.loc[table["prefecture"]]
        return {
            "code": tuple(table["code"]),
            "name_en": tuple(table["name_en"]),
            "kind": tuple(MUNICIPALITY_KINDS[kind] for kind in table["kind"]),
            "prefecture_ja": tuple(own["name_ja"]),
            "region_ja": tuple(own["region_ja"]),
            "region_en": tuple(own["region_en"]),
        }
    table = prefectures()
    names = ("code", "name_ja", "kana", "name_en", "capital_ja", "capital_en")
    return {name: tuple(table[name]) for name in (*names, "region_ja", "region_en")}


def _read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(
        FOLDER / name, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8", quoting=3
    )
    return frame.astype({"lat": float, "lon": float})


_TEXTS: dict[PlaceSet, Callable[[pd.DataFrame], list[str]]] = {
    PlaceSet.PREFECTURES_JA: lambda table: list(table["name_ja"]),
    PlaceSet.PREFECTURES_KANA: lambda table: list(table["kana"]),
    PlaceSet.PREFECTURES_EN: lambda table: list(table["name_en"]),
    PlaceSet.PREFECTURES_SENTENCE: lambda table: [
        f"{name}, a prefecture of Japan" for name in table["name_en"]
    ],
    PlaceSet.CAPITALS_JA: lambda table: list(table["capital_ja"]),
    PlaceSet.CAPITALS_EN: lambda table: list(table["capital_en"]),
    PlaceSet.MUNICIPALITIES_JA: lambda table: list(table["name_ja"]),
}

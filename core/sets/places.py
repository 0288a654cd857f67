"""The places that ship: Japan's prefectures, their capitals, and its municipalities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

import numpy as np
import pandas as pd

from core.sets.text_set import TextSet
from core.settings import ASSETS

FOLDER = ASSETS / "places"


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


def _columns(which: PlaceSet) -> Mapping[str, tuple[str, ...]]:
    if which is PlaceSet.MUNICIPALITIES_JA:
        table = municipalities()
        by_code = prefectures().set_index("code")
        own = by_code.loc[table["prefecture"]]
        return {
            "code": tuple(table["code"]),
            "name_en": tuple(table["name_en"]),
            "kind": tuple(table["kind"]),
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

"""The built-in packs keep their promises, and a user's own table is read or its fault named."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from core.compare.background import Language
from core.compare.probes import Pack, PackName, own_pack, packs, rows_from_csv
from core.errors import BadTable, Word
from core.models.ngrams import CharNgrams
from core.models.similarity import Similarity, similarity_matrix

FEWEST_ITEMS = 40
HIGHEST_BASELINE = 0.8  # above it, counting letters would do
BUILT_IN = [name for name in PackName if name is not PackName.OWN]
every_pack = pytest.mark.parametrize(
    ("language", "name"), list(product(Language, BUILT_IN)), ids=lambda value: value.value
)


def pack_of(language: Language, name: PackName) -> Pack:
    (found,) = [pack for pack in packs(language) if pack.name is name]
    return found


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_every_pack_in_the_same_order(language: Language) -> None:
    assert [pack.name for pack in packs(language)] == BUILT_IN
    assert {pack.language for pack in packs(language)} == {language}


@every_pack
def test_a_pack_has_enough_items_of_three_different_texts(
    language: Language, name: PackName
) -> None:
    pack = pack_of(language, name)
    assert len(pack.items) >= FEWEST_ITEMS
    for item in pack.items:
        texts = (item.anchor, item.closer, item.farther)
        assert all(text and text == text.strip() for text in texts), item
        assert len({text.casefold() for text in texts}) == 3, item


@every_pack
def test_every_item_has_a_kind_and_its_reason_in_both_languages(
    language: Language, name: PackName
) -> None:
    for item in pack_of(language, name).items:
        assert item.kind.strip(), item
        assert item.reason.keys() == set(Language), item
        assert all(text.strip() for text in item.reason.values()), item


@pytest.mark.parametrize("language", list(Language))
def test_no_anchor_stands_twice_in_a_language(language: Language) -> None:
    anchors = [item.anchor for pack in packs(language) for item in pack.items]
    assert len(set(anchors)) == len(anchors)


@every_pack
def test_counting_character_n_grams_does_not_pass_a_pack(
    language: Language, name: PackName
) -> None:
    items = pack_of(language, name).items
    texts = [text for item in items for text in (item.anchor, item.closer, item.farther)]
    vectors = CharNgrams().encode(texts, [""] * len(texts)).reshape(len(items), 3, -1)
    scores = np.array([similarity_matrix(v[:1], v[1:], Similarity.COSINE)[0] for v in vectors])
    rate = float((scores[:, 0] > scores[:, 1]).mean())
    print(f"{language}/{name}: n-grams pass {rate:.1%} of {len(items)}")
    assert rate <= HIGHEST_BASELINE


FULL = "anchor,closer,farther,kind,reason\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_own_rows_are_read_in_every_form(delimiter: str, start: str, end: str) -> None:
    lines = [("Closer", "anchor ", "FARTHER"), ("it did", "it's done", "it didn't")]
    text = start + end.join(delimiter.join(line) for line in lines) + end
    rows = rows_from_csv(text)
    assert rows == [{"anchor": "it's done", "closer": "it did", "farther": "it didn't"}]
    (item,) = own_pack(rows).items
    assert (item.anchor, item.kind, set(item.reason.values())) == ("it's done", "", {""})


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks() -> None:
    text = FULL + '"a, b","say ""c""","d\r\ne",order,why\n'
    (item,) = own_pack(rows_from_csv(text)).items
    assert (item.anchor, item.closer, item.farther) == ("a, b", 'say "c"', "d\r\ne")
    assert item.kind == "order"
    assert item.reason == {"en": "why", "ja": "why"}


def test_own_rows_are_a_pack_of_no_language_without_the_blank_ones() -> None:
    blank = {"anchor": " ", "closer": None, "kind": "x"}
    pack = own_pack([blank, {"anchor": " a ", "closer": "b", "farther": "c"}, {}])
    assert (pack.name, pack.language) == (PackName.OWN, None)
    assert [item.anchor for item in pack.items] == ["a"]
    assert own_pack([]).items == ()


@pytest.mark.parametrize(
    ("text", "row", "column", "problem"),
    [
        ("", 0, "anchor", Word.MISSING_COLUMN),
        ("anchor,closer\na,b", 0, "farther", Word.MISSING_COLUMN),
        ("anchor,closer,farther,note\na,b,c,d", 0, "note", Word.EXTRA_COLUMN),
        ("anchor,closer,farther,anchor\na,b,c,d", 0, "anchor", Word.EXTRA_COLUMN),
        ("anchor,closer,farther,\na,b,c,", 0, "4", Word.EXTRA_COLUMN),  # a column without a name
        (FULL + "a,b,c\na,b,c,d,e,f", 2, "6", Word.EXTRA_CELL),
        (FULL + "a,b,c\n,b,c", 2, "anchor", Word.EMPTY),
        (FULL + "a, ,c", 1, "closer", Word.EMPTY),
        (FULL + "a,b", 1, "farther", Word.EMPTY),
        (FULL + "a,b, b ", 1, "farther", Word.SAME_TEXTS),
        (FULL + "\na,b,c\n,,,,\na,,c", 4, "closer", Word.EMPTY),  # blank rows count
    ],
)
def test_a_bad_row_of_one_s_own_is_named(text: str, row: int, column: str, problem: Word) -> None:
    with pytest.raises(BadTable) as refused:
        own_pack(rows_from_csv(text))
    assert refused.value.values == {"row": row, "column": column, "problem": problem}
    assert str(row) in refused.value.message
    assert column in refused.value.message


def test_a_quote_without_its_end_does_not_swallow_the_rows_after_it() -> None:
    with pytest.raises(BadTable) as refused:
        rows_from_csv(FULL + 'a,b,c\n"a,b,c\na,b,c')
    assert refused.value.values["row"] == 2

"""Labelled pairs are read in the forms that STS files have; a bad cell is named."""

from __future__ import annotations

import pytest

from core.compare.labelled import pairs_from_csv
from core.errors import BadTable, Word

READ = (("a, a", "b"), ("c", "d"), (4.5, 0.0))
ROWS = [("text1", "text2", "score"), ("a, a", "c", "4.5"), ("b", "d", "0")]


def table(delimiter: str = ",", rows: list[tuple[str, ...]] = ROWS) -> str:
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n", "{0}{0}\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_form_of_a_table_is_read(delimiter: str, start: str, end: str) -> None:
    before = start.format(delimiter)
    assert pairs_from_csv(before + table(delimiter).replace("\n", end) + end * 2) == READ


def test_columns_may_stand_in_any_order_beside_others() -> None:
    text = 'genre,Score,TEXT2,year,text1\nnews,4.5,c,,"a, a"\n,0,d,2012,b'
    assert pairs_from_csv(text) == READ
    assert pairs_from_csv(table().replace("text", "sentence")) == READ


def test_of_both_pairs_of_columns_the_first_is_read() -> None:
    rows = "text1,text2,sentence1,sentence2,score\na,b,x,y,1"
    assert pairs_from_csv(rows) == (("a",), ("b",), (1.0,))


def test_a_line_break_in_quotes_is_part_of_the_text() -> None:
    assert pairs_from_csv('text1,text2,score\n"a\nb",c,1') == (("a\nb",), ("c",), (1.0,))


def test_a_table_without_rows_has_no_pairs() -> None:
    assert pairs_from_csv("text1,text2,score\n\n") == ((), (), ())


@pytest.mark.parametrize(
    ("text", "row", "column", "problem"),
    [
        ("", 0, "text1", Word.MISSING_COLUMN),
        ("text1,score\na,1", 0, "text2", Word.MISSING_COLUMN),
        ("sentence1,score\na,1", 0, "sentence2", Word.MISSING_COLUMN),
        ("text1,text2\na,b", 0, "score", Word.MISSING_COLUMN),
        ("text1,text2,score,text2\na,b,1,c", 0, "text2", Word.EXTRA_COLUMN),
        ("text1,text2,score\na,b,1\na, ,1", 2, "text2", Word.EMPTY),
        ("text1,text2,score\na,b", 1, "score", Word.EMPTY),
        ("text1,text2,score\na,b,good", 1, "score", Word.NOT_A_NUMBER),
        ("text1,text2,score\na,b,nan", 1, "score", Word.NOT_A_NUMBER),
        ("text1,text2,score\na,b,inf", 1, "score", Word.NOT_A_NUMBER),
        ("text1;text2;score\na;b;0,5", 1, "score", Word.NOT_A_NUMBER),
        ("text1,text2,score\na,b,1,2", 1, "4", Word.EXTRA_CELL),
        ("text1,text2,score\n\n,,\na,,1", 3, "text2", Word.EMPTY),  # blank rows count
    ],
)
def test_a_bad_cell_is_named(text: str, row: int, column: str, problem: Word) -> None:
    with pytest.raises(BadTable) as refused:
        pairs_from_csv(text)
    assert refused.value.values == {"row": row, "column": column, "problem": problem}
    assert column in refused.value.message


def test_a_quote_without_its_end_does_not_swallow_the_rows_after_it() -> None:
    with pytest.raises(BadTable) as refused:
        pairs_from_csv('text1,text2,score\na,b,1\n"a,b,1\na,b,1')
    assert refused.value.values["row"] == 2

"""Users' labelled tables: what can be used, and what is named because it can't."""

from __future__ import annotations

import pytest

from core.errors import BadLabels
from core.quality.labelled.columns import Part, as_named, guess, missing
from core.quality.labelled.data import Kind, digest
from core.quality.labelled.reading import Fault, classes, collection, pairs, propose


def table(names: str, *rows: str) -> dict[str, list[str]]:
    cells = [row.split("|") for row in rows]
    return {name: [row[i] for row in cells] for i, name in enumerate(names.split("|"))}


def where(left) -> dict[Fault, tuple[str, ...]]:
    return {each.fault: each.where for each in left}


PAIRS = table("sentence1|sentence2|score", "a|b|1.5", "c|d|0", "e|f|3", "g|h|2")
CLASSES = table("text|label", "a|x", "b|y", "c|x", "d|y", "e|x")
QUERIES = table("query_id|text", "q1|one", "q2|two", "q3|three")
CORPUS = table("doc_id|title|text", "d1|T|a", "d2||b")
QRELS = table("query_id|doc_id|relevance", "q1|d1|1", "q2|d2|2", "q3|d1|0")


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (PAIRS, Kind.STS),
        (table("text1|text2|label", "a|b|1", "c|d|no"), Kind.PAIRS),
        (CLASSES, Kind.CLASSIFICATION),
        (table("name|x", "a|b"), None),
    ],
)
def test_a_type_is_proposed_from_the_columns(columns, kind: Kind | None) -> None:
    assert propose(columns) is kind


def test_pairs_are_read_by_their_columns_names() -> None:
    found, left = pairs(table("n|SENTENCE2|sentence1|Score", "9|b|a|1.5", "9|d|c|0", "9|f|e|3"))
    assert (found.first, found.second) == (("a", "c", "e"), ("b", "d", "f"))
    assert found.grades == (1.5, 0, 3)
    assert left == ()


def test_pairs_that_cannot_be_used_are_named_by_row() -> None:
    bad = table("sentence1|sentence2|score", "a|b|high", " |b|1", "c|d|nan", "c|d|inf")
    whole = {name: [*PAIRS[name], *bad[name]] for name in PAIRS}
    found, left = pairs(whole)
    assert len(found) == 4
    assert where(left) == {Fault.NOT_A_NUMBER: ("5", "7", "8"), Fault.EMPTY_TEXT: ("6",)}
    assert "3 rows: the grade is no finite number (5, 7, 8)" in map(str, left)


def test_yes_and_no_are_understood_in_both_languages() -> None:
    found, left = pairs(
        table("text1|text2|label", "a|b|yes", "c|d|いいえ", "e|f|TRUE", "g|h|2"), Kind.PAIRS
    )
    assert found.grades == (1, 0, 1)
    assert where(left) == {Fault.NOT_YES_OR_NO: ("4",)}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (table("sentence1|sentence2|score", "a|b|2", "c|d|2", "e|f|2"), "same label, 2"),
        (table("sentence1|sentence2|score", "a|b|2", "c|d|x"), "1 of 2 pairs"),
        (table("sentence1|sentence2", "a|b"), "'score'"),
        (table("foo|bar|score", "a|b|1"), "'sentence1'"),
    ],
)
def test_pairs_that_measure_nothing_are_refused(columns, said: str) -> None:
    with pytest.raises(BadLabels, match=said):
        pairs(columns)


def test_without_a_training_file_every_other_text_of_a_class_is_learned_from() -> None:
    found, left = classes(CLASSES)
    assert (found.train_texts, found.texts) == (("a", "b", "e"), ("c", "d"))
    assert (found.train_labels, found.labels) == (("x", "y", "x"), ("x", "y"))
    assert left == ()


def test_classes_that_cannot_be_used_are_named() -> None:
    more = table("text|label", "f|lone", " |x", "g| ")
    found, left = classes({name: [*CLASSES[name], *more[name]] for name in CLASSES})
    assert "lone" not in found.labels + found.train_labels
    assert where(left) == {
        Fault.EMPTY_TEXT: ("7",),
        Fault.EMPTY_LABEL: ("8",),
        Fault.LONE_CLASS: ("6",),
    }
    _, left = classes(CLASSES, table("text|label", "a|x", "b|z"))
    assert where(left) == {Fault.UNSEEN_CLASS: ("2: y", "4: y")}
    with pytest.raises(BadLabels, match="one class, 'x'"):
        classes(table("text|label", "a|x", "b|x"), kind=Kind.CLUSTERING)


def test_a_collection_has_only_queries_with_a_right_document() -> None:
    found, left = collection(QUERIES, CORPUS, QRELS)
    assert found.relevant == {"q1": {"d1": 1}, "q2": {"d2": 2}}
    assert found.documents == {"d1": ("T", "a"), "d2": ("", "b")}
    assert where(left) == {Fault.NO_RELEVANT: ("q3",)}


def test_relevance_of_what_is_not_there_is_named() -> None:
    more = table(
        "query_id|doc_id|relevance", "q9|d1|1", "q1|d9|1", "q1|d2|0.5", "q1|d1|1", "q3|d2|1"
    )
    qrels = {name: [*QRELS[name], *more[name]] for name in QRELS}
    double = {
        name: [*CORPUS[name], value] for name, value in zip(CORPUS, ("d1", "", "c"), strict=True)
    }
    found, left = collection(QUERIES, double, qrels)
    assert where(left) == {
        Fault.DUPLICATE_ID: ("d1",),
        Fault.UNKNOWN_QUERY: ("4: q9",),
        Fault.UNKNOWN_DOCUMENT: ("5: d9",),
        Fault.NOT_WHOLE: ("6: 0.5",),
        Fault.TWICE: ("7: q1, d1",),
    }
    assert set(found.queries) == {"q1", "q2", "q3"}
    with pytest.raises(BadLabels, match="No query has a right document"):
        collection(QUERIES, CORPUS, table("query_id|doc_id|relevance", "q1|d1|0"))


def test_reranking_needs_a_wrong_document_beside_the_right_one() -> None:
    queries = {"id": ["q1", "q2"], "text": ["a", "b"]}
    documents = {"id": ["d1", "d2"], "text": ["x", "y"]}
    judged = {
        "query-id": ["q1", "q1", "q2"],
        "corpus-id": ["d1", "d2", "d1"],
        "score": ["1", "0", "1"],
    }
    found, left = collection(queries, documents, judged, Kind.RERANKING)
    assert list(found.queries) == ["q1"]
    assert where(left) == {Fault.NO_CANDIDATE: ("q2",)}


def test_columns_of_any_name_are_read_under_their_roles() -> None:
    columns = table("左|右|score", "a|d|1", "b|e|2", "c|f|3")
    chosen = guess(list(columns), Part.PAIRS)
    assert chosen == {"sentence1": None, "sentence2": None, "score": "score"}
    assert missing(chosen, Part.PAIRS) == ("sentence1", "sentence2")
    found, _ = pairs(as_named(columns, {**chosen, "sentence1": "左", "sentence2": "右"}))
    assert (found.first, found.second) == (("a", "b", "c"), ("d", "e", "f"))


def test_one_changed_label_is_other_data() -> None:
    changed = {**PAIRS, "score": [*PAIRS["score"][:-1], "2.5"]}
    assert digest(pairs(PAIRS)[0]) == digest(pairs(PAIRS)[0])
    assert digest(pairs(PAIRS)[0]) != digest(pairs(changed)[0])

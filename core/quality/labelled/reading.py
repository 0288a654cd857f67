"""From the columns of users' files to labelled texts; what can't be used is named, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from core.errors import BadLabels, Word
from core.quality.labelled.columns import (
    DOCUMENT_ID,
    FIRST,
    GRADE,
    ID,
    LABEL,
    QUERY_ID,
    RELEVANCE,
    SECOND,
    TEXT,
    Columns,
)
from core.quality.labelled.data import Classes, Collection, Kind, Pairs

SHOWN = 5  # of the rows or ids that are at fault
LEAST_PAIRS = 3
LEAST_OF_A_CLASS = 2
Cell = TypeVar("Cell", str, tuple[str, str])

YES = ("1", "1.0", "yes", "true", "はい")
NO = ("0", "0.0", "no", "false", "いいえ")
YES_OR_NO = {**dict.fromkeys(YES, 1.0), **dict.fromkeys(NO, 0.0)}


class Fault(StrEnum):
    """Why a row can't be used; the value is what a message says."""

    NOT_A_NUMBER = "the grade is no finite number"
    NOT_YES_OR_NO = "the label is neither 1 or yes nor 0 or no"
    EMPTY_TEXT = "a text is empty"
    EMPTY_LABEL = "the class is empty"
    LONE_CLASS = "it is the only one of its class"
    DUPLICATE_ID = "its id is there already"
    UNKNOWN_QUERY = "there is no query of this id"
    UNKNOWN_DOCUMENT = "there is no document of this id"
    NOT_WHOLE = "the relevance is no whole number"
    TWICE = "this query and document are there already"
    NO_RELEVANT = "no document is right for this query"
    NO_CANDIDATE = "no document is wrong for this query, so any order of them is right"
    UNSEEN_CLASS = "its class has no text to learn from"


@dataclass(frozen=True, kw_only=True)
class Left:
    """Rows (from 1) or ids that can't be used, and why."""

    fault: Fault
    where: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.where[:SHOWN]) + (", …" if len(self.where) > SHOWN else "")
        return f"{len(self.where):,} rows: {self.fault} ({shown})"


def propose(columns: Columns) -> Kind | None:
    """Return what a table with these columns can measure, None where they say nothing."""
    names = list(columns)
    grade = _one_of(names, GRADE)
    if _one_of(names, FIRST) and _one_of(names, SECOND) and grade:
        answers = {cell.strip().lower() for cell in columns[grade]}
        return Kind.PAIRS if answers and answers <= set(YES_OR_NO) else Kind.STS
    if _one_of(names, TEXT) and _one_of(names, LABEL):
        return Kind.CLASSIFICATION
    return None


def pairs(columns: Columns, kind: Kind = Kind.STS) -> tuple[Pairs, tuple[Left, ...]]:
    """Return the pairs that can be used, and what can't. Raises BadLabels.

    The columns are those named as in FIRST, SECOND and GRADE, else the first three.
    """
    first, second, grade = _pick(columns, FIRST, SECOND, GRADE)
    parse = _number if kind is Kind.STS else _yes_or_no
    fault = Fault.NOT_A_NUMBER if kind is Kind.STS else Fault.NOT_YES_OR_NO
    faults = _Faults()
    kept: list[tuple[str, str, float]] = []
    for row, (a, b, cell) in enumerate(zip(first, second, grade, strict=True), start=1):
        value = parse(cell)
        if not a.strip() or not b.strip():
            faults.add(Fault.EMPTY_TEXT, row)
        elif value is None:
            faults.add(fault, row)
        else:
            kept.append((a, b, value))
    grades = tuple(value for _, _, value in kept)
    if len(kept) < LEAST_PAIRS:
        raise _bad(
            f"{len(kept)} of {len(grade)} pairs can be used; {LEAST_PAIRS} are needed.", faults
        )
    if len(set(grades)) < 2:
        raise _bad(f"All {len(kept)} pairs have the same label, {grades[0]:g}.", faults)
    found = Pairs(
        kind=kind,
        first=tuple(a for a, _, _ in kept),
        second=tuple(b for _, b, _ in kept),
        grades=grades,
    )
    return found, faults.found


def classes(
    columns: Columns, train: Columns | None = None, kind: Kind = Kind.CLASSIFICATION
) -> tuple[Classes, tuple[Left, ...]]:
    """Return texts with their classes, and what can't be used. Raises BadLabels.

    For classification without a training file, every other text of each class is learned from.
    """
    faults = _Faults()
    rows = _texts_with_labels(columns, faults)
    if kind is Kind.CLUSTERING:
        _check_classes(rows, faults)
        return _made(kind, rows, []), faults.found
    if train is None:
        rows = _without_lone(rows, faults)
        learned, tested = _every_other(rows)
    else:
        learned, tested = _texts_with_labels(train, faults), rows
        seen = {label for _, _, label in learned}
        for row, _, label in tested:
            if label not in seen:
                faults.add(Fault.UNSEEN_CLASS, f"{row}: {label}")
        tested = [each for each in tested if each[2] in seen]
    _check_classes(learned, faults)
    if not tested:
        raise _bad("No text is left to test with.", faults)
    return _made(kind, tested, learned), faults.found


def collection(
    queries: Columns, documents: Columns, relevant: Columns, kind: Kind = Kind.RETRIEVAL
) -> tuple[Collection, tuple[Left, ...]]:
    """Return queries, documents and relevance, and what can't be used. Raises BadLabels.

    For reranking a query also needs a candidate that is wrong: one of relevance 0.
    """
    faults = _Faults()
    query_ids, query_texts = _pick(queries, ID, TEXT)
    document_ids, texts = _pick(documents, ID, TEXT)
    titles = documents["title"] if "title" in documents else [""] * len(texts)
    asked = _by_id(query_ids, query_texts, faults)
    kept = _by_id(document_ids, list(zip(titles, texts, strict=True)), faults)
    of_query, of_document = _pick(relevant, QUERY_ID, DOCUMENT_ID)
    name = _one_of(list(relevant), RELEVANCE)
    grades = relevant[name] if name else ["1"] * len(of_query)
    right: dict[str, dict[str, int]] = {}
    for row, (query, document, cell) in enumerate(
        zip(of_query, of_document, grades, strict=True), start=1
    ):
        value = _number(cell)
        if query not in asked:
            faults.add(Fault.UNKNOWN_QUERY, f"{row}: {query}")
        elif document not in kept:
            faults.add(Fault.UNKNOWN_DOCUMENT, f"{row}: {document}")
        elif value is None or value != round(value):
            faults.add(Fault.NOT_WHOLE, f"{row}: {cell}")
        elif document in right.get(query, {}):
            faults.add(Fault.TWICE, f"{row}: {query}, {document}")
        else:
            right.setdefault(query, {})[document] = round(value)
    answered = {query for query, found in right.items() if any(v > 0 for v in found.values())}
    for query in asked:
        if query not in answered:
            faults.add(Fault.NO_RELEVANT, query)
        elif kind is Kind.RERANKING and all(v > 0 for v in right[query].values()):
            faults.add(Fault.NO_CANDIDATE, query)
            answered.remove(query)
    if not answered:
        wrong = " and a wrong one" if kind is Kind.RERANKING else ""
        raise _bad(f"No query has a right document{wrong}.", faults)
    found = Collection(
        queries={query: text for query, text in asked.items() if query in answered},
        documents=kept,
        relevant={query: found for query, found in right.items() if query in answered},
        kind=kind,
    )
    return found, faults.found


class _Faults:
    def __init__(self) -> None:
        self._where: dict[Fault, list[str]] = {}

    def add(self, fault: Fault, where: object) -> None:
        self._where.setdefault(fault, []).append(str(where))

    @property
    def found(self) -> tuple[Left, ...]:
        return tuple(Left(fault=fault, where=tuple(w)) for fault, w in self._where.items())


Row = tuple[int, str, str]  # number, text, label


def _texts_with_labels(columns: Columns, faults: _Faults) -> list[Row]:
    texts, labels = _pick(columns, TEXT, LABEL)
    kept: list[Row] = []
    for row, (text, label) in enumerate(zip(texts, labels, strict=True), start=1):
        if not text.strip():
            faults.add(Fault.EMPTY_TEXT, row)
        elif not label.strip():
            faults.add(Fault.EMPTY_LABEL, row)
        else:
            kept.append((row, text, label))
    return kept


def _without_lone(rows: list[Row], faults: _Faults) -> list[Row]:
    counts = Counter(label for _, _, label in rows)
    for row, _, label in rows:
        if counts[label] < LEAST_OF_A_CLASS:
            faults.add(Fault.LONE_CLASS, row)
    return [each for each in rows if counts[each[2]] >= LEAST_OF_A_CLASS]


def _every_other(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    seen: Counter[str] = Counter()
    parts: tuple[list[Row], list[Row]] = ([], [])
    for each in rows:
        parts[seen[each[2]] % 2].append(each)
        seen[each[2]] += 1
    return parts


def _check_classes(rows: list[Row], faults: _Faults) -> None:
    names = {label for _, _, label in rows}
    if len(names) < 2:
        what = (
            f"All texts are of one class, {next(iter(names))!r}." if names else "There is no text."
        )
        raise _bad(what, faults)


def _made(kind: Kind, rows: list[Row], learned: list[Row]) -> Classes:
    return Classes(
        kind=kind,
        texts=tuple(text for _, text, _ in rows),
        labels=tuple(label for _, _, label in rows),
        train_texts=tuple(text for _, text, _ in learned),
        train_labels=tuple(label for _, _, label in learned),
    )


def _by_id(ids: Sequence[str], cells: Sequence[Cell], faults: _Faults) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for id, cell in zip(ids, cells, strict=True):
        text = cell if isinstance(cell, str) else cell[1]
        if id in found:
            faults.add(Fault.DUPLICATE_ID, id)
        elif not text.strip():
            faults.add(Fault.EMPTY_TEXT, id)
        else:
            found[id] = cell
    return found


def _pick(columns: Columns, *known: tuple[str, ...]) -> list[Sequence[str]]:
    """Return a column for each list of names, the likeliest name first, each column once."""
    found: list[str] = []
    for names in known:
        left = [name for name in columns if name not in found]
        name = _one_of(left, names)
        if name is None:
            raise BadLabels(
                f"No column is named {' or '.join(repr(each) for each in names[:3])}; there are "
                f"{', '.join(repr(each) for each in columns)}.",
                hint="Name the columns so, or choose them.",
                problem=Word.MISSING_COLUMN,
                where=names[0],
                count=0,
            )
        found.append(name)
    return [columns[name] for name in found]


def _one_of(columns: Sequence[str], known: tuple[str, ...]) -> str | None:
    by_lower = {name.lower(): name for name in reversed(columns)}
    return next((by_lower[name] for name in known if name in by_lower), None)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _yes_or_no(cell: str) -> float | None:
    return YES_OR_NO.get(cell.strip().lower())


def _bad(what: str, faults: _Faults) -> BadLabels:
    reasons = "; ".join(map(str, faults.found))
    return BadLabels(
        f"{what} {reasons}".strip(),
        hint="Mend the labels and read the file again.",
        problem=what,
        where=reasons,
        count=sum(len(left.where) for left in faults.found),
    )

"""Which column of a file is which, under names that labelled texts go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

Columns = Mapping[str, Sequence[str]]

# Names that columns often have, the likeliest first.
FIRST = ("sentence1", "text1", "first", "anchor", "query", "a")
SECOND = ("sentence2", "text2", "second", "other", "document", "b")
GRADE = ("score", "label", "grade", "similarity", "relevance", "labels")
TEXT = ("text", "sentence", "sentences", "query", "utterance", "body")
LABEL = ("label", "labels", "class", "category", "intent", "domain", "topic")
QUERY_ID = ("query-id", "query_id", "qid")
DOCUMENT_ID = ("corpus-id", "corpus_id", "doc_id", "doc-id", "document_id", "docid", "pid")
ID = ("id", "_id", *QUERY_ID, *DOCUMENT_ID)
RELEVANCE = ("score", "relevance", "label", "rel")


class Part(StrEnum):
    """What a file of labelled texts holds."""

    PAIRS = "pairs"
    CLASSES = "classes"
    QUERIES = "queries"
    CORPUS = "corpus"
    QRELS = "qrels"


TITLE = ("title", "heading")
# For each role the names that its column often has; the first of them is what readers look for.
ROLES: dict[Part, tuple[tuple[str, ...], ...]] = {
    Part.PAIRS: (FIRST, SECOND, GRADE),
    Part.CLASSES: (TEXT, LABEL),
    Part.QUERIES: (ID, TEXT),
    Part.CORPUS: (ID, TITLE, TEXT),
    Part.QRELS: (QUERY_ID, DOCUMENT_ID, RELEVANCE),
}
OPTIONAL = frozenset({(Part.CORPUS, TITLE[0]), (Part.QRELS, RELEVANCE[0])})


def guess(columns: Sequence[str], part: Part) -> dict[str, str | None]:
    """Return for each role the column that is likeliest by its name, each column once."""
    found: dict[str, str | None] = {}
    for known in ROLES[part]:
        left = {name.lower(): name for name in reversed(columns) if name not in found.values()}
        found[known[0]] = next((left[name] for name in known if name in left), None)
    return found


def missing(chosen: Mapping[str, str | None], part: Part) -> tuple[str, ...]:
    """Return the roles that still need a column."""
    return tuple(
        role for role, name in chosen.items() if name is None and (part, role) not in OPTIONAL
    )


def as_named(columns: Columns, chosen: Mapping[str, str | None]) -> Columns:
    """Return the chosen columns under their roles' names."""
    return {role: columns[name] for role, name in chosen.items() if name is not None}

"""Queries, documents and right answers that a command is given in options and files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Protocol

import typer

from core.commands.files import STANDARD_INPUT, read_texts
from core.compare import Document
from core.compare.experiment import Relevant

TEXTS = "Texts"
RIGHT = re.compile(r"(\d{1,9}):(\d{1,9}(?:,\d{1,9})*)", re.ASCII)


def file_help(what: str) -> str:
    return f"File with a {what} a line, in UTF-8; - is standard input."


QueryOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT", help="A query; may be given several times.", rich_help_panel=TEXTS
    ),
]
QueriesOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help=file_help("query"), rich_help_panel=TEXTS)
]
DocumentOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT", help="A document; may be given several times.", rich_help_panel=TEXTS
    ),
]
DocumentsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help=file_help("document"), rich_help_panel=TEXTS)
]
TitleOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="Title of a --document, one for each in their order; may be empty.",
        rich_help_panel=TEXTS,
    ),
]
RightOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="QUERY:DOCUMENT,...",
        help="Right documents of a query, counted from 1: 1:3,4. May be given several times; "
        "shows how well they are found.",
        rich_help_panel=TEXTS,
    ),
]


class TextOptions(Protocol):
    """The options that give both sides of a comparison; None where one is not given."""

    @property
    def query(self) -> list[str] | None: ...
    @property
    def queries(self) -> Path | None: ...
    @property
    def document(self) -> list[str] | None: ...
    @property
    def documents(self) -> Path | None: ...
    @property
    def title(self) -> list[str] | None: ...


def check_standard_input(files: Iterable[Path | None]) -> None:
    """Raise typer.BadParameter where more than one of the files is standard input."""
    if list(files).count(STANDARD_INPUT) > 1:
        raise typer.BadParameter("Standard input (-) can be read only once.")


def queries_of(asked: TextOptions) -> tuple[str, ...]:
    """Return the typed queries, then those of the file. Raises as ``read_texts`` does."""
    typed = _filled(asked.query or (), "--query")
    return (*typed, *(read_texts(asked.queries) if asked.queries else ()))


def documents_of(asked: TextOptions) -> tuple[Document, ...]:
    """Return the typed documents, with their titles, then those of the file."""
    typed = _filled(asked.document or (), "--document")
    titles = asked.title or [""] * len(typed)
    if len(titles) != len(typed):
        raise typer.BadParameter(
            f"{len(titles)} for {len(typed)} --document: give one for each, or none.",
            param_hint="--title",
        )
    paired = (Document(text, title) for text, title in zip(typed, titles, strict=True))
    read_in = read_texts(asked.documents) if asked.documents else ()
    return (*paired, *(Document(text) for text in read_in))


def right_of(entries: Sequence[str], n_queries: int, n_documents: int) -> Relevant:
    """Return each query's right documents, counted from 0. Raises typer.BadParameter."""
    rows: list[dict[int, None]] = [{} for _ in range(n_queries)]
    for entry in entries:
        found = RIGHT.fullmatch("".join(entry.split()))
        if found is None:
            raise typer.BadParameter(f"{entry!r} is not like 1:3,4.", param_hint="--right")
        query, documents = int(found[1]), [int(number) for number in found[2].split(",")]
        _check_number(query, n_queries, "queries", entry)
        for document in documents:
            _check_number(document, n_documents, "documents", entry)
        rows[query - 1] |= dict.fromkeys(document - 1 for document in documents)
    return tuple(tuple(row) for row in rows)


def _filled(texts: Sequence[str], option: str) -> Sequence[str]:
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            raise typer.BadParameter(f"Text {number} is empty.", param_hint=option)
    return texts


def _check_number(number: int, count: int, what: str, entry: str) -> None:
    if not 1 <= number <= count:
        raise typer.BadParameter(
            f"{entry!r}: the {what} are numbered from 1 to {count}.", param_hint="--right"
        )

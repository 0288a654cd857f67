"""The built-in examples: queries, documents and models to start from, in ``assets/examples``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.compare.request import Document
from core.encoding import Scope
from core.errors import BadRequest
from core.models import PromptChoice, Task
from core.settings import ASSETS

EXAMPLES_FOLDER = ASSETS / "examples"


@dataclass(frozen=True, kw_only=True)
class Example:
    """Texts with the tasks and models that suit them.

    ``title`` and ``about`` are by language, ``models`` are short names. ``relevant`` has a tuple
    for each query: the indices of the documents that answer it. ``figures`` is the id of a file of
    published figures for these texts (see ``published``), if there is one.
    """

    id: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    queries: tuple[str, ...]
    documents: tuple[Document, ...]
    relevant: tuple[tuple[int, ...], ...]
    query_task: Task
    document_task: Task
    models: tuple[str, ...]
    figures: str = ""

    def has_texts(self, queries: Sequence[str], documents: Sequence[Document]) -> bool:
        """Say whether these are exactly the example's texts, titles included, in its order."""
        return (self.queries, self.documents) == (tuple(queries), tuple(documents))


@cache
def examples(folder: Path = EXAMPLES_FOLDER) -> tuple[Example, ...]:
    """Return every example, in the order in which a picker should offer them."""
    files = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.toml")
    }
    return tuple(_example(id, files) for id in sorted(files, key=lambda id: files[id]["order"]))


def example(id: str) -> Example:
    """Return the example of this id. Raises BadRequest."""
    by_id = {example.id: example for example in examples()}
    if id not in by_id:
        known = ", ".join(by_id)
        raise BadRequest(
            f"No example is named {id!r}.", hint=f"Known names: {known}.", name=id, known=known
        )
    return by_id[id]


def scope_of(
    queries: Sequence[str], documents: Sequence[Document], *prompts: PromptChoice
) -> Scope:
    """Return SHARED for exactly a built-in example's texts with built-in prompts, else SESSION."""
    built_in = any(example.has_texts(queries, documents) for example in examples())
    typed = any(prompt.is_typed for prompt in prompts)
    return Scope.SHARED if built_in and not typed else Scope.SESSION


def _example(id: str, files: Mapping[str, dict[str, Any]]) -> Example:
    entry = files[id]
    texts = files[entry.get("texts", id)]  # examples may differ in their models alone
    return Example(
        id=id,
        title=entry["title"],
        about=entry["about"],
        queries=tuple(query["text"] for query in texts["queries"]),
        documents=tuple(Document(**document) for document in texts["documents"]),
        relevant=tuple(tuple(query["relevant"]) for query in texts["queries"]),
        query_task=Task(entry["query_task"]),
        document_task=Task(entry["document_task"]),
        models=tuple(entry["models"]),
        figures=entry.get("figures", ""),
    )

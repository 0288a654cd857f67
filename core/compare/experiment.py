"""A comparison's inputs as a file or a link, to keep, share and open again.

What is read comes from strangers and from other versions: whatever can be understood is restored,
and every part that can't be is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from core.compare.examples import scope_of
from core.compare.request import CompareRequest, Document
from core.errors import BadExperiment
from core.models import PromptChoice, Task, known
from core.models.device import Precision
from core.models.similarity import Similarity

FORMAT = 1
KIND = "umekomi-experiment"
MOST_TEXTS = 20_000  # on each side
MOST_CHARACTERS = 25_000_000
MOST_MODELS = 6

Relevant = tuple[tuple[int, ...], ...]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A comparison to make, and the right documents of each query (indices) where any are known."""

    request: CompareRequest
    relevant: Relevant = ()


class ProblemKind(StrEnum):
    """What could not be restored."""

    NEWER = "newer"  # written by a later version; value: its format
    ALTERED = "altered"  # not as it was written, or of a format that no version writes
    UNKNOWN_MODEL = "unknown-model"  # value: the name
    FIELD = "field"  # value: the field's name
    TOO_MANY = "too-many"  # value: how many were left out


class Problem(NamedTuple):
    """A part that was not restored; for unknown models and fields, which one."""

    kind: ProblemKind
    value: str = ""


class Restored(NamedTuple):
    """What could be understood, and what could not."""

    experiment: Experiment
    problems: tuple[Problem, ...]


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """Return the experiment in types that JSON has, with a digest of its content."""
    content = to_content(experiment)
    return {"kind": KIND, "format": FORMAT, "digest": _digest(content), "experiment": content}


def from_json(text: str | bytes, *, offered: Collection[str] | None = None) -> Restored:
    """Read an experiment file. Raises BadExperiment where nothing of it can be understood.

    ``offered`` are the models that its reader may use; None: all that are known.
    """
    try:
        whole: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadExperiment(
            f"The file is not an experiment: {error}.",
            hint="It may be cut off. Choose a file that was saved with 'Experiment as JSON'.",
            reason=str(error),
        ) from error
    content = whole.get("experiment") if isinstance(whole, dict) else None
    if not isinstance(whole, dict) or whole.get("kind") != KIND or not isinstance(content, dict):
        raise BadExperiment(
            "The file is JSON, but not an experiment.",
            hint="Choose a file that was saved with 'Experiment as JSON'.",
            reason=f"no {KIND}",
        )
    problems: list[Problem] = []
    version: Any = whole.get("format")
    if type(version) is not int:  # True is an int, and equal to 1
        version = 0
    if version > FORMAT:
        problems.append(Problem(ProblemKind.NEWER, _short(version)))
    elif version < FORMAT or whole.get("digest") != _digest(content):
        problems.append(Problem(ProblemKind.ALTERED))
    restored = from_content(content, offered=offered)
    return Restored(restored.experiment, (*problems, *restored.problems))


def from_content(content: Mapping[str, Any], *, offered: Collection[str] | None = None) -> Restored:
    """Read every field by itself; one that can't be read has its default and is named."""
    reader = _Reader(content, offered)
    queries = reader.take("queries", _texts, ())
    documents = reader.take("documents", _documents, ())
    query_prompt = reader.take("query_prompt", _prompt, PromptChoice())
    document_prompt = reader.take("document_prompt", _prompt, PromptChoice())
    request = CompareRequest(
        queries=queries,
        documents=documents,
        models=reader.take("models", reader.models, ()),
        query_prompt=query_prompt,
        document_prompt=document_prompt,
        dimension=reader.take("dimension", _dimension, None),
        similarity=reader.take("similarity", lambda v: None if v is None else Similarity(v), None),
        precision=reader.take("precision", Precision, Precision.EXACT),
        scope=scope_of(queries, documents, query_prompt, document_prompt),
    )
    relevant = reader.take(
        "relevant", lambda value: _relevant(value, len(queries), len(documents)), ()
    )
    return Restored(Experiment(request=request, relevant=relevant), tuple(reader.problems))


def to_content(experiment: Experiment) -> dict[str, Any]:
    """Return every field in types that JSON has."""
    request = experiment.request
    return {
        "queries": list(request.queries),
        "documents": [
            {"text": d.text, "title": d.title} if d.title else {"text": d.text}
            for d in request.documents
        ],
        "models": list(request.models),
        "query_prompt": asdict(request.query_prompt),
        "document_prompt": asdict(request.document_prompt),
        "dimension": request.dimension,
        "similarity": request.similarity,
        "precision": request.precision,
        "relevant": [list(right) for right in experiment.relevant],
    }


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Reader:
    def __init__(self, content: Mapping[str, Any], offered: Collection[str] | None) -> None:
        self._content = content
        self._offered = offered
        self.problems: list[Problem] = []

    def take(self, name: str, read: Callable[[Any], T], default: T) -> T:
        """Return the field as ``read`` gives it, its default where it is absent or can't be."""
        if name not in self._content:
            return default
        try:
            return read(self._content[name])
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
            self.problems.append(Problem(ProblemKind.FIELD, name))
            return default

    def models(self, value: Any) -> tuple[str, ...]:
        names = {card.name for card in known()} if self._offered is None else self._offered
        asked = list(dict.fromkeys(_list_of(value, str)))
        found = [name for name in asked if name in names]
        unknown = [name for name in asked if name not in names]
        for name in unknown[:MOST_MODELS]:
            self.problems.append(Problem(ProblemKind.UNKNOWN_MODEL, _short(name)))
        left_out = len(found[MOST_MODELS:]) + len(unknown[MOST_MODELS:])
        if left_out:
            self.problems.append(Problem(ProblemKind.TOO_MANY, str(left_out)))
        return tuple(found[:MOST_MODELS])


def _short(value: object) -> str:
    return str(value)[:60].encode(errors="replace").decode()


def _list_of(value: Any, kind: type) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise TypeError(f"not a list of {kind.__name__}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    texts = _list_of(value, str)
    _check_count(texts)
    _check(texts)
    return tuple(texts)


def _documents(value: Any) -> tuple[Document, ...]:
    found = tuple(_document(entry) for entry in _list_of(value, dict))
    _check_count(found)
    _check([text for document in found for text in document])
    return found


def _document(entry: dict[str, Any]) -> Document:
    text, title = entry["text"], entry.get("title", "")
    if not isinstance(text, str) or not isinstance(title, str):
        raise TypeError("not a text")
    return Document(text, title)


def _check_count(texts: Sequence[object]) -> None:
    if len(texts) > MOST_TEXTS:
        raise ValueError("too many texts")


def _check(texts: list[str]) -> None:
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise ValueError("too many characters")
    for text in texts:
        text.encode()  # JSON can hold half of a character, which no page can show


def _prompt(value: Any) -> PromptChoice:
    custom, instruction = value.get("custom", ""), value.get("instruction", "")
    if not isinstance(custom, str) or not isinstance(instruction, str):
        raise TypeError("not a text")
    _check([custom, instruction])
    return PromptChoice(
        task=Task(value.get("task", Task.SEARCH)), custom=custom, instruction=instruction
    )


def _dimension(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("not a dimension")
    return value


def _relevant(value: Any, n_queries: int, n_documents: int) -> Relevant:
    rows = [tuple(_list_of(row, int)) for row in _list_of(value, list)]
    # True is an int, and as an index of NumPy's something else.
    if any(isinstance(d, bool) for d in _flat(rows)):
        raise TypeError("not an index of a document")
    if len(rows) > n_queries or any(not 0 <= d < n_documents for d in _flat(rows)):
        raise ValueError("not an index of a document")
    return tuple(tuple(dict.fromkeys(row)) for row in rows)


def _flat(rows: list[tuple[int, ...]]) -> Iterator[int]:
    for row in rows:
        yield from row

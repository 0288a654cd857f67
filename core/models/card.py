"""What is known about a model before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Origin(StrEnum):
    """Where a model's files come from."""

    EMBEDDED = "embedded"  # in a package of requirements.txt
    BUILT_IN = "built-in"  # no files at all
    HUB = "hub"
    FOLDER = "folder"  # a folder that the user named
    SERVER = "server"  # no files here: a server that the user named gives the vectors


class Loader(StrEnum):
    """Which code turns the files into an encoder."""

    SENTENCE_TRANSFORMERS = "sentence-transformers"
    WORDLLAMA = "wordllama"
    CHAR_NGRAMS = "char-ngrams"
    SERVER = "server"  # any OpenAI-compatible /v1/embeddings


class Side(StrEnum):
    """Which side of a comparison a text stands on."""

    QUERY = "query"
    DOCUMENT = "document"


class Task(StrEnum):
    """What the vectors are for; models document a prompt for some of these."""

    SEARCH = "search"
    QUESTION_ANSWERING = "question-answering"
    FACT_CHECKING = "fact-checking"
    CODE_RETRIEVAL = "code-retrieval"
    SIMILARITY = "similarity"
    CLASSIFICATION = "classification"
    CLUSTERING = "clustering"
    NONE = "none"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True)
class PromptEntry:
    """One documented prompt: its text with ``{title}`` or ``{instruction}`` where it has a place.

    ``stored`` is the name under which the model's own configuration holds it, if it does;
    ``typed``: it is not the authors', but of the user who added the model.
    """

    tasks: tuple[Task, ...]
    sides: tuple[Side, ...]
    text: str
    stored: str = ""
    instruction: str = ""
    source: str = ""
    typed: bool = False


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a server's model is asked: ``url`` with ``/embeddings`` after it.

    ``served_name`` is the model's name there. ``base`` is the catalogue's name of the model that it
    serves, empty where the user did not say.
    """

    url: str
    served_name: str
    base: str = ""


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Texts whose similarities are known from the model's authors.

    ``expected`` has a row for each query and a column for each document.
    """

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    expected: tuple[tuple[float, ...], ...]
    task: Task
    source: str


class Attention(StrEnum):
    """Which tokens a token sees."""

    BIDIRECTIONAL = "bidirectional"  # all of them
    CAUSAL = "causal"  # itself and those before it


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What the model's authors built, to hold what was loaded against.

    ``modules`` are class names in order; ``pooling`` is sentence-transformers' name of the mode.
    """

    modules: tuple[str, ...]
    pooling: str = ""
    attention: Attention | None = None


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the model was trained, by language, and the paper or card that says so."""

    about: Mapping[str, str]
    source: str


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A catalogue entry. ``name`` is short and unique; ``id`` is the hub's, where there is one.

    ``dimension`` None is for a model that a user added and that was never loaded. ``memory_mb`` is
    the size of the weights as published. ``float16`` False: the model overflows in it.
    ``remote_code``: its files need Python code of their own, which is never run here.
    ``text_only``: the vision and audio parts of the checkpoint are left out.
    """

    name: str
    id: str
    origin: Origin
    loader: Loader
    revision: str
    licence: str
    url: str
    dimension: int | None
    matryoshka: tuple[int, ...] = ()
    truncatable: bool = True
    max_tokens: int | None = None
    parameters: int | None = None
    memory_mb: int | None = None
    similarity: str = "cosine"
    languages: tuple[str, ...] = ()
    released: str = ""
    gated: bool = False
    float16: bool = True
    remote_code: bool = False
    text_only: bool = False
    min_transformers: str = ""
    package: str = ""
    folder: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict[str, str])
    prompts: tuple[PromptEntry, ...] = ()
    golden: Golden | None = None
    architecture: Architecture | None = None
    training: Training | None = None
    endpoint: Endpoint | None = None

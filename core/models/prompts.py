"""From a task to the exact text that a model's documentation puts before a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import BadRequest
from core.models.card import ModelCard, PromptEntry, Side, Task

NO_TITLE = "none"  # what EmbeddingGemma's card puts in the place of a missing title


class PromptOrigin(StrEnum):
    """Where a prompt comes from."""

    STORED = "stored"  # in the model's own configuration
    CARD = "card"  # on the model card
    CUSTOM = "custom"  # typed by the user
    NONE = "none"  # the user chose none
    UNDOCUMENTED = "undocumented"  # the model documents none for the task, so none is sent


@dataclass(frozen=True, kw_only=True)
class PromptChoice:
    """What a user chose for one side: a task, or a text of their own.

    ``instruction`` replaces the one of an instruction template; empty keeps the documented one.
    """

    task: Task = Task.SEARCH
    custom: str = ""
    instruction: str = ""

    @property
    def is_typed(self) -> bool:
        """Say whether words of the user's own are in it."""
        return self.task is Task.CUSTOM or bool(self.instruction.strip())


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A prompt for one model and one side; ``takes_title``: ``{title}`` in it is still open."""

    template: str
    origin: PromptOrigin
    source: str = ""
    takes_title: bool = False

    def render(self, title: str = "") -> str:
        """Return the text that is put before a text with this title."""
        if not self.takes_title:
            return self.template
        return self.template.replace("{title}", title.strip() or NO_TITLE)


def resolve(
    card: ModelCard,
    choice: PromptChoice,
    side: Side,
    *,
    stored: Mapping[str, str] | None = None,
) -> Prompt:
    """Return the prompt for ``choice``: the one stored in the model, else the card's, else none.

    ``stored`` are the prompts of the model's own configuration, None where it is not here.
    """
    if choice.task is Task.NONE:
        return Prompt(template="", origin=PromptOrigin.NONE)
    if choice.task is Task.CUSTOM:
        titled = "{title}" in choice.custom
        return Prompt(template=choice.custom, origin=PromptOrigin.CUSTOM, takes_title=titled)
    entry = _documented(card, choice.task, side)
    if entry is None:
        return Prompt(template="", origin=PromptOrigin.UNDOCUMENTED)
    return _from_entry(entry, choice, stored)


def _documented(card: ModelCard, task: Task, side: Side) -> PromptEntry | None:
    fitting = (e for e in card.prompts if task in e.tasks and side in e.sides)
    return next(fitting, None)


def _from_entry(
    entry: PromptEntry, choice: PromptChoice, stored: Mapping[str, str] | None
) -> Prompt:
    titled = "{title}" in entry.text
    instruction = choice.instruction.strip()
    if "{instruction}" in entry.text and instruction and instruction != entry.instruction:
        if "\n" in instruction:
            raise BadRequest(
                "The instruction has a line break.", hint="Write it as one sentence on one line."
            )
        template = entry.text.replace("{instruction}", instruction)
        return Prompt(template=template, origin=PromptOrigin.CUSTOM, takes_title=titled)
    template = entry.text.replace("{instruction}", entry.instruction)
    if entry.typed:
        return Prompt(template=template, origin=PromptOrigin.CUSTOM, takes_title=titled)
    # A model that is not here stores what its card says it does.
    own = stored.get(entry.stored) if stored is not None else template if entry.stored else None
    if own is None:
        origin = PromptOrigin.CARD
        return Prompt(template=template, origin=origin, source=entry.source, takes_title=titled)
    if own not in (template, template.replace("{title}", NO_TITLE)):
        template, titled = own, False  # the model's own configuration has the last word
    return Prompt(
        template=template, origin=PromptOrigin.STORED, source=entry.source, takes_title=titled
    )


@dataclass(frozen=True, kw_only=True)
class DocumentedPrompt:
    """A prompt as a model documents it: under its stored name, or for the tasks of its card."""

    name: str
    text: str
    origin: PromptOrigin
    source: str


def documented(card: ModelCard, stored: Mapping[str, str] | None) -> tuple[DocumentedPrompt, ...]:
    """Return the prompts stored in the model, then those that only its card gives."""
    sources = {entry.stored: entry.source for entry in card.prompts if entry.stored}
    texts = {e.stored: e.text.replace("{instruction}", e.instruction) for e in card.prompts}
    known = stored or {name: text for name, text in texts.items() if name}
    own = tuple(
        DocumentedPrompt(
            name=name, text=text, origin=PromptOrigin.STORED, source=sources.get(name, "")
        )
        for name, text in known.items()
    )
    return own + tuple(
        DocumentedPrompt(
            name=f"{', '.join(entry.tasks)} ({', '.join(entry.sides)})",
            text=entry.text.replace("{instruction}", entry.instruction),
            origin=PromptOrigin.CUSTOM if entry.typed else PromptOrigin.CARD,
            source=entry.source,
        )
        for entry in card.prompts
        if not entry.stored
    )


def to_tsv(prompts: Iterable[DocumentedPrompt]) -> str:
    """Return a line for each prompt: name, prompt with its line breaks and tabs escaped."""
    escapes = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
    return "".join(f"{p.name}\t{p.text.translate(escapes)}\n" for p in prompts)

"""The distinct prompts of a model, to be tried on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from core.models import ModelCard, Prompt, PromptChoice, PromptOrigin, Side, Task, resolve
from core.models.files import stored_prompts
from core.models.prompts import NO_TITLE, documented


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A prompt that is tried; ``names`` are those under which the model documents it."""

    prompt: Prompt
    names: tuple[str, ...]


def variants_of(
    card: ModelCard, custom: Iterable[str] = (), task: Task = Task.SEARCH
) -> tuple[tuple[Variant, ...], tuple[int, int]]:
    """Return the distinct prompts to try, and the places of the recommended pair.

    Every prompt that the model documents stands once, however many names it has; then none, then
    the user's own.
    """
    stored = stored_prompts(card)
    recommended = [
        resolve(card, PromptChoice(task=task), side, stored=stored)
        for side in (Side.QUERY, Side.DOCUMENT)
    ]
    found: dict[str, tuple[Prompt, list[str]]] = {}
    for prompt in recommended:
        _add(found, prompt)
    for prompt, name in _documented(card, stored):
        _add(found, prompt, name)
    _add(found, Prompt(template="", origin=PromptOrigin.NONE))
    for text in custom:
        choice = PromptChoice(task=Task.CUSTOM, custom=text)
        _add(found, resolve(card, choice, Side.QUERY))
    variants = tuple(Variant(prompt=prompt, names=tuple(names)) for prompt, names in found.values())
    places = list(found)
    query, document = (places.index(prompt.render()) for prompt in recommended)
    return variants, (query, document)


def _documented(card: ModelCard, stored: Mapping[str, str] | None) -> Iterator[tuple[Prompt, str]]:
    """Yield each prompt that the model documents, and the name it has there."""
    # A model stores what it puts before a text without a title; its card may say where one goes.
    open_texts = {e.text.replace("{title}", NO_TITLE): e.text for e in card.prompts}
    for entry in documented(card, stored):
        text = open_texts.get(entry.text, entry.text)
        titled = "{title}" in text
        prompt = Prompt(template=text, origin=entry.origin, source=entry.source, takes_title=titled)
        yield prompt, entry.name


def _add(found: dict[str, tuple[Prompt, list[str]]], prompt: Prompt, name: str = "") -> None:
    key = prompt.render()
    if prompt.takes_title and key in found and not found[key][0].takes_title:
        key = prompt.template  # the same only where no document has a title
    _, names = found.setdefault(key, (prompt, []))
    if name and name not in names:
        names.append(name)

"""Expected failures cross a process boundary whole."""

from __future__ import annotations

import pickle  # noqa: S403 - what a process boundary does; nothing reaches a disk
from collections.abc import Iterator

import pytest

import core.errors
from core.errors import ExplorerError


def family(base: type[ExplorerError]) -> Iterator[type[ExplorerError]]:
    yield base
    for child in base.__subclasses__():
        yield from family(child)


def over_the_boundary(error: ExplorerError) -> ExplorerError:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("kind", list(family(ExplorerError)), ids=lambda kind: kind.__name__)
def test_message_hint_and_values_cross(kind: type[ExplorerError]) -> None:
    error = over_the_boundary(kind("It broke.", hint="Mend it.", name="模型", count=3))
    assert type(error) is kind
    assert (error.message, error.hint) == ("It broke.", "Mend it.")
    assert error.values == {"name": "模型", "count": 3}
    assert str(error) == "It broke. Mend it."


@pytest.mark.parametrize("kind", list(family(ExplorerError)), ids=lambda kind: kind.__name__)
def test_an_error_without_arguments_crosses(kind: type[ExplorerError]) -> None:
    error = over_the_boundary(kind())
    assert (type(error), error.message, error.hint, error.values) == (kind, "", "", {})


def test_every_error_of_the_module_is_an_explorer_error() -> None:
    named = [kind for kind in vars(core.errors).values() if isinstance(kind, type)]
    kinds = [kind for kind in named if issubclass(kind, BaseException)]
    assert len(kinds) > 1
    assert all(issubclass(kind, ExplorerError) for kind in kinds)


def test_an_error_without_a_hint_reads_as_its_message() -> None:
    assert str(ExplorerError("It broke.")) == "It broke."

"""Commands whose options are the fields of a frozen dataclass.

Each option is then declared once, and a command gets one value with all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, TypeVar, get_type_hints

import typer

T = TypeVar("T")

ModelOption = Annotated[str, typer.Option("--model", help="Short name or hub id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def command_of(command: Callable[[T], None], options: type[T]) -> Callable[..., None]:
    """Return the command as typer wants it: with a parameter for each field of ``options``."""

    def called(**values: object) -> None:
        command(options(**values))

    hints = get_type_hints(options, include_extras=True)
    fields = inspect.signature(options).parameters.values()
    signature = inspect.Signature([field.replace(annotation=hints[field.name]) for field in fields])
    called.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    return called

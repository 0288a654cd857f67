"""Commands whose options are the fields of a frozen dataclass.

Each option is then declared once, and a command gets one value with all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, TypeVar, get_type_hints

import typer

from core.models import Task

T = TypeVar("T")

ModelOption = Annotated[str, typer.Option("--model", metavar="NAME", help="Short name or hub id.")]
TASKS = ", ".join(Task)
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


def command_of(command: Callable[[T], None], options: type[T]) -> Callable[..., None]:
    """Return the command as typer wants it: with a parameter for each field of ``options``."""

    def called(**values: object) -> None:
        command(options(**values))

    hints = get_type_hints(options, include_extras=True)
    fields = inspect.signature(options).parameters.values()
    signature = inspect.Signature([field.replace(annotation=hints[field.name]) for field in fields])
    called.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    called.__name__ = command.__name__
    # typer keeps the line breaks of all but the first paragraph.
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    called.__doc__ = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return called

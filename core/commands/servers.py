"""Adding a model that a server gives."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from core.commands.engine import opened_engine
from core.models import find
from core.models.adding import ServerRequest
from core.models.adding import add_server as add


@dataclass(frozen=True, kw_only=True)
class AddServerOptions:
    """The arguments and options of ``add-server``."""

    url: Annotated[
        str, typer.Argument(metavar="URL", help="As http://localhost:8080/v1; http or https.")
    ]
    served_name: Annotated[
        str, typer.Argument(metavar="NAME", help="The model's name on the server.")
    ]
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Its name here. Default: that on the server.")
    ] = ""
    serves: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="The known model that it serves, whose prompts and example then apply.",
        ),
    ] = ""
    query_prompt: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes before each query, in place of any other.")
    ] = ""
    document_prompt: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes before each document.")
    ] = ""
    key_variable: Annotated[
        str,
        typer.Option(
            metavar="VARIABLE",
            help="The environment variable that holds the API key, now and later. "
            "A key itself is never an option: others can read a command's options.",
        ),
    ] = ""


def add_server(asked: AddServerOptions) -> None:
    """Add a model on a server with an OpenAI-compatible /v1/embeddings.

    llama.cpp (llama-server -hf ggml-org/embeddinggemma-300M-GGUF --embeddings), Ollama, Text
    Embeddings Inference, vLLM and Infinity have it. The server is asked for two fixed sentences.
    """
    request = ServerRequest(
        url=asked.url,
        served_name=asked.served_name,
        name=asked.name,
        base=find(asked.serves).name if asked.serves else "",
        query_prompt=asked.query_prompt,
        document_prompt=asked.document_prompt,
        key=f"${asked.key_variable}" if asked.key_variable else "",
    )
    with opened_engine() as engine:
        card = engine.ask_servers(add, request)
    sys.stdout.write(f"{card.name} {card.dimension}\n")

"""Vectors of the texts in a file."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.experiment import check_prompt, check_text
from core.commands.files import check_writable, read_texts, writing
from core.commands.options import TASKS, AsJson, ModelOption
from core.commands.vector_files import Vectors, writer_for
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted, Scope
from core.encoding.key import KeyMaker
from core.encoding.stores import command_store
from core.encoding.vectors import truncate
from core.errors import BadRequest, ExplorerError, StoreFault
from core.models import ModelCard, Prompt, PromptChoice, Side, Task, find, resolve
from core.models.card import Loader
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.golden import GoldenState
from core.models.identity import ModelIdentity
from core.models.servers.address import host_of
from core.settings import settings

KEYS_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class EncodeOptions:
    """The options of ``encode``; None where one is not given."""

    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A text a line, in UTF-8; - is standard input."),
    ]
    model: ModelOption
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="vectors.npz or vectors.parquet. An existing file is overwritten.",
        ),
    ]
    task: Annotated[
        Task | None,
        typer.Option(metavar="TASK", help=f"Decides the prompt. Default: search. One of {TASKS}."),
    ] = None
    side: Annotated[
        Side, typer.Option(help="Many models have one prompt for queries, one for documents.")
    ] = Side.DOCUMENT
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Goes before each text, in place of any task's prompt."),
    ] = None
    instruction: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Sentence for a prompt with a place for an instruction."),
    ] = None
    dimension: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Keep the first components. Default: all."),
    ] = None
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="exact: float32; fast: bfloat16. Default: fast where the hardware has it."
        ),
    ] = None
    as_json: AsJson = False


def encode(asked: EncodeOptions) -> None:
    """Encode a file's texts and write them with their vectors.

    Ctrl-C keeps what was computed so far: the same command goes on from there. In .npz, vectors is
    float32, and texts and meta are JSON: json.loads(npz["texts"].item()).
    """
    write = writer_for(asked.out)
    card, prompt = _model_and_prompt(asked)
    texts = read_texts(asked.file)
    check_writable(asked.out)
    start = time.perf_counter()
    embeddings = _encoded(asked, card, tuple(Prompted(prompt.render(), text) for text in texts))
    seconds = time.perf_counter() - start
    _check_dimension(asked, card, embeddings.vectors.shape[1])
    kept = truncate(embeddings.vectors, asked.dimension)
    about = {
        "model": card.name,
        "prompt": prompt.render(),
        "prompt_origin": prompt.origin,
        "side": asked.side,
        "dimension": kept.dimension,
        "full_dimension": embeddings.vectors.shape[1],
        "renormalised": kept.renormalised,
        **asdict(embeddings.identity),
    }
    with writing(asked.out) as file:
        write(file, Vectors(texts=texts, vectors=kept.vectors, about=about))
    summary = _summary(asked, embeddings, kept.dimension, seconds)
    sys.stdout.write(json.dumps(summary, indent=2) + "\n" if asked.as_json else _said(summary))
    _warn(embeddings)


def _model_and_prompt(asked: EncodeOptions) -> tuple[ModelCard, Prompt]:
    if asked.prompt is not None:
        check_prompt(asked.prompt, asked.task, "--prompt")
    check_text(asked.instruction or "", "--instruction")
    choice = PromptChoice(
        task=(asked.task or Task.SEARCH) if asked.prompt is None else Task.CUSTOM,
        custom=asked.prompt or "",
        instruction=asked.instruction or "",
    )
    card = find(asked.model)
    if card.dimension is not None:
        _check_dimension(asked, card, card.dimension)
    prompt = resolve(card, choice, asked.side, stored=stored_prompts(card))
    if choice.instruction.strip() and choice.instruction.strip() not in prompt.template:
        console.note(f"{card.name} has no place for an instruction here; it is not used.")
    return card, prompt


def _check_dimension(asked: EncodeOptions, card: ModelCard, full: int) -> None:
    wanted = asked.dimension
    if wanted is None or wanted == full or (wanted < full and card.truncatable):
        return
    what = "can't be cut" if wanted < full else "has no more"
    raise BadRequest(
        f"{card.name} has {full} dimensions and {what}; {wanted} were asked for.",
        hint="Leave --dimension out, or choose another model.",
    )


def _encoded(asked: EncodeOptions, card: ModelCard, inputs: tuple[Prompted, ...]) -> Embeddings:
    with opened_engine() as engine:
        precision = asked.precision or _fastest(engine, card)
        request = EncodeRequest(
            model=card.name, inputs=inputs, scope=Scope.SESSION, precision=precision
        )
        identity = engine.load_request(card.name, precision).identity
        console.note(f"Precision: {precision} ({identity.dtype}) on {_where(engine, card)}.")
        try:
            with console.encoding(card.name) as report:
                return engine.encode(request, on_progress=report)
        except KeyboardInterrupt:
            raise _stopped(inputs, identity) from None


def _where(engine: Engine, card: ModelCard) -> str:
    return host_of(card.endpoint.url) if card.endpoint else engine.device().name


def _fastest(engine: Engine, card: ModelCard) -> Precision:
    is_torch_s = card.loader is Loader.SENTENCE_TRANSFORMERS
    return Precision.FAST if is_torch_s and engine.device().native_bfloat16 else Precision.EXACT


def _stopped(inputs: Sequence[Prompted], identity: ModelIdentity) -> ExplorerError:
    distinct = dict.fromkeys(inputs)
    total = f"{len(distinct):,} {'different ' if len(distinct) < len(inputs) else ''}texts"
    try:
        kept = _kept(distinct, identity)
    except StoreFault:
        kept = 0
    return ExplorerError(
        f"Stopped: {kept:,} of {total} are kept;", hint="run the same command again to go on."
    )


def _kept(inputs: Iterable[Prompted], identity: ModelIdentity) -> int:
    """Return how many of them the store has: what was done may not have been kept."""
    store, maker = command_store(settings().data_dir), KeyMaker(identity)
    keys = map(maker.key, inputs)
    count = 0
    while part := list(islice(keys, KEYS_AT_ONCE)):
        count += len(store.get(part))
    return count


def _summary(
    asked: EncodeOptions, embeddings: Embeddings, dimension: int, seconds: float
) -> dict[str, Any]:
    inputs = embeddings.request.inputs
    distinct = len(set(inputs))
    return {
        "file": str(asked.out),
        "model": embeddings.request.model,
        "texts": len(inputs),
        "duplicates": len(inputs) - distinct,
        "encoded": embeddings.encoded,
        "from_store": distinct - embeddings.encoded,
        "dimension": dimension,
        "precision": embeddings.request.precision,
        "dtype": embeddings.identity.dtype,
        "device": embeddings.device.name,
        "seconds": round(seconds, 3),
        "encode_seconds": round(embeddings.encode_seconds, 3),
        "golden": embeddings.golden.state if embeddings.golden else None,
    }


def _said(summary: dict[str, Any]) -> str:
    line = (
        "{file}: {texts:,} texts, {dimension} dimensions, {precision} ({dtype}) on {device}, "
        "{seconds:.1f} s. Encoded: {encoded:,}, from the store: {from_store:,}, duplicates: "
        "{duplicates:,}. Golden check: {golden}.\n"
    )
    return line.format(**{**summary, "golden": summary["golden"] or "not made"})


def _warn(embeddings: Embeddings) -> None:
    if embeddings.golden and embeddings.golden.state is GoldenState.DIFFERS:
        model = embeddings.request.model
        console.note(
            f"{model} differs here from what its authors say, so its vectors are not kept in the "
            f"store; see: python -m core check --model {model}"
        )
    if embeddings.store_fault:
        console.note(embeddings.store_fault)

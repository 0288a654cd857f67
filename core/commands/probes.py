"""How many minimal pairs models tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.files import read_text
from core.commands.options import AsJson
from core.commands.results import (
    PrecisionOption,
    TaskOption,
    check_task,
    print_json,
    print_lines,
    print_table,
    quoted,
    warn_of,
)
from core.compare.background import Language
from core.compare.probes import Pack, PackName, own_pack, packs, rows_from_csv
from core.compare.probing import CHANCE, PackScores, ProbeRequest, ProbeResult, run_probes
from core.models import PromptChoice, Task, find
from core.models.card import Loader, Origin
from core.models.catalogue import catalogue
from core.models.device import Precision
from core.work import InlineExecutor

HERE = (Origin.EMBEDDED, Origin.BUILT_IN)  # on every machine


@dataclass(frozen=True, kw_only=True)
class ProbesOptions:
    """The options of ``probes``; None where one is not given."""

    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Short name or hub id; may be given several times. Default: those that come with "
            "Umekomi. The character n-grams always run beside them.",
        ),
    ] = None
    language: Annotated[
        list[Language] | None, typer.Option(help="Of the built-in packs. Default: both.")
    ] = None
    pack: Annotated[
        list[PackName] | None,
        typer.Option(
            metavar="NAME",
            help="A pack; may be given several times. Default: all built-in ones, or with --items "
            f"that file alone. One of {', '.join(PackName)}.",
        ),
    ] = None
    items: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Items of your own: a table with the columns anchor, closer and farther (kind and "
            "reason too, if you like) with comma, semicolon or tab; - is standard input.",
        ),
    ] = None
    task: TaskOption = Task.SIMILARITY
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def probes(asked: ProbesOptions) -> None:
    """Count the items whose closer text scores higher with the anchor than the farther one.

    Intervals are Wilson's, of 95 %; guessing passes one half. Models are compared by McNemar's
    exact test. Exit code 1 where a model could not answer; the others are shown all the same.
    """
    request = _request(asked)
    with opened_engine() as engine, console.comparing() as report:
        result = run_probes(request, engine, InlineExecutor(), on_progress=report)
        warn_of(engine, request.models)
    if asked.as_json:
        print_json(_as_dict(result))
    else:
        _show(result)
    for failure in result.failures:
        console.note(f"{failure.model}: {failure.error}")
    if result.failures:
        raise typer.Exit(1)


def _request(asked: ProbesOptions) -> ProbeRequest:
    check_task(asked.task)
    names = asked.model or [card.name for card in catalogue() if card.origin in HERE]
    models = [find(name).name for name in names]
    return ProbeRequest(
        packs=tuple(_packs(asked)),
        models=tuple(dict.fromkeys([*models, _baseline()])),
        prompt=PromptChoice(task=asked.task),
        precision=asked.precision,
    )


def _baseline() -> str:
    return next(card.name for card in catalogue() if card.loader is Loader.CHAR_NGRAMS)


def _packs(asked: ProbesOptions) -> Iterator[Pack]:
    own_alone = asked.items and not asked.pack and not asked.language
    names = [PackName.OWN] if own_alone else asked.pack or list(PackName)
    if PackName.OWN in (asked.pack or ()) and not asked.items:
        raise typer.BadParameter(f"{PackName.OWN} needs --items.", param_hint="--pack")
    for language in Language:
        if language in (asked.language or Language):
            yield from (pack for pack in packs(language) if pack.name in names)
    if asked.items:
        own = own_pack(rows_from_csv(read_text(asked.items)))
        if not own.items:
            raise typer.BadParameter("The table has no item.", param_hint="--items")
        yield own


def _as_dict(result: ProbeResult) -> dict[str, Any]:
    baseline = _baseline()
    return {
        "task": result.request.prompt.task,
        "precision": result.request.precision,
        "prompts": {model: asdict(prompt) for model, prompt in result.prompts.items()},
        "packs": [
            {
                **_named(scores.pack),
                "model": scores.model,
                "passed": int(scores.passed.sum()),
                "count": len(scores.passed),
                "rate": scores.interval.share,
                "low": scores.interval.low,
                "high": scores.interval.high,
                "beyond_chance": scores.beyond_chance,
                "baseline_rate": _rate(result, baseline, scores.pack),
                "items": [
                    {**_texts(scores, i), "passed": bool(scores.passed[i])}
                    for i in range(len(scores.passed))
                ],
            }
            for scores in result.scores
        ],
        "pairs": [
            {
                **_named(pair.pack),
                "first": pair.first,
                "second": pair.second,
                "only_first": pair.only_first,
                "only_second": pair.only_second,
                "p_value": pair.p_value,
            }
            for pair in result.pairs
        ],
        "failures": [
            {"model": name, "message": error.message, "hint": error.hint}
            for name, error in result.failures
        ],
    }


def _texts(scores: PackScores, i: int) -> dict[str, Any]:
    item = scores.pack.items[i]
    return {
        "anchor": item.anchor,
        "closer": item.closer,
        "farther": item.farther,
        "kind": item.kind,
        "closer_score": scores.closer[i],
        "farther_score": scores.farther[i],
    }


def _named(pack: Pack) -> dict[str, Any]:
    return {"pack": pack.name, "language": pack.language}


def _rate(result: ProbeResult, model: str, pack: Pack) -> float | None:
    found = result.of(model, pack)
    return found.interval.share if found else None


def _show(result: ProbeResult) -> None:
    by_pack = sorted(result.scores, key=lambda scores: _place(result, scores.pack))
    print_table(
        "Items passed",
        ("pack", "language", "model", "passed", "rate", "95% interval", "chance", _baseline()),
        (_row(result, scores) for scores in by_pack),
    )
    if result.pairs:
        print_table(
            "Models compared (McNemar's exact test, two-sided; not corrected for their number)",
            ("pack", "language", "first", "second", "only first", "only second", "p"),
            (
                (
                    pair.pack.name,
                    pair.pack.language or "",
                    pair.first,
                    pair.second,
                    str(pair.only_first),
                    str(pair.only_second),
                    _p(pair.p_value),
                )
                for pair in result.pairs
            ),
        )
    print_lines(
        f"{model} reads every text after the prompt {quoted(prompt.template)}."
        for model, prompt in result.prompts.items()
        if prompt.template
    )


def _place(result: ProbeResult, pack: Pack) -> int:
    return next(i for i, each in enumerate(result.request.packs) if each is pack)


def _row(result: ProbeResult, scores: PackScores) -> tuple[str, ...]:
    share, low, high = scores.interval
    baseline = _rate(result, _baseline(), scores.pack)
    side = "above" if share > CHANCE else "below"
    return (
        scores.pack.name,
        scores.pack.language or "",
        scores.model,
        f"{int(scores.passed.sum())} of {len(scores.passed)}",
        _percent(share),
        f"{_percent(low)} to {_percent(high)}",
        side if scores.beyond_chance else "not told apart",
        "" if baseline is None else _percent(baseline),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"

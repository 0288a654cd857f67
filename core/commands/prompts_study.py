"""What every pair of a model's prompts does to the ranking of some texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.experiment import check_text
from core.commands.options import AsJson, ModelOption
from core.commands.results import (
    PrecisionOption,
    TaskOption,
    check_task,
    figure,
    print_json,
    print_lines,
    print_table,
    quoted,
    warn_of,
)
from core.commands.texts import (
    DocumentOption,
    DocumentsOption,
    QueriesOption,
    QueryOption,
    RightOption,
    TitleOption,
    check_standard_input,
    documents_of,
    queries_of,
    right_of,
)
from core.compare.prompt_study import PromptStudy, PromptStudyRequest, study_prompts
from core.models import PromptOrigin, Task, find
from core.models.device import Precision
from core.models.doubts import Doubt, DoubtKind, doubts
from core.models.files import stored_prompts
from core.work import InlineExecutor

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class PromptsStudyOptions:
    """The options of ``prompts-study``; None where one is not given."""

    model: ModelOption
    query: QueryOption = None
    queries: QueriesOption = None
    document: DocumentOption = None
    documents: DocumentsOption = None
    title: TitleOption = None
    right: RightOption = None
    task: TaskOption = Task.SEARCH
    custom: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROMPT",
            help="A prompt of your own, tried on both sides; {title} stands for a document's "
            "title. May be given several times.",
        ),
    ] = None
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def prompts_study(asked: PromptsStudyOptions) -> None:
    """Rank the documents under every pair of the model's prompts, and under none.

    Each pair is held against the one that the model documents for the task: how many queries get
    another document in the first place, Kendall's tau-b with its ranking, the mean lead of the
    first document, and nDCG@10 where --right is given.
    """
    request = _request(asked)
    with opened_engine() as engine, console.comparing() as report:
        study = study_prompts(
            request,
            engine,
            InlineExecutor(),
            on_progress=lambda done, total: report(request.model, done, total) if report else None,
        )
        warn_of(engine, [request.model])
    doubted = _doubts(study)
    if asked.as_json:
        print_json(_as_dict(study, doubted))
    else:
        _show(study, doubted)


def _request(asked: PromptsStudyOptions) -> PromptStudyRequest:
    check_task(asked.task)
    check_standard_input((asked.queries, asked.documents))
    for prompt in asked.custom or ():
        check_text(prompt, "--custom")
    queries, documents = queries_of(asked), documents_of(asked)
    for texts, options in (
        (queries, "--query or --queries"),
        (documents, "--document or --documents"),
    ):
        if not texts:
            raise typer.BadParameter(f"Give {options}.", param_hint=options)
    return PromptStudyRequest(
        model=find(asked.model).name,
        queries=queries,
        documents=documents,
        task=asked.task,
        custom=tuple(asked.custom or ()),
        relevant=right_of(asked.right or (), len(queries), len(documents)),
        precision=asked.precision,
    )


def _doubts(study: PromptStudy) -> dict[Pair, tuple[Doubt, ...]]:
    card = find(study.request.model)
    stored = stored_prompts(card)
    prompts = [variant.prompt for variant in study.variants]
    return {
        (q, d): doubts(card, prompts[q], prompts[d], task=study.request.task, stored=stored)
        for q, d in _pairs(study)
    }


def _pairs(study: PromptStudy) -> Iterator[Pair]:
    places = range(len(study.variants))
    return product(places, places)


def _as_dict(study: PromptStudy, doubted: dict[Pair, tuple[Doubt, ...]]) -> dict[str, Any]:
    request = study.request
    texts = [variant.prompt.template for variant in study.variants]
    return {
        "model": request.model,
        "task": request.task,
        "dtype": study.dtype,
        "queries": request.queries,
        "documents": [document._asdict() for document in request.documents],
        "relevant": request.relevant,
        "prompts": [
            {
                "text": variant.prompt.template,
                "names": variant.names,
                "origin": variant.prompt.origin,
                "source": variant.prompt.source,
            }
            for variant in study.variants
        ],
        "pairs": [
            {
                "query_prompt": texts[q],
                "document_prompt": texts[d],
                "recommended": (q, d) == study.recommended,
                "first": study.first[q, d],
                "first_changed": study.changed(q, d),
                "tau": study.tau[q, d],
                "mean_margin": study.margins[q, d].mean(),
                "ndcg@10": study.ndcg[q, d] if study.ndcg is not None else None,
                "doubts": [
                    {"kind": each.kind, "side": each.side, "value": each.value}
                    for each in doubted[q, d]
                ],
            }
            for q, d in _pairs(study)
        ],
        "cosines_with_recommended": [
            {
                "prompt": text,
                "queries": study.query_cosines[place],
                "documents": study.document_cosines[place],
            }
            for place, text in enumerate(texts)
        ],
        "statements": list(_statements(study)),
    }


def _show(study: PromptStudy, doubted: dict[Pair, tuple[Doubt, ...]]) -> None:
    numbers = [str(place + 1) for place in range(len(study.variants))]
    print_table(
        f"Prompts of {study.request.model}",
        ("number", "prompt", "names"),
        (
            (number, quoted(variant.prompt.template), ", ".join(variant.names))
            for number, variant in zip(numbers, study.variants, strict=True)
        ),
    )
    _show_pairs(study, doubted)
    for what, texts, cosines in (
        ("query", study.request.queries, study.query_cosines),
        ("document", [d.text for d in study.request.documents], study.document_cosines),
    ):
        print_table(
            f"Cosine of each {what} with itself under the recommended prompt, by prompt",
            (what, *numbers),
            ((text, *(figure(row[i]) for row in cosines)) for i, text in enumerate(texts)),
        )
    print_lines(_statements(study))
    print_lines(_said(study, doubted))


def _show_pairs(study: PromptStudy, doubted: dict[Pair, tuple[Doubt, ...]]) -> None:
    count = len(study.request.queries)
    judged = study.ndcg is not None
    names = ("query prompt", "document prompt", "first place changed", "tau", "mean margin")
    print_table(
        f"Pairs of prompts against the recommended pair for {study.request.task} (*)",
        (*names, *(["nDCG@10"] if judged else []), "doubts"),
        (
            (
                f"{q + 1}{'*' if (q, d) == study.recommended else ''}",
                str(d + 1),
                f"{study.changed(q, d)} of {count}",
                figure(study.tau[q, d]),
                figure(study.margins[q, d].mean(), 4),
                *([figure(study.ndcg[q, d])] if study.ndcg is not None else []),
                ", ".join(dict.fromkeys(each.kind for each in doubted[q, d])),
            )
            for q, d in _pairs(study)
        ),
    )


def _statements(study: PromptStudy) -> Iterator[str]:
    request = study.request
    named = [variant.prompt for variant in study.variants]
    query, document = study.recommended
    if named[query].origin is named[document].origin is PromptOrigin.UNDOCUMENTED:
        yield f"{request.model} documents no prompt for {request.task}: none is recommended."
    else:
        yield f"Recommended for {request.task}: {_pair(study, study.recommended)}."
    others = [pair for pair in _pairs(study) if pair != study.recommended]
    if not others:
        yield "There is no other prompt to try; give one with --custom."
        return
    changed = {pair: study.changed(*pair) for pair in others}
    most = max(others, key=lambda pair: changed[pair])
    n_queries = len(request.queries)
    if not changed[most]:
        yield "No other pair changes the first place of any query."
    else:
        yield (
            f"{sum(map(bool, changed.values()))} of {len(others)} other pairs change the first "
            f"place of a query; the most is {changed[most]} of {n_queries}, by "
            f"{_pair(study, most)}."
        )
    yield from _judged(study)


def _judged(study: PromptStudy) -> Iterator[str]:
    best = study.best
    if best is None or study.ndcg is None:
        return
    count = sum(map(bool, study.request.relevant))
    asked = f"{count} {'query' if count == 1 else 'queries'}"
    own = study.ndcg[study.recommended]
    if best == study.recommended:
        yield f"No pair has a higher nDCG@10 than the recommended one ({own:.3f}, {asked})."
    else:
        yield (
            f"{_pair(study, best)} has a higher nDCG@10 than the recommended pair: "
            f"{study.ndcg[best]:.3f} against {own:.3f} ({asked})."
        )


def _pair(study: PromptStudy, pair: Pair) -> str:
    query, document = (quoted(study.variants[place].prompt.template) for place in pair)
    return f"{query} before queries with {document} before documents"


def _said(study: PromptStudy, doubted: dict[Pair, tuple[Doubt, ...]]) -> Iterator[str]:
    """Say once what the doubts about the user's own prompts are."""
    texts: dict[str, None] = {}
    for pair, found in doubted.items():
        for doubt in found:
            if doubt.kind is DoubtKind.ANOTHER_FAMILY:
                place = pair[0] if doubt.side == "query" else pair[1]
                prompt = quoted(study.variants[place].prompt.template)
                texts[f"Doubt: {prompt} is a prompt of {doubt.value}, not of this model."] = None
    yield from texts

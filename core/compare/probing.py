"""How many probes each model passes, with what certainty, and whether two models differ."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from core.compare.probes import Item, Pack, PackName
from core.compare.request import ModelFailure
from core.compare.statistics import Interval, holm, mcnemar_p_values, wilson_intervals
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.errors import BadRequest, ExplorerError
from core.models import ModelCard, Prompt, PromptChoice, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.golden import GoldenResult
from core.models.similarity import Similarity, similarity_matrix

CHANCE = 0.5
DEFAULT_PROMPT = PromptChoice(task=Task.SIMILARITY)

# (model, texts done, texts to do)
OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class ProbeRequest:
    """Every model on every pack; all texts get the prompt of a query for this task."""

    packs: tuple[Pack, ...]
    models: tuple[str, ...]
    prompt: PromptChoice = DEFAULT_PROMPT
    precision: Precision = Precision.EXACT


@dataclass(frozen=True, kw_only=True)
class PackScores:
    """One model on one pack: similarities to the anchor, float32, shape (n_items,)."""

    model: str
    pack: Pack
    closer: np.ndarray
    farther: np.ndarray
    interval: Interval

    @cached_property
    def margins(self) -> np.ndarray:
        return self.closer - self.farther

    @cached_property
    def passed(self) -> np.ndarray:
        """Return for each item whether the closer text scores higher; a tie is no pass."""
        return self.closer > self.farther

    @property
    def beyond_chance(self) -> bool:
        """Say whether the interval excludes one half."""
        return not self.interval.low <= CHANCE <= self.interval.high


@dataclass(frozen=True, kw_only=True)
class PairTest:
    """Two models on the same items: how many only one of them passes, and McNemar's p-value.

    ``p_adjusted`` is corrected for the number of all pairs of the result (Holm, 1979).
    """

    pack: Pack
    first: str
    second: str
    only_first: int
    only_second: int
    p_value: float
    p_adjusted: float


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """``scores`` by model and pack in the request's order; ``pairs`` by pack."""

    request: ProbeRequest
    scores: tuple[PackScores, ...]
    pairs: tuple[PairTest, ...]
    prompts: dict[str, Prompt]
    golden: dict[str, GoldenResult | None]
    failures: tuple[ModelFailure, ...] = ()

    def of(self, model: str, pack: Pack) -> PackScores | None:
        """Return one model's scores on one pack, None where the model failed."""
        found = (s for s in self.scores if s.model == model and s.pack is pack)
        return next(found, None)


def run_probes(
    request: ProbeRequest,
    engine: Engine,
    compute: Executor,
    *,
    on_progress: OnProgress | None = None,
) -> ProbeResult:
    """Score every item with every model.

    A model that fails is reported beside the others; raises BadRequest without a pack or a model,
    ModelNotFound.
    """
    packs = tuple(pack for pack in request.packs if pack.items)
    if not packs:
        raise BadRequest("There is no probe.", hint="Choose a pack, or enter an item.")
    if not request.models:
        raise BadRequest("There is no model.", hint="Give at least one model.", what="model")
    raw: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    prompts: dict[str, Prompt] = {}
    golden: dict[str, GoldenResult | None] = {}
    failures: list[ModelFailure] = []
    for card in [find(name) for name in request.models]:
        try:
            prompts[card.name] = resolve(
                card, request.prompt, Side.QUERY, stored=stored_prompts(card)
            )
            scores = _score(request, packs, card, prompts[card.name], engine, on_progress)
            raw[card.name], golden[card.name] = scores
        except ExplorerError as error:
            failures.append(ModelFailure(card.name, error))
    found = _with_intervals(raw, packs, compute)
    return ProbeResult(
        request=request,
        scores=found,
        pairs=_pairs(found, packs, compute),
        prompts=prompts,
        golden=golden,
        failures=tuple(failures),
    )


def _score(
    request: ProbeRequest,
    packs: tuple[Pack, ...],
    card: ModelCard,
    prompt: Prompt,
    engine: Engine,
    on_progress: OnProgress | None,
) -> tuple[list[tuple[np.ndarray, np.ndarray]], GoldenResult | None]:
    items = [item for pack in packs for item in pack.items]
    texts = [text for item in items for text in _texts(item)]
    rendered = prompt.render()
    encoded = engine.encode(
        EncodeRequest(
            model=card.name,
            inputs=tuple(Prompted(rendered, text) for text in texts),
            scope=_scope(request, packs),
            precision=request.precision,
        ),
        on_progress=lambda done, total: (
            on_progress(card.name, done, total) if on_progress else None
        ),
    )
    similarity = Similarity(card.similarity)
    items_vectors = encoded.vectors.reshape(len(items), 3, -1)
    both = np.stack([similarity_matrix(v[:1], v[1:], similarity)[0] for v in items_vectors])
    ends = np.cumsum([len(pack.items) for pack in packs])[:-1]
    return [(part[:, 0], part[:, 1]) for part in np.split(both, ends)], encoded.golden


def _texts(item: Item) -> tuple[str, str, str]:
    return item.anchor, item.closer, item.farther


def _scope(request: ProbeRequest, packs: tuple[Pack, ...]) -> Scope:
    own = request.prompt.is_typed or any(pack.name is PackName.OWN for pack in packs)
    return Scope.SESSION if own else Scope.SHARED


def _with_intervals(
    raw: dict[str, list[tuple[np.ndarray, np.ndarray]]],
    packs: tuple[Pack, ...],
    compute: Executor,
) -> tuple[PackScores, ...]:
    cells = [
        (model, pack, closer, farther)
        for model, by_pack in raw.items()
        for pack, (closer, farther) in zip(packs, by_pack, strict=True)
    ]
    counts = [(int((closer > farther).sum()), len(closer)) for _, _, closer, farther in cells]
    intervals = compute.submit(wilson_intervals, counts).result()
    return tuple(
        PackScores(model=model, pack=pack, closer=closer, farther=farther, interval=interval)
        for (model, pack, closer, farther), interval in zip(cells, intervals, strict=True)
    )


def _pairs(
    scores: tuple[PackScores, ...], packs: tuple[Pack, ...], compute: Executor
) -> tuple[PairTest, ...]:
    both = [
        pair
        for pack in packs
        for pair in combinations([each for each in scores if each.pack is pack], 2)
    ]
    if not both:
        return ()
    counts = [
        (int((a.passed & ~b.passed).sum()), int((b.passed & ~a.passed).sum())) for a, b in both
    ]
    p_values = compute.submit(mcnemar_p_values, counts).result()
    rows = zip(both, counts, p_values, holm(p_values), strict=True)
    return tuple(
        PairTest(
            pack=a.pack,
            first=a.model,
            second=b.model,
            only_first=only_first,
            only_second=only_second,
            p_value=p_value,
            p_adjusted=p_adjusted,
        )
        for (a, b), (only_first, only_second), p_value, p_adjusted in rows
    )

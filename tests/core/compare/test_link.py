"""A link holds the texts of an experiment, or says that it does not."""

from __future__ import annotations

import base64
import json
import random
import string
import tracemalloc
import zlib
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings

from core.compare import CompareRequest, Document
from core.compare.examples import examples
from core.compare.experiment import Experiment, Problem, ProblemKind
from core.compare.link import (
    MOST_LINK_BYTES,
    MOST_UNPACKED_BYTES,
    PROMPT_FIELDS,
    VERSION,
    is_short,
    pack,
    unpack,
)
from core.encoding import Scope
from core.errors import BadExperiment
from core.models import PromptChoice, Task
from core.models.device import Precision
from core.models.similarity import Similarity
from tests.core.compare.test_experiment import EXPERIMENT, experiments

URL_SAFE = set(string.ascii_letters + string.digits + "-_")
SMALL = Experiment(
    request=CompareRequest(
        queries=("Which planet?", "火星 😀"),
        documents=(Document("Mars\n", "title"), Document("\u202eVenus")),
        models=(),
    ),
    relevant=((0,), (1,)),
)


def linked(content: object) -> str:
    """Return a link that holds this."""
    return packed(json.dumps(content).encode())


def packed(data: bytes) -> str:
    return VERSION + base64.urlsafe_b64encode(zlib.compress(data, 9)).rstrip(b"=").decode()


def with_texts(*documents: str) -> Experiment:
    request = replace(SMALL.request, documents=tuple(map(Document, documents)))
    return Experiment(request=request)


def texts_of(experiment: Experiment) -> Experiment:
    """Return what a link can hold: the texts, the right documents, and prompts that were typed."""
    asked = experiment.request
    prompts = {
        name: getattr(asked, name) for name in PROMPT_FIELDS if getattr(asked, name).is_typed
    }
    request = CompareRequest(queries=asked.queries, documents=asked.documents, models=(), **prompts)
    return Experiment(request=request, relevant=experiment.relevant)


# There and back


@given(experiments())
@settings(max_examples=80, deadline=None)
def test_texts_marks_and_typed_prompts_come_back(experiment: Experiment) -> None:
    assert unpack(pack(experiment)) == (texts_of(experiment), ())


def test_hard_texts_come_back_character_by_character() -> None:
    assert unpack(pack(EXPERIMENT)) == (texts_of(EXPERIMENT), ())


@given(experiments())
@settings(max_examples=50, deadline=None)
def test_a_link_has_only_characters_that_a_url_leaves_alone(experiment: Experiment) -> None:
    link = pack(experiment)
    assert set(link) <= URL_SAFE
    assert quote(link) == link


@pytest.mark.parametrize("side", PROMPT_FIELDS)
@pytest.mark.parametrize(
    ("choice", "is_in"),
    [
        (PromptChoice(task=Task.CUSTOM, custom="query: "), True),
        (PromptChoice(task=Task.CUSTOM, custom=""), True),
        (PromptChoice(task=Task.CLUSTERING, instruction="Group these."), True),
        (PromptChoice(task=Task.CLUSTERING), False),
        (PromptChoice(task=Task.SEARCH, custom="typed once, not chosen now"), False),
        (PromptChoice(instruction="  "), False),
    ],
)
def test_prompts_are_in_the_link_only_where_they_were_typed(
    side: str, choice: PromptChoice, is_in: bool
) -> None:
    request = replace(SMALL.request, **{side: choice})
    link = pack(replace(SMALL, request=request))
    assert (link != pack(SMALL)) == is_in
    found = unpack(link).experiment.request
    assert getattr(found, side) == (choice if is_in else PromptChoice())


def test_what_other_parameters_of_the_address_say_is_not_in_the_link() -> None:
    other = replace(
        SMALL.request,
        models=("wordllama",),
        dimension=64,
        similarity=Similarity.DOT,
        precision=Precision.FAST,
        scope=Scope.SHARED,
    )
    assert pack(replace(SMALL, request=other)) == pack(SMALL)


def test_a_link_of_anyone_s_sets_nothing_but_texts_marks_and_prompts() -> None:
    content = {
        "queries": ["a"],
        "models": ["wordllama"],
        "dimension": 1,
        "similarity": "dot",
        "precision": "fast",
        "scope": "shared",
    }
    found = unpack(linked(content))
    assert found.problems == ()
    assert found.experiment.request == CompareRequest(queries=("a",), documents=(), models=())


def test_the_texts_of_an_example_are_known_again() -> None:
    example = examples()[0]
    request = CompareRequest(queries=example.queries, documents=example.documents, models=())
    assert unpack(pack(Experiment(request=request))).experiment.request.scope is Scope.SHARED


def test_a_field_that_can_not_be_read_is_named() -> None:
    found = unpack(linked({"queries": ["a"], "documents": "b"}))
    assert found.experiment.request.queries == ("a",)
    assert found.problems == (Problem(ProblemKind.FIELD, "documents"),)


def test_half_of_a_character_is_packed_and_then_named() -> None:
    found = unpack(pack(with_texts("a\ud800")))
    assert found.experiment.request.queries == SMALL.request.queries
    assert found.problems == (Problem(ProblemKind.FIELD, "documents"),)


# Cut and altered links


def test_a_link_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    link = pack(EXPERIMENT)
    for length in range(len(link)):
        with pytest.raises(BadExperiment) as caught:
            unpack(link[:length])
        assert "copy all of it" in caught.value.hint


def test_a_link_with_any_character_altered_is_refused_or_still_the_same() -> None:
    link = pack(EXPERIMENT)
    rng = random.Random(1)
    same = 0
    for place, old in enumerate(link):
        others = sorted(URL_SAFE - {old})
        for new in [*rng.sample(others, 3), rng.choice("=+/ %.\n\x00é火😀\ud800")]:
            try:
                found = unpack(link[:place] + new + link[place + 1 :])
            except BadExperiment:
                continue
            assert found == (texts_of(EXPERIMENT), ())
            same += 1
    assert same < len(link) / 4  # spare bits of the last character, and + for -, / for _


@pytest.mark.parametrize(
    "link",
    [
        "",
        VERSION,
        "2" + pack(SMALL)[1:],
        "v1",
        pack(SMALL)[1:],
        " " + pack(SMALL),
        VERSION + "A",
        VERSION + "AAAA",
        VERSION + "====",
        VERSION + "火星",
        VERSION + "\x00",
        VERSION + "\ud800",
        VERSION + "../../etc/passwd",
        packed(b""),
        packed(b"{"),
        packed(b"null"),
        packed(b"[]"),
        packed(b'"text"'),
        packed(b"\xff\xff"),
        packed(b"[" * 60_000),
        packed(b'{"queries":' + b"[" * 50_000 + b"]" * 10_000),
        packed(b"1" * 5000),
    ],
    ids=lambda link: ascii(link)[:30],
)
def test_what_is_no_link_of_ours_is_refused_with_a_remedy(link: str) -> None:
    with pytest.raises(BadExperiment) as caught:
        unpack(link)
    assert caught.value.hint
    assert caught.value.values["reason"]


@pytest.mark.parametrize("field", ["queries", "documents", "relevant", *PROMPT_FIELDS])
def test_nesting_around_python_s_limit_is_refused_or_named(field: str) -> None:
    for depth in range(880, 1010):
        nested = "[" * depth + "]" * depth
        try:
            found = unpack(packed(f'{{"{field}": {nested}}}'.encode()))
        except BadExperiment:
            continue
        assert found.problems == (Problem(ProblemKind.FIELD, field),)


# Size


def test_a_link_that_unpacks_to_much_more_than_it_is_is_refused_without_unpacking_it() -> None:
    bomb = linked({"queries": ["a" * 50_000_000]})
    tracemalloc.start()
    try:
        with pytest.raises(BadExperiment):
            unpack(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * MOST_UNPACKED_BYTES + 3 * len(bomb)


def test_the_limit_of_what_is_unpacked_is_exact() -> None:
    content: dict[str, Any] = {"queries": [""]}
    room = MOST_UNPACKED_BYTES - len(json.dumps(content))
    content["queries"] = ["a" * room]
    assert unpack(linked(content)).experiment.request.queries == ("a" * room,)
    content["queries"] = ["a" * (room + 1)]
    with pytest.raises(BadExperiment):
        unpack(linked(content))


def test_texts_that_are_too_long_for_a_link_are_said_to_be() -> None:
    words = random.Random(1).choices(string.ascii_letters, k=5000)
    assert not is_short(pack(with_texts("".join(words))))
    assert is_short(pack(SMALL))


@pytest.mark.parametrize("text", ["a" * 100_000, "red " * 50_000, "火星 " * 20_000])
def test_a_repetitive_text_that_could_not_be_opened_again_does_not_pass_for_short(
    text: str,
) -> None:
    assert not is_short(pack(with_texts(text)))


@pytest.mark.parametrize("length", [1, 100, 1000, 10_000, 65_000, 66_000, 200_000])
def test_a_short_link_can_be_opened(length: int) -> None:
    experiment = with_texts("a" * length)
    link = pack(experiment)
    if is_short(link):
        assert unpack(link).experiment == experiment
    assert is_short(link) == (length < MOST_UNPACKED_BYTES)


def test_shortness_is_counted_in_bytes() -> None:
    assert is_short("a" * MOST_LINK_BYTES)
    assert not is_short("a" * (MOST_LINK_BYTES + 1))
    assert not is_short("あ" * (MOST_LINK_BYTES // 3 + 1))

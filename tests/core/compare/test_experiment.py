"""An experiment file gives back what was put in, and names what it can't give back."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compare import CompareRequest, Document, Similarity
from core.compare.examples import examples
from core.compare.experiment import (
    FORMAT,
    KIND,
    MOST_CHARACTERS,
    MOST_MODELS,
    MOST_TEXTS,
    Experiment,
    Problem,
    ProblemKind,
    Restored,
    from_content,
    from_json,
    to_content,
    to_dict,
)
from core.compare.relevance import judge
from core.encoding import Scope
from core.errors import BadExperiment
from core.models import PromptChoice, Task, known
from core.models.device import Precision
from tests.core.compare.fakes import scored

HARD_TEXTS = (
    "two\nlines",
    "\r\n\ttab",
    "\x00\x01\x1b[31m\x7f",
    "\u202eabc\u202c \u200f\u2066x\u2069",
    "👩‍👩‍👧‍👦 🏳️‍🌈 \U0001f600",
    "火星は赤い惑星です。",
    "e\u0301 \u00e9 \ufb01 \u2028 \u2029 \ufeff \ufffe",
    '"quoted" \\ / \\u0041 </script>',
    "",
    " ",
)
EXPERIMENT = Experiment(
    request=CompareRequest(
        queries=HARD_TEXTS[:5],
        documents=tuple(map(Document, HARD_TEXTS, HARD_TEXTS[::-1])),
        models=("wordllama", "char-ngrams", "embeddinggemma-300m"),
        query_prompt=PromptChoice(task=Task.CUSTOM, custom="質問: "),
        document_prompt=PromptChoice(
            task=Task.CUSTOM, custom="title: {title}\n| text: ", instruction="Find it. 🔎"
        ),
        dimension=128,
        similarity=Similarity.DOT,
        precision=Precision.FAST,
    ),
    relevant=((0, 9), (), (3,)),
)
CONTENT = to_content(EXPERIMENT)

TEXT = st.text(max_size=20) | st.sampled_from(HARD_TEXTS)
PROMPTS = st.builds(PromptChoice, task=st.sampled_from(Task), custom=TEXT, instruction=TEXT)
REQUESTS = st.builds(
    CompareRequest,
    queries=st.lists(TEXT, max_size=4).map(tuple),
    documents=st.lists(st.builds(Document, TEXT, TEXT), max_size=4).map(tuple),
    models=st.lists(
        st.sampled_from([card.name for card in known()]), max_size=MOST_MODELS, unique=True
    ).map(tuple),
    query_prompt=PROMPTS,
    document_prompt=PROMPTS,
    dimension=st.none() | st.integers(1, 10_000),
    similarity=st.none() | st.sampled_from(Similarity),
    precision=st.sampled_from(Precision),
)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    request = draw(REQUESTS)
    numbers = st.integers(0, max(len(request.documents) - 1, 0))
    row = st.lists(numbers, max_size=len(request.documents), unique=True).map(tuple)
    rows = st.lists(row, max_size=len(request.queries)).map(tuple)
    return Experiment(request=request, relevant=draw(rows))


def as_json(experiment: Experiment, **changes: Any) -> str:
    return json.dumps({**to_dict(experiment), **changes})


def restored(content: dict[str, Any], **changes: Any) -> Restored:
    """Read a file whose digest fits its content."""
    from core.compare.experiment import _digest

    whole = {"kind": KIND, "format": FORMAT, "digest": _digest(content), "experiment": content}
    return from_json(json.dumps({**whole, **changes}))


def fields_but(*names: str) -> dict[str, Any]:
    return {name: value for name, value in CONTENT.items() if name not in names}


# There and back


@given(experiments(), st.booleans(), st.sampled_from([None, 2]))
@settings(max_examples=80, deadline=None)
def test_what_was_written_comes_back_whole(
    experiment: Experiment, is_ascii: bool, indent: int | None
) -> None:
    text = json.dumps(to_dict(experiment), ensure_ascii=is_ascii, indent=indent, allow_nan=False)
    assert from_json(text) == Restored(experiment, ())
    assert from_json(text.encode()) == Restored(experiment, ())


def test_hard_texts_come_back_character_by_character() -> None:
    assert from_json(as_json(EXPERIMENT)) == Restored(EXPERIMENT, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_editor_may_have_saved_it_in_another_encoding(encoding: str) -> None:
    text = json.dumps(to_dict(EXPERIMENT), ensure_ascii=False)
    assert from_json(text.encode(encoding)) == Restored(EXPERIMENT, ())


def test_an_empty_form_comes_back_as_one() -> None:
    empty = Experiment(request=CompareRequest(queries=(), documents=(), models=()))
    assert from_json(as_json(empty)) == Restored(empty, ())


def test_a_digest_does_not_depend_on_the_order_of_fields_or_on_blanks() -> None:
    whole = to_dict(EXPERIMENT)
    whole["experiment"] = dict(reversed(whole["experiment"].items()))
    assert from_json(json.dumps(whole, indent="\t")).problems == ()


@pytest.mark.parametrize("name", CONTENT)
def test_each_field_is_in_the_digest(name: str) -> None:
    whole = to_dict(EXPERIMENT)
    whole["experiment"] = fields_but(name)
    assert from_json(json.dumps(whole)).problems[0] == Problem(ProblemKind.ALTERED)


# Cut and altered files


def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    text = json.dumps(to_dict(EXPERIMENT), ensure_ascii=False, indent=2)
    data = text.encode()
    lengths = random.Random(1).sample(range(len(data)), 200)
    for length in [0, 1, len(data) - 1, *lengths]:
        with pytest.raises(BadExperiment) as caught:
            from_json(data[:length])
        assert caught.value.hint
        assert caught.value.values["reason"]
    for length in lengths:
        if length < len(text):
            with pytest.raises(BadExperiment):
                from_json(text[:length])


@pytest.mark.parametrize("seed", range(3))
def test_an_altered_file_is_refused_or_its_alteration_is_told(seed: int) -> None:
    rng = random.Random(seed)
    text = json.dumps(to_dict(EXPERIMENT), ensure_ascii=False)
    refused = told = 0
    for _ in range(300):
        place = rng.randrange(len(text))
        new = rng.choice('"\\{}[]:,0123456789abcz \n\x00é火')
        kept_until = place if rng.random() < 0.2 else place + 1  # put in, or put in its place
        try:
            found = from_json(text[:place] + new + text[kept_until:])
        except BadExperiment:
            refused += 1
            continue
        if found.problems:
            told += 1
        else:
            assert found.experiment == EXPERIMENT
    assert refused > 20
    assert told > 50


@pytest.mark.parametrize("seed", range(2))
def test_altered_bytes_are_no_worse(seed: int) -> None:
    rng = random.Random(seed)
    data = json.dumps(to_dict(EXPERIMENT), ensure_ascii=False).encode()
    for _ in range(300):
        altered = bytearray(data)
        altered[rng.randrange(len(data))] = rng.randrange(256)
        try:
            found = from_json(bytes(altered))
        except BadExperiment:
            continue
        assert found.problems or found.experiment == EXPERIMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "1",
        '"text"',
        "{}",
        "query,document\na,b",
        "NaN",
        '{"kind": "umekomi-experiment"}',
        '{"kind": "umekomi-experiment", "experiment": []}',
        '{"kind": ["umekomi-experiment"], "experiment": {}}',
        '{"kind": "other", "experiment": {}}',
        b"\xff\xfe\x00",
        b"PK\x03\x04",
        "1" * 10_000,
    ],
)
def test_what_is_no_experiment_is_refused_with_a_remedy(text: str | bytes) -> None:
    with pytest.raises(BadExperiment) as caught:
        from_json(text)
    assert "Experiment as JSON" in caught.value.hint
    assert caught.value.values["reason"]


# Other versions


@pytest.mark.parametrize("version", [2, 99, 10**80])
def test_a_later_version_is_named_and_what_is_understood_is_restored(version: int) -> None:
    found = restored({**CONTENT, "new_field": {"a": 1}}, format=version, digest="of its own kind")
    assert found.experiment == EXPERIMENT
    assert found.problems == (Problem(ProblemKind.NEWER, str(version)[:60]),)


@pytest.mark.parametrize(
    "version", [0, -1, "1", "2", None, 1.0, 1.5, 2.5, True, [], {}, "long" * 1000]
)
def test_a_version_that_no_file_of_ours_has_is_an_altered_file(version: object) -> None:
    found = restored(CONTENT, format=version)
    assert found == (EXPERIMENT, (Problem(ProblemKind.ALTERED),))


def test_fields_that_are_not_there_have_their_defaults() -> None:
    found = restored({"queries": ["a"]})
    assert found.problems == ()
    assert found.experiment == Experiment(
        request=CompareRequest(queries=("a",), documents=(), models=())
    )


# Models


def test_unknown_models_are_named_and_the_others_restored() -> None:
    found = restored({**CONTENT, "models": ["gone", "wordllama", "my/own", "gone"]})
    assert found.experiment.request.models == ("wordllama",)
    assert found.problems == (
        Problem(ProblemKind.UNKNOWN_MODEL, "gone"),
        Problem(ProblemKind.UNKNOWN_MODEL, "my/own"),
    )
    models = EXPERIMENT.request.models
    request = replace(found.experiment.request, models=models)
    assert replace(found.experiment, request=request) == EXPERIMENT


def test_a_long_name_is_told_in_short() -> None:
    (problem,) = restored({"models": ["x" * 10_000]}).problems
    assert problem == Problem(ProblemKind.UNKNOWN_MODEL, "x" * 60)


def test_more_models_than_can_be_compared_are_left_out_and_counted() -> None:
    names = [card.name for card in known()]
    assert len(names) > MOST_MODELS
    found = restored({"models": names})
    assert found.experiment.request.models == tuple(names[:MOST_MODELS])
    assert found.problems == (Problem(ProblemKind.TOO_MANY, str(len(names) - MOST_MODELS)),)


def test_no_file_fills_the_page_with_names_of_unknown_models() -> None:
    found = restored({"models": [f"m{i}" for i in range(10_000)] + ["wordllama"]})
    assert found.experiment.request.models == ("wordllama",)
    assert [problem.value for problem in found.problems] == [
        *(f"m{i}" for i in range(MOST_MODELS)),
        str(10_000 - MOST_MODELS),
    ]


def test_a_model_named_twice_is_taken_once() -> None:
    found = restored({"models": ["wordllama", "wordllama"]})
    assert found.experiment.request.models == ("wordllama",)


# Fields that can't be read

NOT_TEXTS = ["text", 1, None, {}, [1], [None], [["a"]], {"0": "a"}, True, ["a", 2]]
NO_PROMPTS = [
    "search",
    1,
    None,
    [],
    {"task": "no-such"},
    {"task": None},
    {"task": []},
    {"task": "custom", "custom": 1},
    {"custom": None},
    {"instruction": ["a"]},
    {"custom": "\ud800"},
]
BAD_FIELDS: dict[str, list[Any]] = {
    "queries": [*NOT_TEXTS, ["\ud800"]],
    "documents": [
        *NOT_TEXTS,
        ["a"],
        [{}],
        [{"title": "a"}],
        [{"text": None}],
        [{"text": "a", "title": 1}],
        [{"text": "a"}, {"text": 2}],
        [{"text": "a\udfff"}],
        [{"text": "a", "title": "\ud800"}],
    ],
    "models": [*NOT_TEXTS],
    "query_prompt": NO_PROMPTS,
    "document_prompt": NO_PROMPTS,
    "dimension": ["64", 0, -1, 1.5, True, False, [], {}, float("inf"), float("nan")],
    "similarity": ["no-such", 1, [], {}, True, "COSINE", ""],
    "precision": ["no-such", 1, None, [], {}, "float32"],
    "relevant": [
        "0",
        1,
        None,
        {},
        [0],
        ["0"],
        [["0"]],
        [[0.5]],
        [[None]],
        [[-1]],
        [[10]],
        [[10**30]],
        [[0]] * 6,
        [[True]],
        [[0, False]],
        [[[0]]],
    ],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in BAD_FIELDS.items() for value in values],
    ids=lambda value: ascii(value)[:30],
)
def test_a_field_of_a_wrong_type_is_named_and_the_others_restored(name: str, value: object) -> None:
    found = restored({**CONTENT, name: value})
    default = to_content(Experiment(request=CompareRequest(queries=(), documents=(), models=())))
    # The right documents are numbers of the texts: they go where the texts went.
    gone = (name, "relevant") if name in ("queries", "documents") else (name,)
    assert found.problems == tuple(Problem(ProblemKind.FIELD, field) for field in gone)
    expected = {**CONTENT, **{field: default[field] for field in gone}}
    assert to_content(found.experiment) == expected


def test_what_is_restored_can_be_judged() -> None:
    """True and False are whole numbers in Python, and something else as indices of NumPy's."""
    content = {"queries": ["q"], "documents": [{"text": "a"}, {"text": "b"}], "relevant": [[True]]}
    assert judge(scored([[0.1, 0.2]]), restored(content).experiment.relevant).queries.size == 0


def test_names_in_problems_can_be_shown() -> None:
    found = restored({"models": ["\ud800 model"]}, format="\udfff")
    for problem in found.problems:
        problem.value.encode()
    assert [problem.value for problem in found.problems] == ["", "? model"]


def test_a_right_document_named_twice_is_taken_once() -> None:
    found = restored({**CONTENT, "relevant": [[2, 0, 2]]})
    assert found == (replace(EXPERIMENT, relevant=((2, 0),)), ())


@pytest.mark.parametrize(
    ("name", "fitting", "too_many"),
    [
        ("documents", [{"text": ""}] * MOST_TEXTS, [{"text": ""}] * (MOST_TEXTS + 1)),
        ("queries", [""] * MOST_TEXTS, [""] * (MOST_TEXTS + 1)),
        ("queries", ["a" * MOST_CHARACTERS], ["a" * MOST_CHARACTERS, "a"]),
        ("relevant", [], [[]] * 1_000_000),
        ("models", [], [1] * 1_000_000),
    ],
    ids=["documents", "queries", "characters", "relevant", "models"],
)
def test_a_huge_list_is_named_and_not_taken(
    name: str, fitting: list[Any], too_many: list[Any]
) -> None:
    assert from_content({name: fitting}).problems == ()
    found = from_content({name: too_many})
    assert found.problems == (Problem(ProblemKind.FIELD, name),)
    assert to_content(found.experiment)[name] == []


WHERE_NESTED = (
    "[%s]",
    "%s",
    '{"kind": "umekomi-experiment", "format": %s, "experiment": {}}',
    '{"kind": %s, "format": 1, "experiment": {}}',
    '{"kind": "umekomi-experiment", "format": 1, "digest": %s, "experiment": {}}',
    '{"kind": "umekomi-experiment", "format": 1, "experiment": {"unknown": %s}}',
    '{"kind": "umekomi-experiment", "format": 1, "experiment": {"query_prompt": {"task": %s}}}',
    *(
        f'{{"kind": "umekomi-experiment", "format": 1, "experiment": {{"{name}": %s}}}}'
        for name in CONTENT
    ),
)


@pytest.mark.parametrize("where", WHERE_NESTED, ids=range(len(WHERE_NESTED)))
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_deep_nesting_is_refused_or_named_at_any_depth(where: str, brackets: str) -> None:
    """Around Python's limit each step of reading has its own last depth."""
    limit = sys.getrecursionlimit()
    for depth in [*range(limit - 120, limit + 10), 100_000]:
        nested = brackets[:-1] * depth + ("" if brackets == "[]" else "1") + brackets[-1] * depth
        try:
            found = from_json(where % nested)
        except BadExperiment:
            continue
        assert found.problems


# Where vectors are kept


@pytest.mark.parametrize("scope", Scope)
def test_a_file_does_not_say_where_vectors_are_kept(scope: Scope) -> None:
    found = restored({**CONTENT, "scope": scope.value, "request": {"scope": scope.value}})
    assert found.experiment.request.scope is Scope.SESSION


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_only_the_texts_of_an_example_with_built_in_prompts_are_shared(example: Any) -> None:
    request = CompareRequest(
        queries=example.queries,
        documents=example.documents,
        models=("wordllama",),
        scope=Scope.SHARED,
    )
    experiment = Experiment(request=request, relevant=example.relevant)
    assert from_json(as_json(experiment)) == Restored(experiment, ())
    content = to_content(experiment)
    changes: list[dict[str, Any]] = [
        {"queries": [*content["queries"], "mine"]},
        {"documents": content["documents"][1:], "relevant": []},
        {"query_prompt": {"task": "custom", "custom": ""}},
        {"document_prompt": {"instruction": "mine"}},
        {"documents": [{**content["documents"][0], "title": "mine"}, *content["documents"][1:]]},
    ]
    for change in changes:
        found = from_content({**content, **change})
        assert (found.problems, found.experiment.request.scope) == ((), Scope.SESSION)

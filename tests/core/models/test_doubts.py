"""Prompts that look wrong for a model are doubted, documented ones never."""

from __future__ import annotations

import pytest

from core.models import Prompt, PromptChoice, Side, Task, find, resolve
from core.models.catalogue import catalogue
from core.models.doubts import Doubt, DoubtKind, doubts
from core.models.prompts import PromptOrigin

GEMMA, E5, QWEN, WORDLLAMA = (
    "embeddinggemma-300m",
    "multilingual-e5-small",
    "qwen3-embedding-0.6b",
    "wordllama",
)
NONE = Prompt(template="", origin=PromptOrigin.NONE)


def typed(text: str) -> Prompt:
    return resolve(find(WORDLLAMA), PromptChoice(task=Task.CUSTOM, custom=text), Side.QUERY)


def due(model: str, side: Side, task: Task = Task.SEARCH) -> Prompt:
    return resolve(find(model), PromptChoice(task=task), side)


def found(model: str, query: Prompt, document: Prompt, task: Task = Task.SEARCH) -> set[Doubt]:
    return set(doubts(find(model), query, document, task=task))


def query_typed(model: str, text: str) -> set[Doubt]:
    return found(model, typed(text), due(model, Side.DOCUMENT))


@pytest.mark.parametrize("task", [task for task in Task if task is not Task.CUSTOM])
@pytest.mark.parametrize("card", catalogue(), ids=lambda card: card.name)
def test_the_documented_pair_is_not_doubted(card, task: Task) -> None:
    pair = [due(card.name, side, task) for side in (Side.QUERY, Side.DOCUMENT)]
    assert doubts(card, pair[0], pair[1], task=task) == ()


@pytest.mark.parametrize("card", catalogue(), ids=lambda card: card.name)
def test_a_typed_prompt_of_the_model_itself_is_of_no_other_family(card) -> None:
    for entry in card.prompts:
        text = entry.text.replace("{instruction}", entry.instruction)
        kinds = {doubt.kind for doubt in doubts(card, typed(text), typed("something else"))}
        assert DoubtKind.ANOTHER_FAMILY not in kinds


@pytest.mark.parametrize(
    ("model", "text", "family"),
    [
        (GEMMA, "query: ", E5),
        (GEMMA, "  query:", E5),
        (GEMMA, "Instruct: Find the planet.\nQuery:", QWEN),
        (WORDLLAMA, "task: search result | query: ", GEMMA),
        (WORDLLAMA, "title: Mars | text: ", GEMMA),
        (E5, "task: search result | query: ", GEMMA),
    ],
)
def test_a_template_of_another_family_is_doubted(model: str, text: str, family: str) -> None:
    expected = Doubt(kind=DoubtKind.ANOTHER_FAMILY, side=Side.QUERY, value=family)
    assert query_typed(model, text) == {expected}


def test_it_is_doubted_on_the_side_where_it_stands() -> None:
    (doubt,) = found(GEMMA, due(GEMMA, Side.QUERY), typed("passage: "))
    assert (doubt.kind, doubt.side, doubt.value) == (
        DoubtKind.ANOTHER_FAMILY,
        Side.DOCUMENT,
        E5,
    )


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (GEMMA, "My own words: "),
        (GEMMA, "Here is a query: "),  # a template stands at the start
        (QWEN, "Instruct: Find the planet.\nQuery:"),
        (GEMMA, "title: Mars | text: "),
        (GEMMA, "q"),
    ],
)
def test_words_of_one_s_own_and_the_model_s_own_form_are_not_doubted(model: str, text: str) -> None:
    assert query_typed(model, text) == set()


@pytest.mark.parametrize("blank", [NONE, typed(""), typed("  ")])
def test_a_documented_prompt_that_is_missing_is_doubted(blank: Prompt) -> None:
    query, document = due(E5, Side.QUERY), due(E5, Side.DOCUMENT)
    missing = [
        Doubt(kind=DoubtKind.MISSING, side=Side.QUERY, value="query: "),
        Doubt(kind=DoubtKind.MISSING, side=Side.DOCUMENT, value="passage: "),
    ]
    assert found(E5, query, blank) == {missing[1]}
    assert found(E5, blank, document) == {missing[0]}
    assert found(E5, blank, blank) == set(missing)


def test_nothing_is_missing_where_nothing_is_documented() -> None:
    assert found(WORDLLAMA, NONE, NONE) == set()
    assert found(QWEN, due(QWEN, Side.QUERY), NONE) == set()  # it documents none for documents


def test_one_prompt_on_both_sides_is_doubted_where_two_are_documented() -> None:
    same = Doubt(kind=DoubtKind.SAME_ON_BOTH_SIDES, side=Side.DOCUMENT)
    assert found(E5, due(E5, Side.QUERY), due(E5, Side.QUERY)) == {same}
    assert found(E5, typed("mine: "), typed("mine: ")) == {same}
    assert found(WORDLLAMA, typed("mine: "), typed("mine: ")) == set()


def test_the_task_decides_what_is_due() -> None:
    pair = typed("query: "), typed("query: ")
    assert found(E5, *pair, task=Task.SIMILARITY) == set()
    kinds = {doubt.kind for doubt in found(E5, *pair)}
    assert kinds == {DoubtKind.SAME_ON_BOTH_SIDES}


def test_the_model_s_own_configuration_decides_what_is_due() -> None:
    stored = {"query": "search: ", "document": "doc: "}
    changed = doubts(find(GEMMA), NONE, due(GEMMA, Side.DOCUMENT), stored=stored)
    assert Doubt(kind=DoubtKind.MISSING, side=Side.QUERY, value="search: ") in changed

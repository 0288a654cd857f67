"""Two comparisons differ in their settings, and in what is found first."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from core.compare import CompareRequest, Comparison, Document, Similarity
from core.compare.differences import Moved, changed_settings, moved_firsts
from core.compare.experiment import Experiment, to_content
from core.encoding import Scope
from core.models import PromptChoice, Task
from core.models.device import Precision
from tests.core.compare.fakes import compared

UP, DOWN = [1.0, 2.0], [2.0, 1.0]
BEFORE = compared(a=[UP, UP], b=[DOWN, DOWN])
PROMPT = PromptChoice(task=Task.CUSTOM, custom="query: ")
CHANGES: dict[str, Any] = {
    "queries": ("q0",),
    "documents": (Document("d0", "title"), Document("d1")),
    "models": ("b", "a"),
    "query_prompt": PROMPT,
    "document_prompt": PROMPT,
    "dimension": 64,
    "similarity": Similarity.DOT,
    "precision": Precision.FAST,
}


def with_request(comparison: Comparison, **changes: Any) -> Comparison:
    return replace(comparison, request=replace(comparison.request, **changes))


def test_the_same_request_has_no_changed_settings() -> None:
    assert changed_settings(BEFORE, BEFORE) == {}
    assert changed_settings(BEFORE, compared(a=[DOWN, DOWN], b=[UP, UP])) == {}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_setting_is_given_with_both_values(name: str) -> None:
    after = with_request(BEFORE, **{name: CHANGES[name]})
    old, new = (to_content(Experiment(request=c.request))[name] for c in (BEFORE, after))
    assert changed_settings(BEFORE, after) == {name: (old, new)}
    assert changed_settings(after, BEFORE) == {name: (new, old)}


def test_several_changes_are_all_given() -> None:
    assert set(changed_settings(BEFORE, with_request(BEFORE, **CHANGES))) == set(CHANGES)


def test_every_setting_is_looked_at_but_where_vectors_are_kept() -> None:
    assert {field.name for field in fields(CompareRequest)} - set(CHANGES) == {"scope"}
    assert changed_settings(BEFORE, with_request(BEFORE, scope=Scope.SHARED)) == {}


def test_a_model_with_another_first_document_is_named_with_both() -> None:
    after = compared(a=[UP, DOWN], b=[DOWN, DOWN])
    assert moved_firsts(BEFORE, after) == (Moved(model="a", query="q1", before="d1", after="d0"),)
    assert moved_firsts(after, BEFORE) == (Moved(model="a", query="q1", before="d0", after="d1"),)


def test_scores_may_change_as_long_as_the_first_document_stays() -> None:
    assert moved_firsts(BEFORE, compared(a=[[-9.0, 7], UP], b=[[3.0, 2.5], DOWN])) == ()


def test_models_are_found_by_name_wherever_they_stand() -> None:
    assert moved_firsts(BEFORE, compared(b=[DOWN, DOWN], a=[UP, UP])) == ()


def test_a_model_or_a_query_that_is_in_one_of_them_alone_has_not_moved() -> None:
    after = compared(a=[DOWN, DOWN, DOWN], c=[UP, UP, UP])
    assert [(moved.model, moved.query) for moved in moved_firsts(BEFORE, after)] == [
        ("a", "q0"),
        ("a", "q1"),
    ]


def test_documents_in_another_order_are_the_same_documents() -> None:
    swapped = (Document("d1"), Document("d0"))
    after = with_request(compared(a=[DOWN, DOWN], b=[UP, UP]), documents=swapped)
    assert moved_firsts(BEFORE, after) == ()


def test_a_new_document_may_come_first() -> None:
    after = with_request(BEFORE, documents=(Document("d0"), Document("new")))
    assert moved_firsts(BEFORE, after) == tuple(
        Moved(model="a", query=query, before="d1", after="new") for query in ("q0", "q1")
    )


def test_comparisons_without_a_common_answer_have_nothing_moved() -> None:
    assert moved_firsts(BEFORE, replace(BEFORE, results=())) == ()
    assert moved_firsts(replace(BEFORE, results=()), BEFORE) == ()

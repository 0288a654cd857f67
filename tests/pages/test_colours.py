"""A model has one colour on every page."""

from __future__ import annotations

from core.models import catalogue
from pages._ui import colours
from pages._ui.colours import SERIES, of_models


def test_a_model_has_its_colour_in_any_company_and_by_its_hub_id_too() -> None:
    for card in catalogue():
        (alone,) = of_models([card.name])
        assert of_models([card.id]) == [alone]
        assert of_models([card.name, "no such model"])[0] == alone


def test_the_embedded_models_differ_in_any_order() -> None:
    names = [card.name for card in catalogue()[:3]]
    assert of_models(names) == of_models(names[::-1])[::-1] == list(SERIES[:3])


def test_two_models_of_one_chart_never_share_a_colour_while_there_are_enough() -> None:
    names = [card.name for card in catalogue()]
    for first in names:
        for second in names:
            if first != second:
                assert len(set(of_models([first, second]))) == 2
    assert len(set(of_models(names[: len(SERIES)]))) == len(SERIES)
    assert len(of_models(names)) == len(names)


def test_a_model_of_the_user_has_its_colour_by_its_name() -> None:
    assert of_models(["mine"]) == of_models(["mine"])
    assert of_models(["mine"])[0] in SERIES


def test_other_items_go_by_their_place() -> None:
    assert colours.of_item(0) == colours.of_item(len(SERIES))

"""Pages of which parts are sent again show what they show where everything is drawn at each run."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.compare.examples import examples
from core.encoding import Engine
from pages._ui import recorded
from pages._ui.keys import Key
from pages.explore.comparing.documents import INPUTS
from tests.core.fakes import PLAIN_CPU
from tests.pages.conftest import OpenApp

PAGES = (
    "explore/compare.py",
    "explore/prompts.py",
    "measure/benchmarks.py",
    "measure/speed.py",
    "models/models.py",
)
STEPS = 60
FIELDS = ("selectbox", "multiselect", "text_area", "button_group")
TYPED = ("a b\nc", "", "hello", "x\ny\nz")
CHOICES = {
    Key.COMPARE_EXAMPLE: tuple(each.id for each in examples()),
    Key.COMPARE_INPUT: INPUTS,
}
BUTTONS = {Key.BENCHMARKS_CHOOSE, Key.BENCHMARKS_OURS, Key.COMPARE_UNDO_BUTTON}
BOXES = (Key.BENCHMARKS_FILTER,)
OTHERWISE = {"download_button", "imgs", "tab"}  # their ids are those of one session

Action = Callable[[AppTest], object]


class Drawing:
    """Whether parts are sent again; how often one was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_all = False
        self.sent_again = 0
        send = recorded.Recorded.send

        def send_or_draw(
            part: recorded.Recorded, run: Any, key: str, draw: Any, cursor: Any
        ) -> Any:
            if self.is_all:
                return draw()
            before = part._record
            value = send(part, run, key, draw, cursor)
            is_same = part._record is before
            self.sent_again += is_same and before is not None
            return value

        monkeypatch.setattr(recorded.Recorded, "send", send_or_draw)


def shown(app: AppTest) -> dict[tuple[int, ...], tuple[str, bytes]]:
    """Return all that the page shows by its place."""
    found: dict[tuple[int, ...], tuple[str, bytes]] = {}

    def walk(node: Any, place: tuple[int, ...]) -> None:
        if node.type not in OTHERWISE:
            proto = getattr(node, "proto", None)
            said = proto.SerializeToString(deterministic=True) if proto is not None else b""
            found[place] = (node.type, said)
        for number, child in getattr(node, "children", {}).items():
            walk(child, (*place, number))

    walk(app._tree, ())
    return found


def chosen(chance: random.Random, app: AppTest) -> Action:
    """Return something that a visitor of this page may do."""
    kind = chance.choices(("field", "page", "nothing", "button", "box"), (10, 3, 3, 3, 2))[0]
    buttons = [
        key for each in app.button if (key := each.key) and key in BUTTONS and not each.disabled
    ]
    known = [(name, each.key) for name in FIELDS for each in fields(app, name)]
    if kind == "page":
        page = chance.choice(PAGES)
        return lambda each: each.switch_page(page).run()
    if kind == "button" and buttons:
        button = chance.choice(buttons)
        return lambda each: each.button(key=button).click().run()
    if kind == "box":
        box, is_open = chance.choice(BOXES), chance.random() < 0.8
        return lambda each: opened(each, box, is_open).run()
    if kind == "field" and known:
        name, key = chance.choice(known)
        value = chance.random()
        return lambda each: changed(each, name, key, value).run()
    return lambda each: each.run()


def fields(app: AppTest, name: str) -> list[Any]:
    """Return the fields of this kind for which values are known here."""
    found: list[Any] = [*app.get(name)]
    return [each for each in found if each.key and (name != "button_group" or each.key in CHOICES)]


def opened(app: AppTest, box: Key, is_open: bool) -> AppTest:
    app.session_state[box] = is_open
    return app


def changed(app: AppTest, name: str, key: str, value: float) -> AppTest:
    """Have the field hold another value, the same for the same number."""
    (field,) = [each for each in fields(app, name) if each.key == key]
    if name == "selectbox":
        field.select_index(int(value * len(field.options)))
    elif name == "multiselect":  # of models, whose labels begin with their names
        names = [option.split()[0] for option in field.options]
        place = int(value * len(names))
        field.set_value([*dict.fromkeys((names[place], names[-1 - place]))])
    else:
        values = TYPED if name == "text_area" else CHOICES[Key(key)]
        field.set_value(values[int(value * len(values))])
    return app


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_a_visitor_does(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(Engine, "known_device", lambda _: PLAIN_CPU)  # else known between two runs
    drawing, chance = Drawing(monkeypatch), random.Random(seed)
    app = open_app("")
    drawing.is_all = True
    other = open_app("")
    done: list[str] = []
    for _ in range(STEPS):
        assert shown(app) == shown(other), done
        action = chosen(chance, app)
        for each, is_all in ((app, False), (other, True)):
            drawing.is_all = is_all
            action(each)
            assert not each.exception
        done.append(action.__qualname__)
    assert shown(app) == shown(other)
    assert drawing.sent_again > STEPS

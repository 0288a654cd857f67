"""Tables to type into: a header in another language costs nothing of what was typed."""

from __future__ import annotations

from pages._ui.keys import Key
from tests.pages.compare_page import enter
from tests.pages.conftest import OpenApp

CHANGES = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


def test_documents_with_titles_stay_when_the_language_changes(open_app: OpenApp) -> None:
    app = enter(open_app(), ["a"], ["b", "c"])
    app.button_group(key=Key.COMPARE_INPUT).set_value("table").run()
    for lang, title in (("ja", "One"), ("en", "Two")):
        number = app.session_state[Key.COMPARE_TABLE_NUMBER]
        typed = CHANGES | {"edited_rows": {0: {"title": title}}}
        app.session_state[f"{Key.COMPARE_TABLE}_{number}"] = typed
        app.run()
        app.button_group(key=Key.LANGUAGE).set_value(lang).run()
        assert [row.title for row in app.session_state[Key.COMPARE_TABLE_ROWS]] == [title, ""]
        app.run()
        assert [row.title for row in app.session_state[Key.COMPARE_TABLE_ROWS]] == [title, ""]


def test_items_of_one_s_own_stay_when_the_language_changes(open_app: OpenApp) -> None:
    app = open_app("explore/probes.py")
    for lang, anchor in (("ja", "One"), ("en", "Two")):
        number = app.session_state[Key.PROBES_TABLE_NUMBER]
        typed = CHANGES | {"edited_rows": {0: {"anchor": anchor, "closer": "c", "farther": "f"}}}
        app.session_state[f"{Key.PROBES_TABLE}_{number}"] = typed
        app.run()
        app.button_group(key=Key.LANGUAGE).set_value(lang).run()
        assert [row["anchor"] for row in app.session_state[Key.PROBES_ROWS]] == [anchor, "", ""]

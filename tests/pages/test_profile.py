"""Who may do what: strangers get less, and whatever is in doubt is a stranger."""

from __future__ import annotations

import json

import pytest

from core.compare.experiment import Experiment, ProblemKind, from_json, to_dict
from core.compare.request import CompareRequest
from core.models import Origin, catalogue, find
from core.settings import Profile, Settings, settings
from pages._ui.keys import Key
from pages._ui.profile import FORWARDING, decide
from pages._ui.texts import table
from tests.pages.conftest import OpenApp

EN = table("en")
HERE = "localhost:8501"
FREE = [card.name for card in catalogue() if card.origin in (Origin.EMBEDDED, Origin.BUILT_IN)]


@pytest.mark.parametrize("bound_to", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "LOCALHOST"])
@pytest.mark.parametrize("host", [HERE, "127.0.0.1", "[::1]:8501", "LocalHost"])
def test_a_visitor_from_this_machine_is_local(bound_to: str, host: str) -> None:
    assert decide(None, bound_to, {"Host": host}) is Profile.LOCAL


@pytest.mark.parametrize(
    ("bound_to", "headers"),
    [
        (None, {"Host": HERE}),
        ("", {"Host": HERE}),
        ("0.0.0.0", {"Host": HERE}),
        ("::", {"Host": HERE}),
        ("192.168.1.4", {"Host": HERE}),
        ("example.org", {"Host": HERE}),
        ("localhost", {}),
        ("localhost", {"Host": ""}),
        ("localhost", {"Host": "example.org"}),
        ("localhost", {"Host": "localhost.example.org"}),
        ("localhost", {"Host": "127.0.0.1.example.org:8501"}),
        ("localhost", {"Host": "example.org@localhost.evil"}),
        ("localhost", {"Host": "[::1"}),
        ("localhost", {"Host": "2130706433"}),
        *(("localhost", {"Host": HERE, name.title(): "x"}) for name in sorted(FORWARDING)),
    ],
)
def test_whatever_is_in_doubt_is_public(bound_to: str | None, headers: dict[str, str]) -> None:
    assert decide(None, bound_to, headers) is Profile.PUBLIC


@pytest.mark.parametrize("configured", list(Profile))
def test_the_operators_word_settles_it(configured: Profile) -> None:
    assert decide(configured, "localhost", {"Host": HERE}) is configured
    assert decide(configured, None, {"X-Forwarded-For": "1.2.3.4"}) is configured


def test_allowed_models_are_read_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMEKOMI_MODELS", " wordllama, ,bge-m3 ")
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    assert Settings().models == {"wordllama", "bge-m3"}
    assert Settings().profile is Profile.PUBLIC


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()


@pytest.mark.usefixtures("public")
def test_a_stranger_is_offered_the_models_without_a_download(open_app: OpenApp) -> None:
    app = open_app(models=["bge-m3", "wordllama"])
    assert app.multiselect(key=Key.COMPARE_MODELS).options[: len(FREE)]
    offered = [option.split()[0] for option in app.multiselect(key=Key.COMPARE_MODELS).options]
    assert offered == FREE
    assert app.multiselect(key=Key.COMPARE_MODELS).value == ["wordllama"]


def test_the_operator_says_which_models_strangers_may_use(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, public: None
) -> None:
    monkeypatch.setenv("UMEKOMI_MODELS", "bge-m3,wordllama")
    settings.cache_clear()
    app = open_app("models/models.py", model=FREE[0])
    assert app.selectbox(key=Key.MODEL).options == ["wordllama", "bge-m3"]
    assert app.selectbox(key=Key.MODEL).value == "wordllama"


@pytest.mark.usefixtures("public")
def test_a_stranger_sees_no_folder_and_can_neither_add_nor_download(open_app: OpenApp) -> None:
    app = open_app("models/models.py")
    assert [tab.label for tab in app.tabs if tab.label == EN["model.files"]] == []
    assert not any(button.key == Key.MODEL_UNLOAD_BUTTON for button in app.button)
    assert {Key.MODEL_ADD_TEXT, Key.SERVER_URL}.isdisjoint(field.key for field in app.text_input)
    written = " ".join(str(each.value) for each in (*app.text, *app.caption, *app.markdown))
    assert str(settings().data_dir) not in written


def test_the_user_of_this_machine_can_do_all_of_that(open_app: OpenApp) -> None:
    app = open_app("models/models.py")
    assert EN["model.files"] in [tab.label for tab in app.tabs]
    assert any(button.key == Key.MODEL_UNLOAD_BUTTON for button in app.button)
    assert {Key.MODEL_ADD_TEXT, Key.SERVER_URL} <= {field.key for field in app.text_input}


def test_an_experiment_file_brings_a_stranger_no_other_model() -> None:
    asked = CompareRequest(queries=("q",), documents=(), models=("bge-m3", "wordllama"))
    written = json.dumps(to_dict(Experiment(request=asked)))
    assert find("bge-m3").name in from_json(written).experiment.request.models
    restored = from_json(written, offered=FREE)
    assert restored.experiment.request.models == ("wordllama",)
    assert [(p.kind, p.value) for p in restored.problems] == [(ProblemKind.UNKNOWN_MODEL, "bge-m3")]


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("profile", list(Profile))
def test_what_is_kept_is_said_to_each(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, profile: Profile, lang: str
) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", profile)
    settings.cache_clear()
    app, texts = open_app("models/keeps.py", lang=lang), table(lang)
    said = [each.value for each in app.markdown]
    assert texts[f"keeps.{profile}"] in said
    assert texts["keeps.logs_answer"] in said
    shown = [each.value for each in app.text] == [str(settings().data_dir)]
    assert shown is (profile is Profile.LOCAL)

"""The Sets page, with arithmetic models in this process."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from core.encoding import worker
from core.errors import WorkerLost
from core.maps import projection, proximity
from core.models import Side, Task
from core.models.load_request import LoadRequest
from core.sets import chunks, reading
from core.sets.chunks import ChunkBy, ChunkRequest, Tokenized, best_chunk, chunks_of, pooled
from core.sets.clusters import ClusterMethod, ClusterRequest, agreement, cluster
from core.sets.disagreement import disagreement
from core.sets.duplicates import pairs_above
from core.sets.places import PlaceSet, place_set
from core.sets.reading import Made, guess, read_file, to_set, with_metadata
from core.sets.search import Found, like, search
from core.work import lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.gathering import chosen
from tests.core.fakes import Recorder
from tests.pages.compare_page import captions, charts, press, shown_table, shown_texts
from tests.pages.conftest import MOST_TOKENS, Downloaded, OpenApp
from tests.pages.set_pages import (
    MAP,
    SETS,
    csv_of,
    decode_here,
    encoded,
    go,
    open_tab,
    source_box,
    upload_files,
    use_set,
)
from tests.pages.study_pages import values

EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
PREFECTURES = place_set(PlaceSet.PREFECTURES_EN)
VOWELS, LETTERS = "char-ngrams", "all-MiniLM-L6-v2"  # count a, e, i, o and u; and a, b and c
TWO = (VOWELS, LETTERS)
ROWS = (
    ("title", "body", "kind", "id"),
    ("One", "a bee bakes a cake", "animal", "7"),
    ("Two", "the cab is a car", "thing", "007"),
    ("Three", "a cab", "thing", "NA"),
    ("Four", "an ibex eats abacus beads", "animal", ""),
    ("Five", "buses beat cabs", "thing", "9"),
)
TEXTS = tuple(row[1] for row in ROWS[1:])
KINDS = tuple(row[2] for row in ROWS[1:])
VECTORS = np.array([[1, 0, 2], [0, 1, 0], [3, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=np.float32)


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave UMAP uncompiled, as its lane is this process; read files here, and shuffle less."""
    monkeypatch.setattr(projection, "warm", lambda: None)
    monkeypatch.setattr(reading, "decode_apart", decode_here)
    monkeypatch.setattr(proximity, "PERMUTATIONS", 10)


def opened(open_app: OpenApp, *models: str, **query: str) -> AppTest:
    """Open the page with the prefectures and encode them with these models."""
    query = {"sets_source": "prefectures-en", "lang": "en"} | query
    return press_encode(open_app(SETS, **query, sets_models=list(models or (VOWELS,))))


def with_own(open_app: OpenApp, *models: str, rows: Sequence[Sequence[str]] = ROWS) -> AppTest:
    """Open the page, upload a table of one's own and encode it with these models."""
    app = open_app(SETS, sets_models=list(models or (VOWELS,)))
    return press_encode(use_set(app, ("own.csv", csv_of(*rows))))


def press_encode(app: AppTest) -> AppTest:
    return press(app, Key.SETS_RUN_BUTTON)


def ask(app: AppTest, query: str) -> AppTest:
    app.text_input(key=Key.SETS_QUERY).set_value(query).run()
    assert not app.exception
    return app


def choose(app: AppTest, key: Key | str, value: object) -> AppTest:
    box = source_box(app) if key == Key.SETS_SOURCE else app.selectbox(key=key)
    box.set_value(value).run()
    assert not app.exception
    return app


def found(app: AppTest) -> list[list[tuple[float, str]]]:
    """Return score and text of what each model found."""
    score, text = "score", "text"
    tables = [frame.value for frame in app.dataframe if list(frame.value.columns)[:1] == [score]]
    return [
        [(round(s, 5), t) for s, t in zip(each[score], each[text], strict=True)] for each in tables
    ]


def rows_of(found: Found, texts: Sequence[str]) -> list[tuple[float, str]]:
    """Return what core found as the page shows it."""
    return [
        (round(float(score), 5), texts[place])
        for score, place in zip(found.scores[0], found.places[0], strict=True)
    ]


def own(app: AppTest) -> Made:
    return app.session_state[Key.SETS_OWN]


def failed(app: AppTest, lang: str = "en") -> bool:
    return any(table(lang)["errors.heading"] in each.value for each in app.markdown)


def as_npy(vectors: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, vectors)
    return out.getvalue()


# Encoding


@LANGUAGES
def test_a_first_visit_offers_a_set_that_runs_here_and_says_what_to_do(
    open_app: OpenApp, lang: str
) -> None:
    app, texts = open_app(SETS, lang=lang), table(lang)
    count = len(place_set(PlaceSet.MUNICIPALITIES_JA))
    assert app.title[0].value == texts["nav.sets"]
    assert source_box(app).value == PlaceSet.MUNICIPALITIES_JA
    assert texts["sets.count"].format(count=f"{count:,}") in captions(app)
    assert [info.value for info in app.info] == [texts["sets.empty"]]
    assert not app.tabs


def test_the_default_set_is_encoded_once_with_its_progress(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    draw = DeltaGenerator.progress

    def progress(self: DeltaGenerator, value: float, text: str = "", **settings: object) -> object:
        shown.append(text)
        return draw(self, value, text, **settings)

    monkeypatch.setattr(DeltaGenerator, "progress", progress)
    recorder = Recorder()
    lanes.use(LaneName.MODELS, recorder)
    app = press_encode(open_app(SETS))
    names = place_set(PlaceSet.MUNICIPALITIES_JA).texts
    total = f"{len(set(names)):,}"  # some towns share theirs
    assert shown[-1].startswith(f"wordllama: {total} of {total} texts, ")
    fact = EN["sets.fact"].format(model="wordllama", dimension=256, dtype="float32")
    assert fact in captions(app)
    asked = len(recorder.calls)
    press_encode(app)
    press_encode(opened(open_app, "wordllama", sets_source="municipalities-ja"))
    assert worker.encode in [call for call, _ in recorder.calls]
    assert worker.encode not in [call for call, _ in recorder.calls[asked:]]


def test_a_worker_that_ends_is_told_of_and_what_was_encoded_stays(open_app: OpenApp) -> None:
    recorder = Recorder()
    lanes.use(LaneName.MODELS, recorder)
    app = opened(open_app)
    recorder.fail = WorkerLost("The models worker ended.", "Try again.", lane="models")
    choose(app, Key.SETS_SOURCE, "capitals-en")
    press_encode(app)
    assert failed(app)
    assert not app.tabs
    choose(app, Key.SETS_SOURCE, "prefectures-en")
    assert app.tabs
    # A query can't be encoded either; the text that is chosen has its vector.
    ask(app, "Osaka")
    assert failed(app)
    assert not found(app)
    ask(app, "")
    choose(app, Key.SETS_LIKE, 0)
    assert len(found(app)[0]) == 10


# Search


def test_a_typed_query_finds_what_core_finds_in_each_model(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = ask(opened(open_app, *TWO), "a cab in Ibaraki")
    expected = []
    for model in TWO:
        vectors = encoded(model, PREFECTURES.texts, tmp_path, task=Task.SEARCH)
        query = encoded(model, ["a cab in Ibaraki"], tmp_path, task=Task.SEARCH, side=Side.QUERY)
        expected.append(rows_of(search(vectors, query, 10), PREFECTURES.texts))
    assert found(app) == expected
    app.number_input(key=Key.SETS_K).set_value(3).run()
    assert found(app) == [rows[:3] for rows in expected]


def test_more_like_this_finds_others_and_not_the_text_itself(
    open_app: OpenApp, tmp_path: Path
) -> None:
    place = PREFECTURES.texts.index("Osaka")
    app = choose(opened(open_app, *TWO), Key.SETS_LIKE, place)
    vectors = [encoded(model, PREFECTURES.texts, tmp_path, task=Task.SEARCH) for model in TWO]
    assert found(app) == [rows_of(like(each, place, 10), PREFECTURES.texts) for each in vectors]
    assert all("Osaka" not in {text for _, text in rows} for rows in found(app))
    # A typed query goes before it.
    ask(app, "Osaka")
    assert found(app)[0][0][1] == "Osaka"


def test_a_filter_leaves_only_the_rows_with_its_values(open_app: OpenApp, tmp_path: Path) -> None:
    app = ask(opened(open_app), "Nara")
    choose(app, Key.SETS_FILTER_COLUMN, "region_en")
    everything = found(app)
    app.multiselect(key=Key.SETS_FILTER_VALUES).set_value(["Shikoku", "Kansai"]).run()
    regions = PREFECTURES.columns["region_en"]
    rows = [i for i, region in enumerate(regions) if region in ("Shikoku", "Kansai")]
    vectors = encoded(VOWELS, PREFECTURES.texts, tmp_path, task=Task.SEARCH)
    query = encoded(VOWELS, ["Nara"], tmp_path, task=Task.SEARCH, side=Side.QUERY)
    expected = search(vectors, query, 10, rows=np.array(rows))
    assert found(app) == [rows_of(expected, PREFECTURES.texts)]
    # Another column, or another set without it: all rows again.
    choose(app, Key.SETS_FILTER_COLUMN, "kana")
    assert found(app) == everything
    choose(app, Key.SETS_SOURCE, "probes-en")
    press_encode(app)
    assert len(found(app)[0]) == 10


def test_a_user_s_columns_named_as_ours_stand_beside_them(open_app: OpenApp) -> None:
    names = ("score", "text", "Text", "kept", "Score")
    rows = (("body", *names), *((text, *"12345") for text in TEXTS))
    app = open_app(SETS, sets_models=[VOWELS])
    upload_files(app, ("own.csv", csv_of(*rows)))
    choose(app, f"{Key.SETS_COLUMN}_text", "body")
    press_encode(press(app, Key.SETS_USE_BUTTON))
    ask(app, "bee")
    app.session_state[Key.MAP_METHOD] = "pca"
    shown = app.dataframe[-1].value
    assert sorted(shown.iloc[:, 1]) == sorted(TEXTS)
    assert shown.iloc[:, 0].between(-1.001, 1.001).all()
    assert [list(shown.iloc[:, i]) for i in range(2, 7)] == [[each] * 5 for each in "12345"]
    for name in ("duplicates", "clusters", "disputes", "long", "export"):
        open_tab(app, name)
    go(app, MAP)
    assert any(set(names) <= {name.rstrip("'") for name in f.value.columns} for f in app.dataframe)


# Near-duplicates, clusters, disagreement


def test_near_duplicates_are_those_that_core_finds(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_tab(opened(open_app), "duplicates")
    app.slider(key=Key.SETS_THRESHOLD).set_value(0.99).run()
    press(app, "find_duplicates")
    vectors = encoded(VOWELS, PREFECTURES.texts, tmp_path, task=Task.SEARCH)
    expected = pairs_above(vectors, 0.99)
    assert len(expected) > 3
    shown = shown_table(app, EN["sets.row_first"])
    assert list(shown[EN["sets.row_first"]]) == (expected.first + 1).tolist()
    assert list(shown[EN["sets.row_second"]]) == (expected.second + 1).tolist()
    assert list(shown[EN["sets.first"]]) == [PREFECTURES.texts[i] for i in expected.first]
    assert list(shown[EN["sets.second"]]) == [PREFECTURES.texts[i] for i in expected.second]
    said = EN["sets.duplicates_found"]
    total = f"{expected.total:,}"
    assert said.format(total=total, shown=total) in shown_texts(app)
    app.slider(key=Key.SETS_THRESHOLD).set_value(0.8).run()
    assert any(EN["sets.stale"] in each for each in captions(app))


def test_pairs_and_groups_of_one_set_are_not_shown_as_another_s(open_app: OpenApp) -> None:
    app = press(
        open_tab(opened(open_app, sets_source="probes-en"), "duplicates"), "find_duplicates"
    )
    press(open_tab(app, "clusters"), "find_clusters")
    for source in ("prefectures-en", "capitals-en"):  # fewer texts; as many, but others
        choose(app, Key.SETS_SOURCE, source)
        press_encode(app)
        for name in ("duplicates", "clusters"):
            open_tab(app, name)
            assert not app.dataframe
            assert [info.value for info in app.info] == [EN[f"sets.{name}_empty"]]
        press(open_tab(app, "duplicates"), "find_duplicates")
        press(open_tab(app, "clusters"), "find_clusters")
        assert app.dataframe


@pytest.mark.parametrize("method", list(ClusterMethod))
def test_groups_and_their_agreement_with_a_column_are_core_s(
    open_app: OpenApp, tmp_path: Path, method: ClusterMethod
) -> None:
    app = choose(open_tab(opened(open_app), "clusters"), Key.SETS_METHOD, method.value)
    key = {ClusterMethod.HDBSCAN: Key.SETS_CLUSTER_SIZE}.get(method, Key.SETS_CLUSTER_COUNT)
    app.number_input(key=key).set_value(3).run()
    press(app, "find_clusters")
    choose(app, Key.SETS_TRUTH, "region_en")
    vectors = encoded(VOWELS, PREFECTURES.texts, tmp_path, task=Task.SEARCH)
    expected = cluster(vectors, ClusterRequest(method=method, k=3, min_size=3))
    v, rand = agreement(expected.labels, PREFECTURES.columns["region_en"])
    said = shown_texts(app)
    assert (
        EN["sets.clusters_found"].format(
            count=len(expected), noise=expected.noise, total=len(PREFECTURES)
        )
        in said
    )
    agreed = EN["sets.agreement"].format(column="region_en", v=f"{v:.3f}", rand=f"{rand:.3f}")
    assert agreed in said
    shown = shown_table(app, EN["sets.cluster_words"])
    sizes = dict(zip(shown[EN["sets.cluster"]], shown[EN["sets.cluster_texts"]], strict=True))
    assert [sizes[i + 1] for i in range(len(expected))] == expected.sizes.tolist()


@LANGUAGES
def test_more_groups_than_texts_are_refused_at_once(open_app: OpenApp, lang: str) -> None:
    app = open_app(SETS, lang=lang, sets_models=[VOWELS])
    press_encode(use_set(app, ("own.csv", csv_of(*ROWS))))
    choose(open_tab(app, "clusters"), Key.SETS_METHOD, ClusterMethod.K_MEANS.value)
    press(app, "find_clusters")
    texts = table(lang)
    assert failed(app, lang)
    app.number_input(key=Key.SETS_CLUSTER_COUNT).set_value(2).run()
    press(app, "find_clusters")
    assert not failed(app, lang)
    assert sum(shown_table(app, texts["sets.cluster"])[texts["sets.cluster_texts"]]) == len(TEXTS)


def test_two_models_disagree_as_core_says(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_tab(opened(open_app, *TWO), "disputes")
    vectors = [encoded(model, PREFECTURES.texts, tmp_path, task=Task.SEARCH) for model in TWO]
    expected = disagreement(*vectors, 10)
    shown = shown_table(app, "overlap")
    assert list(shown["text"]) == [PREFECTURES.texts[i] for i in expected.order]
    assert list(shown["overlap"]) == pytest.approx(expected.overlap[expected.order].tolist())
    most = expected.order[0]
    for column, neighbours in zip(
        ("first", "second"), (expected.neighbours_a, expected.neighbours_b), strict=True
    ):
        assert shown[column][0].split(" / ") == [PREFECTURES.texts[i] for i in neighbours[most]]
    (bars,) = charts(app)[-1]["data"]
    assert values(bars["y"]).sum() == len(PREFECTURES)


def test_one_model_cannot_disagree_and_two_texts_are_too_few(open_app: OpenApp) -> None:
    app = open_tab(opened(open_app), "disputes")
    assert [info.value for info in app.info] == [EN["sets.disputes_empty"]]
    app = open_tab(with_own(open_app, *TWO, rows=ROWS[:3]), "disputes")
    assert failed(app)


# Long texts

LONG = "a cab. " * 40  # more tokens than are read where each character is one
LONG_ROWS = (("body", "n"), (LONG + "bees", "1"), ("a bee", "2"), ("cabs beat buses", "3"))


def characters(request: LoadRequest, texts: Sequence[str]) -> list[Tokenized]:
    """Find a token in each character."""
    return characters_of(texts)


def characters_of(texts: Sequence[str]) -> list[Tokenized]:
    return [
        Tokenized(
            spans=np.array([(i, i + 1) for i in range(len(text))], np.int32).reshape(-1, 2),
            special=0,
        )
        for text in texts
    ]


def test_long_texts_are_counted_with_the_part_that_is_not_read(open_app: OpenApp) -> None:
    app = open_tab(with_own(open_app, LETTERS, rows=LONG_ROWS), "long")
    assert [info.value for info in app.info] == [EN["sets.long_empty"]]
    press(app, "count_tokens")
    said = EN["sets.long_counts"].format(
        model="all\\-MiniLM\\-L6\\-v2", limit=MOST_TOKENS, count=1, total=3
    )
    assert said in [each.value for each in app.markdown]
    shown = shown_table(app, EN["tokens.count"])
    text = LONG_ROWS[1][0]
    assert list(shown[EN["tokens.count"]]) == [len(text)]
    assert list(shown[EN["sets.read_part"]]) == [text[:MOST_TOKENS]]
    assert list(shown[EN["reading.not_read"]]) == [text[MOST_TOKENS:]]


def test_parts_are_searched_beside_whole_texts(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chunks, "tokenize", characters)
    app = press(open_tab(with_own(open_app, LETTERS, rows=LONG_ROWS), "long"), "count_tokens")
    choose(app, Key.SETS_CHUNK_BY, ChunkBy.TOKENS.value)
    app.number_input(key=Key.SETS_CHUNK_TOKENS).set_value(50).run()
    app.number_input(key=Key.SETS_CHUNK_OVERLAP).set_value(10).run()
    press(app, "split_texts")
    texts = tuple(row[0] for row in LONG_ROWS[1:])
    asked = ChunkRequest(by=ChunkBy.TOKENS, most_tokens=50, overlap_tokens=10)
    parts = chunks_of(texts, asked, characters_of)
    said = EN["sets.chunk_count"].format(model=LETTERS, count=len(parts))
    assert said in shown_texts(app)
    ask(app, "bee")
    query = encoded(LETTERS, ["bee"], tmp_path, task=Task.SEARCH, side=Side.QUERY)
    whole = encoded(LETTERS, texts, tmp_path, task=Task.SEARCH)
    own_parts = encoded(LETTERS, parts.texts, tmp_path, task=Task.SEARCH)
    by_mean = search(pooled(own_parts, parts.owner, 3), query, 3)
    shown = [f.value for f in app.dataframe if list(f.value.columns) == list(WHOLE)]
    assert [list(each[EN["map.text"]]) for each in shown] == [
        [texts[i] for i in search(whole, query, 3).places[0]],
        [texts[i] for i in by_mean.places[0]],
    ]
    best, at = best_chunk((own_parts @ query.T).T, parts.owner, 3)
    first = int(np.argmax(best[0]))
    marked = next(text for text in shown_texts(app) if "⟦" in text)
    assert marked.partition("⟦")[2].partition("⟧")[0] == parts.texts[at[0, first]]


WHOLE = (EN["result.score"], EN["map.text"])


@LANGUAGES
def test_parts_that_cannot_be_cut_so_are_refused_at_once(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setattr(chunks, "tokenize", characters)
    app = open_app(SETS, lang=lang, sets_models=[LETTERS])
    press_encode(use_set(app, ("own.csv", csv_of(*LONG_ROWS))))
    press(open_tab(app, "long"), "count_tokens")
    app.number_input(key=Key.SETS_CHUNK_OVERLAP).set_value(200).run()
    press(app, "split_texts")
    assert failed(app, lang)


def test_a_model_without_a_tokenizer_cannot_be_counted(open_app: OpenApp) -> None:
    app = open_tab(opened(open_app, VOWELS), "long")
    assert [info.value for info in app.info] == [EN["sets.long_no_tokenizer"]]


# A user's own files


@pytest.mark.parametrize(
    ("files", "texts", "columns", "vectors"),
    [
        ([("own.txt", "\n".join(TEXTS).encode())], TEXTS, {}, None),
        (
            [("own.csv", csv_of(*ROWS))],
            TEXTS,
            {name: tuple(row[i] for row in ROWS[1:]) for i, name in enumerate(ROWS[0]) if i != 1},
            None,
        ),
        ([("own.npy", as_npy(VECTORS))], tuple("12345"), {}, VECTORS),
        (
            [("own.csv", csv_of(*ROWS)), ("own.npy", as_npy(VECTORS))],
            TEXTS,
            {name: tuple(row[i] for row in ROWS[1:]) for i, name in enumerate(ROWS[0]) if i != 1},
            VECTORS,
        ),
    ],
    ids=["TXT", "CSV", "NPY", "NPY and CSV"],
)
def test_an_uploaded_set_has_what_its_files_have(
    open_app: OpenApp,
    files: list[tuple[str, bytes]],
    texts: tuple[str, ...],
    columns: dict[str, tuple[str, ...]],
    vectors: np.ndarray | None,
) -> None:
    app = use_set(open_app(SETS), *files)
    made = own(app)
    assert made.text_set.texts == texts
    assert {name: made.text_set.columns[name] for name in columns} == columns
    assert len(made.text_set.columns) == len(columns)
    assert source_box(app).value == chosen.OWN
    if vectors is None:
        assert made.vectors is None
        assert not app.tabs
    else:
        np.testing.assert_array_equal(made.vectors, vectors)
        assert app.tabs  # nothing need be encoded


def test_vectors_of_a_file_are_searched_by_a_text_and_not_by_a_query(open_app: OpenApp) -> None:
    files = [("own.npy", as_npy(VECTORS)), ("own.csv", csv_of(*ROWS))]
    app = use_set(open_app(SETS, sets_models=[VOWELS]), *files)
    choose(app, Key.SETS_LIKE, 2)
    assert found(app) == [rows_of(like(VECTORS, 2, 10), TEXTS)]
    ask(app, "bee")
    assert EN["sets.no_query_vectors"] in captions(app)
    # A model's beside them.
    press_encode(app)
    assert len(found(app)) == 1
    open_tab(app, "disputes")
    assert len(shown_table(app, "overlap")) == len(TEXTS)


def test_columns_are_guessed_and_can_be_changed(open_app: OpenApp) -> None:
    app = upload_files(open_app(SETS), ("own.csv", csv_of(*ROWS)))
    picked = {
        name: app.selectbox(key=f"{Key.SETS_COLUMN}_{name}").value
        for name in ("text", "title", "label", "id", "latitude", "longitude")
    }
    assert picked == {
        "text": "body",
        "title": "title",
        "label": "",
        "id": "id",
        "latitude": "",
        "longitude": "",
    }
    preview = shown_table(app, "body")
    assert list(preview["id"]) == ["7", "007", "NA", "", "9"]
    choose(app, f"{Key.SETS_COLUMN}_text", "title")
    choose(app, f"{Key.SETS_COLUMN}_title", "")
    press(app, Key.SETS_USE_BUTTON)
    assert own(app).text_set.texts == tuple(row[0] for row in ROWS[1:])
    assert own(app).text_set.columns["body"] == TEXTS


@LANGUAGES
def test_a_user_s_set_is_offered_on_the_map_too_and_its_vectors_are_drawn(
    open_app: OpenApp, lang: str
) -> None:
    files = [("own.npy", as_npy(VECTORS)), ("own.csv", csv_of(*ROWS))]
    app = use_set(open_app(SETS, lang=lang), *files)
    app.session_state[Key.MAP_MODELS] = []
    app.session_state[Key.MAP_METHOD] = "pca"
    go(app, MAP)
    assert app.selectbox(key=Key.MAP_SET).value == chosen.OWN
    assert table(lang)["sets.own"] in app.selectbox(key=Key.MAP_SET).options
    (panel,) = charts(app)
    drawn = [id for trace in panel["data"] for id in values(trace["customdata"]).tolist()]
    assert sorted(drawn) == list(range(len(TEXTS)))
    # A visit to the other page keeps it.
    go(app, SETS)
    assert source_box(app).value == chosen.OWN
    assert own(app).text_set.texts == TEXTS


@LANGUAGES
def test_rows_that_are_left_out_are_told_of(open_app: OpenApp, lang: str) -> None:
    app = use_set(open_app(SETS, lang=lang), ("v.csv", b"text,kind\na,x\n ,y\nb,z\n,w\n"))
    said = table(lang)["sets.dropped"].format(count=2)
    assert len([caption for caption in captions(app) if caption.endswith(said)]) == 1
    use_set(app, ("v.csv", b"text,kind\na,x\nb,z\n"))
    assert not any(said in caption for caption in captions(app))


BAD = {
    "cell": (
        [("v.csv", b"text,latitude,longitude\na,35,135\nb,95,135\nc,1,2\n")],
        ("v.csv", "2", "latitude", "not_a_latitude"),
    ),
    "row": ([("v.csv", b"text,kind\na,b\nc,d,e\n")], ("v.csv", "2", "", "extra_cell")),
    "file": ([("v.npz", b"PK\x03\x04 cut off")], ("v.npz", "", "", "damaged")),
    "two tables": (
        [("a.csv", csv_of(*ROWS)), ("b.csv", csv_of(*ROWS))],
        ("a.csv", "", "", "no_vectors"),
    ),
}


@LANGUAGES
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_with_its_place_and_the_former_set_stays(
    open_app: OpenApp, lang: str, case: str
) -> None:
    files, (name, row, column, problem) = BAD[case]
    app = use_set(open_app(SETS, lang=lang), ("own.csv", csv_of(*ROWS)))
    before, texts = own(app), table(lang)
    upload_files(app, *files)
    if case == "cell":  # the page guesses no coordinates of such a column: the user chooses them
        for field in ("latitude", "longitude"):
            choose(app, f"{Key.SETS_COLUMN}_{field}", field)
        press(app, Key.SETS_USE_BUTTON)
    said = "\n".join(shown_texts(app)[:2])
    word = texts[f"word.{problem}"]
    assert all(part in said for part in (name, row, column, word))
    assert failed(app, lang)
    assert own(app) is before
    assert source_box(app).value == chosen.OWN
    upload_files(app, ("own.csv", csv_of(*ROWS)))
    assert not failed(app, lang)


def test_a_new_own_set_has_a_picker_that_no_earlier_choice_can_reach(open_app: OpenApp) -> None:
    """The browser sends every widget's value with each press, that of before "Use" too."""
    app = open_app(SETS)
    before = source_box(app).key
    use_set(app, ("own.csv", csv_of(*ROWS)))
    assert source_box(app).key != before
    app.session_state[before] = PlaceSet.PREFECTURES_EN.value
    app.run()
    assert source_box(app).value == chosen.OWN


def test_another_session_does_not_see_a_user_s_set(open_app: OpenApp) -> None:
    app = with_own(open_app)
    other = open_app(SETS, sets_source="own")
    assert Key.SETS_OWN not in other.session_state
    assert EN["sets.own"] not in source_box(other).options
    assert source_box(other).value == PlaceSet.MUNICIPALITIES_JA
    other = open_app(MAP, set="own", method="pca", map_models="char-ngrams")
    assert other.selectbox(key=Key.MAP_SET).value == PlaceSet.PREFECTURES_EN
    assert own(app).text_set.texts == TEXTS


# Taking out


def taken_out(
    app: AppTest, downloaded: Downloaded, suffix: str, model: str = VOWELS
) -> tuple[str, bytes]:
    return f"out.{suffix}", downloaded(app, f"export_{suffix}_{model}")


def read_again(*files: tuple[str, bytes]) -> Made:
    read = [read_file(*each) for each in files]
    whole = read[0] if len(read) == 1 else with_metadata(*read)
    return to_set(whole, guess(whole))


@pytest.mark.parametrize(
    ("suffix", "has_columns", "has_vectors"),
    [
        ("csv", True, False),
        ("jsonl", True, False),
        ("parquet", True, True),
        ("npz", False, True),
        ("projector", True, True),
    ],
)
def test_what_is_taken_out_is_read_again_as_it_was(
    open_app: OpenApp,
    downloaded: Downloaded,
    tmp_path: Path,
    suffix: str,
    has_columns: bool,
    has_vectors: bool,
) -> None:
    app = open_tab(with_own(open_app), "export")
    names = ("vectors.tsv", "metadata.tsv") if suffix == "projector" else (suffix,)
    made = read_again(*(taken_out(app, downloaded, name) for name in names))
    before = own(app).text_set
    assert made.text_set.texts == before.texts
    if has_columns:
        assert dict(made.text_set.columns) == dict(before.columns)
    if has_vectors:
        vectors = encoded(VOWELS, TEXTS, tmp_path, task=Task.SEARCH)
        np.testing.assert_array_equal(made.vectors, vectors)
    else:
        assert made.vectors is None


def test_safetensors_have_the_vectors_of_their_own_model(
    open_app: OpenApp, downloaded: Downloaded, tmp_path: Path
) -> None:
    app = open_tab(with_own(open_app, *TWO), "export")
    for model in TWO:
        read = read_file(*taken_out(app, downloaded, "safetensors", model))
        expected = encoded(model, TEXTS, tmp_path, task=Task.SEARCH)
        np.testing.assert_array_equal(read.vectors, expected)


def test_no_text_of_a_csv_is_a_formula(open_app: OpenApp, downloaded: Downloaded) -> None:
    rows = (("body", "=name"), ("=1+1", "@x"), ("+A1 is a text", "-5"), ("plain", "-x"))
    app = upload_files(open_app(SETS, sets_models=[VOWELS]), ("own.csv", csv_of(*rows)))
    app = open_tab(press_encode(press(app, Key.SETS_USE_BUTTON)), "export")
    lines = downloaded(app, f"export_csv_{VOWELS}").decode().splitlines()
    assert lines == ["text,'=name", "'=1+1,'@x", "'+A1 is a text,-5", "plain,'-x"]


# Links and languages


def test_a_link_restores_set_models_and_prompt_in_another_session(open_app: OpenApp) -> None:
    app = open_app(SETS)
    choose(app, Key.SETS_SOURCE, "probes-ja")
    app.multiselect(key=Key.SETS_MODELS).set_value(list(TWO)).run()
    choose(app, Key.SETS_TASK, Task.CLUSTERING.value)
    link = dict(app.query_params)
    assert link["sets_source"] == "probes-ja"
    other = open_app(SETS, **link)
    assert source_box(other).value == "probes-ja"
    assert other.multiselect(key=Key.SETS_MODELS).value == list(TWO)
    assert other.selectbox(key=Key.SETS_TASK).value == Task.CLUSTERING
    assert dict(other.query_params) == link


def test_a_link_that_is_not_known_gives_the_defaults(open_app: OpenApp) -> None:
    app = open_app(
        SETS, sets_source="<b>", sets_models="nobody", sets_task="custom", sets_precision="9"
    )
    plain = open_app(SETS)
    for key in (Key.SETS_SOURCE, Key.SETS_MODELS, Key.SETS_TASK, Key.SETS_PRECISION):
        assert app.session_state[key] == plain.session_state[key]
    assert dict(app.query_params) == {"lang": "en"}


def test_the_language_changes_the_words_and_nothing_else(open_app: OpenApp, tmp_path: Path) -> None:
    app = ask(with_own(open_app, *TWO), "bee")
    before = found(app)
    press(open_tab(app, "duplicates"), "find_duplicates")
    pairs = [frame.value.to_numpy().tolist() for frame in app.dataframe[-2:]]
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    assert not app.exception
    assert app.title[0].value == table("ja")["nav.sets"]
    open_tab(app, "duplicates")
    assert [frame.value.to_numpy().tolist() for frame in app.dataframe[-2:]] == pairs
    open_tab(app, "search")
    assert found(app) == before

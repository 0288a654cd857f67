"""The Map page, with arithmetic models in this process."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.compare.statistics import holm
from core.encoding import worker
from core.errors import WorkerLost
from core.maps import pictures, projection
from core.maps import proximity as proximities
from core.maps.fidelity import fidelity
from core.maps.geography import prefecture_distances
from core.maps.pictures import Picture
from core.maps.projection import Method, Projection, ProjectionRequest, aligned, project
from core.maps.proximity import Proximity, proximity
from core.models import Task
from core.sets import reading
from core.sets.clusters import ClusterMethod, ClusterRequest, cluster
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, place_set
from core.sets.search import like
from core.work import lanes
from core.work.lanes import LaneName
from pages._ui import cached
from pages._ui import charts as charts_of_ours
from pages._ui.charts import maps
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.mapping import colouring, panels
from pages.explore.mapping.panel import TRUE_NEIGHBOURS
from tests.core.fakes import Recorder
from tests.pages.compare_page import captions, charts, has_table, press, shown_table, shown_texts
from tests.pages.conftest import Downloaded, OpenApp
from tests.pages.set_pages import (
    MAP,
    SETS,
    csv_of,
    decode_here,
    encoded,
    go,
    select_points,
    select_rows,
    upload_files,
    use_set,
)
from tests.pages.study_pages import values

EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
PREFECTURES = place_set(PlaceSet.PREFECTURES_EN)
REGIONS = PREFECTURES.columns["region_en"]
VOWELS, LETTERS = "char-ngrams", "all-MiniLM-L6-v2"  # count a, e, i, o and u; and a, b and c
TWO = (LETTERS, VOWELS)
TOKYO, OSAKA, NARA = (PREFECTURES.texts.index(name) for name in ("Tokyo", "Osaka", "Nara"))
PLAIN = ProjectionRequest(method=Method.PCA, neighbours=10)


def flat(vectors: np.ndarray, request: ProjectionRequest) -> tuple[np.ndarray, tuple[float, ...]]:
    """Return some axes of the vectors, moved by all that UMAP and t-SNE are asked."""
    generator = np.random.default_rng(request.seed)
    sway = generator.standard_normal((len(vectors), request.components)) * request.min_dist
    return vectors[:, -request.components :] * request.neighbours + sway, ()


@pytest.fixture(autouse=True)
def arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes long: UMAP and t-SNE, shuffles by the thousand, a child for a file."""
    monkeypatch.setattr(projection, "warm", lambda: None)
    monkeypatch.setattr(pictures, "_kept", {})
    monkeypatch.setitem(projection.METHODS, Method.UMAP, flat)
    monkeypatch.setitem(projection.METHODS, Method.TSNE, flat)
    monkeypatch.setattr(proximities, "PERMUTATIONS", 10)
    monkeypatch.setattr(reading, "decode_apart", decode_here)


def opened(open_app: OpenApp, *models: str, **query: str) -> AppTest:
    """Open the page with the English prefectures drawn by PCA."""
    query = {"set": "prefectures-en", "method": "pca"} | query
    return open_app(MAP, **query, map_models=list(models or TWO))


def choose(app: AppTest, key: Key, value: object) -> AppTest:
    app.selectbox(key=key).set_value(value).run()
    assert not app.exception
    return app


def unfold(app: AppTest) -> AppTest:
    """Open the box of further settings."""
    app.session_state[Key.MAP_MORE] = True
    return app.run()


def vectors_of(model: str, folder: Path) -> np.ndarray:
    return encoded(model, PREFECTURES.texts, folder, task=Task.CLUSTERING)


def keyed(app: AppTest, key: str) -> dict[str, Any]:
    """Return the chart of this key."""
    keys = [chart.key for chart in app.get("plotly_chart")]
    return charts(app)[keys.index(key)]


def panel(app: AppTest, model: str) -> dict[str, Any]:
    return keyed(app, f"{Key.MAP_PANEL}_{model}")


def points(chart: dict[str, Any]) -> dict[int, tuple[float, ...]]:
    """Return where each text is drawn."""
    found: dict[int, tuple[float, ...]] = {}
    for trace in marked(chart):
        axes = [values(trace[axis]).tolist() for axis in ("x", "y", "z") if axis in trace]
        ids = values(trace["customdata"]).tolist()
        found.update(zip(map(int, ids), zip(*axes, strict=True), strict=True))
    return found


def marked(chart: dict[str, Any]) -> list[dict[str, Any]]:
    return [trace for trace in chart["data"] if "customdata" in trace]


def by_category(chart: dict[str, Any]) -> dict[str, set[int]]:
    """Return the texts of each entry of the legend, by their colours' numbers."""
    (trace,) = marked(chart)
    (legend,) = chart["layout"]["annotations"]
    names = re.findall(r"</span> ([^\u2003<]+)", legend["text"])
    drawn = zip(values(trace["marker"]["color"]), values(trace["customdata"]), strict=True)
    found: dict[str, set[int]] = {name: set() for name in names}
    for code, place in drawn:
        found[names[int(code)]].add(int(place))
    return found


def ringed(chart: dict[str, Any]) -> set[tuple[float, ...]]:
    """Return where the rings are."""
    rings = [t for t in chart["data"] if t.get("marker", {}).get("symbol") == "circle-open"]
    found = [
        tuple(values(ring[axis]).tolist() for axis in ("x", "y", "z") if axis in ring)
        for ring in rings
        if "customdata" not in ring
    ]
    return {point for axes in found for point in zip(*axes, strict=True)}


def lines(chart: dict[str, Any]) -> list[tuple[tuple[float, ...], ...]]:
    return [
        tuple(zip(values(trace["x"]).tolist(), values(trace["y"]).tolist(), strict=True))
        for trace in chart["data"]
        if trace.get("mode") == "lines"
    ]


def chosen(app: AppTest) -> list[int]:
    return list(app.session_state[Key.MAP_SELECTED])


def listed(app: AppTest) -> list[str]:
    """Return the texts of the table below."""
    tables = [f.value for f in app.dataframe if "Region" in f.value.columns]
    return list(tables[-1][EN["map.text"]])


def expected(folder: Path, asked: ProjectionRequest, models: tuple[str, ...]) -> list[Projection]:
    """Ask core the same; all pictures are turned towards the first."""
    found = [project(vectors_of(model, folder), asked.normalised()) for model in models]
    first = found[0].points
    return [
        found[0],
        *(replace(each, points=aligned(each.points, first)) for each in found[1:]),
    ]


def same_picture(shown: dict[int, tuple[float, ...]], found: Projection) -> bool:
    drawn = [shown[place] for place in range(len(found.points))]
    return np.allclose(drawn, found.points, atol=1e-4)


def failures(app: AppTest) -> int:
    return sum(EN["errors.heading"] in each.value for each in app.markdown)


# Panels


@LANGUAGES
def test_a_first_visit_shows_the_prefectures_of_the_language(open_app: OpenApp, lang: str) -> None:
    app, texts = open_app(MAP, lang=lang), table(lang)
    assert app.title[0].value == texts["nav.map"]
    assert app.selectbox(key=Key.MAP_SET).value == f"prefectures-{lang}"
    drawn = keyed(app, f"{Key.MAP_PANEL}_ground")
    assert PREFECTURES.places is not None
    np.testing.assert_allclose(
        [points(drawn)[i] for i in range(47)], PREFECTURES.places[:, ::-1], atol=1e-4
    )
    assert set(by_category(drawn)) == set(PREFECTURES.columns[f"region_{lang}"])
    if lang == "ja":  # whose names have none of the letters that these models count
        alike = texts["error.AllAlike.message"].partition("{model}")[2].partition("{count}")[0]
        assert len([text for text in shown_texts(app) if alike in text]) == 3
        return
    for model in (LETTERS, "wordllama", VOWELS):
        assert set(points(panel(app, model))) == set(range(47))


@pytest.mark.parametrize("components", [2, 3])
@pytest.mark.parametrize("method", list(Method))
def test_panels_are_core_s_pictures_aligned_to_the_first(
    open_app: OpenApp, tmp_path: Path, method: Method, components: int
) -> None:
    app = opened(open_app, method=method.value, components=str(components))
    asked = replace(PLAIN, method=method, components=components)
    found = expected(tmp_path, asked, TWO)
    for model, each in zip(TWO, found, strict=True):
        assert same_picture(points(panel(app, model)), each)
    flat_or_not = "scatter3d" if components == 3 else "scatter"
    assert {trace["type"] for trace in marked(panel(app, VOWELS))} == {flat_or_not}
    trust = fidelity(vectors_of(LETTERS, tmp_path), found[0].points, Metric.COSINE)
    kept = EN["map.kept"].format(k=trust.k, share=f"{trust.kept.mean():.0%}")
    worth = EN["map.trustworthiness"].format(value=f"{trust.trustworthiness:.2f}")
    assert any(caption.startswith(f"{kept} · {worth}") for caption in captions(app))


def test_how_a_picture_is_drawn_is_what_the_form_asks(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app, method="umap", metric="euclidean", seed="7", neighbours="5")
    app.slider(key=Key.MAP_MIN_DIST).set_value(0.4).run()
    asked = ProjectionRequest(neighbours=5, min_dist=0.4, seed=7, metric=Metric.EUCLIDEAN)
    assert same_picture(points(panel(app, LETTERS)), expected(tmp_path, asked, TWO)[0])


@pytest.mark.parametrize(
    ("key", "steps", "foreseen"),
    [
        (Key.MAP_NEIGHBOURS, (10, 11), {"neighbours": 12}),
        (Key.MAP_NEIGHBOURS, (10, 9), {"neighbours": 8}),
        (Key.MAP_NEIGHBOURS, (49, 50), None),  # the end
        (Key.MAP_NEIGHBOURS, (10, 30), None),  # a leap
        (Key.MAP_MIN_DIST, (0.1, 0.15), {"min_dist": 0.2}),
        (Key.MAP_MIN_DIST, (0.05, 0.0), None),
    ],
)
def test_the_next_step_of_a_slider_is_drawn_ahead(
    open_app: OpenApp,
    monkeypatch: pytest.MonkeyPatch,
    key: Key,
    steps: tuple[float, float],
    foreseen: dict[str, float] | None,
) -> None:
    asked: list[ProjectionRequest] = []
    monkeypatch.setattr(cached, "foresee_pictures", lambda request, _: asked.append(request))
    app = opened(open_app, method="umap")
    app.slider(key=key).set_value(steps[0]).run()
    asked.clear()
    app.slider(key=key).set_value(steps[1]).run()
    expected = [replace(ProjectionRequest(neighbours=10), **foreseen)] if foreseen else []
    assert asked == expected
    unfold(app)
    app.selectbox(key=Key.MAP_METRIC).set_value(Metric.EUCLIDEAN.value).run()
    assert asked == expected


def test_how_far_points_move_with_the_seed_is_said_on_request(open_app: OpenApp) -> None:
    app = opened(open_app, VOWELS, method="umap")
    before = len(shown_texts(app))
    press(app, Key.MAP_MOVEMENT)
    said = EN["map.moved"].format(model=VOWELS, middle="", most="").partition("  ")[0]
    assert any(text.startswith(said) for text in shown_texts(app))
    assert len(shown_texts(app)) == before + 1
    choose(app, Key.MAP_METHOD, "pca")  # which has no seed
    assert Key.MAP_MOVEMENT not in [button.key for button in app.button]


def test_colours_are_regions_or_the_neighbours_kept(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app)
    assert by_category(panel(app, VOWELS)) == {
        name: {i for i, region in enumerate(REGIONS) if region == name} for name in set(REGIONS)
    }
    choose(app, Key.MAP_COLOUR, colouring.KEPT)
    for model in TWO:
        (made,) = pictures.pictures([vectors_of(model, tmp_path)], PLAIN.normalised())
        assert isinstance(made, Picture)
        (trace,) = marked(panel(app, model))
        np.testing.assert_allclose(values(trace["marker"]["color"]), made.trust.kept, atol=1e-6)


def test_colours_are_groups_of_the_full_space(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app)
    choose(app, Key.MAP_COLOUR, colouring.CLUSTERS)
    for model in TWO:
        asked = ClusterRequest(method=ClusterMethod.K_MEANS, k=colouring.MOST_CLUSTERS)
        found = cluster(vectors_of(model, tmp_path), asked)
        assert by_category(panel(app, model)) == {
            EN["map.cluster"].format(number=label + 1): set(
                np.flatnonzero(found.labels == label).tolist()
            )
            for label in range(len(found))
        }


def test_colours_are_the_distances_from_the_one_selected(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app)
    choose(app, Key.MAP_COLOUR, colouring.DISTANCE)
    assert EN["map.pick_for_distance"] in captions(app)
    assert not any("cmax" in trace["marker"] for trace in marked(panel(app, VOWELS)))
    app.multiselect(key=Key.MAP_SEARCH).set_value([OSAKA]).run()
    for model in TWO:
        vectors = vectors_of(model, tmp_path)
        (trace,) = marked(panel(app, model))
        shown = values(trace["marker"]["color"])
        np.testing.assert_allclose(shown, 1 - vectors @ vectors[OSAKA], atol=1e-5)
        assert shown[OSAKA] == pytest.approx(0, abs=1e-6)
        assert trace["marker"]["cmax"] == pytest.approx(shown.max())


def test_pca_is_shown_until_a_large_picture_is_ready(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "QUICK", 10)
    drawn: list[Method] = []

    def recorded(vectors: np.ndarray, request: ProjectionRequest) -> Projection:
        drawn.append(request.method)
        return project(vectors, request)

    monkeypatch.setattr(pictures, "project", recorded)
    app = opened(open_app, VOWELS, method="umap")
    assert drawn == [Method.PCA, Method.UMAP]
    assert [chart.key for chart in app.get("plotly_chart")].count(f"{Key.MAP_PANEL}_{VOWELS}") == 1
    assert not any("preview" in chart.key for chart in app.get("plotly_chart"))
    choose(app, Key.MAP_COLOUR, colouring.KEPT)  # what was drawn before is there at once
    assert drawn == [Method.PCA, Method.UMAP]


def test_all_pictures_are_saved_as_one_page_with_their_settings(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = opened(open_app, seed="7", method="umap")
    page = downloaded(app, Key.MAP_HTML).decode()
    assert page.count('class="plotly-graph-div"') == len(TWO) + 1
    shown = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    for said in (*TWO, EN["map.ground"], EN["map.method_umap"], EN["map.seed"], "<dd>7</dd>"):
        assert said in shown
    assert not re.search(r"""(?:src|href)=["']?https?:""", shown)
    assert "connect-src" not in page
    assert "default-src 'none'" in page


def test_only_a_colour_s_change_computes_nothing(open_app: OpenApp) -> None:
    compute, models = Recorder(), Recorder()
    lanes.use(LaneName.COMPUTE, compute)
    lanes.use(LaneName.MODELS, models)
    app = opened(open_app)
    before = len(compute.calls), [call for call, _ in models.calls].count(worker.encode)
    assert before[0] > 0
    choose(app, Key.MAP_COLOUR, colouring.KEPT)
    choose(app, Key.MAP_COLOUR, "region_ja")
    app.multiselect(key=Key.MAP_SEARCH).set_value([TOKYO]).run()
    # PCA knows neither neighbours nor seed.
    app.session_state[Key.MAP_SEED] = 5
    app.run()
    after = len(compute.calls), [call for call, _ in models.calls].count(worker.encode)
    assert after == before
    choose(unfold(app), Key.MAP_COMPONENTS, 3)
    assert len(compute.calls) > before[0]


# Selection


def is_everywhere(app: AppTest, *places: int) -> bool:
    """Say whether these texts are selected in all panels, the search and the table."""
    keys = [f"{Key.MAP_PANEL}_{name}" for name in (*TWO, "ground")]
    rings = all(
        ringed(chart) == {points(chart)[place] for place in places}
        for chart in (keyed(app, key) for key in keys)
    )
    found = app.multiselect(key=Key.MAP_SEARCH).value == list(places)
    names = [PREFECTURES.texts[place] for place in places] or list(PREFECTURES.texts)
    return rings and found and chosen(app) == list(places) and listed(app) == names


@pytest.mark.parametrize("where", [LETTERS, VOWELS, "ground"])
def test_a_lasso_in_one_picture_selects_everywhere(open_app: OpenApp, where: str) -> None:
    app = select_points(opened(open_app), f"{Key.MAP_PANEL}_{where}", OSAKA, TOKYO)
    assert is_everywhere(app, OSAKA, TOKYO)
    assert EN["map.table_selected"].format(count=2, total=47) in captions(app)
    press(app, Key.MAP_CLEAR)
    assert is_everywhere(app)
    # An empty lasso changes nothing.
    app.multiselect(key=Key.MAP_SEARCH).set_value([NARA]).run()
    select_points(app, f"{Key.MAP_PANEL}_{where}")
    assert is_everywhere(app, NARA)


def fading(app: AppTest, where: str) -> set[int] | None:
    """Return the texts that stand out in a chart, as it was sent; None where all do."""
    (trace,) = marked(keyed(app, f"{Key.MAP_PANEL}_{where}"))
    found = trace.get("selectedpoints")
    return None if found is None else set(values(found).tolist())


def test_a_chart_with_a_lasso_around_many_stands_until_it_shows_something_else(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, downloaded: Downloaded
) -> None:
    """Streamlit draws a chart anew, which takes seconds with many points, where anything differs."""
    monkeypatch.setattr(charts_of_ours, "MOST_RINGS", 1)
    monkeypatch.setattr(maps, "MOST_RINGS", 1)
    own, other = (f"{Key.MAP_PANEL}_{model}" for model in TWO)
    app = opened(open_app)
    first = keyed(app, own)
    select_points(app, own, OSAKA, TOKYO)
    assert keyed(app, own) == first
    assert fading(app, VOWELS) == fading(app, "ground") == {OSAKA, TOKYO}
    assert chosen(app) == [OSAKA, TOKYO]
    # A file has no lasso.
    page = downloaded(app, Key.MAP_HTML).decode()
    assert page.count('"selectedpoints":{') == len(TWO) + 1
    select_points(app, own, OSAKA, NARA)
    assert keyed(app, own) == first
    assert fading(app, VOWELS) == {OSAKA, NARA}
    select_points(app, own)  # a double click
    assert chosen(app) == []
    select_points(app, own, OSAKA, NARA)
    choose(app, Key.MAP_COLOUR, colouring.KEPT)
    assert fading(app, LETTERS) == {OSAKA, NARA}
    select_points(app, other, OSAKA, TOKYO)
    lassoed = keyed(app, other)
    press(app, Key.MAP_CLEAR)
    assert keyed(app, other) != lassoed
    assert fading(app, VOWELS) is fading(app, LETTERS) is None


def test_the_search_is_not_told_what_it_shows_for_it_would_forget_what_is_typed(
    open_app: OpenApp,
) -> None:
    app = opened(open_app)
    app.multiselect(key=Key.MAP_SEARCH).set_value([2, 5]).run().run()
    assert app.multiselect(key=Key.MAP_SEARCH).value == [2, 5]
    assert not app.multiselect(key=Key.MAP_SEARCH).proto.set_value


def test_rows_of_the_table_and_names_in_the_search_select_everywhere(open_app: OpenApp) -> None:
    app = select_rows(opened(open_app), f"{Key.MAP_TABLE}_0", 3, 1)
    assert is_everywhere(app, 3, 1)
    # The rows are now those of the selection: its second one is another text.
    select_rows(app, f"{Key.MAP_TABLE}_1", 1)
    assert is_everywhere(app, 1)
    app.multiselect(key=Key.MAP_SEARCH).set_value([NARA, OSAKA]).run()
    assert is_everywhere(app, NARA, OSAKA)
    assert PREFECTURES.texts[NARA] in app.multiselect(key=Key.MAP_SEARCH).options
    choose(app, Key.MAP_METHOD, "umap")
    assert is_everywhere(app, NARA, OSAKA)
    choose(app, Key.MAP_SET, "capitals-en")
    assert chosen(app) == []


def test_lines_lead_from_one_text_to_its_true_neighbours(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app)
    app.multiselect(key=Key.MAP_SEARCH).set_value([OSAKA]).run()
    for model in TWO:
        near = like(vectors_of(model, tmp_path), OSAKA, TRUE_NEIGHBOURS).places[0]
        at = points(panel(app, model))
        assert lines(panel(app, model)) == [(at[OSAKA], at[int(place)]) for place in near]
    app.multiselect(key=Key.MAP_SEARCH).set_value([OSAKA, NARA]).run()
    assert lines(panel(app, VOWELS)) == []


# Geography


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_of_the_prefectures_own_vectors_is_held_against_the_ground(
    open_app: OpenApp, order: int
) -> None:
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((47, 768)).astype(np.float32)
    rows = [
        "\t".join([str(i), PREFECTURES.texts[i], *map(str, vectors[i])]) for i in range(47)[::order]
    ]
    app = use_set(open_app(SETS), ("vectors.tsv", "\n".join(rows).encode()))
    app.session_state[Key.MAP_MODELS] = []
    app.session_state[Key.MAP_METHOD] = "pca"
    go(app, MAP)
    shown = shown_table(app, "mantel")
    for metric, share in zip(Metric, shown["share"], strict=True):
        assert share == pytest.approx(independent_share(vectors, metric))
    # A row's own place on the ground, however the file is ordered.
    ground = points(keyed(app, f"{Key.MAP_PANEL}_ground"))
    names = [PREFECTURES.texts[i] for i in range(47)[::order]]
    assert PREFECTURES.places is not None
    np.testing.assert_allclose(
        ground[names.index("Osaka")], PREFECTURES.places[OSAKA][::-1], atol=1e-4
    )


def independent_share(vectors: np.ndarray, metric: Metric) -> float:
    """Return the share of the ten nearest that are the same, place by place in plain Python."""
    ground = prefecture_distances()
    rows = vectors.astype(np.float64)
    if metric is Metric.COSINE:
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    same = 0
    for i in range(47):
        others = [j for j in range(47) if j != i]
        if metric is Metric.EUCLIDEAN:
            far = {j: float(np.linalg.norm(rows[i] - rows[j])) for j in others}
        else:
            far = {j: -float(rows[i] @ rows[j]) for j in others}
        near = set(sorted(others, key=far.__getitem__)[:10])
        same += len(near & set(sorted(others, key=lambda j: ground[i, j])[:10]))
    return same / 470


def test_capitals_are_held_against_their_prefectures(open_app: OpenApp, tmp_path: Path) -> None:
    app = opened(open_app, set="capitals-en")
    capitals = place_set(PlaceSet.CAPITALS_EN).texts
    shares = {}
    for model in TWO:
        there = encoded(model, capitals, tmp_path, task=Task.CLUSTERING).astype(np.float64)
        near = (there @ vectors_of(model, tmp_path).astype(np.float64).T).round(9)  # many are alike
        shares[model] = float((near.argmax(axis=1) == np.arange(47)).mean())
    best = max(shares, key=shares.__getitem__)
    said = [text for text in shown_texts(app) if text.startswith(f"{best} puts {shares[best]:.1%}")]
    assert len(said) == 1
    assert not has_table(app, "mantel")
    app.multiselect(key=Key.MAP_SEARCH).set_value([OSAKA]).run()
    guesses = next(f.value for f in app.dataframe if EN["map.own_prefecture"] in f.value.columns)
    assert list(guesses[EN["map.text"]]) == [capitals[OSAKA]]
    assert list(guesses[EN["map.own_prefecture"]]) == ["Osaka"]


def figures(model: str, metric: Metric, folder: Path, k: int = 10) -> Proximity:
    return proximity(vectors_of(model, folder), prefecture_distances(), k=k, metric=metric)


@LANGUAGES
def test_proximity_is_core_s_and_the_best_is_named_with_a_corrected_p(
    open_app: OpenApp, tmp_path: Path, lang: str
) -> None:
    app, texts = opened(open_app, lang=lang), table(lang)
    app.slider(key=Key.MAP_K).set_value(7).run()
    found = [figures(model, metric, tmp_path, 7) for model in TWO for metric in Metric]
    shown = shown_table(app, "mantel")
    assert list(shown["model"]) == [model for model in TWO for _ in Metric]
    assert list(shown["metric"]) == [texts[f"map.metric_{metric}"] for metric in Metric] * 2
    assert list(shown["share"]) == pytest.approx([each.share for each in found])
    assert list(shown["p"]) == pytest.approx([each.p_value for each in found])
    assert list(shown["mantel"]) == pytest.approx([each.mantel for each in found])
    assert list(shown["mantel_p"]) == pytest.approx([each.mantel_p_value for each in found])
    best = max(range(len(found)), key=lambda i: found[i].share)
    p = holm([each.p_value for each in found])[best]
    said = texts["map.beyond_chance" if p < 0.05 else "map.within_chance"].format(
        model=shown["model"][best],
        metric=shown["metric"][best],
        share=f"{found[best].share:.1%}",
        chance=f"{7 / 46:.1%}",
        k=7,
        p=f"{p:.3f}",
    )
    assert said in shown_texts(app)
    by_k = {trace["name"]: values(trace["y"]) for trace in keyed(app, "proximity_chart")["data"]}
    np.testing.assert_allclose(by_k[texts["map.chance"]], np.arange(1, 47) / 46, atol=1e-6)
    for model in TWO:
        share_by_k = figures(model, Metric.COSINE, tmp_path).share_by_k
        np.testing.assert_allclose(by_k[model], share_by_k, atol=1e-6)


def test_one_prefecture_has_its_neighbours_listed_with_their_ranks(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = opened(open_app)
    assert EN["map.pick_one"] in captions(app)
    assert not has_table(app, EN["map.kilometres"])
    app.multiselect(key=Key.MAP_SEARCH).set_value([NARA]).run()
    shown = shown_table(app, EN["map.kilometres"])
    kilometres = prefecture_distances()[NARA]
    others = [place for place in np.argsort(kilometres).tolist() if place != NARA]
    assert list(shown[EN["map.text"]]) == [PREFECTURES.texts[place] for place in others]
    assert list(shown[EN["map.kilometres"]]) == np.round(kilometres[others], 1).tolist()
    assert list(shown[EN["map.rank_ground"]]) == list(range(1, 47))
    for model in TWO:
        near = figures(model, Metric.COSINE, tmp_path).by_embedding[NARA].tolist()
        assert [near.index(place) + 1 for place in others] == list(shown[model])
    app.multiselect(key=Key.MAP_SEARCH).set_value([NARA, OSAKA]).run()
    assert not has_table(app, EN["map.kilometres"])


# A user's own sets, failures, links


def test_a_model_that_fails_is_told_of_beside_the_others(open_app: OpenApp) -> None:
    missing = "multilingual-e5-small"
    app = opened(open_app, VOWELS, missing)
    assert missing in shown_texts(app)
    assert failures(app) == 1
    assert set(points(panel(app, VOWELS))) == set(range(47))
    assert set(shown_table(app, "mantel")["model"]) == {VOWELS}


def test_a_worker_that_ends_leaves_what_was_drawn_and_is_told_of(open_app: OpenApp) -> None:
    compute = Recorder()
    lanes.use(LaneName.COMPUTE, compute)
    app = opened(open_app)
    compute.fail = WorkerLost("The compute worker ended.", "Try again.", lane="compute")
    choose(unfold(app), Key.MAP_COMPONENTS, 3)
    assert [text for text in shown_texts(app) if text in TWO] == list(TWO)
    assert set(points(keyed(app, f"{Key.MAP_PANEL}_ground"))) == set(range(47))
    compute.fail = None
    app.run()
    assert set(points(panel(app, VOWELS))) == set(range(47))


def test_figures_that_cannot_be_computed_are_told_of_beside_the_map(open_app: OpenApp) -> None:
    compute = Recorder()
    lanes.use(LaneName.COMPUTE, compute)
    app = opened(open_app, VOWELS, method="umap")
    compute.fail = WorkerLost("The compute worker ended.", "Try again.", lane="compute")
    press(app, Key.MAP_MOVEMENT)
    assert failures(app) == 1
    app.slider(key=Key.MAP_K).set_value(3).run()
    assert not app.exception
    assert failures(app) == 1
    assert set(points(panel(app, VOWELS))) == set(range(47))
    assert listed(app) == list(PREFECTURES.texts)


def test_a_worker_that_ends_with_the_pictures_is_told_of_for_each(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise WorkerLost("The compute worker ended.", "Try again.", lane="compute")

    monkeypatch.setattr(cached, "make_pictures", lost)
    app = opened(open_app, VOWELS)
    assert failures(app) == 1
    assert VOWELS in shown_texts(app)


def test_no_model_is_asked_for(open_app: OpenApp) -> None:
    app = opened(open_app)
    app.multiselect(key=Key.MAP_MODELS).set_value([]).run()
    assert EN["map.empty"] in [info.value for info in app.info]
    assert not charts(app)


@LANGUAGES
def test_too_few_texts_for_a_picture_say_so_and_four_are_enough(
    open_app: OpenApp, lang: str
) -> None:
    texts = table(lang)
    for count in (3, 4):
        app = open_app(SETS, lang=lang)
        rows = [("a", "e i", "ee o u", "a a i")[place] for place in range(count)]
        use_set(app, ("own.csv", csv_of(("text", "kind"), *((row, "k") for row in rows))))
        app.session_state[Key.MAP_MODELS] = [VOWELS]
        app.session_state[Key.MAP_METHOD] = "pca"
        go(app, MAP)
        refused = any(texts["errors.heading"] in each.value for each in app.markdown)
        assert refused is (count == 3)
        assert bool(charts(app)) is (count == 4)
        assert list(shown_table(app, "kind")[texts["map.text"]]) == rows


def test_a_user_s_places_are_drawn_on_the_ground_and_a_column_may_be_named_as_ours(
    open_app: OpenApp,
) -> None:
    names = ("body", "lat", "lon", "Text", "kept", "region_en")
    rows = [
        (f"text {i} aei"[: 6 + i % 4], str(30 + i), str(130 + i), "x", "y", "z") for i in range(6)
    ]
    app = open_app(SETS)
    upload_files(app, ("own.csv", csv_of(names, *rows)))
    app.selectbox(key=f"{Key.SETS_COLUMN}_text").set_value("body").run()
    press(app, Key.SETS_USE_BUTTON)
    app.session_state[Key.MAP_MODELS] = [VOWELS]
    app.session_state[Key.MAP_METHOD] = "pca"
    go(app, MAP)
    ground = points(keyed(app, f"{Key.MAP_PANEL}_ground"))
    assert ground == {i: (130 + i, 30 + i) for i in range(6)}
    assert not has_table(app, "mantel")  # which is for prefectures
    shown = shown_table(app, "region_en")
    texts = app.session_state[Key.SETS_OWN].text_set.texts
    assert list(shown.iloc[:, 0]) == list(texts)
    assert {tuple(shown.iloc[:, i]) for i in range(1, shown.shape[1])} >= {
        (each,) * 6 for each in "xyz"
    }


def test_a_link_restores_the_view_in_another_session(open_app: OpenApp) -> None:
    app = unfold(opened(open_app, VOWELS, set="capitals-en", lang="ja"))
    wanted = {
        Key.MAP_METHOD: "umap",
        Key.MAP_COMPONENTS: 3,
        Key.MAP_METRIC: "dot",
        Key.MAP_TASK: Task.SEARCH.value,
    }
    for key, value in wanted.items():
        choose(app, key, value)
    app.slider(key=Key.MAP_NEIGHBOURS).set_value(4).run()
    app.number_input(key=Key.MAP_SEED).set_value(11).run()
    app.slider(key=Key.MAP_MIN_DIST).set_value(0.35).run()
    link = dict(app.query_params)
    other = open_app(MAP, **link)
    assert dict(other.query_params) == link
    for key in (
        *wanted,
        Key.MAP_SET,
        Key.MAP_MODELS,
        Key.MAP_NEIGHBOURS,
        Key.MAP_SEED,
        Key.MAP_MIN_DIST,
    ):
        assert other.session_state[key] == app.session_state[key]
    assert points(panel(other, VOWELS)) == points(panel(app, VOWELS))


def test_what_a_link_cannot_mean_is_left_out(open_app: OpenApp) -> None:
    bad = {"set": "own", "components": "4", "neighbours": "1", "seed": "-1", "metric": "<b>"}
    bad |= {"min_dist": "nan", "k": "47"}
    app = open_app(MAP, **bad, method="pca", map_models=[VOWELS, VOWELS, "nobody"])
    assert app.session_state[Key.MAP_SET] == "prefectures-en"
    assert app.session_state[Key.MAP_MODELS] == [VOWELS]
    assert app.session_state[Key.MAP_COMPONENTS] == 2
    assert set(app.query_params) == {"lang", "method", "map_models"}


def test_the_language_changes_the_words_and_keeps_the_view(open_app: OpenApp) -> None:
    app = opened(open_app)
    app.multiselect(key=Key.MAP_SEARCH).set_value([NARA]).run()
    before = points(panel(app, VOWELS))
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    assert not app.exception
    assert app.title[0].value == table("ja")["nav.map"]
    assert app.selectbox(key=Key.MAP_SET).value == "prefectures-en"
    assert points(panel(app, VOWELS)) == before
    assert chosen(app) == [NARA]


def test_settings_that_were_opened_stay_open_in_another_language(open_app: OpenApp) -> None:
    app = opened(open_app, VOWELS, method="umap")
    assert not app.number_input
    unfold(app)
    app.number_input(key=Key.MAP_SEED).set_value(3).run()
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    assert app.number_input(key=Key.MAP_SEED).value == 3
    app.session_state[Key.MAP_MORE] = False
    app.run()
    assert not app.number_input
    assert app.session_state[Key.MAP_SEED] == 3

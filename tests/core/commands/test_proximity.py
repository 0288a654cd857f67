"""``proximity`` gives what an independent computation gives, of a model's vectors or a file's."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from core.maps.geography import prefecture_distances
from core.sets.places import prefectures
from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

TABLE = prefectures()
PLACES = TABLE[["lat", "lon"]].to_numpy(dtype=float).tolist()
FORMS = ("name_en", "name_ja", "kana")
K = 10


def vincenty(first: list[float], second: list[float]) -> float:
    """Return metres on WGS84. Vincenty, 1975, Survey Review 23 (176), the inverse formulae."""
    a, f = 6_378_137.0, 1 / 298.257223563
    b = (1 - f) * a
    u1, u2 = (math.atan((1 - f) * math.tan(math.radians(place[0]))) for place in (first, second))
    longitude = math.radians(second[1] - first[1])
    turn = longitude
    for _ in range(100):
        sin_sigma = math.hypot(
            math.cos(u2) * math.sin(turn),
            math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * math.cos(turn),
        )
        cos_sigma = math.sin(u1) * math.sin(u2) + math.cos(u1) * math.cos(u2) * math.cos(turn)
        sigma = math.atan2(sin_sigma, cos_sigma)
        sin_alpha = math.cos(u1) * math.cos(u2) * math.sin(turn) / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        middle = cos_sigma - 2 * math.sin(u1) * math.sin(u2) / cos2_alpha
        c = f / 16 * cos2_alpha * (4 + f * (4 - 3 * cos2_alpha))
        inner = middle + c * cos_sigma * (2 * middle**2 - 1)
        before, turn = turn, longitude + (1 - c) * f * sin_alpha * (sigma + c * sin_sigma * inner)
        if abs(turn - before) < 1e-13:
            break
    square = cos2_alpha * (a**2 - b**2) / b**2
    big_a = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)))
    big_b = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)))
    last = big_b / 6 * middle * (4 * sin_sigma**2 - 3) * (4 * middle**2 - 3)
    difference = big_b * sin_sigma * (middle + big_b / 4 * (cos_sigma * (2 * middle**2 - 1) - last))
    return b * big_a * (sigma - difference)


def haversine(first: list[float], second: list[float]) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (*first, *second))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def nearest(distance: Callable[[int, int], float]) -> list[set[int]]:
    found: list[set[int]] = []
    for i in range(47):
        others = sorted((distance(i, j), j) for j in range(47) if j != i)
        found.append({j for _, j in others[:K]})
    return found


def by_ground(measure: Callable[[list[float], list[float]], float]) -> list[set[int]]:
    return nearest(lambda i, j: measure(PLACES[i], PLACES[j]))


def apart(a: list[float], b: list[float], metric: str) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    if metric == "dot":
        return -dot
    if metric == "euclidean":
        return math.dist(a, b)
    return 1 - dot / (math.hypot(*a) * math.hypot(*b))


def vectors_of(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((47, 768)).astype(np.float32)


def write(path: Path, vectors: np.ndarray, names: list[str], order: list[int]) -> Path:
    lines = (
        "\t".join((str(row), names[i], *(repr(float(x)) for x in vectors[i])))
        for row, i in enumerate(order)
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_the_ground_is_that_of_another_formula() -> None:
    other = [
        [vincenty(PLACES[i], PLACES[j]) / 1000 if i != j else 0.0 for j in range(47)]
        for i in range(47)
    ]
    np.testing.assert_allclose(prefecture_distances(), other, atol=1e-6)


def test_a_sphere_changes_one_of_the_47_lists() -> None:
    changed = [a != b for a, b in zip(by_ground(vincenty), by_ground(haversine), strict=True)]
    assert sum(changed) == 1


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "dot"])
def test_a_file_of_vectors_gives_what_a_plain_loop_gives(
    call: Call, tmp_path: Path, metric: str, recorder: Recorder
) -> None:
    vectors = vectors_of(4)
    choose = random.Random(0)
    names = [choose.choice(list(TABLE[list(FORMS)].iloc[i])) for i in range(47)]
    order = choose.sample(range(47), 47)
    file = write(tmp_path / "vectors.tsv", vectors, names, order)
    done = call("proximity", "--vectors", file, "--k", K, "--metric", metric, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    rows = vectors.astype(float).tolist()
    near = nearest(lambda i, j: apart(rows[i], rows[j], metric))
    shares = [len(a & b) / K for a, b in zip(near, by_ground(vincenty), strict=True)]
    assert [each["share"] for each in found["prefectures"]] == pytest.approx(shares)
    assert found["share"] == pytest.approx(sum(shares) / 47, abs=1e-6)
    assert found["chance"] == pytest.approx(10 / 46, abs=1e-6)
    assert (found["metric"], found["dimension"], found["k"]) == (metric, 768, 10)
    names_en = list(TABLE["name_en"])
    for i, each in enumerate(found["prefectures"]):
        assert each["name"] == names_en[i]
        assert {names_en.index(name) for name in each["by_embedding"]} == near[i]
    assert recorder.encoded == []


@pytest.mark.parametrize("form", FORMS)
def test_places_themselves_are_near_where_the_places_are(
    call: Call, tmp_path: Path, form: str
) -> None:
    lat, lon = np.radians(np.array(PLACES)).T
    globe = np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat), lat * 0 + 0.5], axis=1
    )
    file = write(tmp_path / "v.tsv", globe, list(TABLE[form]), list(range(47)))
    found = json.loads(call("proximity", "--vectors", file, "--metric", "euclidean", "--json").out)
    assert found["share"] == pytest.approx(1 - 1 / 470, abs=1e-6)  # the one list of the sphere
    assert found["p_value"] == pytest.approx(1 / 1001, abs=1e-6)
    assert found["mantel"] > 0.99


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda names, order: (names, order[:-1]), "lacks 1 prefectures: Okinawa"),
        (lambda names, order: ([*names[:3], "Narnia", *names[4:]], order), "'Narnia' is no pref"),
        (lambda names, order: (names, [*order, 0]), "Row 48 of"),
    ],
    ids=["missing", "unknown", "twice"],
)
def test_a_file_of_other_places_is_one_line(
    call: Call, tmp_path: Path, change: Callable[..., tuple[list[str], list[int]]], said: str
) -> None:
    names, order = change(list(TABLE["name_en"]), list(range(47)))
    done = call("proximity", "--vectors", write(tmp_path / "v.tsv", vectors_of(0), names, order))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert said in done.err


def test_a_file_without_vectors_is_one_line(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "v.txt"
    file.write_text("Tokyo\nOsaka\n", encoding="utf-8")
    done = call("proximity", "--vectors", file)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "has no vectors" in done.err
    done = call("proximity", "--vectors", tmp_path / "none.tsv")
    assert (done.code, done.err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--model", "char-ngrams", "--vectors", "v.tsv"),
        ("--vectors", "v.tsv", "--labels", "kana"),
        ("--model", "char-ngrams", "--k", 47),
        ("--model", "char-ngrams", "--labels", "romaji"),
        ("--model", "char-ngrams", "--task", "custom"),
    ],
    ids=lambda options: " ".join(map(str, options)) or "nothing",
)
def test_a_wrong_call_is_named(call: Call, options: tuple[object, ...]) -> None:
    done = call("proximity", *options)
    assert (done.code, done.out) == (2, "")


def test_the_label_decides_what_is_encoded(call: Call, recorder: Recorder) -> None:
    call("proximity", "--model", "char-ngrams", "--labels", "kana", "--json")
    assert {text for _, text in recorder.encoded} == set(TABLE["kana"])


def test_a_table_says_share_and_chance(call: Call) -> None:
    done = call("proximity", "--model", "char-ngrams")
    assert done.code == 0
    assert "Hokkaido" in done.out
    assert "by chance 0.2174" in done.out


@pytest.mark.parametrize("model", ["all-MiniLM-L6-v2", "wordllama", "char-ngrams"])
def test_the_embedded_models_are_near_chance(call_real: Call, model: str) -> None:
    shares: dict[tuple[str, str], float] = {}
    for labels, metric in product(FORMS, ("euclidean", "cosine", "dot")):
        options = ("--model", model, "--labels", labels, "--metric", metric, "--k", K, "--json")
        found = json.loads(call_real("proximity", *options).out)
        shares[labels, metric] = found["share"]
        assert found["labels"] == labels
    print(model, {" ".join(name): round(share, 4) for name, share in shares.items()}, 10 / 46)
    assert all(0.15 < share < 0.3 for share in shares.values())

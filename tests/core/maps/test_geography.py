"""Distances are on the ellipsoid, as Vincenty's formulae have them too."""

from __future__ import annotations

from math import atan, atan2, cos, hypot, pi, radians, sin, tan

import numpy as np
import pytest

from core.maps.geography import ground_distances, prefecture_distances
from core.sets.places import prefectures

A, F = 6378.137, 1 / 298.257223563  # WGS84: the equator's radius in kilometres, the flattening
QUARTER_MERIDIAN = 10001.965729  # kilometres from the equator to a pole
TOKYO, NAHA, SAPPORO = 12, 46, 0  # places in the table of prefectures


def vincenty(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The inverse formula of Vincenty (1975), https://doi.org/10.1179/sre.1975.23.176.88."""
    b = A * (1 - F)
    (lat1, lon1), (lat2, lon2) = (map(radians, place) for place in (here, there))
    u1, u2 = atan((1 - F) * tan(lat1)), atan((1 - F) * tan(lat2))
    lam = before = lon2 - lon1
    for _ in range(100):
        sin_sigma = hypot(cos(u2) * sin(lam), cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(lam))
        if sin_sigma == 0:
            return 0.0
        cos_sigma = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(lam)
        sigma = atan2(sin_sigma, cos_sigma)
        sin_alpha = cos(u1) * cos(u2) * sin(lam) / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        cos_2m = cos_sigma - 2 * sin(u1) * sin(u2) / cos2_alpha if cos2_alpha else 0.0
        c = F / 16 * cos2_alpha * (4 + F * (4 - 3 * cos2_alpha))
        part = cos_2m + c * cos_sigma * (-1 + 2 * cos_2m**2)
        lam, last = lon2 - lon1 + (1 - c) * F * sin_alpha * (sigma + c * sin_sigma * part), lam
        if abs(lam - last) < 1e-13:
            break
    else:
        raise AssertionError(f"no convergence from {before}")
    square = cos2_alpha * (A**2 - b**2) / b**2
    big_a = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)))
    big_b = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)))
    turn = cos_sigma * (-1 + 2 * cos_2m**2)
    turn -= big_b / 6 * cos_2m * (-3 + 4 * sin_sigma**2) * (-3 + 4 * cos_2m**2)
    return b * big_a * (sigma - big_b * sin_sigma * (cos_2m + big_b / 4 * turn))


def haversine(places: np.ndarray) -> np.ndarray:
    """Kilometres on a sphere of the mean radius."""
    lat, lon = np.radians(places).T
    rise = np.sin((lat[:, None] - lat) / 2) ** 2
    turn = np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return 2 * 6371.0088 * np.arcsin(np.sqrt(rise + turn))


def coordinates() -> np.ndarray:
    return prefectures()[["lat", "lon"]].to_numpy(dtype=np.float64)


def nearest_ten(distances: np.ndarray) -> list[list[int]]:
    return [
        [other for other in np.argsort(row, kind="stable").tolist() if other != place][:10]
        for place, row in enumerate(distances)
    ]


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [
        # Karney's own examples: New York to London, Wellington to Salamanca (nearly antipodes).
        ((40.6, -73.8), (51.6, -0.5), 5551.759400),
        ((-41.32, 174.81), (40.96, -5.50), 19959.679267),
        ((0, 0), (90, 0), QUARTER_MERIDIAN),
        ((-90, 0), (90, 0), 2 * QUARTER_MERIDIAN),
        ((0, 0), (0, 1), A * pi / 180),  # along the equator the ellipsoid is a circle
        ((0, 179.5), (0, -179.5), A * pi / 180),
        ((35.5, 139.5), (35.5, 139.5), 0),
    ],
)
def test_known_geodesics(
    here: tuple[float, float], there: tuple[float, float], kilometres: float
) -> None:
    found = ground_distances(np.array([here]), np.array([there]))
    assert found[0, 0] == pytest.approx(kilometres, abs=2e-6)


def test_the_prefectures_are_as_far_apart_as_by_vincenty() -> None:
    found, places = prefecture_distances(), coordinates().tolist()
    assert found.shape == (47, 47)
    expected = [[vincenty(tuple(here), tuple(there)) for there in places] for here in places]
    np.testing.assert_allclose(found, expected, atol=1e-6)  # kilometres: a millimetre


def test_distances_are_those_of_a_map() -> None:
    found = prefecture_distances()
    assert np.array_equal(found, found.T)
    assert not np.diag(found).any()
    assert found[TOKYO, NAHA] == pytest.approx(1554, abs=2)
    assert found[TOKYO, SAPPORO] == pytest.approx(831, abs=2)
    off = found[~np.eye(47, dtype=bool)]
    assert 5 < off.min() < 20  # Kyoto and Otsu
    assert off.max() == found[SAPPORO, NAHA]


def test_two_lists_of_places_are_held_against_each_other() -> None:
    places = coordinates()
    found = ground_distances(places[:3], places[:5])
    assert found.shape == (3, 5)
    np.testing.assert_allclose(found, prefecture_distances()[:3, :5], atol=1e-9)


def test_on_a_sphere_one_of_the_nearest_ten_would_be_another() -> None:
    """The reason for the ellipsoid."""
    true, on_sphere = nearest_ten(prefecture_distances()), nearest_ten(haversine(coordinates()))
    names = prefectures()["name_en"].tolist()
    differing = {
        names[place]: {names[other] for other in set(true[place]) ^ set(on_sphere[place])}
        for place in range(47)
        if set(true[place]) != set(on_sphere[place])
    }
    assert differing == {"Gunma": {"Toyama", "Shizuoka"}}


def test_the_kept_distances_can_not_be_changed() -> None:
    assert prefecture_distances() is prefecture_distances()
    with pytest.raises(ValueError, match="read-only"):
        prefecture_distances()[0, 1] = 1

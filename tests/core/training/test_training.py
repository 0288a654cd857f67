"""A model is taught, measured on the way, and gone on with after it was stopped."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRequest
from core.maps.geography import prefecture_distances
from core.models import find
from core.models.catalogue import added_models
from core.sets.places import PlaceSet, place_set
from core.training.defaults import default_settings
from core.training.export import zipped
from core.training.lesson import Lesson
from core.training.measures import Encode, Measure, changes, of_places, of_probes, of_proximity
from core.training.record import STEPS
from core.training.settings import STATIC, TRANSFORMER
from core.training.training import Trained, TrainingRequest, alone, train
from core.training.triplets import from_distances

NAMES = place_set(PlaceSet.PREFECTURES_EN).texts
TRIPLETS = from_distances(NAMES, prefecture_distances(), nearest=2)


def quiet(done: int, total: int, loss: float | None) -> None:
    pass


def proximity(encode: Encode) -> list[Measure]:
    return of_proximity(encode, PlaceSet.PREFECTURES_EN)


def request(folder: Path, model: str = "wordllama", epochs: int = 2) -> TrainingRequest:
    card = find(model)
    settings = replace(default_settings(card), epochs=epochs)
    return TrainingRequest(
        card=card, lesson=Lesson(triplets=TRIPLETS), settings=settings, folder=folder
    )


def vectors(folder: Path, texts: Sequence[str] = NAMES) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu").encode(list(texts))


def shares(found: Trained) -> list[list[float]]:
    return [[each.share for each in mark.measures] for mark in found.checkpoints]


def test_a_static_model_learns_what_is_near_and_is_loaded_by_sentence_transformers(
    tmp_path: Path,
) -> None:
    seen: list[np.ndarray] = []

    def measure(encode: Encode) -> list[Measure]:
        seen.append(encode(NAMES))
        return proximity(encode)

    found = train(request(tmp_path), measure, on_step=quiet)
    assert [mark.percent for mark in found.checkpoints] == [0, 20, 40, 60, 80, 100]
    assert shares(found)[0][0] < 0.25 < shares(found)[-1][0]
    np.testing.assert_allclose(vectors(tmp_path), seen[-1], atol=1e-5)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "94 triplets" in card
    assert f"{shares(found)[-1][0]:.3f}" in card


FRESH = """
import sys, numpy
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
numpy.save(sys.argv[2], model.encode(sys.argv[3:]))
assert not any(name.split(".")[0] in ("core", "pages") for name in sys.modules)
"""


@pytest.mark.parametrize(
    "model", ["wordllama", pytest.param("all-MiniLM-L6-v2", marks=pytest.mark.slow)]
)
def test_the_zip_is_loaded_by_a_fresh_process_elsewhere(tmp_path: Path, model: str) -> None:
    """Plain sentence-transformers gives the vectors that the model had when it was measured last."""
    seen: list[np.ndarray] = []

    def measure(encode: Encode) -> list[Measure]:
        seen.append(encode(NAMES))
        return proximity(encode)

    train(request(tmp_path / "taught", model, epochs=1), measure, on_step=quiet)
    assert float(np.abs(seen[-1] - seen[0]).max()) > 1e-3
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(io.BytesIO(zipped(tmp_path / "taught"))) as archive:
        archive.extractall(elsewhere)
    shutil.rmtree(tmp_path / "taught")
    subprocess.run(
        [sys.executable, "-c", FRESH, str(elsewhere), str(tmp_path / "v.npy"), *NAMES],
        check=True,
        cwd=tmp_path,
    )
    np.testing.assert_allclose(np.load(tmp_path / "v.npy"), seen[-1], atol=1e-5)


class Stopped(Exception):
    pass


def test_a_stopped_run_goes_on_to_where_an_unbroken_one_comes(tmp_path: Path) -> None:
    whole = train(request(tmp_path / "whole"), proximity, on_step=quiet)

    def stop(done: int, total: int, loss: float | None) -> None:
        if done == total - 1:
            raise Stopped

    with pytest.raises(Stopped):
        train(request(tmp_path / "broken"), proximity, on_step=stop)
    steps: list[int] = []
    found = train(
        request(tmp_path / "broken"), proximity, on_step=lambda done, *_: steps.append(done)
    )
    assert steps[0] > 1
    np.testing.assert_allclose(shares(found), shares(whole), atol=0.01)
    np.testing.assert_allclose(vectors(tmp_path / "broken"), vectors(tmp_path / "whole"), atol=1e-3)


@pytest.mark.slow
def test_another_request_begins_anew(tmp_path: Path) -> None:
    train(request(tmp_path, epochs=1), proximity, on_step=quiet)
    steps: list[int] = []
    train(request(tmp_path), proximity, on_step=lambda done, *_: steps.append(done))
    assert steps[0] == 1


def test_the_baseline_can_not_be_taught() -> None:
    with pytest.raises(BadRequest, match="can't be trained"):
        default_settings(find("char-ngrams"))


def test_a_loss_in_the_probes_is_seen_item_by_item() -> None:
    def measure(share: int) -> Measure:
        passed = tuple(int(i < share) for i in range(50))
        return replace(PROBE, share=share / 50, passed=passed)

    (change,) = changes([measure(40)], [measure(20)])
    assert change.is_sure
    (change,) = changes([measure(40)], [measure(39)])
    assert not change.is_sure


PROBE = of_probes(lambda texts: np.eye(1, 4, dtype=np.float32).repeat(len(texts), axis=0))[0]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["all-MiniLM-L6-v2", "wordllama"])
@pytest.mark.parametrize("held", [(), tuple(range(0, 47, 5))])
def test_prefectures_come_near_in_three_minutes(
    tmp_path: Path, model: str, held: tuple[int, ...]
) -> None:
    card = find(model)
    triplets = from_distances(NAMES, prefecture_distances(), held_out=held)

    def measure(encode: Encode) -> list[Measure]:
        near = of_proximity(encode, PlaceSet.PREFECTURES_EN, held)
        return [*near, *of_places(encode), *of_probes(encode)]

    start = time.monotonic()
    asked = TrainingRequest(
        card=card,
        lesson=Lesson(triplets=triplets),
        settings=default_settings(card),
        folder=tmp_path,
    )
    found = train(asked, measure, on_step=quiet)
    print(f"{model}, {len(held)} held out: {time.monotonic() - start:.0f} s")
    for row, each in enumerate(found.checkpoints[0].measures):
        print(
            each.group, each.name, [f"{mark.measures[row].share:.3f}" for mark in found.checkpoints]
        )
    for change in changes(found.checkpoints[0].measures, found.checkpoints[-1].measures):
        if change.is_sure:
            print(change)
    if not held:
        assert shares(found)[0][0] < 0.23
        assert shares(found)[-1][0] >= 0.7


@pytest.mark.slow
def test_a_killed_run_goes_on_in_another_process(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; "
        "import tests.core.training.test_training as t; "
        "stop = lambda done, total, loss: done == total - 1 and os.kill(os.getpid(), 9); "
        "t.train(t.request(Path(sys.argv[1])), t.proximity, on_step=stop)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "killed")], check=False)
    assert killed.returncode == -9
    found = train(request(tmp_path / "killed"), proximity, on_step=quiet)
    whole = train(request(tmp_path / "whole"), proximity, on_step=quiet)
    np.testing.assert_allclose(shares(found), shares(whole), atol=0.01)
    np.testing.assert_allclose(vectors(tmp_path / "killed"), vectors(tmp_path / "whole"), atol=1e-3)


LIMITED = """
import resource, sys
from pathlib import Path
import tests.core.training.test_training as t
from core.errors import ExplorerError
size = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    t.train(t.request(Path(sys.argv[1])), t.proximity, on_step=t.quiet)
except ExplorerError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size.")
@pytest.mark.parametrize("size", [1 << 10, 1 << 20, 50 << 20])
def test_a_full_disk_in_the_middle_costs_nothing_that_was_there(tmp_path: Path, size: int) -> None:
    """Whichever file does not fit, of the record, the weights and the optimizer's state."""

    def stop(done: int, total: int, loss: float | None) -> None:
        if done == total // 2:
            raise Stopped

    with pytest.raises(Stopped):
        train(request(tmp_path), proximity, on_step=stop)
    before = sorted((tmp_path / STEPS).glob("checkpoint-*/*.safetensors"))
    assert before
    limited = [sys.executable, "-c", LIMITED, str(tmp_path), str(size)]
    told = subprocess.run(limited, check=True, capture_output=True, text=True).stdout
    assert "could not be written" in told
    assert all(path.is_file() for path in before)
    steps: list[int] = []
    train(request(tmp_path), proximity, on_step=lambda done, *_: steps.append(done))
    assert steps[0] > 1


def test_a_second_training_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with alone(), pytest.raises(BadRequest, match="being taught"):
        train(request(tmp_path), proximity, on_step=quiet)
    assert not list(tmp_path.iterdir())


def test_an_added_static_model_gets_what_suits_one(tmp_path: Path) -> None:
    modules = [{"type": "sentence_transformers.models.StaticEmbedding", "path": ""}]
    (tmp_path / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert default_settings(added_models().add_folder(tmp_path)) == STATIC
    modules[0]["type"] = "sentence_transformers.models.Transformer"
    (tmp_path / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert default_settings(added_models().add_folder(tmp_path)) == TRANSFORMER

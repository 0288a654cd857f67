"""Bad vectors don't leave the worker."""

from __future__ import annotations

import numpy as np
import pytest

from core.encoding import Engine, Prompted, worker
from core.errors import BadVectors
from core.models import loading
from core.models.card import Loader
from tests.core.fakes import BrokenEncoder

INPUTS = (Prompted("q: ", "a"), Prompted("", "bb"))


def test_a_batch_has_a_row_for_each_input(engine: Engine) -> None:
    request = engine.load_request("char-ngrams")
    (batch,) = worker.encode(request, INPUTS).batches
    assert batch.vectors[:, :3].tolist() == [[3, 1, 1], [0, 2, 1]]
    parts = worker.encode(request, INPUTS[1:], INPUTS).batches
    assert [part.vectors[:, 0].tolist() for part in parts] == [[0], [3, 0]]


@pytest.mark.parametrize("answer", [np.ones((3, 2048)), np.full((2, 2048), np.nan)])
def test_bad_vectors_are_an_error_in_the_worker(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, answer: np.ndarray
) -> None:
    monkeypatch.setitem(
        loading.LOADERS, Loader.CHAR_NGRAMS, lambda _: (BrokenEncoder(answer), None)
    )
    with pytest.raises(BadVectors):
        worker.encode(engine.load_request("char-ngrams"), INPUTS)

"""Pictures of few points."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """So few points take longer to share out among threads than to move."""
    import sklearn.manifold  # noqa: F401  a limit holds for what has been loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield

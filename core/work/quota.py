"""How much of something all visitors together may have at once."""

from __future__ import annotations

import threading

from core.errors import Busy, Word


class Quota:
    """Counts what is taken and not given back yet. Any thread may ask."""

    def __init__(self, what: Word, most: int) -> None:
        self.what = what
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Take one. Raises Busy, at once, where all are taken."""
        with self._lock:
            if self._taken >= self.most:
                raise busy(self.what, self.most)
            self._taken += 1

    def give_back(self) -> None:
        """Give one back."""
        with self._lock:
            self._taken -= 1


def busy(what: Word, most: int) -> Busy:
    """Return the error of whoever comes when ``most`` are there."""
    return Busy(
        f"The server is busy: {most:,} {what} at once are its limit.",
        hint="Try again in a minute. Nothing you entered is lost.",
        what=what,
        most=f"{most:,}",
    )

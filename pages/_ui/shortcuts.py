"""What Streamlit does at each rerun again and again, it is made to do once.

All stand on its private names, which its pinned release has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session, runtime
from streamlit.runtime.state.safe_session_state import SafeSessionState

MESSAGES_A_TURN = 16  # of the 500 that a connection holds until they are sent


def take() -> None:
    """Have all from now on, in this process."""
    read_theme_once()
    look_values_up()
    send_several_a_turn()


def read_theme_once() -> None:
    """Read the theme once, and not six times a rerun, which took 2 ms of CPU.

    The configuration stands when the app is loaded.
    """
    read = app_session._populate_theme_msg  # pyright: ignore[reportPrivateUsage]

    @cache
    def part(section: str) -> CustomThemeConfig:
        found = CustomThemeConfig()
        read(found, section)
        return found

    def put(message: CustomThemeConfig, section: str = "theme") -> None:
        if part(section).ByteSize():  # else the part would be there, if empty
            message.MergeFrom(part(section))

    app_session._populate_theme_msg = put  # pyright: ignore[reportPrivateUsage]


class Values(Mapping[str, Any]):
    """The values of a session's state by their keys, gathered only where all of them are asked for."""

    def __init__(self, safe: SafeSessionState) -> None:
        self._lock = safe._lock  # pyright: ignore[reportPrivateUsage]
        self._state = safe._state  # pyright: ignore[reportPrivateUsage]

    def __getitem__(self, key: str) -> Any:
        with self._lock:
            return self._state[key]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(self._state.filtered_state)

    def __len__(self) -> int:
        with self._lock:
            return len(self._state.filtered_state)


def look_values_up() -> None:
    """Have a widget look up its own value, for which it gathers those of the whole session.

    After a visit to a few pages these are a hundred: 0.2 ms of CPU for each picker, slider and field.
    """
    SafeSessionState.filtered_state = property(Values)  # pyright: ignore[reportAttributeAccessIssue]


class FewTurns:
    """asyncio, but one pause of no length is taken in so many."""

    def __init__(self, pauses: int) -> None:
        self._pauses = pauses
        self._asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        self._asked += 1
        if seconds or self._asked % self._pauses == 0:
            await asyncio.sleep(seconds)


def send_several_a_turn() -> None:
    """Have the event loop turn after several messages, and not after each, which takes a tenth of a rerun.

    Those of a turn leave in one write.
    """
    runtime.asyncio = FewTurns(MESSAGES_A_TURN)  # pyright: ignore[reportAttributeAccessIssue]

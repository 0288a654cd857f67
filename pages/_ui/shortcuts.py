"""What Streamlit does at each rerun again and again, it is made to do once.

All stand on its private names, which its pinned release has.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state.safe_session_state import SafeSessionState

from pages._ui import sending


def take() -> None:
    """Have all from now on, in this process."""
    read_theme_once()
    look_values_up()
    read_without_pausing()
    sending.hand_over_together()
    sending.send_several_a_turn()
    sending.write_once_a_turn()


def read_theme_once() -> None:
    """Read the theme once, and not six times a rerun, which took 2 ms of CPU.

    The configuration stands when the app is loaded.
    """
    read = app_session._populate_theme_msg

    @cache
    def part(section: str) -> CustomThemeConfig:
        found = CustomThemeConfig()
        read(found, section)
        return found

    def put(message: CustomThemeConfig, section: str = "theme") -> None:
        if part(section).ByteSize():  # else the part would be there, if empty
            message.MergeFrom(part(section))

    app_session._populate_theme_msg = put


class Values(Mapping[str, Any]):
    """The values of a session's state by their keys, gathered only where all of them are asked for."""

    def __init__(self, safe: SafeSessionState) -> None:
        self._lock = safe._lock
        self._state = safe._state

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


def read_without_pausing() -> None:
    """Have a value read without looking whether the run is to end, as each element looks, too."""

    def read(safe: SafeSessionState, key: str) -> Any:
        with safe._lock:
            return safe._state[key]

    SafeSessionState.__getitem__ = read

"""A page of more messages than a connection holds arrives whole, where they are sent several a turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.server import running
from tests.load.visitor import visiting

COUNT = 2000  # a connection holds 500 that are not sent yet
LAUNCHER = """
import streamlit as st

from pages._ui import sending, shortcuts

{call}()
app = st.App("{page}")
"""
# The event loop is held until all are there, so that they are to be sent at once.
PAGE = f"""
import time

import streamlit as st
from streamlit.runtime import get_instance

get_instance()._get_async_objs().eventloop.call_soon_threadsafe(time.sleep, 1)
for number in range({COUNT}):
    st.text(str(number))
"""


async def _texts(url: str) -> list[str]:
    async with visiting(url) as visitor:
        await visitor.rerun()
        found = sorted(visitor.elements.items())
    return [element.text.body for _, element in found if element.WhichOneof("type") == "text"]


@pytest.mark.parametrize(
    "call",
    [
        "sending.send_several_a_turn",
        "sending.hand_over_together",
        "sending.write_once_a_turn",
        "shortcuts.take",
    ],
)
def test_all_arrives(tmp_path: Path, call: str) -> None:
    page, launcher = tmp_path / "page.py", tmp_path / "launcher.py"
    page.write_text(PAGE, encoding="utf-8")
    launcher.write_text(LAUNCHER.format(call=call, page=page), encoding="utf-8")
    with running(tmp_path / "server", str(launcher)) as server:
        assert asyncio.run(_texts(server.url)) == [str(number) for number in range(COUNT)]

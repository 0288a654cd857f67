"""A visitor without a browser: a session that speaks Streamlit's own protocol, on loopback only.

It sends what a browser sends (a client's state, files by their own requests) and reads what a browser
is sent, so that the server does all that it does for one. Nothing is drawn.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2
import pyarrow as pa
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from pages._ui.profile import is_loopback
from tests.load.fields import Fields

PATIENCE_SECONDS = 300.0
USER_AGENT = "umekomi-visitor"
TOLD_FAILURE = ":red[:material/error:]"  # how pages/_ui/errors.py begins
DONE = (
    ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY,
    ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


class Run(NamedTuple):
    """One action: until its script was done, and what the server sent for it."""

    seconds: float
    messages: int
    received_bytes: int


class ScriptFailed(AssertionError):
    """The page showed an error, or ended without being done."""


@dataclass
class Kept:
    """The large messages that a browser keeps, so that the server need only name them again."""

    messages: dict[str, ForwardMsg] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)  # the run that last had each
    _runs: int = 0

    def take(self, said: ForwardMsg) -> ForwardMsg:
        """Keep the message where the server says so; return the kept one where it is only named."""
        name = said.ref_hash or said.hash
        if said.metadata.cacheable:
            self.messages[name] = said
        if name in self.messages:
            self._used[name] = self._runs
        if not said.ref_hash:
            return said
        whole = ForwardMsg()
        whole.CopyFrom(self.messages[name])
        whole.metadata.CopyFrom(said.metadata)
        return whole

    def run_is_done(self, most_age: int) -> None:
        """Let go of what no run of the last ``most_age`` had."""
        self._runs += 1
        for name in [each for each, run in self._used.items() if self._runs - run > most_age]:
            del self.messages[name], self._used[name]


@dataclass
class Visitor:
    """One tab on one page."""

    socket: ClientConnection
    base: str
    path: str
    query: str
    locale: str
    headers: Mapping[str, str]  # of every request; what is behind nginx is told apart by them
    page_hash: str = ""
    session_id: str = ""
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    fields: Fields = field(default_factory=Fields)
    kept: Kept = field(default_factory=Kept)
    most_age: int = 0  # of a kept message, in runs: the server's setting
    heard: bytearray | None = None  # all that the server sent, for those who listen
    may_fail: bool = False  # a failure that the page tells of is no failure of the run
    _told_failure: bool = False

    async def rerun(self, *changes: WidgetState, trigger: WidgetState | None = None) -> Run:
        """Run the page with these values changed, as after a visitor's action."""
        self.fields.states |= {change.id: change for change in changes}
        start = time.perf_counter()
        await self._ask([*self.fields.states.values(), *([trigger] if trigger else [])])
        self._told_failure = False
        messages, received = await asyncio.wait_for(self._until_done(), PATIENCE_SECONDS)
        if self._told_failure and not self.may_fail:
            raise ScriptFailed(f"The page told of a failure: {self.written()}")
        return Run(time.perf_counter() - start, messages, received)

    async def press(self, key: str) -> Run:
        """Press the button of this key."""
        return await self.rerun(trigger=WidgetState(id=self.widget(key), trigger_value=True))

    async def fill(self, values: Mapping[str, str]) -> Run:
        """Type into the fields of these keys, and leave the last."""
        return await self.rerun(
            *(WidgetState(id=self.widget(key), string_value=text) for key, text in values.items())
        )

    async def upload(self, key: str, name: str, content: bytes) -> Run:
        """Choose a file for the uploader of this key."""
        widget, number = self.widget(key), uuid.uuid4().hex
        asked = BackMsg()
        asked.file_urls_request.request_id = number
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self.session_id
        await self.socket.send(asked.SerializeToString())
        answer = await asyncio.wait_for(self._until_urls(number), PATIENCE_SECONDS)
        urls = answer.file_urls_response.file_urls[0]
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, headers=self.headers) as client:
            await client.get(f"{self.base}/_stcore/health")
            stored = await client.put(
                f"{self.base}{urls.upload_url}",
                files={"file": (name, content)},
                headers={"X-Xsrftoken": client.cookies.get("_streamlit_xsrf", "")},
            )
            stored.raise_for_status()
        state = WidgetState(id=widget)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(content), urls.file_id
        info.file_urls.CopyFrom(urls)
        return await self.rerun(state)

    def widget(self, key: str) -> str:
        """Return the id of the widget of this key; ids end with the key."""
        found = [
            each for shown in self.elements.values() if (each := _id(shown)).endswith(f"-{key}")
        ]
        assert len(found) == 1, f"{len(found)} widgets have the key {key!r}"
        return found[0]

    def has(self, key: str) -> bool:
        """Say whether the page shows a widget of this key."""
        return any(_id(shown).endswith(f"-{key}") for shown in self.elements.values())

    def written(self) -> str:
        """Return what the page says, in its own words and its visitor's."""
        return "\n".join(filter(None, map(_words, self.elements.values())))

    def tables(self) -> str:
        """Return what stands in the page's tables."""
        found = [
            shown.dataframe.arrow_data.data
            for shown in self.elements.values()
            if shown.WhichOneof("type") == "dataframe"
        ]
        return "\n".join(str(pa.ipc.open_stream(data).read_all().to_pydict()) for data in found)

    async def _ask(self, states: list[WidgetState]) -> None:
        asked = BackMsg()
        client = asked.rerun_script
        client.query_string = self.query
        client.page_script_hash = self.page_hash
        client.page_name = "" if self.page_hash else self.path
        client.widget_states.widgets.extend(states)
        client.cached_message_hashes.extend(self.kept.messages)
        client.context_info.locale = self.locale
        client.context_info.timezone = "Asia/Tokyo"
        client.context_info.url = f"{self.base}/{self.path}"
        await self.socket.send(asked.SerializeToString())

    async def _until_done(self) -> tuple[int, int]:
        messages = received = 0
        async for data in self.socket:
            assert isinstance(data, bytes)
            messages, received = messages + 1, received + len(data)
            if self.heard is not None:
                self.heard += data
            said = self.kept.take(ForwardMsg.FromString(data))
            kind = said.WhichOneof("type")
            self.fields.take(said)
            if kind == "delta":
                self._take(said)
            elif kind == "new_session":
                self.session_id = said.new_session.initialize.session_id
                self.most_age = said.new_session.config.max_cached_message_age
            elif kind == "navigation":
                self.page_hash = said.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = said.page_info_changed.query_string
            elif kind == "script_finished" and self._is_done(said):
                return messages, received
        raise ScriptFailed(f"The server has closed the connection ({self.socket.close_code}).")

    def _is_done(self, said: ForwardMsg) -> bool:
        if said.script_finished == ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN:
            return False  # it runs again by itself
        if said.script_finished not in DONE:
            raise ScriptFailed("The script could not be compiled.")
        self.kept.run_is_done(self.most_age)
        return True

    def _take(self, said: ForwardMsg) -> None:
        if said.delta.HasField("new_transient"):  # a spinner, which is beside what stands there
            return
        place = tuple(said.metadata.delta_path)
        if said.delta.WhichOneof("type") != "new_element":
            # A block that comes anew holds nothing of what was in its place.
            self.elements = {p: e for p, e in self.elements.items() if p[: len(place)] != place}
            return
        element = said.delta.new_element
        if element.WhichOneof("type") == "exception":
            raise ScriptFailed(element.exception.message)
        if element.alert.format == Alert.Format.ERROR:
            raise ScriptFailed(element.alert.body)
        self._told_failure |= element.markdown.body.startswith(TOLD_FAILURE)
        self.elements[place] = element

    async def _until_urls(self, number: str) -> ForwardMsg:
        async for data in self.socket:
            assert isinstance(data, bytes)
            said = ForwardMsg.FromString(data)
            if said.file_urls_response.response_id == number:
                return said
        raise ScriptFailed("The server has closed the connection.")


@asynccontextmanager
async def visiting(
    base: str,
    path: str = "",
    *,
    query: str = "",
    locale: str = "en-US",
    claimed_host: str = "",
    origin: str = "",
    headers: Mapping[str, str] | None = None,
    listen: bool = False,
    may_fail: bool = False,
) -> AsyncIterator[Visitor]:
    """Open a page of the server at ``base``, which must be on this machine, and leave it.

    ``claimed_host`` is what the request names as its Host, in place of the machine that is asked.
    """
    parts = urlsplit(base)
    host = parts.hostname or ""
    assert is_loopback(host), f"{host!r} is not this machine"
    address = f"{claimed_host or host}:{parts.port}"
    sent = {"User-Agent": USER_AGENT, **(headers or {})}
    async with connect(
        f"ws://{address}/_stcore/stream",
        host=host,
        port=parts.port,
        additional_headers={name: sent[name] for name in sent if name != "User-Agent"},
        user_agent_header=sent["User-Agent"],
        origin=origin or f"http://{address}",  # pyright: ignore[reportArgumentType] - a browser's own
        subprotocols=["streamlit"],  # pyright: ignore[reportArgumentType]
        max_size=None,
        open_timeout=PATIENCE_SECONDS,
        ping_interval=None,
    ) as socket:
        visitor = Visitor(socket, base, path, query, locale, sent)
        visitor.heard = bytearray() if listen else None
        visitor.may_fail = may_fail
        await visitor.rerun()
        yield visitor


def _id(element: Element) -> str:
    return getattr(getattr(element, element.WhichOneof("type") or "empty"), "id", "")


def _words(element: Element) -> str:
    said = getattr(element, element.WhichOneof("type") or "empty")
    return str(getattr(said, "body", "") or getattr(said, "label", ""))

"""One request to a server: at most three tries and a time limit over all of them.

For a worker process: it imports the openai client, which takes about two seconds.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import numpy as np
import openai

from core.errors import ExplorerError, ServerTooSlow, ServerUnreachable, Word
from core.models.card import Endpoint
from core.models.servers.address import host_of
from core.models.servers.answer import vectors_in
from core.models.servers.refusal import Refusal
from core.models.servers.transport import GuardedClient

TRIES = 3
SECONDS = 60.0
CONNECT_SECONDS = 5.0
WAIT_SECONDS = 0.5  # before the second try; twice as long before the third
MOST_WAIT_SECONDS = 10.0  # where the server itself asks for a pause
SAID_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How often and how long one request is tried, all tries together."""

    tries: int = TRIES
    seconds: float = SECONDS
    wait_seconds: float = WAIT_SECONDS


class Client:
    """Asks one server for the vectors of a few texts at a time; safe to call from many threads.

    Connections are kept open from one call to the next.
    """

    def __init__(self, endpoint: Endpoint, key: str, limits: Limits | None = None) -> None:
        self._endpoint, self._key = endpoint, key
        self._server = host_of(endpoint.url)
        self._limits = limits or Limits()
        self._client = openai.OpenAI(
            base_url=endpoint.url,
            api_key="sent by GuardedClient",  # without one it takes OPENAI_API_KEY
            max_retries=0,
            http_client=GuardedClient(endpoint.url, key),
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32, shape (n_texts, dim): row i is texts[i] exactly as it stands.

        Connections that break and the answers 408, 429 and 5xx are tried again. Raises
        ServerUnreachable, ServerTooSlow, ServerKeyRefused, ServerHasNoModel, ServerBusy,
        ServerRefused, ServerRedirects, BadServerAnswer.
        """
        ends = time.monotonic() + self._limits.seconds
        for tries_left in reversed(range(self._limits.tries)):
            try:
                body = self._try(texts, ends - time.monotonic())
            except openai.APIStatusError as error:
                pause = self._pause(tries_left, error.response)
                if not _may_pass(error.status_code) or not _fits(pause, ends, tries_left):
                    raise self._refused(error) from None  # its request holds the key
            except openai.APIConnectionError as error:
                pause = self._pause(tries_left, None)
                if isinstance(error, openai.APITimeoutError) and not _is_connecting(error):
                    raise self._too_slow() from None
                if not _fits(pause, ends, tries_left):
                    raise self._unreachable(error) from None
            else:
                return vectors_in(body, count=len(texts), server=self._server)
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _try(self, texts: Sequence[str], seconds: float) -> bytes:
        """Ask once, in a thread that is left behind where it doesn't come back in time.

        A server that sends a byte now and then never runs into the timeouts of a socket.
        """
        if seconds <= 0:
            raise self._too_slow()
        answer: list[bytes | Exception] = []

        def asked() -> None:
            try:
                answer.append(self._ask(texts, seconds))
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
                answer.append(error)

        thread = threading.Thread(target=asked, name="ask-server", daemon=True)
        thread.start()
        thread.join(seconds)
        if not answer:
            raise self._too_slow()
        if isinstance(answer[0], Exception):
            raise answer[0]
        return answer[0]

    def _ask(self, texts: Sequence[str], seconds: float) -> bytes:
        answer = self._client.embeddings.with_raw_response.create(
            model=self._endpoint.served_name,
            input=list(texts),
            encoding_format="float",
            timeout=httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        )
        return answer.content

    def _pause(self, tries_left: int, response: httpx2.Response | None) -> float:
        asked = response.headers.get("retry-after", "") if response is not None else ""
        if asked.isdecimal():
            return min(float(asked), MOST_WAIT_SECONDS)
        tried = self._limits.tries - 1 - tries_left
        return self._limits.wait_seconds * 2**tried * random.uniform(0.75, 1.0)

    def _refused(self, error: openai.APIStatusError) -> ExplorerError:
        refusal = Refusal(
            server=self._server,
            served_name=self._endpoint.served_name,
            status=error.status_code,
            said=self._said(error.response),
        )
        return refusal.error()

    def _said(self, response: httpx2.Response) -> str:
        text = " ".join(response.text.split())
        if text.lstrip().startswith("<"):
            return ""  # a page for browsers says nothing to a user of this app
        if self._key:
            text = text.replace(self._key, "…")  # some servers repeat a key that they refuse
        return text if len(text) <= SAID_CHARACTERS else f"{text[:SAID_CHARACTERS]}…"

    def _unreachable(self, error: openai.APIConnectionError) -> ServerUnreachable:
        broke = isinstance(error.__cause__, httpx2.ReadError | httpx2.RemoteProtocolError)
        reason = Word.CONNECTION_BROKE if broke else Word.NOT_CONNECTED
        return ServerUnreachable(
            f"{self._server} can't be reached: {reason}.",
            hint="Is the server started, and is the address right?",
            server=self._server,
            reason=reason,
        )

    def _too_slow(self) -> ServerTooSlow:
        return ServerTooSlow(
            f"{self._server} did not answer within {self._limits.seconds:g} s.",
            hint="It may still be loading its model. Try again, or with fewer or shorter texts.",
            server=self._server,
            seconds=f"{self._limits.seconds:g}",
        )


def _may_pass(status: int) -> bool:
    return status in (408, 429) or status >= 500


def _fits(pause: float, ends: float, tries_left: int) -> bool:
    return tries_left > 0 and time.monotonic() + pause < ends


def _is_connecting(error: Exception) -> bool:
    return isinstance(error.__cause__, httpx2.ConnectTimeout | httpx2.PoolTimeout)

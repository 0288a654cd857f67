"""What goes over the wire to a server, and what of its answer is let in.

Every request goes through here: it leaves with our own headers and key and for the server's own
address, or not at all, no redirect is followed, and an answer ends at a size and at a time.
"""

from __future__ import annotations

import time
from typing import Any

import httpx2

from core.errors import BadServerAnswer, Word
from core.models.servers.address import host_of, is_loopback
from core.models.servers.answer import bad_answer

# The openai client adds others of its own, and those that environment variables name
# (OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS), which are meant for another server than this.
SENT_HEADERS = frozenset({"host", "connection", "content-type", "content-length", "accept"})
# 32 vectors of 30,000 numbers of 30 characters are 29 MB.
MOST_BYTES = 32 << 20


class GuardedClient(httpx2.Client):
    """An HTTP client for one address; ``key`` is sent there and nowhere else."""

    def __init__(self, url: str, key: str) -> None:
        # A proxy of the environment serves addresses elsewhere, as it does for other programs.
        super().__init__(
            follow_redirects=False,
            trust_env=not is_loopback(url),
            verify=url.startswith("https:"),  # reading all certificates takes a while
        )
        self._url, self._key, self._server = httpx2.URL(url), key, host_of(url)

    def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """Return the whole answer. Raises BadServerAnswer, ReadTimeout and httpx2's errors."""
        if (request.url.scheme, request.url.netloc) != (self._url.scheme, self._url.netloc):
            raise httpx2.UnsupportedProtocol("The request is for another address.")
        ends = time.monotonic() + request.extensions["timeout"]["read"]
        response = super().send(self._ours(request), stream=True, auth=None, follow_redirects=False)
        try:
            body = self._body(response, ends)
        finally:
            response.close()
        return httpx2.Response(
            response.status_code, headers=response.headers, content=body, request=request
        )

    def _ours(self, request: httpx2.Request) -> httpx2.Request:
        # A copy: the client reads marks of its own from the headers of the one that it made.
        headers = {name: value for name, value in request.headers.items() if name in SENT_HEADERS}
        headers["accept-encoding"] = "identity"
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        return httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=request.read(),
            extensions=request.extensions,
        )

    def _body(self, response: httpx2.Response, ends: float) -> bytes:
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("", "identity"):
            raise bad_answer(self._server, Word.ANSWER_PACKED, packing)
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            raise self._too_large(int(announced))
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise self._too_large(len(body))
            if time.monotonic() > ends:
                raise httpx2.ReadTimeout("The answer took too long.", request=response.request)
        return bytes(body)

    def _too_large(self, size: int) -> BadServerAnswer:
        return bad_answer(self._server, Word.ANSWER_TOO_LARGE, f"> {size / 1e6:.0f} MB")

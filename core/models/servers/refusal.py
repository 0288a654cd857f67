"""What a server's status means, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import (
    ExplorerError,
    ServerBusy,
    ServerHasNoModel,
    ServerKeyRefused,
    ServerRedirects,
    ServerRefused,
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A status other than success; ``said`` is what the server wrote, without the key."""

    server: str
    served_name: str
    status: int
    said: str

    def error(self) -> ExplorerError:
        """Return the error for a user."""
        if 300 <= self.status < 400:
            return self._redirect()
        kinds = {
            401: self._key_refused,
            403: self._key_refused,
            404: self._no_model,
            429: self._busy,
        }
        return kinds.get(self.status, self._other)()

    def _message(self) -> str:
        told = f": {self.said}" if self.said else "."
        return f"{self.server} answered HTTP {self.status}{told}"

    def _redirect(self) -> ServerRedirects:
        return ServerRedirects(
            f"{self.server} sends its callers to another address (HTTP {self.status}).",
            hint="It is not followed. Enter the address where the server itself is.",
            server=self.server,
            status=self.status,
        )

    def _key_refused(self) -> ServerKeyRefused:
        return ServerKeyRefused(
            self._message(),
            hint="Enter the API key that the server was started with, on the Models page.",
            server=self.server,
            status=self.status,
            said=self.said,
        )

    def _no_model(self) -> ServerHasNoModel:
        return ServerHasNoModel(
            self._message(),
            hint=f"Check the address (most end with /v1) and the name {self.served_name!r} there.",
            server=self.server,
            status=self.status,
            said=self.said,
            name=self.served_name,
        )

    def _busy(self) -> ServerBusy:
        return ServerBusy(
            self._message(),
            hint="Try again in a while.",
            server=self.server,
            status=self.status,
            said=self.said,
        )

    def _other(self) -> ServerRefused:
        return ServerRefused(
            self._message(),
            hint="The server's own log may say more.",
            server=self.server,
            status=self.status,
            said=self.said,
        )

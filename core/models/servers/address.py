"""Which addresses, served names and keys a server can have."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from core.errors import BadServerAddress, Word

SCHEMES = ("http", "https")
NOT_IN_ADDRESSES = frozenset('\\<>"^`{|}')
PATH = "/embeddings"  # what the client puts after the address


def checked_url(text: str) -> str:
    """Return the address to which ``/embeddings`` is added. Raises BadServerAddress.

    Without a scheme it is http, as in ``localhost:8080/v1``; a whole one that ends with
    ``/embeddings`` is taken too. No user name may be in it: it would be shown and stored.
    """
    url = text.strip()
    if "://" not in url and not url.lower().startswith(("file:", "data:", "javascript:")):
        url = f"http://{url}"
    if any(c.isspace() or not c.isprintable() or c in NOT_IN_ADDRESSES for c in url):
        raise _bad(text, Word.ADDRESS_CHARACTER)
    parts = _split(text, url)
    if parts.scheme.lower() not in SCHEMES:
        raise _bad(text, Word.ADDRESS_SCHEME)
    if parts.username is not None or parts.password is not None:
        raise _bad(_without_user(url), Word.ADDRESS_USER)
    if not parts.hostname:
        raise _bad(text, Word.ADDRESS_NO_HOST)
    if not _has_name(parts.hostname):
        raise _bad(text, Word.ADDRESS_CHARACTER)
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise _bad(text, Word.ADDRESS_QUERY)
    path = parts.path.rstrip("/").removesuffix(PATH).rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"


def checked_name(served_name: str) -> str:
    """Return the model's name on the server. Raises BadServerAddress."""
    name = served_name.strip()
    if not name or not name.isprintable():
        raise _bad(served_name, Word.SERVED_NAME_EMPTY)
    return name


def host_of(url: str) -> str:
    """Return the machine and port of a checked address."""
    return urlsplit(url).netloc


def is_loopback(url: str) -> bool:
    """Say whether a checked address is on this machine, where no proxy may stand between."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(text: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that hold no address
        raise _bad(text, Word.ADDRESS_CHARACTER) from error
    try:
        port = parts.port
    except ValueError as error:
        raise _bad(text, Word.ADDRESS_PORT) from error
    if port == 0:
        raise _bad(text, Word.ADDRESS_PORT)
    return parts


def _has_name(host: str) -> bool:
    # Looking a name up fails with the same error, which is no OSError.
    try:
        return ":" in host or bool(host.encode("idna"))
    except UnicodeError:
        return False


def _without_user(url: str) -> str:
    # What stands before the @ may be a password, and the message is shown and logged.
    scheme, _, rest = url.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}"


def _bad(what: str, why: Word) -> BadServerAddress:
    return BadServerAddress(
        f"{what.strip()!r} can't be used: {why}.",
        hint="Write an address such as http://localhost:8080/v1, and the API key in its own field.",
        what=what.strip(),
        why=why,
    )

"""API keys: one for each server's address, in a file that only this user can read.

A key that begins with ``$`` is the name of an environment variable that holds it. Keys are in no
card, request, link, experiment, export or log; only the process that asks the server reads them.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from core.errors import BadServerAddress, Word
from core.settings import settings
from core.whole_files import write_json

KEY = re.compile(r"[\x21-\x7e]+")  # what a header can hold
VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
FILE = "server-keys.json"


def keys_file() -> Path:
    """Return where the keys are kept."""
    return settings().data_dir / FILE


def checked_key(url: str, key: str) -> str:
    """Return the key as it can be kept for this address. Raises BadServerAddress."""
    key = key.strip()
    if key and not KEY.fullmatch(key):
        raise _bad(url, Word.KEY_CHARACTER)
    return key


def keep_key(url: str, key: str) -> None:
    """Keep a checked key for this address alone; an empty one forgets it. Raises NoRoom."""
    keys = _all()
    if keys.get(url, "") == key:
        return
    keys[url] = key
    filled = {url: key for url, key in keys.items() if key}
    write_json(keys_file(), filled, private=True, folders=True)


def kept_key(url: str) -> str:
    """Return what to send as the key to this address, nothing where none is needed.

    Raises BadServerAddress.
    """
    return to_send(_all().get(url, ""))


def to_send(key: str) -> str:
    """Return the key, or what the environment variable that it names holds.

    Raises BadServerAddress.
    """
    if not VARIABLE.fullmatch(key):
        return key
    found = os.environ.get(key[1:], "").strip()
    if not found:
        raise _bad(key, Word.KEY_NO_VARIABLE)
    if not KEY.fullmatch(found):
        raise _bad(key, Word.KEY_CHARACTER)
    return found


def has_key(url: str) -> bool:
    """Say whether a key is kept for this address."""
    return url in _all()


def _all() -> dict[str, str]:
    try:
        found = json.loads(keys_file().read_text(encoding="utf-8"))
        return {str(url): str(key) for url, key in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # none yet, or not a file of ours


def _bad(what: str, why: Word) -> BadServerAddress:
    return BadServerAddress(
        f"The API key for {what} can't be used: {why}.",
        hint="Type the key again, or $NAME for an environment variable that holds it.",
        what=what,
        why=why,
    )

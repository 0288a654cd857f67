"""The texts of an experiment in a link, short enough to be sent in any message."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from core.compare.experiment import Experiment, Restored, from_content, to_content
from core.errors import BadExperiment

VERSION = "1"
MOST_LINK_BYTES = 2048
MOST_UNPACKED_BYTES = 65_536  # what a stranger's few bytes may unpack to
# What a link's other parameters don't say already.
TEXT_FIELDS = ("queries", "documents", "relevant")
PROMPT_FIELDS = ("query_prompt", "document_prompt")


def pack(experiment: Experiment) -> str:
    """Return the texts, the typed prompts and the right answers in characters a URL may hold."""
    content = to_content(experiment)
    prompts = {name: getattr(experiment.request, name) for name in PROMPT_FIELDS}
    kept = {name: content[name] for name in TEXT_FIELDS if content[name]}
    kept |= {name: content[name] for name, prompt in prompts.items() if prompt.is_typed}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    data = text.encode(errors="surrogatepass")  # half of a character is for others to complain of
    # What is never unpacked must not pass for a short link, however well it packs.
    level = 9 if len(data) <= MOST_UNPACKED_BYTES else 0
    return VERSION + base64.urlsafe_b64encode(zlib.compress(data, level)).rstrip(b"=").decode()


def unpack(text: str) -> Restored:
    """Read what ``pack`` wrote. Raises BadExperiment for a link that is cut, altered or newer."""
    if not text.startswith(VERSION):
        raise _bad("another version")
    try:
        packed = base64.b64decode(
            text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True
        )
        data = _unzipped(packed)
        content: Any = json.loads(data)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        raise _bad(str(error)) from error
    if not isinstance(content, dict):
        raise _bad("no texts")
    return from_content({n: v for n, v in content.items() if n in TEXT_FIELDS + PROMPT_FIELDS})


def is_short(link: str) -> bool:
    """Say whether the link is one that mail and chat programs leave whole."""
    return len(link.encode()) <= MOST_LINK_BYTES


def _unzipped(packed: bytes) -> bytes:
    unzip = zlib.decompressobj()
    data = unzip.decompress(packed, MOST_UNPACKED_BYTES)
    if not unzip.eof:
        raise ValueError("cut off, or too large")
    return data


def _bad(reason: str) -> BadExperiment:
    return BadExperiment(
        f"The texts in the link can't be read: {reason}.",
        hint="The link may be cut off: copy all of it, or ask for the experiment file.",
        reason=reason,
    )

"""A server's model behind the Encoder protocol, and which model that is. For the servers lane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from core.errors import ServerModelChanged, Word
from core.models.card import Endpoint, ModelCard
from core.models.servers import memory
from core.models.servers.address import host_of
from core.models.servers.answer import bad_answer
from core.models.servers.client import Client, Limits
from core.models.servers.keys import kept_key, to_send
from core.models.servers.memory import SENTENCES, Met

# Text Embeddings Inference takes 32 texts at most unless told otherwise; the characters keep a
# request of long texts to a slow CPU within its time.
MOST_TEXTS = 32
MOST_CHARACTERS = 16_000
IN_FLIGHT = 4


class ServerEncoder:
    """Sends texts in requests of a limited size, several at once, and joins the answers in order.

    The key is read anew at each call, so that one that was corrected serves at once.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits | None = None) -> None:
        self._endpoint, self._limits = endpoint, limits

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        """Return float32, shape (n_texts, dim). Raises what Client.embed raises."""
        client = _client(self._endpoint, kept_key(self._endpoint.url), self._limits)
        sent = [prompt + text for prompt, text in zip(prompts, texts, strict=True)]
        parts = list(_parts(sent))
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="server") as pool:
            futures = [pool.submit(client.embed, part) for part in parts]
            try:
                found = [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # one failure is the whole answer's
                raise
        dimensions = sorted({vectors.shape[1] for vectors in found})
        if len(dimensions) != 1:
            told = " / ".join(map(str, dimensions))
            raise bad_answer(host_of(self._endpoint.url), Word.ANSWER_DIMENSIONS, told)
        return np.concatenate(found)


def meet(endpoint: Endpoint, *, key: str = "", limits: Limits | None = None) -> Met:
    """Connect: ask for the two fixed sentences, and say which model answers.

    ``key`` is one that is not kept yet. Raises what Client.embed raises.
    """
    client = _client(endpoint, to_send(key) or kept_key(endpoint.url), limits)
    return memory.remember(endpoint, client.embed(SENTENCES))


def meet_again(card: ModelCard) -> Met:
    """Connect to a server that was added. Raises ServerModelChanged, and what ``meet`` raises."""
    assert card.endpoint is not None
    met = meet(card.endpoint)
    if card.dimension not in (None, met.dimension):
        raise ServerModelChanged(
            f"{card.name} gives {met.dimension} dimensions and gave {card.dimension} when it was "
            "added: another model answers under its name.",
            hint="Take it off the list on the Models page and add it again.",
            name=card.name,
            found=met.dimension,
            added=card.dimension,
        )
    return met


@lru_cache(maxsize=8)
def _client(endpoint: Endpoint, key: str, limits: Limits | None) -> Client:
    return Client(endpoint, key, limits)


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    characters = 0
    for text in texts:
        if part and (len(part) == MOST_TEXTS or characters + len(text) > MOST_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(text)
        characters += len(text)
    if part:
        yield part

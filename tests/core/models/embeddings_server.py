"""A server on loopback that speaks ``/v1/embeddings``, honestly or with a chosen fault.

Its vectors are wordllama's, from the package's own files: the mean of the tokens' embeddings at
unit length.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from core.models import find
from core.models.files import locate

NAME = "wordllama-served"
EmbedFunction = Callable[[Sequence[str]], np.ndarray]
Fault = Callable[["Handler", dict[str, Any]], None]


@cache
def _wordllama() -> tuple[Any, np.ndarray]:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = locate(find("wordllama"))
    assert folder is not None
    (weights,) = load_file(str(folder / "weights" / "l2_supercat_256.safetensors")).values()
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, weights.astype(np.float32)


def wordllama_vectors(texts: Sequence[str]) -> np.ndarray:
    """Return float32, shape (n_texts, 256)."""
    tokenizer, weights = _wordllama()
    rows = [
        weights[encoding.ids].mean(axis=0) if encoding.ids else np.zeros(weights.shape[1])
        for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ]
    vectors = np.array(rows, dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    texts: tuple[str, ...]


class EmbeddingsServer(AbstractContextManager["EmbeddingsServer"]):
    """Serves one model under NAME. Switches may be turned at any time."""

    def __init__(self, embed: EmbedFunction = wordllama_vectors) -> None:
        # Switches
        self.embed = embed
        self.key = ""  # what a request must bring
        self.faults: list[Fault | None] = []  # of the next requests, None: no fault
        self.fault: Fault | None = None  # of all requests after those
        self.path = "/v1/embeddings"
        self.seconds = 0.0
        # Records
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self.lock = threading.Lock()
        kind = type("BoundHandler", (Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def enter(self) -> None:
        with self.lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        with self.lock:
            self._at_once -= 1

    def next_fault(self) -> Fault | None:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.fault

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __exit__(self, *_: object) -> None:
        self.close()


class Handler(BaseHTTPRequestHandler):
    owner: EmbeddingsServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        owner = self.owner
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner.asked.append(Asked(path=self.path, headers=headers, texts=tuple(asked["input"])))
        owner.enter()
        try:
            time.sleep(owner.seconds)
            self._answer(asked, headers)
        except OSError:
            self.close_connection = True  # the other side had enough
        finally:
            owner.leave()

    def _answer(self, asked: dict[str, Any], headers: dict[str, str]) -> None:
        owner = self.owner
        fault = owner.next_fault()
        if owner.key and headers.get("authorization") != f"Bearer {owner.key}":
            self.say({"error": f"bad key {headers.get('authorization')}"}, status=401)
        elif self.path != owner.path or asked["model"] != NAME:
            self.say({"error": "not found"}, status=404)
        elif fault is not None:
            fault(self, self.content(asked["input"]))
        else:
            self.say(self.content(asked["input"]))

    def content(self, texts: list[str]) -> dict[str, Any]:
        rows = [
            {"object": "embedding", "index": i, "embedding": [float(x) for x in vector]}
            for i, vector in enumerate(self.owner.embed(texts))
        ]
        return {"object": "list", "data": rows, "model": NAME, "usage": {"total_tokens": 1}}

    def say(self, content: object, *, status: int = 200, **headers: str) -> None:
        self.send(json.dumps(content).encode(), status=status, **headers)

    def send(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"content-length": str(len(body)), **named}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def status(code: int, **headers: str) -> Fault:
    return lambda handler, _: handler.say({"error": "of the test"}, status=code, **headers)


def changed(change: Callable[[dict[str, Any]], object]) -> Fault:
    """Return a fault that changes the right content in place."""

    def fault(handler: Handler, content: dict[str, Any]) -> None:
        change(content)
        handler.say(content)

    return fault


def page(handler: Handler, _: dict[str, Any]) -> None:
    handler.send(b"<!doctype html><title>Log in</title>", content_type="text/html")


def broken_off(handler: Handler, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    handler.send(body[: len(body) // 2], content_length=str(len(body)))
    handler.close_connection = True


def half_json(handler: Handler, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    handler.send(body[: len(body) // 2])


def announced_gigabyte(handler: Handler, _: dict[str, Any]) -> None:
    handler.send(b"[", content_length=str(1 << 30))
    handler.close_connection = True


def streamed_gigabyte(handler: Handler, _: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    part = b" " * (1 << 20)
    for _ in range(1024):
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")


def dripping(handler: Handler, _: dict[str, Any]) -> None:
    """Send a byte now and then, so that no timeout of a socket is ever reached."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 600:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def silent(handler: Handler, _: dict[str, Any]) -> None:
    time.sleep(30)


def squeezed(handler: Handler, content: dict[str, Any]) -> None:
    import gzip

    handler.send(gzip.compress(json.dumps(content).encode()), content_encoding="gzip")

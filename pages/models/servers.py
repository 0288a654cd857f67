"""Adding a model that a server gives, and how such a server is started."""

from __future__ import annotations

import streamlit as st

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import ModelCard, catalogue
from core.models.adding import ServerRequest, add_server
from core.models.servers.keys import keys_file
from pages._ui import errors, words
from pages._ui.keys import Key
from pages._ui.texts import t

PLACEHOLDER = "http://localhost:8080/v1"
# By name, the command that starts it, and the address and name that are then entered here; each
# as far as we know it: only Infinity's was run.
STARTS = {
    "llama.cpp (llama-server)": (
        "llama-server -hf ggml-org/embeddinggemma-300M-GGUF --embeddings",
        "http://localhost:8080/v1",
        "ggml-org/embeddinggemma-300M-GGUF",
    ),
    "Ollama": (
        "ollama pull embeddinggemma && ollama serve",
        "http://localhost:11434/v1",
        "embeddinggemma",
    ),
    "Text Embeddings Inference": (
        "text-embeddings-router --model-id Qwen/Qwen3-Embedding-0.6B --port 8080",
        "http://localhost:8080/v1",
        "Qwen/Qwen3-Embedding-0.6B",
    ),
    "vLLM": (
        "vllm serve Qwen/Qwen3-Embedding-0.6B --runner pooling",
        "http://localhost:8000/v1",
        "Qwen/Qwen3-Embedding-0.6B",
    ),
    "Infinity": (
        "infinity_emb v2 --model-id BAAI/bge-m3 --served-model-name bge-m3 --port 7997",
        "http://localhost:7997",
        "bge-m3",
    ),
}


def draw(engine: Engine) -> None:
    """Draw the form, what went wrong with it last, and the commands."""
    st.header(t("served.heading"), anchor=False, help=t("served.help"))
    _starts()
    request = _form()
    if request is not None:
        _add(request, engine)
    if Key.SERVER_ERROR in st.session_state:
        errors.show(st.session_state[Key.SERVER_ERROR])


def _form() -> ServerRequest | None:
    with st.form("server_form", border=True):
        address, served = st.columns(2, gap="small")
        url = address.text_input(t("served.url"), key=Key.SERVER_URL, placeholder=PLACEHOLDER)
        served_name = served.text_input(
            t("served.served_name"), key=Key.SERVER_NAME, help=t("served.served_name_help")
        )
        known, secret = st.columns(2, gap="small")
        base = known.selectbox(
            t("served.base"),
            ["", *(card.name for card in catalogue())],
            format_func=lambda name: name or t("served.base_unknown"),
            key=Key.SERVER_BASE,
            help=t("served.base_help"),
        )
        key = secret.text_input(
            t("served.key"),
            type="password",
            # Another number after each success: a key that was taken is not kept in the page.
            key=f"{Key.SERVER_KEY}_{st.session_state.get(Key.SERVER_KEY_NUMBER, 0)}",
            help=t("served.key_help"),
        )
        st.caption(t("served.key_where", path=words.plain(str(keys_file()))))
        query, document = st.columns(2, gap="small")
        query_prompt = query.text_input(
            t("served.query_prompt"), key=Key.SERVER_QUERY_PROMPT, help=t("served.prompt_help")
        )
        document_prompt = document.text_input(
            t("served.document_prompt"), key=Key.SERVER_DOCUMENT_PROMPT
        )
        pressed = st.form_submit_button(
            t("served.button"), icon=":material/cable:", key=Key.SERVER_BUTTON
        )
    if not pressed:
        return None
    return ServerRequest(
        url=url,
        served_name=served_name,
        base=base,
        query_prompt=query_prompt,
        document_prompt=document_prompt,
        key=key,
    )


def _add(request: ServerRequest, engine: Engine) -> None:
    st.session_state.pop(Key.SERVER_ERROR, None)
    try:
        with st.spinner(t("served.connecting"), show_time=True):
            card = engine.ask_servers(add_server, request)
    except ExplorerError as error:
        st.session_state[Key.SERVER_ERROR] = error
        return
    st.session_state[Key.SERVER_KEY_NUMBER] = st.session_state.get(Key.SERVER_KEY_NUMBER, 0) + 1
    show_added(card)


def show_added(card: ModelCard) -> None:
    """Show a model that was just added."""
    st.toast(t("add.done", model=words.plain(card.name)), icon=":material/check:")
    st.query_params["model"] = card.name
    st.session_state.pop(Key.MODEL, None)
    st.session_state.pop(Key.LINKS_READ, None)
    st.rerun()


def _starts() -> None:
    with st.expander(t("served.how"), icon=":material/terminal:"):
        for name, (command, url, served_name) in STARTS.items():
            st.markdown(f"**{name}**")
            st.code(command, language="sh", wrap_lines=True)
            st.text(t("served.enter", url=url, name=served_name))
        st.caption(t("served.how_models"))

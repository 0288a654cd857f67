"""Adding a model by what a user types: a hub id, a folder, or a server's address."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import BadModelName, ModelNameTaken, ServerHasNoModel
from core.models.added import REVISION, hub_card, is_hub_id
from core.models.card import Endpoint, ModelCard
from core.models.catalogue import added_models, known
from core.models.download_plan import plan
from core.models.servers.address import checked_name, checked_url, host_of
from core.models.servers.card import ServerModel, server_id
from core.models.servers.keys import checked_key, keep_key
from core.models.servers.memory import forget


def add(text: str) -> ModelCard:
    """Add the model and return its card; one that is known already is only returned.

    A hub id is pinned to the commit that is here, else to the hub's newest. Raises ModelNotHere,
    BadModelName, and what asking the hub raises.
    """
    wanted = text.strip()
    there = [card for card in known() if wanted in (card.id, card.name)]
    if there:
        return there[0]
    if Path(wanted).expanduser().is_dir() or not is_hub_id(wanted):
        return _add_folder(wanted)
    return added_models().add_hub(wanted, _commit_here(wanted) or _newest_commit(wanted))


def _add_folder(wanted: str) -> ModelCard:
    if not wanted:
        raise BadModelName(
            "There is no name.", hint="Write a hub id (owner/name) or a folder.", name=""
        )
    return added_models().add_folder(Path(wanted))


def _commit_here(id: str) -> str:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(id, "modules.json")
    commit = Path(found).parent.name if isinstance(found, str) else ""
    return commit if REVISION.fullmatch(commit) else ""


def _newest_commit(id: str) -> str:
    return plan(replace(hub_card(id, ""), revision="main")).commit


@dataclass(frozen=True, kw_only=True)
class ServerRequest:
    """What a user types about a server. ``name`` is the model's name here, by default its own.

    ``key`` empty keeps the one that is known for the address.
    """

    url: str
    served_name: str
    name: str = ""
    base: str = ""
    query_prompt: str = ""
    document_prompt: str = ""
    key: str = field(default="", repr=False)


def add_server(request: ServerRequest) -> ModelCard:
    """Connect to the server, and add its model or bring an added one up to date; return its card.

    For the servers lane. An address without a path is tried with ``/v1`` first. A server that does
    not answer as it should is not added, and its key not kept. Raises BadServerAddress,
    ModelNameTaken and what meeting a server raises.
    """
    from core.models.servers.encoder import meet

    url = checked_url(request.url)
    served_name = checked_name(request.served_name)
    key = checked_key(url, request.key)
    error: ServerHasNoModel | None = None
    for tried in (url,) if urlsplit(url).path else (f"{url}/v1", url):
        endpoint = Endpoint(url=tried, served_name=served_name, base=request.base)
        name = _free_name(request, endpoint)
        try:
            dimension = meet(endpoint, key=key).dimension
        except ServerHasNoModel as missing:
            error = error or missing
            continue
        if key:
            keep_key(tried, key)
        return added_models().add_server(
            ServerModel(
                name=name,
                endpoint=endpoint,
                dimension=dimension,
                query_prompt=request.query_prompt,
                document_prompt=request.document_prompt,
            )
        )
    assert error is not None
    raise error


def remove(card: ModelCard) -> None:
    """Take the model off the list; of a server's, forget its answers and a key no other needs."""
    added_models().remove(card.name)
    if card.endpoint is None:
        return
    forget(card.endpoint)
    others = (other.endpoint for other in added_models().cards() if other.endpoint is not None)
    if all(other.url != card.endpoint.url for other in others):
        keep_key(card.endpoint.url, "")


def _free_name(request: ServerRequest, endpoint: Endpoint) -> str:
    taken = {card.name: card.id for card in known()}
    typed = request.name.strip()
    own = endpoint.served_name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    for name in (typed,) if typed else (own, f"{own}@{host_of(endpoint.url)}"):
        if name and taken.get(name, server_id(endpoint)) == server_id(endpoint):
            return name
    raise ModelNameTaken(
        f"A model named {typed or own!r} is known already.",
        hint="Give it another name.",
        name=typed or own,
    )

"""Who may do what: everything for the user of this machine, less for strangers.

A visitor is *local* only where both ends say so; whatever is in doubt is *public*.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from core.models import ModelCard, Origin, known
from core.settings import Profile, settings

# What a proxy leaves: the visitor is then somewhere else, whatever the address says.
FORWARDING = frozenset({
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
})  # fmt: skip


def decide(configured: Profile | None, bound_to: str | None, headers: Mapping[str, str]) -> Profile:
    """Return the profile of a request.

    ``configured`` is the operator's word and settles it. Else the server must be bound to loopback
    and the request's Host must be a loopback name, with no sign of a proxy between.
    """
    if configured is not None:
        return configured
    names = {name.lower(): value for name, value in headers.items()}
    if not bound_to or not is_loopback(bound_to) or FORWARDING & names.keys():
        return Profile.PUBLIC
    host = _name_of(names.get("host", ""))
    return Profile.LOCAL if host and is_loopback(host) else Profile.PUBLIC


def is_loopback(name: str) -> bool:
    """Say whether the name or address is this machine's own and nobody else's."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def current() -> Profile:
    """Return the profile of this session's visitor."""
    address: str | None = st.get_option("server.address")
    return decide(settings().profile, address, st.context.headers.to_dict())


def is_local() -> bool:
    """Say whether the visitor may do all that the user of this machine may."""
    return current() is Profile.LOCAL


def offered() -> tuple[ModelCard, ...]:
    """Return the models that this visitor may use, in the order of a picker."""
    cards = known()
    if is_local():
        return cards
    allowed = settings().models
    if allowed:
        return tuple(card for card in cards if card.name in allowed)
    return tuple(card for card in cards if card.origin in (Origin.EMBEDDED, Origin.BUILT_IN))


def _name_of(host: str) -> str:
    """Return the name in a Host header, nothing where it is no such header's value."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

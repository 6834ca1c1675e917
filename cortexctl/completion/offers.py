"""Ids and names from the daemon, for a person who waits at the keyboard: soon, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cortexctl.client import Client
from cortexctl.failure import Failure
from cortexctl.socket_path import find_socket
from probed.wire.page import MAX_LIMIT
from probed.wire.paths import API, AUTONOMY, TRENDS

if TYPE_CHECKING:
    from cortexctl.completion.complete import Fit

WITHIN_S = 1.0
MOST = 50
NAMES = ("id", "name")
ABOUT = ("summary", "title", "text", "comment", "symptom", "reason", "inspection", "state", "source", "kind")
"""Members that say what an item is, the best first."""


def offered(what: str, socket: str | None) -> Iterator[Fit]:
    """`alerts`, or with a query as in `decisions?state=waiting`."""
    client = Client(find_socket(socket), WITHIN_S)
    try:
        match what:
            case "actions":
                yield from {(each["action"], "") for each in client.get(AUTONOMY)["standings"]}
            case "series":
                yield from _series(client)
            case _:
                yield from _listed(client, what)
    except (Failure, KeyError, TypeError):  # away, too slow, or of another version
        return


def _listed(client: Client, what: str) -> Iterator[Fit]:
    noun, _, query = what.partition("?")
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    limits = {} if noun in WHOLE else {"limit": MOST}
    for item in client.get(f"{API}/{noun}", **given, **limits)["items"]:
        yield str(next(item[name] for name in NAMES if name in item)), _about(item)


WHOLE = ("inspections", "channels", "heartbeats", "backups")
"""Lists that come in one piece."""


def _about(item: dict[str, Any]) -> str:
    return next((str(item[name]) for name in ABOUT if item.get(name)), "")


def _series(client: Client) -> Iterator[Fit]:
    """What is measured, by its object and by its check."""
    items = client.get(TRENDS, limit=MAX_LIMIT)["items"]
    yield from sorted(
        {(each["object"], "") for each in items} | {(each["check"], "all of this check") for each in items}
    )

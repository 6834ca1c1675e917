"""A list of a stub daemon, by pages: the newest first, filtered by the members that the query names."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs

from probed.wire.page import DEFAULT_LIMIT, PageOf
from tests.cortexctl.stub_daemon import json_answer

Item = TypeVar("Item")
NOT_MEMBERS = ("before", "limit")


class Listing(Generic[Item]):
    """An answer for `StubDaemon.serve`; `items` may be changed as the test goes."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.queries: list[dict[str, list[str]]] = []

    def __call__(self, query: str) -> bytes:
        asked = parse_qs(query)
        self.queries.append(asked)
        members = {name: values[0] for name, values in asked.items() if name not in NOT_MEMBERS}
        found = [item for item in self.items if all(getattr(item, name) == value for name, value in members.items())]
        return json_answer(page(found, asked))


def page(found: list[Any], asked: dict[str, list[str]]) -> PageOf[Any]:
    limit = int(asked.get("limit", [str(DEFAULT_LIMIT)])[0])
    before = asked.get("before", [None])[0]
    start = 0 if before is None else next(n for n, item in enumerate(found) if item.id == before) + 1
    rest = found[start : start + limit + 1]
    return PageOf(rest[:limit], rest[limit - 1].id if len(rest) > limit else None)

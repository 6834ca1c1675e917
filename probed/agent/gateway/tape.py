"""A run's requests and their answers, written down as they pass the gateway."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from probed.agent.gateway.asked import Asked
from probed.agent.gateway.attempts import Unavailable
from probed.agent.gateway.purse import OverBudget, Reservation
from probed.agent.gateway.target import Target
from probed.agent.prices import Price
from probed.agent.words import without
from probed.core import exchange
from probed.core.exchange import Exchange

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 2**22
"""Of the requests and answers of a run: what is beyond is not kept, and a replay says so."""
KEPT_HEADERS = ("content-type", "request-id")
OF_ONE_RUN = re.compile(r"host-data-[0-9a-f]+")
"""What is drawn anew for each run: the boundary around what comes from the host."""
OF_PROGRAM = "x-anthropic-billing-header"
"""Begins the block that the Claude CLI adds to say which version it is."""


class Tape:
    """Of one run. `secrets` stay out of what is kept."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._tracks: list[Track] = []
        self._secrets, self._room = tuple(secrets), MOST_BYTES
        self._said: dict[str, list[Any]] = {}
        """By model: the messages of its last request that was kept."""
        self._lock = asyncio.Lock()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(track.exchange for track in self._tracks)

    async def overrun(self, target: Target, asked: Asked, price: Price, over: OverBudget) -> None:
        room = over.room
        told = exchange.Overrun(str(room.span), room.limit_usd, room.left_usd, over.most_usd, over.needed_usd)
        self._add(Exchange(await asyncio.to_thread(key_of, asked), asked_of(target, price), overrun=told))

    async def begin(self, target: Target, asked: Asked, price: Price, reservation: Reservation, body: bytes) -> Track:
        """`asked` as it came, `body` as it leaves."""
        begun = Exchange(
            await asyncio.to_thread(key_of, asked),
            asked_of(target, price),
            max_tokens=reservation.asked.max_tokens,
            reserved_usd=reservation.usd,
        )
        async with self._lock:  # what it adds to the one before it
            added = await asyncio.to_thread(_added, self._said.get(target.model, []), body)
            if not self.take(added.size):
                return self._add(replace(begun, is_kept=False))
            self._said[target.model] = added.messages
            return self._add(replace(begun, request=added.request, known_messages=added.known))

    def _add(self, begun: Exchange) -> Track:
        track = Track(self, begun)
        self._tracks.append(track)
        return track

    def take(self, size: int) -> bool:
        """Whether so many bytes more are kept."""
        self._room -= size
        return self._room >= 0

    def text_of(self, body: bytes) -> tuple[str, str]:
        """With its charset."""
        try:
            return without(self._secrets, body.decode()), "utf-8"
        except UnicodeDecodeError:
            return without(self._secrets, body.decode("latin-1")), "latin-1"


class Track:
    """Of one request."""

    def __init__(self, tape: Tape, begun: Exchange) -> None:
        self._tape, self.exchange = tape, begun
        self._body, self._is_kept = bytearray(), begun.is_kept

    @property
    def key(self) -> str:
        return self.exchange.key

    def fail(self, failure: Unavailable) -> None:
        refusal = exchange.Refusal(failure.status, str(failure), failure.may_cost, failure.is_late)
        self._change(refusal=refusal)

    def begin(self, response: httpx.Response) -> None:
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        self._change(status=response.status_code, headers=kept, is_whole=False)

    def take(self, chunk: bytes) -> None:
        self._is_kept = self._is_kept and self._tape.take(len(chunk))
        if self._is_kept:
            self._body += chunk
        else:
            self._body.clear()

    def finish(self) -> None:
        self._change(is_whole=True)

    def close(self) -> None:
        """With what has come, whether or not that was all."""
        body = bytes(self._body)
        if not self._is_kept:
            self._change(is_kept=False)
        elif body:
            text, charset = self._tape.text_of(body)
            self._change(body=text, charset=charset, sha256=hashlib.sha256(body).hexdigest())

    def _change(self, **changes: Any) -> None:
        self.exchange = replace(self.exchange, **changes)


def asked_of(target: Target, price: Price) -> exchange.Asked:
    server = target.upstream.name
    return exchange.Asked(target.tier, target.model, server, price.input_usd, price.output_usd, target.is_free)


def key_of(asked: Asked) -> str:
    """What a request says to which model, whoever sends it and however much may be answered."""
    spoken = [_plain(asked.fields.get("system")), _plain(asked.fields["messages"])]
    said = json.dumps([asked.model, *spoken], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(OF_ONE_RUN.sub("host-data", said).encode(errors="replace")).hexdigest()


def _plain(content: object) -> object:
    """Without what tells the server how to go about it; a text is one block of text."""
    if isinstance(content, Mapping):
        kept = {name: _plain(each) for name, each in content.items() if name != "cache_control"}
        if isinstance(content.get("content"), str):
            kept["content"] = [{"type": "text", "text": content["content"]}]
        return kept
    if isinstance(content, list):
        return [_plain(each) for each in content if not _is_of_program(each)]
    return content


def _is_of_program(block: object) -> bool:
    return isinstance(block, Mapping) and str(block.get("text", "")).startswith(OF_PROGRAM)


@dataclass(frozen=True, slots=True)
class _Added:
    """What a request says that the one before it did not."""

    request: Mapping[str, Any]
    messages: list[Any]
    """All of it."""
    known: int
    size: int


def _added(before: Sequence[object], body: bytes) -> _Added:
    request = dict(json.loads(body))
    messages = request["messages"]
    known = _shared(before, messages)
    request["messages"] = messages[known:]
    return _Added(request, messages, known, len(json.dumps(request)))


def _shared(before: Sequence[object], now: Sequence[object]) -> int:
    """With how many messages both begin."""
    return next(
        (place for place, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(now)),
    )

"""Counts what goes over the wire to a model, for whoever sends it: one counter for every side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from probed.agent.prices import price_of
from probed.core.model_call import Tokens
from probed.mock_model.reply import Message, Reply
from probed.mock_model.request import Request

PIECE = re.compile(r"\w{1,4}|[^\w\s]")
"""As good as a token for a comparison: both sides are counted by it."""
CACHED_FOR_S = 300.0
SAID = ("system", "tools", "messages")


def count(text: str) -> int:
    return sum(1 for _ in PIECE.finditer(text))


@dataclass
class Meter:
    """The server's `told`. Each request is taken as if everything that began an earlier one of the last five minutes,
    letter by letter, came from the cache, and the rest went into it."""

    now_s: float = 0.0
    """By the recorded day."""
    requests: int = 0
    sent_bytes: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    uncached_usd: float = 0.0
    _earlier: list[tuple[float, str]] = field(default_factory=list)

    def hear(self, request: Request, reply: Reply) -> None:
        sent = "".join(json.dumps(request.body.get(part)) for part in SAID)
        said = json.dumps([dict(block) for block in reply.content]) if isinstance(reply, Message) else ""
        self._earlier = [(at, text) for at, text in self._earlier if self.now_s - at <= CACHED_FOR_S]
        shared = max((_shared(sent, text) for _, text in self._earlier), default=0)
        self._earlier.append((self.now_s, sent))
        self._add(request.body, Tokens(0, count(sent[shared:]), count(sent[:shared]), count(said)))
        self.sent_bytes += len(sent.encode())

    def _add(self, body: Mapping[str, object], tokens: Tokens) -> None:
        price = price_of(str(body["model"]))
        self.requests += 1
        self.cost_usd += price.of(tokens)
        self.uncached_usd += price.cost_usd(tokens.sent, tokens.output)
        before = self.tokens
        self.tokens = Tokens(
            0,
            before.cache_write + tokens.cache_write,
            before.cache_read + tokens.cache_read,
            before.output + tokens.output,
        )

    @property
    def total(self) -> int:
        return self.tokens.sent + self.tokens.output


def _shared(one: str, other: str) -> int:
    """With how many letters both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))

"""A request for the Messages API as somebody's program sends it: what it may cost, and how much it may say."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from probed.agent import plain_json
from probed.agent.gateway.plain_request import MOST_SIGNS, is_intricate, keep_briefly, refusal
from probed.agent.prices import CACHE_WRITE, Price, input_tokens
from probed.core.redaction import mask_within
from probed.errors import CortexError

MIN_OUTPUT_TOKENS = 512
"""A turn that could not even say this much is not begun."""
THOUGHTS = ("thinking", "redacted_thinking")


class NotAsked(CortexError):
    """It is no request that is handed on; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    fields: Mapping[str, Any]
    size: int
    """Bytes, as it came."""

    @property
    def model(self) -> str:
        return str(self.fields["model"])

    @property
    def max_tokens(self) -> int:
        return int(self.fields["max_tokens"])

    @property
    def thinking_tokens(self) -> int:
        thinking = self.fields.get("thinking")
        budget = thinking.get("budget_tokens", 0) if isinstance(thinking, dict) else 0
        return budget if isinstance(budget, int) else 0

    def of_model(self, model: str, others: Collection[str] = ()) -> Asked:
        """`others`: whose turns the conversation has, too. A model takes back no thoughts but its own."""
        fields = {**self.fields, "model": model}
        if set(others) - {model}:
            fields["messages"] = [_without_thoughts(message) for message in self.fields["messages"]]
        return replace(self, fields=fields)

    def at_most(self, max_tokens: int) -> Asked:
        return replace(self, fields={**self.fields, "max_tokens": max_tokens})

    def sent_usd(self, price: Price) -> float:
        """What is sent costs no more than this, even where all of it goes into a cache."""
        return self._of_size(price).cost_usd(input_tokens(self.size) * CACHE_WRITE, 0)

    def most_usd(self, price: Price) -> float:
        return self.sent_usd(price) + self._of_size(price).cost_usd(0, self.max_tokens)

    def affordable(self, left_usd: float, price: Price) -> Asked | None:
        """As much of it as so much money pays for; None where that is too little to say anything."""
        each_usd, left_usd = self._of_size(price).cost_usd(0, 1), left_usd - self.sent_usd(price)
        tokens = int(min(self.max_tokens, left_usd / each_usd if each_usd else math.inf))
        return self.at_most(tokens) if tokens >= self._least_tokens else None

    def least_usd(self, price: Price) -> float:
        """With less it is not affordable."""
        return self.sent_usd(price) + self._of_size(price).cost_usd(0, self._least_tokens)

    def _of_size(self, price: Price) -> Price:
        return price.of_prompt(input_tokens(self.size))

    @property
    def _least_tokens(self) -> int:
        return min(self.max_tokens, self.thinking_tokens + MIN_OUTPUT_TOKENS)

    def body(self) -> bytes:
        """Whatever in it looks like a credential stays here. Thoughts came from the model's server, and are sealed."""
        messages = [_masked(message) for message in self.fields["messages"]]
        others = {name: value for name, value in self.fields.items() if name != "messages"}
        masked: Any = mask_within(others)
        return json.dumps({**masked, "messages": messages}).encode()


def _masked(message: object) -> object:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(content, list):
        return mask_within(message)
    blocks = [block if _is_thought(block) else mask_within(block) for block in content]
    return {**message, "content": blocks}


def _without_thoughts(message: object) -> object:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(content, list):
        return message
    return {**message, "content": [block for block in content if not _is_thought(block)]}


def _is_thought(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") in THOUGHTS


def read(body: bytes) -> Asked:
    """Takes its time where it is large. Raises NotAsked."""
    if is_intricate(body):
        raise NotAsked(f"the body has more than {MOST_SIGNS} commas and brackets")
    try:
        fields = plain_json.loads(body)
    except ValueError as error:
        raise NotAsked(f"the body is no JSON object: {error}") from error
    if not isinstance(fields, dict):
        raise NotAsked("the body is no JSON object")
    if not isinstance(fields.get("model"), str):
        raise NotAsked("model: a text is missing")
    tokens = fields.get("max_tokens")
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 1:
        raise NotAsked("max_tokens: a number from 1 is missing")
    if not isinstance(fields.get("messages"), list):
        raise NotAsked("messages: a list is missing")
    if reason := refusal(fields):
        raise NotAsked(reason)
    keep_briefly(fields)
    return Asked(fields, len(body))

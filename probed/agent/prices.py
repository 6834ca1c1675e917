"""What a model's tokens cost, so that a request that may overrun its budget is never sent.

Source: https://platform.claude.com/docs/en/about-claude/pricing, and the models' own pages, as read on 2026-12-01.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from probed.core.model_call import Tokens

BYTES_PER_TOKEN = 2
"""Fewer than any tokenizer needs for the texts that are sent, so that the estimate errs on the dear side."""
CACHE_WRITE = 1.25
"""What a token costs that goes into the cache: a share of the price of input."""
DATE = re.compile(r"-20\d{6}$")
LONG_PROMPT = 100_000
"""Tokens from which on a model may have another price."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float
    cache_read: float = 0.1
    """What a token costs that comes from the cache: a share of the price of input."""
    long: Price | None = None
    """What everything costs where more than `LONG_PROMPT` tokens are sent; None: the same."""

    def cost_usd(self, input_tokens: float, output_tokens: float) -> float:
        price = self.of_prompt(input_tokens)
        return (input_tokens * price.input_usd + output_tokens * price.output_usd) / 1e6

    def of(self, tokens: Tokens) -> float:
        """US dollars."""
        price = self.of_prompt(tokens.sent)
        sent = tokens.input + tokens.cache_write * CACHE_WRITE + tokens.cache_read * price.cache_read
        return (sent * price.input_usd + tokens.output * price.output_usd) / 1e6

    def of_prompt(self, tokens: float) -> Price:
        return self.long if self.long and tokens > LONG_PROMPT else self


DEAREST = Price(10, 50)
"""What an unknown model is taken to cost."""
PRICES = {
    "claude-haiku-4-5": Price(1, 5),
    "claude-haiku-5-5": Price(0.1, 0.5, long=Price(0.5, 2.5)),
    "claude-sonnet-4-5": Price(3, 15),
    "claude-sonnet-4-6": Price(3, 15),
    "claude-sonnet-5": Price(2, 10),
    "claude-sonnet-5-5": Price(2, 10, cache_read=0.05),
    "claude-opus-4-5": Price(5, 25),
    "claude-opus-4-6": Price(5, 25),
    "claude-opus-4-7": Price(5, 25),
    "claude-opus-4-8": Price(5, 25),
    "claude-opus-5": Price(5, 25),
    "claude-opus-5-5": Price(4, 20),
}


def price_of(model: str) -> Price:
    """A dated version (`claude-haiku-4-5-20251001`) costs what the undated one does."""
    return PRICES.get(DATE.sub("", model), DEAREST)


def input_tokens(sent_bytes: int) -> float:
    return sent_bytes / BYTES_PER_TOKEN

"""What a model's tokens cost, so that a request that may overrun its budget is never sent.

Source: https://platform.claude.com/docs/en/about-claude/pricing, as read on 2026-11-20.
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.core.model_call import Tokens

BYTES_PER_TOKEN = 3
"""Fewer than any tokenizer needs for the texts that are sent, so that the estimate errs on the dear side."""


CACHE_WRITE, CACHE_READ = 1.25, 0.1
"""What a token costs that goes into the cache, and one that comes from there: shares of the price of input."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float

    def cost_usd(self, input_tokens: float, output_tokens: float) -> float:
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1e6

    def of(self, tokens: Tokens) -> float:
        """US dollars."""
        sent = tokens.input + tokens.cache_write * CACHE_WRITE + tokens.cache_read * CACHE_READ
        return self.cost_usd(sent, tokens.output)


DEAREST = Price(10, 50)
"""What an unknown model is taken to cost."""
PRICES = {
    "claude-haiku-4-5": Price(1, 5),
    "claude-sonnet-4-5": Price(3, 15),
    "claude-sonnet-4-6": Price(3, 15),
    "claude-sonnet-5": Price(2, 10),
    "claude-opus-4-5": Price(5, 25),
    "claude-opus-4-6": Price(5, 25),
    "claude-opus-4-7": Price(5, 25),
    "claude-opus-4-8": Price(5, 25),
    "claude-opus-5": Price(5, 25),
}


def price_of(model: str) -> Price:
    """Dated and minor versions (`claude-haiku-4-5-20251001`) cost what their family does."""
    return next(
        (price for family, price in PRICES.items() if model == family or model.startswith(f"{family}-")), DEAREST
    )


def input_tokens(sent_bytes: int) -> float:
    return sent_bytes / BYTES_PER_TOKEN

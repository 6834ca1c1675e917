"""What becomes of one request, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probed.agent.gateway.attempts import Unavailable
from probed.agent.gateway.meter import Meter
from probed.agent.gateway.tape import Track
from probed.agent.prices import Price
from probed.core.model_call import CallOutcome, Tokens

if TYPE_CHECKING:
    import httpx


class Entry:
    def __init__(self, price: Price, track: Track) -> None:
        self._price, self._track = price, track
        self._meter: Meter | None = None
        self._failure: Unavailable | None = None
        self._has_begun = False

    def fail(self, failure: Unavailable) -> None:
        self._failure = failure
        self._track.fail(failure)

    def begin(self, response: httpx.Response) -> None:
        self._has_begun = True
        self._track.begin(response)
        if response.is_success:
            self._meter = Meter(streams="event-stream" in response.headers.get("content-type", ""))

    def take(self, chunk: bytes) -> None:
        self._track.take(chunk)
        if self._meter:
            self._meter.feed(chunk)

    def finish(self) -> None:
        self._track.finish()
        if self._meter:
            self._meter.finish()

    def close(self) -> None:
        self._track.close()

    @property
    def outcome(self) -> CallOutcome:
        if self._failure:
            return CallOutcome.UNAVAILABLE
        if self._meter is None:
            return CallOutcome.REFUSED if self._has_begun else CallOutcome.CUT
        return CallOutcome.ANSWERED if self._meter.tokens else CallOutcome.CUT

    @property
    def tokens(self) -> Tokens:
        return self._meter.so_far if self._meter else Tokens()

    @property
    def model(self) -> str:
        return self._meter.model if self._meter else ""

    def cost_usd(self, reserved_usd: float) -> float:
        """An error is not charged; what broke off counts as much as it could have cost."""
        if self.outcome is CallOutcome.ANSWERED:
            return self._price.of(self.tokens)
        is_free = self.outcome is CallOutcome.REFUSED or (self._failure and not self._failure.may_cost)
        return 0.0 if is_free else reserved_usd

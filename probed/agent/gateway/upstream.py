"""The server behind the gateway: asked with the key that only the daemon has, and its answer as it comes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from probed.core.breaker import BreakerFacts, Patience
from probed.host.circuit import Circuit

if TYPE_CHECKING:
    import httpx

NO_KEY = "none"
"""For a server of one's own that asks for no key."""
CONNECT_S = 10.0
SILENCE_S = 100.0
"""Between two pieces of an answer; a model that thinks says nothing for long."""
MOST_AT_ONCE = 16
PATIENCE = Patience(failures=3, first_pause_s=30.0, longest_pause_s=300.0)
PASSED_ON = ("content-type", "request-id", "retry-after")
"""Of the answer's head; what it says of the connection and of the account stays here."""


@dataclass(frozen=True, slots=True)
class Upstream:
    name: str
    """As a person calls it."""
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """With the key."""
    is_login: bool = False
    """The key is a person's login."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(value.removeprefix("Bearer ") for value in self.headers.values() if value != NO_KEY)


class Upstreams:
    """Shares the connections among all runs; the library is loaded with the first request."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic`: by which a server that is away is left alone for a while."""
        self._monotonic = monotonic
        self._client: httpx.AsyncClient | None = None
        self._circuits: dict[str, Circuit] = {}

    def circuit(self, upstream: Upstream) -> Circuit:
        return self._circuits.setdefault(upstream.name, Circuit(upstream.name, self._monotonic, PATIENCE))

    def breakers(self, now: datetime) -> Sequence[BreakerFacts]:
        """Of each that was asked."""
        return [circuit.facts(name, now) for name, circuit in self._circuits.items()]

    @contextlib.asynccontextmanager
    async def ask(
        self, upstream: Upstream, path: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[httpx.Response]:
        """Raises httpx.HTTPError."""
        url = f"{upstream.base_url.rstrip('/')}{path}"
        own = {"content-type": "application/json", "accept-encoding": "identity", **headers, **upstream.headers}
        async with self._connections().stream("POST", url, headers=own, content=body) as response:
            yield response

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    def _connections(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
                limits=httpx.Limits(max_connections=MOST_AT_ONCE, keepalive_expiry=30.0),
            )
        return self._client


def head_of(response: httpx.Response) -> dict[str, str]:
    return {name: response.headers[name] for name in PASSED_ON if name in response.headers}

"""What passed between a run and a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The target of a request."""

    tier: str
    model: str
    server: str
    input_usd: float
    output_usd: float
    """For a million tokens, as it was then."""
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a target gave no answer."""

    status: int
    reason: str
    may_cost: bool = False
    is_late: bool = False
    """The run's own time was over: whoever asked may have gone before."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """The budget that did not let the request leave."""

    span: str
    limit_usd: float
    left_usd: float
    most_usd: float
    """What the request may have cost."""
    needed_usd: float = 0.0
    """What it would have taken at the least."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that a run made of one target through the gateway, and what came of it."""

    key: str
    """SHA-256 of what the request says, whatever run it belongs to."""
    asked: Asked
    request: Body = field(default_factory=dict)
    """As it left, without the messages with which an earlier one of this target began as well."""
    known_messages: int = 0
    """How many these are."""
    max_tokens: int = 0
    reserved_usd: float = 0.0
    status: int = 0
    """Of the answer's head; 0: there is none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    charset: str = "utf-8"
    """By which the body is a text; latin-1 where it is none."""
    sha256: str = ""
    """Of the body as it came."""
    is_whole: bool = True
    """The body came to its end."""
    is_kept: bool = True
    """There was room for it in the recording."""
    refusal: Refusal | None = None
    overrun: Overrun | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """All that passed for a run."""

    exchanges: tuple[Exchange, ...] = ()
    backend: str = ""
    """Who drove the model; empty: none was asked."""
    nonce: str = ""
    """The part that the run's other names for what is hidden have in common."""


NOTHING = Passed()

"""What is known about an action when a person is asked: what it may cost, what it did before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from probed.core.action import Risk
from probed.core.advice import Advice


@dataclass(frozen=True, slots=True)
class Analysis:
    risk: Risk | None = None
    blast_radius: str = ""
    inverse: str = ""
    """How it is put back; `irreversible` where it cannot be."""
    succeeded: int = 0
    failed: int = 0
    """How often it did, with this kind of object."""
    takes_s: float = 0.0
    """At the most."""
    precedents: tuple[str, ...] = ()
    """Similar questions of the past with what became of them, the most similar first, one line each."""
    advice: Advice | None = None
    """What a model says to it."""
    no_advice: str = ""
    """Why there is none, though one was asked for."""
    cost_usd: float = 0.0
    """Of the advice."""

    @property
    def record(self) -> str:
        """In words: how often it helped."""
        tried = self.succeeded + self.failed
        return f"helped {self.succeeded} of {tried} times" if tried else "never tried on this kind of object"

    def to_payload(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Analysis:
        """Of what `to_payload` made; an empty mapping makes an empty analysis."""
        values = cast("dict[str, Any]", dict(payload))
        risk, advice = values.pop("risk", None), values.pop("advice", None)
        values["precedents"] = tuple(values.pop("precedents", ()))
        return cls(**values, risk=Risk(risk) if risk else None, advice=Advice.from_payload(advice) if advice else None)

"""Replays of runs on the wire."""

from __future__ import annotations

from dataclasses import dataclass

from probed.wire.report import ReportShape


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    document: str | None = None
    """The text of another version of the inspection's document, by which what was recorded is judged."""
    model: str | None = None
    """A tier, or a model by its own name, that is asked now, with its budgets. Without it nobody is."""


@dataclass(frozen=True, slots=True)
class OutcomeShape:
    report: ReportShape
    levels: list[str]
    """For each finding of the report how far it would climb now, were it new: `L1`, `L2`, `L3`, or nothing."""


@dataclass(frozen=True, slots=True)
class DifferenceShape:
    what: str
    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True)
class ReplayShape:
    run: str
    is_same: bool
    """The report is the same, byte for byte, but for its id and its time."""
    recorded: OutcomeShape
    replayed: OutcomeShape
    differences: list[DifferenceShape]
    answers_recorded: int
    """Requests to a model that the recording answered."""
    answers_live: int
    """Requests that a model answered now."""
    notes: list[str]
    """What could not be repeated, and why."""

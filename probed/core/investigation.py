"""What the engine asks a model, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probed.core.finding import Finding
from probed.core.inspection import Inspection
from probed.core.observation import Observation
from probed.core.report import Verdict


@dataclass(frozen=True, slots=True)
class Task:
    run_id: str
    inspection: Inspection
    observations: Sequence[Observation]
    findings: Sequence[Finding]
    actions: Sequence[str]
    """Names of the registry that a finding may propose; anything else makes the answer invalid."""
    deadline_s: float
    budget_usd: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question that the model asked through a probe, and the answer exactly as it got it."""

    probe: str
    arguments: Mapping[str, object]
    answer: str
    sha256: str
    """Of the answer in UTF-8."""
    failed: bool = False
    """The probe gave no answer; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A validated answer; it belongs to the run id that it was asked with."""

    run_id: str
    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    cost_usd: float
    transcript: str = ""
    """The event stream as JSON lines."""
    evidence: tuple[Evidence, ...] = ()

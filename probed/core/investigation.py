"""What the engine asks a model, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probed.core.action import Risk
from probed.core.advice import Advice
from probed.core.exchange import NOTHING, Passed
from probed.core.finding import ActionCall, Finding, Grounding
from probed.core.inspection import Inspection
from probed.core.observation import Observation
from probed.core.report import Verdict

Facts = Mapping[str, object]
"""(A name of its own, because `object` means something else inside the class.)"""


@dataclass(frozen=True, slots=True)
class Question:
    """An action that waits for a decision, as a model is asked about it."""

    call: ActionCall
    object: str
    problem: str
    evidence: Facts
    dry_run: str
    snapshot: Facts
    risk: Risk
    blast_radius: str
    reversible: bool
    record: str
    """In words: how often the action helped."""
    precedents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's question, as a model is asked it; it is answered in words, and nothing else comes of it."""

    text: str
    facts: Facts
    """What Cortex knows of it at once."""
    history: tuple[tuple[str, str], ...] = ()
    """Earlier questions of the session with their answers, the oldest first."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A problem that looks like a solved one, where its probes alone do not tell."""

    check: str
    object: str
    problem: str
    cause: str
    """That is remembered."""
    then: tuple[str, ...]
    now: tuple[str, ...]
    """What the probes showed, and show, in lines."""


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
    question: Question | None = None
    """Advice on it is wanted instead of a report."""
    asked: Asked | None = None
    """An answer in words is wanted instead of a report."""
    doubts: tuple[Doubt, ...] = ()
    """Whether all of them are the solved cases again is wanted instead of a report: the verdict `ok` says so, `warning`
    that one is not, `unknown` that nobody can tell."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question that the model asked through a probe, and the answer exactly as it got it: a JSON object, in which
    the id stands, too."""

    id: str
    """By which a report cites it: `e1`, `e2`, … in the order in which the questions came."""
    probe: str
    arguments: Mapping[str, object]
    answer: str
    sha256: str
    """Of the answer in UTF-8."""
    failed: bool = False
    """The probe gave no answer; the reason stands in its place."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call of a model took, as far as its backend tells."""

    model: str = ""
    """That answered, by the name it gives itself."""
    input_tokens: int = 0
    """With what came from a cache, or went into one."""
    output_tokens: int = 0


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
    advice: Advice | None = None
    """Where the task asked for it."""
    usage: Usage = Usage()
    grounding: Grounding | None = None
    """Of the whole report; None: nobody has compared it."""
    words: str = ""
    """The answer to what a person asked."""
    passed: Passed = NOTHING
    """Through the gateway, for it."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it came about."""

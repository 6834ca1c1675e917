"""What a run stood on, so that it can be repeated without its host, its model and a network."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from probed.core.exchange import NOTHING, Exchange, Passed
from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.investigation import Evidence
from probed.core.observation import Absent, Observation
from probed.core.plain_form import plain, read
from probed.core.redaction import mask_within
from probed.core.report import Verdict

VERSION = 1
MOST_CHARACTERS = 4 * 2**20
"""Of a recording: what is longer loses the bodies of its last exchanges, and cannot be replayed to its end."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one check of the document answered."""

    check: str
    observations: tuple[Observation, ...] = ()
    absent: tuple[Absent, ...] = ()
    failure: str = ""
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How an investigation ended that gave no answer."""

    reason: str
    cost_usd: float = 0.0
    over_budget: bool = False
    was_read: bool = False
    """The model was told its task before."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a program said that asks its model by itself, so that nothing of that passed the gateway."""

    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    cost_usd: float


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """What was open already when the run began."""

    check: str
    object: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Recording:
    run_id: str
    inspection: Inspection
    """As its document was."""
    looked: tuple[Looked, ...]
    findings: tuple[Finding, ...]
    """What the checks found, before a model was asked."""
    open_before: tuple[OpenProblem, ...] = ()
    passed: Passed = NOTHING
    spent_usd: float = 0.0
    """Before it was investigated, on a memory that did not help."""
    ended: Ended | None = None
    """Where the model gave no answer."""
    told: Told | None = None
    later_looked: tuple[Looked, ...] | None = None
    later_findings: tuple[Finding, ...] | None = None
    """What the report has instead, where the checks saw something newer while the model was asked."""
    version: int = VERSION
    evidence: tuple[Evidence, ...] = ()
    """Kept beside it, not in it."""


def recording_text(recording: Recording) -> str:
    """One line of JSON, without what looks like a credential. Takes a while: not for the event loop."""
    kept = replace(recording, passed=_bounded(recording.passed), evidence=())
    text = json.dumps(mask_within(plain(kept)), ensure_ascii=False)
    return text.encode(errors="replace").decode() + "\n"


def recording_in(text: str) -> Recording:
    """Raises ValueError."""
    return read(Recording, json.loads(text))


def _bounded(passed: Passed) -> Passed:
    kept, room = list[Exchange](), MOST_CHARACTERS
    for each in passed.exchanges:
        room -= len(each.body) + len(json.dumps(each.request))
        kept.append(each if room >= 0 else replace(each, request={}, body="", is_kept=False))
    return replace(passed, exchanges=tuple(kept))

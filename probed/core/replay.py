"""A recorded run, repeated: what came of it now, beside what came of it then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from probed.core.finding import Finding
from probed.core.investigation import Answer, Evidence
from probed.core.plain_form import plain
from probed.core.report import Report


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model says in a replay, and what of it was recorded."""

    answer: Answer | None = None
    failure: str = ""
    cost_usd: float = 0.0
    over_budget: bool = False
    evidence: tuple[Evidence, ...] = ()
    """What the probes answered before it failed."""
    transcript: str = ""
    """What was said before it failed."""
    recorded: int = 0
    """Requests that the recording answered."""
    live: int = 0
    """Requests that a model answered now."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run led to."""

    report: Report
    levels: tuple[str, ...]
    """How far each finding of the report climbs the ladder: `L1`, `L2`, `L3`."""


@dataclass(frozen=True, slots=True)
class Difference:
    what: str
    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Replay:
    recorded: Outcome
    replayed: Outcome
    heard: Heard
    notes: tuple[str, ...] = ()
    """What could not be repeated, and why."""

    @property
    def differences(self) -> tuple[Difference, ...]:
        return tuple(_differences(self.recorded, self.replayed))

    @property
    def is_same(self) -> bool:
        """Down to the last byte of the report, and in what the ladder makes of it."""
        return content_of(self.recorded.report) == content_of(self.replayed.report) and not self.differences


def content_of(report: Report) -> dict[str, object]:
    """All of a report that is kept, but which one it is, and when it was made."""
    content: dict[str, object] = plain(replace(report, findings=tuple(map(_as_kept, report.findings))))
    return {name: value for name, value in content.items() if name not in ("id", "run_id", "created_at")}


def _as_kept(finding: Finding) -> Finding:
    """Of what a model cites that is kept which was compared (its grounding)."""
    return replace(finding, cites=())


def _differences(recorded: Outcome, replayed: Outcome) -> list[Difference]:
    """Of everything that a report says: what is other than before, in words."""
    before, now = recorded.report, replayed.report
    words = [
        Difference(name.name.replace("_usd", ""), _words(getattr(before, name.name)), _words(getattr(now, name.name)))
        for name in fields(Report)
        if name.name not in ("id", "run_id", "source", "findings", "created_at")
    ]
    earlier, later = _by_identity(recorded), _by_identity(replayed)
    for identity in dict.fromkeys([*earlier, *later]):
        words += _of_finding(" ".join(identity), earlier.get(identity), later.get(identity))
    return [each for each in words if each.recorded != each.replayed]


def _of_finding(name: str, before: tuple[Finding, str] | None, now: tuple[Finding, str] | None) -> list[Difference]:
    if before is None or now is None:
        return [Difference(f"finding {name}", _in_short(before), _in_short(now))]
    (old, old_level), (new, new_level) = before, now
    pairs = {
        "severity": (old.severity, new.severity),
        "level": (old_level, new_level),
        "summary": (old.summary, new.summary),
        "action": (_action(old), _action(new)),
        "evidence": (plain(old.evidence), plain(new.evidence)),
        "grounding": (plain(old.grounding), plain(new.grounding)),
    }
    return [Difference(f"{part} of {name}", str(one), str(other)) for part, (one, other) in pairs.items()]


def _by_identity(outcome: Outcome) -> dict[tuple[str, str], tuple[Finding, str]]:
    pairs = zip(outcome.report.findings, outcome.levels, strict=True)
    return {finding.identity: (finding, level) for finding, level in pairs}


def _in_short(found: tuple[Finding, str] | None) -> str:
    return f"{found[0].severity}, {found[1]}" if found else "none"


def _action(finding: Finding) -> str:
    return finding.proposed_action.key if finding.proposed_action else "none"


def _words(value: object) -> str:
    if isinstance(value, float):
        return f"${value:.6f}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(str, value))
    return str(value)

"""Whether a model is asked: only where the checks leave a question that it was not asked yet. Pure, with the reason.

A question is what the checks find wrong (a warning, a critical finding, a trend), and a check that gives no answer
twice in a row; in a document that says `unsolved` not where an action that code carries out at once is known for each
problem. What a check says is absent is explained by itself, with its remedy, and leaves none; nor does what is
informative. It was asked before where one analysis that still counts spoke of all of it, at least as severe, by the
same evidence: what has become less, or is gone, is nothing new.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from probed.core.evidence_mark import Mark, is_far
from probed.core.finding import Finding, Grounding
from probed.core.report import Verdict

RESTLESS = 3
"""An object whose evidence was analysed so often is not analysed again for its evidence alone."""
PATIENCE_S = 300.0
"""From the second failure on, the model is not asked the same for so long, then twice as long, and so on."""
MOST_PATIENCE_S = 3600.0


class Cause(enum.StrEnum):
    ALWAYS = "always"
    FIRST = "first"
    NEW = "new"
    TOGETHER = "together"
    WORSE = "worse"
    CHANGED = "changed"
    DOCUMENT = "document"
    OLD = "old"
    UNANSWERED = "unanswered"
    UNCHANGED = "unchanged"
    FLAPS = "flapping"
    RESTLESS = "restless"
    FIX = "fix"
    PAUSED = "paused"

    @property
    def asks(self) -> bool:
        return self not in SAVED


SAVED = (Cause.UNCHANGED, Cause.FLAPS, Cause.RESTLESS, Cause.FIX, Cause.PAUSED)
"""Without the gate each of these was a call."""


@dataclass(frozen=True, slots=True)
class KeptAnalysis:
    """What a model was asked about an inspection, and what it said."""

    inspection: str
    run_id: str
    at: datetime
    document_hash: str
    marks: tuple[Mark, ...]
    verdict: Verdict | None = None
    """None: it gave no answer."""
    summary: str = ""
    findings: tuple[Finding, ...] = ()
    grounding: Grounding | None = None

    @property
    def is_answered(self) -> bool:
        return self.verdict not in (None, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Passage:
    cause: Cause
    reason: str
    carried: KeptAnalysis | None = None
    """Which still speaks for what is found, where nobody is asked."""

    @property
    def asks(self) -> bool:
        return self.cause.asks

    def __str__(self) -> str:
        return f"{'asked' if self.asks else 'not asked'}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What the checks leave open."""

    document_hash: str
    marks: tuple[Mark, ...]
    flaps: Collection[tuple[str, str]] = ()
    """Identities of those that come and go, as alerts do."""

    @property
    def is_silent(self) -> bool:
        """A check gave no answer."""
        return any(mark.severity is None for mark in self.marks)


def passage_of(left: LeftOpen, known: Sequence[KeptAnalysis], now: datetime, lasts_s: float) -> Passage:
    """`known`: analyses of this inspection, the newest first. `lasts_s`: how long one counts."""
    same = [each for each in known if each.document_hash == left.document_hash]
    if not same:
        return Passage(Cause.DOCUMENT, "the document changed") if known else Passage(Cause.FIRST, _names(left.marks))
    answered = [each for each in same if each.is_answered]
    fresh = [each for each in answered if abs(now - each.at) <= timedelta(seconds=lasts_s)]
    for analysis in fresh:
        if all(_speaks_for(analysis, mark) for mark in left.marks):
            return Passage(Cause.UNCHANGED, f"unchanged since run {analysis.run_id}", analysis)
    return _paused(left, same, now) or _asked(left, answered, fresh)


def carried_findings(analysis: KeptAnalysis, left: LeftOpen) -> tuple[Finding, ...]:
    """What the analysis said, without what it said of that which is over."""
    there = {mark.identity for mark in left.marks}
    gone = {mark.identity for mark in analysis.marks} - there
    objects = {object_ for _, object_ in gone} - {object_ for _, object_ in there}
    return tuple(each for each in analysis.findings if each.identity not in gone and each.object not in objects)


def is_whole(analysis: KeptAnalysis, left: LeftOpen) -> bool:
    """Whether nothing of what it spoke of is over."""
    return {mark.identity for mark in analysis.marks} <= {mark.identity for mark in left.marks}


def _asked(left: LeftOpen, answered: Sequence[KeptAnalysis], fresh: Sequence[KeptAnalysis]) -> Passage:
    if not answered:
        return Passage(Cause.UNANSWERED, "the last analysis gave no answer")
    if not fresh:
        return Passage(Cause.OLD, f"the analysis of run {answered[0].run_id} no longer counts")
    news = [mark for mark in left.marks if not any(_speaks_for(each, mark) for each in fresh)]
    if not news:
        return Passage(Cause.TOGETHER, f"never analysed together: {_names(left.marks)}")
    unknown = [mark for mark in news if not any(True for _ in _known(mark, fresh))]
    if unknown:
        return Passage(Cause.NEW, f"new: {_names(unknown)}")
    worse = [mark for mark in news if all(mark.rank > before.rank for before in _known(mark, fresh))]
    if worse:
        return Passage(Cause.WORSE, f"worse: {_names(worse)}")
    return _changed(left, news, fresh)


def _changed(left: LeftOpen, news: Sequence[Mark], fresh: Sequence[KeptAnalysis]) -> Passage:
    """Only the evidence is otherwise: not where that is what the object does all the time."""
    counts = [mark for mark in news if mark.identity not in left.flaps]
    if not counts:
        return _settled(Cause.FLAPS, f"comes and goes: {_names(news)}", left, fresh)
    counts = [mark for mark in counts if sum(1 for _ in _known(mark, fresh)) < RESTLESS]
    if not counts:
        return _settled(Cause.RESTLESS, f"its evidence keeps changing: {_names(news)}", left, fresh)
    return Passage(Cause.CHANGED, "; ".join(_difference(mark, next(_known(mark, fresh))) for mark in counts[:3]))


def _settled(cause: Cause, reason: str, left: LeftOpen, fresh: Sequence[KeptAnalysis]) -> Passage:
    """Carries over the newest analysis that spoke of all of it; where none did, they are new together."""
    wanted = {mark.identity for mark in left.marks}
    for analysis in fresh:
        if wanted <= {mark.identity for mark in analysis.marks}:
            return Passage(cause, f"{reason}; analysed in run {analysis.run_id}", analysis)
    return Passage(Cause.TOGETHER, f"never analysed together: {_names(left.marks)}")


def _paused(left: LeftOpen, same: Sequence[KeptAnalysis], now: datetime) -> Passage | None:
    """After failures in a row over the same left."""
    failures = list[KeptAnalysis]()
    for analysis in same:
        if analysis.is_answered or not all(_speaks_for(analysis, mark) for mark in left.marks):
            break
        failures.append(analysis)
    if len(failures) < 2:
        return None
    pause_s = min(PATIENCE_S * 2 ** (len(failures) - 2), MOST_PATIENCE_S)
    waited_s = (now - failures[0].at).total_seconds()
    if not 0 <= waited_s < pause_s:
        return None
    reason = f"no answer {len(failures)} times in a row; asked again in {pause_s - waited_s:.0f} s"
    return Passage(Cause.PAUSED, reason, failures[0])


def _speaks_for(analysis: KeptAnalysis, mark: Mark) -> bool:
    before = next((each for each in analysis.marks if each.identity == mark.identity), None)
    return before is not None and mark.rank <= before.rank and _is_same_evidence(before, mark)


def _is_same_evidence(before: Mark, now: Mark) -> bool:
    return before.words == now.words and not any(_far(before.numbers, now.numbers))


def _far(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[str]:
    return (name for name, number in now.items() if name in before and is_far(before[name], number))


def _known(mark: Mark, analyses: Sequence[KeptAnalysis]) -> Iterator[Mark]:
    return (each for analysis in analyses for each in analysis.marks if each.identity == mark.identity)


def _difference(mark: Mark, before: Mark) -> str:
    for name in _far(before.numbers, mark.numbers):
        return f"{mark.name}: {name} was {before.numbers[name]:g}, is {mark.numbers[name]:g}"
    return f"{mark.name}: its evidence is another"


def _names(marks: Sequence[Mark]) -> str:
    told = ", ".join(mark.name for mark in marks[:3])
    return told + (f" and {len(marks) - 3} more" if len(marks) > 3 else "")

"""Which question reaches a model, and which was answered before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.evidence_gate import Cause, KeptAnalysis, LeftOpen, Passage, carried_findings, is_whole, passage_of
from probed.core.evidence_mark import Mark
from probed.core.finding import Severity
from probed.core.report import Verdict
from tests.factories import NOW, make_finding

DAY_S = 86400.0
DISK = Mark("disk", "/srv", Severity.WARNING, "full", {"free_bytes": 1e9})
UNIT = Mark("systemd_unit", "nginx.service", Severity.CRITICAL, "exit-code", {"restarts": 5.0})
SILENT = Mark("http", "", None, "timed out")


def analysed(*marks: Mark, age_s: float = 60.0, run: str = "r1", **changes: object) -> KeptAnalysis:
    kept = KeptAnalysis("web", run, NOW - timedelta(seconds=age_s), "h", marks, Verdict.WARNING, "because")
    return replace(kept, **changes)  # type: ignore[arg-type]


def failed(*marks: Mark, age_s: float) -> KeptAnalysis:
    return analysed(*marks, age_s=age_s, verdict=None)


def asked(*marks: Mark, known: tuple[KeptAnalysis, ...], flaps: tuple[tuple[str, str], ...] = ()) -> Passage:
    return passage_of(LeftOpen("h", marks, flaps), known, NOW, DAY_S)


def test_the_first_question_is_asked() -> None:
    assert str(asked(DISK, known=())) == "asked: disk /srv"


def test_equal_evidence_is_not_analysed_twice() -> None:
    passage = asked(DISK, UNIT, known=(analysed(UNIT, DISK),))

    assert (passage.cause, passage.reason) == (Cause.UNCHANGED, "unchanged since run r1")
    assert passage.carried
    assert passage.carried.run_id == "r1"


@pytest.mark.parametrize(
    ("now", "cause", "reason"),
    [
        ((DISK, UNIT), Cause.NEW, "new: systemd_unit nginx.service"),
        ((replace(DISK, severity=Severity.CRITICAL),), Cause.WORSE, "worse: disk /srv"),
        ((replace(DISK, numbers={"free_bytes": 1e8}),), Cause.CHANGED, "disk /srv: free_bytes was 1e+09, is 1e+08"),
        ((replace(DISK, words="gone"),), Cause.CHANGED, "disk /srv: its evidence is another"),
        ((DISK, SILENT), Cause.NEW, "new: http"),
    ],
)
def test_what_is_news_is_asked_with_the_reason(now: tuple[Mark, ...], cause: Cause, reason: str) -> None:
    passage = asked(*now, known=(analysed(DISK),))

    assert (passage.asks, passage.cause, passage.reason) == (True, cause, reason)


def test_what_became_less_or_is_over_is_nothing_new() -> None:
    grave = replace(DISK, severity=Severity.CRITICAL)

    assert asked(DISK, known=(analysed(grave, UNIT),)).cause is Cause.UNCHANGED


def test_what_was_analysed_one_by_one_is_news_together_once() -> None:
    alone = (analysed(DISK, run="r2"), analysed(UNIT, run="r1"))

    assert asked(DISK, UNIT, known=alone).cause is Cause.TOGETHER
    assert asked(DISK, UNIT, known=(analysed(DISK, UNIT, run="r3"), *alone)).cause is Cause.UNCHANGED


def test_what_comes_and_goes_with_equal_evidence_is_analysed_once() -> None:
    known = (analysed(DISK, age_s=10, run="r2"), analysed(UNIT, age_s=40_000, run="r1"))

    passage = asked(UNIT, known=known)

    assert passage.carried
    assert passage.carried.run_id == "r1"


def test_what_flaps_is_not_analysed_for_its_evidence_again_but_where_it_is_worse() -> None:
    other = replace(UNIT, words="signal", severity=Severity.WARNING)
    flaps = (UNIT.identity,)

    passage = asked(UNIT, known=(analysed(replace(UNIT, words="signal"), run="r7"),), flaps=flaps)

    assert (passage.cause, passage.reason) == (
        Cause.FLAPS,
        "comes and goes: systemd_unit nginx.service; analysed in run r7",
    )
    assert passage.carried
    assert asked(UNIT, known=(analysed(other),), flaps=flaps).cause is Cause.WORSE


def test_evidence_that_keeps_changing_is_analysed_a_few_times() -> None:
    known = tuple(analysed(replace(DISK, words=str(number)), run=f"r{number}") for number in range(3))

    assert asked(DISK, known=known[:2]).cause is Cause.CHANGED
    assert asked(DISK, known=known).cause is Cause.RESTLESS


def test_an_analysis_counts_no_longer_than_the_operator_says() -> None:
    passage = asked(DISK, known=(analysed(DISK, age_s=DAY_S + 1),))

    assert (passage.cause, passage.reason) == (Cause.OLD, "the analysis of run r1 no longer counts")
    assert asked(DISK, known=(analysed(DISK, age_s=-DAY_S - 1),)).asks  # the clock was set back


def test_another_document_asks_something_else() -> None:
    assert asked(DISK, known=(analysed(DISK, document_hash="before"),)).cause is Cause.DOCUMENT


def test_no_answer_is_asked_again_and_more_seldom_while_there_is_none() -> None:
    assert asked(DISK, known=(failed(DISK, age_s=1),)).cause is Cause.UNANSWERED
    twice = (failed(DISK, age_s=200), failed(DISK, age_s=260))
    assert str(asked(DISK, known=twice)) == "not asked: no answer 2 times in a row; asked again in 100 s"
    assert asked(DISK, known=(failed(DISK, age_s=301), twice[1])).cause is Cause.UNANSWERED
    assert asked(DISK, UNIT, known=twice).cause is Cause.UNANSWERED
    many = tuple(failed(DISK, age_s=3000 + number) for number in range(12))
    assert asked(DISK, known=many).cause is Cause.PAUSED
    assert asked(DISK, known=(failed(DISK, age_s=3601), *many)).cause is Cause.UNANSWERED


def test_a_model_that_could_not_tell_has_given_no_answer() -> None:
    assert asked(DISK, known=(analysed(DISK, verdict=Verdict.UNKNOWN),)).cause is Cause.UNANSWERED


def test_what_is_over_takes_what_was_said_of_it_along() -> None:
    cause, leak, of_disk = (
        make_finding(check="systemd_unit", object="nginx.service"),
        make_finding(check="config", object="nginx.service"),
        make_finding(check="growth", object="/srv/log"),
    )
    analysis = analysed(DISK, UNIT, findings=(cause, leak, of_disk))

    assert carried_findings(analysis, LeftOpen("h", (DISK,))) == (of_disk,)
    assert carried_findings(analysis, LeftOpen("h", (DISK, UNIT))) == (cause, leak, of_disk)
    assert is_whole(analysis, LeftOpen("h", (DISK, UNIT)))
    assert not is_whole(analysis, LeftOpen("h", (DISK,)))

from datetime import UTC, datetime
from itertools import count

import pytest

from probed.core.finding import ActionCall
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.round import once_a_round
from probed.engine.looking import CheckResult, accepted, look, look_at_all
from probed.errors import CheckFailed, DeadlineExceeded
from probed.testing import ImmediateWorkers, ScriptedCheck

SEEN = Observation("/", "41% full")
HIDDEN = Absent("the journal", "join its group")


class RustPanic(BaseException):
    pass


async def looked(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> CheckResult:
    def raise_it() -> CheckAnswer:
        raise error

    check = ScriptedCheck("disk")
    monkeypatch.setattr(check, "look", raise_it)
    return await look(check, ImmediateWorkers(), 5.0)


@pytest.mark.parametrize(
    ("error", "failure", "timed_out"),
    [
        (CheckFailed("statvfs hangs"), "statvfs hangs", False),
        (DeadlineExceeded(), "no answer within 5 s", True),
        (KeyError("size"), "KeyError: 'size'", False),
        (RustPanic("index out of bounds"), "RustPanic: index out of bounds", False),
    ],
)
async def test_whatever_a_check_raises_is_no_answer_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, failure: str, timed_out: bool
) -> None:
    result = await looked(error, monkeypatch)

    assert (result.failure, result.timed_out, result.covers) == (failure, timed_out, False)


async def test_the_traceback_of_a_check_that_breaks_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await looked(KeyError("size"), monkeypatch)

    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("answer", "covers"),
    [((SEEN,), True), ((SEEN, HIDDEN), True), ((), True), ((HIDDEN,), False), ((Absent("swap space"),), False)],
)
def test_an_answer_covers_what_was_found_before_unless_all_it_says_is_an_absence(
    answer: CheckAnswer, covers: bool
) -> None:
    assert accepted("disk", answer).covers is covers


def test_an_action_is_proposed_only_under_the_name_that_the_host_knows() -> None:
    named = Observation("a", "a", proposed_action=ActionCall("clean_files", {"paths": ("/a", "/b"), "age": 3}))
    unnamed = Observation("b", "b", proposed_action=ActionCall("clean_files", {"paths": ("/a", "/\udcff")}))

    first, second = accepted("disk", (named, unnamed)).observations

    assert (first.proposed_action, second.proposed_action) == (named.proposed_action, None)


def test_evidence_that_json_does_not_know_becomes_text() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)

    [seen] = accepted("file", (Observation("a", "a", evidence={"at": at}),)).observations

    assert seen.evidence == {"at": str(at)}


def test_what_looks_like_a_secret_is_kept_nowhere() -> None:
    seen = Observation(
        "app", "it says DB_PASSWORD=hunter2", evidence={"journal": ["Bearer abcdefgh12345678"], "exit": {"code": 1}}
    )

    [kept] = accepted("systemd_unit", (seen,)).observations

    assert "hunter2" not in kept.summary
    assert kept.evidence == {"journal": ["Bearer ***bearer***"], "exit": {"code": 1}}


async def test_checks_that_look_side_by_side_share_what_one_has_read_and_later_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = count(1)
    seen: list[int] = []
    checks = [ScriptedCheck("processes"), ScriptedCheck("stuck_processes")]

    def read() -> CheckAnswer:
        seen.append(once_a_round("tasks", lambda: next(reads)))
        return (SEEN,)

    for check in checks:
        monkeypatch.setattr(check, "look", read)

    for _ in range(2):
        await look_at_all(checks, {}, ImmediateWorkers(), 5.0)
    await look(checks[0], ImmediateWorkers(), 5.0)

    assert seen == [1, 1, 2, 2, 3]

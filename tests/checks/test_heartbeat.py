from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from probed.checks import heartbeat
from probed.core.cron import parse_cron
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.job import Job
from probed.core.observation import Memory, Observation
from probed.errors import ParameterError
from probed.host.jobs import JobBoard
from tests.checks.looking import REGISTRY, judged
from tests.host_zone import host_in

HOUR = timedelta(hours=1)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> JobBoard:
    board = JobBoard()
    monkeypatch.setattr(heartbeat, "BOARD", board)
    return board


def ago(hours: float) -> datetime:
    return datetime.now(UTC) - hours * HOUR


def look(params: Mapping[str, object] | None = None, first_look: datetime | None = None) -> Observation:
    known: Memory = {"first_look": first_look.isoformat()} if first_look else {}
    answer, _ = REGISTRY.bind(CheckCall("heartbeat", {"name": "nightly", **(params or {})})).look_since(known)
    assert isinstance(answer[0], Observation)
    return answer[0]


@pytest.mark.parametrize(
    ("job", "params", "severity", "words"),
    [
        ({"ended_at": 3}, {}, None, "ended well 3.0h ago"),
        ({"ended_at": 24.5}, {}, None, "is late, ended well"),
        ({"ended_at": 26}, {}, Severity.WARNING, "is missing: it was due 2.0h ago"),
        ({"ended_at": 26}, {"grace": "3h"}, None, "late"),
        ({"ended_at": 3}, {"period": "1h"}, Severity.WARNING, "is missing"),
        ({"ended_at": 26}, {"severity": "critical"}, Severity.CRITICAL, "is missing"),
        ({"ended_at": 1, "failed": True, "exit_code": 3}, {}, Severity.WARNING, "failed with exit code 3"),
        ({"ended_at": 1, "failed": True}, {}, Severity.WARNING, "has failed"),
        ({"started_at": 1}, {}, None, "runs since 1.0h"),
        ({"started_at": 3}, {"max_duration": "2h"}, Severity.WARNING, "runs for 3.0h, longer than 2.0h"),
        ({"started_at": 25.5, "ended_at": 49}, {}, Severity.WARNING, "has begun 1.1d ago and not ended"),
    ],
)
def test_a_job_is_judged_by_what_it_said(
    board: JobBoard, job: dict[str, float], params: dict[str, object], severity: Severity | None, words: str
) -> None:
    said = {name: ago(value) if name.endswith("_at") else value for name, value in job.items()}
    board.put([Job("nightly", **said)])  # type: ignore[arg-type]

    observation = look({**params, "for": "1m"})

    assert observation.object == "nightly"
    assert observation.severity is severity
    assert words in observation.summary
    assert observation.threshold
    assert observation.threshold.for_s == 60


@pytest.mark.parametrize(("hours", "severity"), [(None, None), (24.5, None), (26, Severity.WARNING)])
@pytest.mark.usefixtures("board")
def test_one_that_was_never_heard_of_waits_for_its_first_time(hours: float | None, severity: Severity | None) -> None:
    observation = look({}, ago(hours) if hours else None)

    assert judged(observation) is severity
    assert ("was not heard of yet" in observation.summary) == (severity is None)


@pytest.mark.usefixtures("board")
def test_since_when_it_waits_outlives_a_restart() -> None:
    check = REGISTRY.bind(CheckCall("heartbeat", {"name": "nightly"}))

    _, first = check.look_since({})
    _, later = check.look_since(json.loads(json.dumps(first)))

    assert first == later


def cron_of(moment: datetime) -> str:
    return f"{moment.astimezone().minute} {moment.astimezone().hour} * * *"


def test_a_cron_expression_says_when_it_is_due(board: JobBoard) -> None:
    board.put([Job("nightly", ended_at=ago(23))])

    due = {"cron": cron_of(ago(3)), "grace": "1h"}
    assert judged(look(due)) is Severity.WARNING
    assert judged(look({**due, "grace": "5h"})) is None
    assert judged(look({"cron": cron_of(ago(-0.75))})) is None


def test_one_that_began_when_it_was_due_has_its_time_to_end(board: JobBoard) -> None:
    board.put([Job("nightly", started_at=ago(2.9), ended_at=ago(24))])

    assert judged(look({"cron": cron_of(ago(3)), "grace": "1h", "max_duration": "4h"})) is None
    assert judged(look({"cron": cron_of(ago(3)), "grace": "1h", "max_duration": "2h"})) is Severity.WARNING


def test_the_duration_is_kept_over_time(board: JobBoard) -> None:
    board.put([Job("nightly", ended_at=ago(1), duration_s=90.0)])
    answer = REGISTRY.bind(CheckCall("heartbeat", {"name": "nightly"})).look()

    assert [(item.object, item.value) for item in answer[1:] if isinstance(item, Observation)] == [
        ("nightly duration", 90.0)
    ]


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="cron"):
        REGISTRY.bind(CheckCall("heartbeat", {"name": "nightly", "cron": "at night"}))


@pytest.mark.parametrize(
    ("ended", "moment", "words"),
    [
        ("2026-10-24T03:10", "2026-10-25T04:30", ""),
        ("2026-10-24T03:10", "2026-10-25T05:01", "is missing"),
        ("2026-03-28T04:10", "2026-03-29T03:59", ""),
        ("2026-03-28T04:10", "2026-03-29T04:01", "is missing"),
    ],
)
def test_a_changed_clock_makes_no_job_late(ended: str, moment: str, words: str) -> None:
    params = heartbeat.Params(name="nightly", cron=parse_cron("0 5 * * *"))
    ended_at, now = (datetime.fromisoformat(f"{each}+00:00") for each in (ended, moment))

    with host_in("Europe/Berlin"):
        fault = heartbeat.fault_of(Job("nightly", ended_at=ended_at), params, ended_at, now)

    assert fault.startswith(words) if words else not fault

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.checks.registry import CheckRegistry
from probed.core.host_event import EventSource, HostEvent
from probed.core.inspection import CheckCall
from probed.core.job import Job, Ping
from probed.engine import jobs
from probed.errors import TooMany
from probed.host.jobs import JobBoard
from probed.ports import Actor
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario
from tests.factories import make_inspection

ANN = Actor("uid:1000 ann", uid=1000)


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with scenario(tmp_path) as host:
        yield host


async def audited(host: Host) -> list[str]:
    return [line.text for line in (await host.monitor.intents(50)).items if line.subject == "nightly"]


async def test_what_a_job_says_is_kept_and_only_its_news_is_on_record(host: Host) -> None:
    operator = host.engine.operator
    await operator.hear("nightly", Ping.START, ANN)
    await host.passes(90)
    job = await operator.hear("nightly", Ping.SUCCESS, ANN, 0)
    await operator.hear("nightly", Ping.SUCCESS, ANN)

    assert job.duration_s == 90
    assert [each.name for each in await host.monitor.jobs()] == ["nightly"]
    assert await audited(host) == ["the job said: start"]
    await operator.hear("nightly", Ping.FAIL, ANN, 3)
    assert await audited(host) == ["the job said: fail", "the job said: start"]


async def test_what_was_said_is_known_after_a_restart(host: Host) -> None:
    await host.engine.operator.hear("nightly", Ping.FAIL, ANN, 3)
    await host.reboot()
    board = JobBoard()
    host.engine.jobs._board = board

    await host.engine.jobs.recover()

    assert board.job("nightly").exit_code == 3
    assert board.job("other") == Job("other")


async def test_news_of_a_job_are_looked_at_at_once_by_the_checks_that_it_concerns(host: Host) -> None:
    heard = list[HostEvent]()
    host.engine.jobs._notice = heard.append

    await host.engine.operator.hear("nightly", Ping.SUCCESS, ANN)
    await host.engine.operator.hear("nightly", Ping.SUCCESS, ANN)
    await host.engine.operator.hear("nightly", Ping.FAIL, ANN, 3)

    assert heard == [HostEvent(EventSource.JOBS, "nightly")] * 2
    check = CheckRegistry().bind(CheckCall("heartbeat", {"name": "nightly"}))
    assert [concern.holds(heard[0]) for concern in check.concerns] == [True]
    host.document(make_inspection(id="jobs"), [ScriptedCheck("heartbeat", concerns=check.concerns)])
    assert host.engine.noticer.concerns() == {}, "nobody has to listen for them"


async def test_there_is_an_end_to_names(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_JOBS", 1)
    await host.engine.operator.hear("nightly", Ping.SUCCESS, ANN)

    with pytest.raises(TooMany):
        await host.engine.operator.hear("hourly", Ping.SUCCESS, ANN)
    await host.engine.operator.hear("nightly", Ping.SUCCESS, ANN)

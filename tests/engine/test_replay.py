"""A recorded run, judged again: by its own document, by another one, by another model; and nothing comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from probed.core.exchange import Asked as AskedThen
from probed.core.exchange import Exchange, Passed
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen, CheckCall
from probed.core.investigation import Answer, Task
from probed.core.observation import Observation
from probed.core.permission import Mode
from probed.core.replay import Heard, Replay
from probed.core.report import Verdict
from probed.core.run import Run
from probed.core.threshold import Threshold
from probed.errors import CheckFailed, DocumentError, NotFound, ParameterError
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_inspection

DOCUMENT = """---
id: disks
checks:
  - disk: {params}
agent: {agent}
actions: {actions}
---
{body}
"""
PASSED = Passed((Exchange("k", AskedThen("small", "m", "s", 1, 5)),), "scripted", "nonce")
OF_MODEL = Finding("disk", "backup", Severity.WARNING, "a backup fills it")


def document(params: str = "{warning: 80%}", agent: str = "{when: always}", actions: str = "{}", body: str = "") -> str:
    return DOCUMENT.format(params=params, agent=agent, actions=actions, body=body)


def said(task: Task) -> Answer:
    return Answer(task.run_id, Verdict.WARNING, "A backup fills the disk.", (OF_MODEL,), 0.02, passed=PASSED)


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with scenario(tmp_path, agent=ScriptedAgent(said)) as host:
        yield host


async def recorded(host: Host, params: Mapping[str, object] | None = None, for_s: float = 0.0) -> Run:
    """A run whose disk is 85 % full, with a bound of 80 %."""
    seen = Observation("/srv", "/srv is 85% full", 85.0, "%", Threshold(80.0, 90.0, 75.0, for_s))
    calls = (CheckCall("disk", params or {"warning": "80%"}),)
    rule = AgentRule(AgentWhen.ALWAYS)
    host.document(make_inspection(id="disks", checks=calls, agent=rule), [ScriptedCheck("disk", (seen,))])
    host.replaying.heard = Heard(said(Task("", make_inspection(), (), (), (), 1, 1)), cost_usd=0.02, recorded=1)
    return await host.run("disks")


async def replay(host: Host, run: Run, document: str = "", model: str = "") -> Replay:
    assert host.engine.replays
    return await host.engine.replays.replay(run.id, ANN, document, model)


async def test_without_anything_else_the_report_is_the_same_and_nothing_happens(host: Host) -> None:
    run = await recorded(host)
    told, cases = host.told, (await host.monitor.cases(50)).items

    played = await replay(host, run)

    assert played.is_same
    assert played.differences == ()
    assert host.replaying.wishes == [("", True)]
    assert host.replaying.tasks[0].observations[0].value == 85.0
    assert (host.told, (await host.monitor.cases(50)).items) == (told, cases)
    assert await host.pending_actions() == []


async def test_other_bounds_are_applied_to_the_numbers_of_then(host: Host) -> None:
    run = await recorded(host)

    played = await replay(host, run, document("{warning: 90%, critical: 95%}"))

    assert [finding.identity for finding in played.replayed.report.findings] == [("agent.disk", "backup")]
    assert host.replaying.wishes == [("", False)]
    assert host.replaying.tasks[0].findings == []
    assert [each.what for each in played.differences if each.what.startswith("finding")] == ["finding disk /srv"]


async def test_the_level_is_what_the_ladder_would_make_of_it(host: Host) -> None:
    run = await recorded(host)
    call = ActionCall("restart_unit", {"unit": "backup.service"})
    heard = host.replaying.heard.answer
    assert heard
    proposing = Finding("disk", "backup", Severity.WARNING, "a backup fills it", {}, call)
    host.replaying.heard = Heard(Answer("", Verdict.WARNING, heard.summary, (proposing,), 0.02))

    played = await replay(host, run, document(actions="{L2: [restart_unit]}"))

    assert played.recorded.levels == ("L3", "L3")
    assert played.replayed.levels == ("L2", "L2")
    assert {"level of agent.disk backup", "action of agent.disk backup"} <= {each.what for each in played.differences}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ("{mounts: [/var]}", "it was looked at with other parameters then"),
        ("{warning: 70%}\n  - load", "load: nothing"),
    ],
)
async def test_what_was_looked_at_otherwise_has_no_answer(params: str, reason: str, host: Host) -> None:
    run = await recorded(host)

    played = await replay(host, run, document(params))

    assert any(reason in note for note in played.notes)
    assert any("nothing is recorded for it" in each for each in played.replayed.report.unanswered)


async def test_how_long_something_had_lasted_is_not_made_up(host: Host) -> None:
    run = await recorded(host, {"warning": "90%"}, for_s=0.0)
    played = await replay(host, run, document("{warning: 81%, for: 10m}"))

    assert played.notes == () or all("lasted" in note or "bounds" in note for note in played.notes)
    assert all(finding.check != "disk" or finding.object == "/srv" for finding in played.replayed.report.findings)


async def test_a_document_that_wants_no_model_is_judged_without_one(host: Host) -> None:
    run = await recorded(host)

    played = await replay(host, run, document(agent="{when: never}"))

    assert "by this document no model is asked" in played.notes
    assert host.replaying.tasks == []
    assert played.replayed.report.cost_usd == 0


UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL, evidence={"result": "exit-code"})
OF_UNITS = """---
id: services
checks:
  - systemd_unit
agent: {{when: {when}}}
actions: {actions}
---
In other words.
"""


async def looked_at_units(
    host: Host, *seen: Observation | CheckFailed, when: AgentWhen = AgentWhen.ON_FINDING, l1: Sequence[str] = ()
) -> Run:
    answer = seen[0] if seen and isinstance(seen[0], CheckFailed) else seen
    host.document(with_actions(l1=l1, agent=AgentRule(when)), [ScriptedCheck("systemd_unit", answer)])  # type: ignore[arg-type]
    return await host.run("services")


async def is_asked_by(host: Host, run: Run, when: AgentWhen, actions: str = "{}") -> bool:
    host.replaying.tasks.clear()
    played = await replay(host, run, OF_UNITS.format(when=when, actions=actions))
    assert bool(host.replaying.tasks) is not ("by this document no model is asked" in played.notes)
    return bool(host.replaying.tasks)


@pytest.mark.parametrize(("actions", "is_asked"), [("{}", True), ("{L1: [restart_unit]}", False)])
async def test_by_a_document_that_asks_of_the_unsolved_a_model_is_asked_where_no_fix_is_known(
    actions: str, is_asked: bool, host: Host
) -> None:
    run = await looked_at_units(host, FAILED)

    assert await is_asked_by(host, run, AgentWhen.UNSOLVED, actions) is is_asked


async def test_what_was_open_then_has_no_fix_in_a_replay_either(host: Host) -> None:
    await looked_at_units(host, FAILED)
    host.clock.advance(host.rules.analysis_lasts_s + 1)
    again = await looked_at_units(host, FAILED)
    await looked_at_units(host)

    assert await is_asked_by(host, again, AgentWhen.UNSOLVED, "{L1: [restart_unit]}")


async def test_of_the_same_by_the_same_rule_a_model_is_asked_as_in_the_run_whatever_is_permitted_now(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(said), mode=Mode.OBSERVE) as host:
        run = await looked_at_units(host, FAILED, when=AgentWhen.UNSOLVED, l1=["restart_unit"])
        host.engine.rules.mode = Mode.ACT

        assert await is_asked_by(host, run, AgentWhen.UNSOLVED, "{L1: [restart_unit]}")


@pytest.mark.parametrize("when", [AgentWhen.ON_FINDING, AgentWhen.UNSOLVED])
async def test_whether_a_check_was_silent_before_is_asked_of_what_was_before_the_run(
    when: AgentWhen, host: Host
) -> None:
    silent = CheckFailed("the bus does not answer")
    first = await looked_at_units(host, silent, when=AgentWhen.ALWAYS)
    second = await looked_at_units(host, silent, when=AgentWhen.ALWAYS)

    assert not await is_asked_by(host, first, when)
    await looked_at_units(host)
    assert await is_asked_by(host, second, when)


async def test_of_two_calls_of_a_check_the_one_with_other_bounds_is_judged_anew(host: Host) -> None:
    calls = tuple(CheckCall("disk", {"mounts": [mount], "warning": "80%"}) for mount in ("/srv", "/var"))
    full = Threshold(80.0, 90.0, 75.0)
    checks = [
        ScriptedCheck("disk", (Observation(mount, f"{mount} is 85% full", 85.0, "%", full),))
        for mount in ("/srv", "/var")
    ]
    host.document(make_inspection(id="disks", checks=calls, agent=AgentRule(AgentWhen.ALWAYS)), checks)
    run = await host.run("disks")

    params = "{mounts: [/srv], warning: 80%}\n  - disk: {mounts: [/var], warning: 90%, critical: 95%}"
    played = await replay(host, run, document(params))

    assert [each.object for each in played.recorded.report.findings if each.check == "disk"] == ["/srv", "/var"]
    assert [each.object for each in played.replayed.report.findings if each.check == "disk"] == ["/srv"]


async def test_a_model_that_is_named_is_asked_as_in_a_run_of_its_own(host: Host) -> None:
    run = await recorded(host)
    host.replaying.heard = Heard(failure="it is away", cost_usd=0.5, live=1)

    played = await replay(host, run, model="large")

    assert host.replaying.wishes == [("large", True)]
    assert host.replaying.tasks[0].run_id != run.id
    assert played.replayed.report.unanswered == ("model: it is away",)
    assert played.replayed.report.cost_usd == 0.5


async def test_what_cannot_be_replayed_is_told(host: Host) -> None:
    run = await recorded(host)
    other = document().replace("id: disks", "id: memory")

    with pytest.raises(ParameterError, match="of the inspection memory"):
        await replay(host, run, other)
    with pytest.raises(DocumentError):
        await replay(host, run, "no document")
    with pytest.raises(ParameterError, match="unknown check"):
        await replay(host, run, document().replace("- disk", "- disc"))


async def test_a_run_in_which_nobody_was_asked_has_no_recording(host: Host) -> None:
    host.document(make_inspection(id="quiet"), [ScriptedCheck("disk", ())])
    run = await host.run("quiet")

    with pytest.raises(NotFound, match="no recording is kept"):
        await replay(host, run)

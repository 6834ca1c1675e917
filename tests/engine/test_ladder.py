from pathlib import Path

import pytest

from probed.core.alert import AlertState
from probed.core.case import MOST_ASKED_AGAIN
from probed.core.decision import DecisionState
from probed.core.finding import ActionCall, Severity
from probed.core.group import Timing
from probed.core.matcher import parse_matchers
from probed.core.observation import Observation
from probed.core.permission import Mode, policy_source
from probed.core.report import Verdict
from probed.core.route import Route
from probed.core.routing import Integration, Routing
from probed.testing import RecordingChannel, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
ACTIVE = (Observation(UNIT, "active"),)


def failing(host: Host, *, l1: bool = False, l2: bool = False) -> ScriptedCheck:
    """A document with one failed unit, and what it allows for it; an action that helps makes the unit active."""
    check = ScriptedCheck("systemd_unit", (FAILED,))

    def heal() -> None:
        if host.action.helps:
            check.answer = ACTIVE

    host.action.on_execute = heal
    name = ["restart_unit"]
    host.document(with_actions(l1=name if l1 else [], l2=name if l2 else []), [check])
    return check


async def test_a_finding_without_an_action_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for _ in range(3):
            await host.report("backup", make_finding(severity=Severity.CRITICAL))
            await host.passes(60)
        await host.report("backup")
        await host.passes(60)

        assert host.told == ["critical: /srv is 85% full", "resolved: /srv is 85% full"]


async def test_two_objects_are_two_alerts(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("disks2", make_finding(object="/a"), make_finding(object="/b"))

        alerts = (await host.monitor.alerts(10)).items
        assert {alert.labels["object"] for alert in alerts} == {"/a", "/b"}


async def test_an_automatic_fix_that_helps_resolves_the_case_and_leaves_a_change(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)

        await host.run("services")
        await host.settles()

        assert host.action.executed == [{"unit": UNIT}]
        assert await host.stage_of(UNIT) == "resolved"
        changes = (await host.monitor.changes(10)).items
        assert [(change.level, change.outcome, change.by) for change in changes] == [("L1", "verified", "cortex")]
        assert host.told == [f"{UNIT} failed: solved by restart_unit unit='{UNIT}'"]


async def test_that_a_critical_problem_was_fixed_is_told_where_its_alert_would_have_been(tmp_path: Path) -> None:
    owner = RecordingChannel("owner")
    async with scenario(tmp_path, others=[owner]) as host:
        own = Route("{}/{services}", "owner", Timing(), parse_matchers('source="services"'))
        root = Route("{}", "default", Timing(), routes=(own,))
        host.rules.routing = Routing(root, {name: (Integration(name),) for name in ("default", "owner")})
        failing(host, l1=True)

        await host.run("services")
        await host.settles()

        assert [card.title for card in owner.cards] == [f"{UNIT} failed: solved by restart_unit unit='{UNIT}'"]
        assert host.told == []


async def test_a_fix_that_does_not_help_is_told_and_not_repeated(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        host.action.helps = False

        for _ in range(3):
            await host.run("services")
            await host.passes(60)

        assert len(host.action.executed) == 1
        assert await host.stage_of(UNIT) == "told"
        assert host.told == [f"critical: {UNIT} failed"]


async def test_a_fault_that_comes_back_within_the_cooldown_asks_a_person(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)

        await host.run("services")
        await host.passes(60)
        check.answer = (FAILED,)
        await host.run("services")
        await host.settles()

        assert len(host.action.executed) == 1
        assert await host.stage_of(UNIT) == "asking"


async def test_observe_says_what_it_would_have_done_and_does_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path, mode=Mode.OBSERVE) as host:
        failing(host, l1=True)

        await host.run("services")
        await host.passes(2)

        assert host.action.executed == []
        assert any("would have run restart_unit" in line for line in host.channel.cards[0].sections[0].lines)


@pytest.mark.parametrize("mode", list(Mode))
async def test_what_a_person_approves_is_executed_in_every_mode(tmp_path: Path, mode: Mode) -> None:
    async with scenario(tmp_path, mode=mode) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items
        assert waiting.state is DecisionState.WAITING
        assert host.action.executed == []

        await host.engine.operator.approve(waiting.id, ANN, waiting.hash)
        await host.settles()

        assert host.action.executed == [{"unit": UNIT}]
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.VERIFIED
        assert await host.stage_of(UNIT) == "resolved"
        [change] = (await host.monitor.changes(10)).items
        assert change.by == ANN.name


async def test_a_rejected_action_never_runs_and_the_problem_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        await host.engine.operator.reject(waiting.id, ANN, "not now")
        await host.passes(2)

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "told"
        assert host.told[-1] == f"critical: {UNIT} failed"


async def test_a_question_that_nobody_answers_expires_and_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        await host.passes(3700, step_s=100)

        assert (await host.monitor.decision(waiting.id)).state is DecisionState.EXPIRED
        assert await host.stage_of(UNIT) == "told"
        assert host.action.executed == []


async def test_a_problem_that_goes_away_withdraws_its_question(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        check.answer = ACTIVE
        await host.run("services")
        await host.settles()

        assert (await host.monitor.decision(waiting.id)).state is DecisionState.WITHDRAWN
        assert await host.stage_of(UNIT) == "resolved"


async def test_an_approval_after_the_host_changed_runs_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        host.action.world = {"active_state": "activating"}
        await host.engine.operator.approve(waiting.id, ANN)
        await host.settles()

        assert host.action.executed == []
        decision = await host.monitor.decision(waiting.id)
        assert decision.state is DecisionState.WITHDRAWN
        assert "'failed' → 'activating'" in decision.note


async def test_a_world_that_changed_is_asked_about_again_and_names_the_difference(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        for number in range(MOST_ASKED_AGAIN + 1):
            [waiting] = (await host.monitor.decisions(10, state="waiting")).items
            assert ("the host changed" in waiting.reason) == (number > 0)
            host.action.world = {"active_state": f"state {number}"}
            await host.engine.operator.approve(waiting.id, ANN, waiting.hash)
            await host.settles()
        await host.passes(2)

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "told"
        assert len((await host.monitor.decisions(10, state="withdrawn")).items) == MOST_ASKED_AGAIN + 1


async def test_what_was_approved_after_the_question_was_asked_again_runs_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        for world in ("activating", "activating"):
            host.action.world = {"active_state": world}
            [waiting] = (await host.monitor.decisions(10, state="waiting")).items
            await host.engine.operator.approve(waiting.id, ANN, waiting.hash)
            await host.settles()

        assert len(host.action.executed) == 1


async def test_a_submitted_report_may_propose_an_action_but_a_person_decides(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        proposal = ActionCall("restart_unit", {"unit": UNIT})
        await host.report("ci", make_finding(proposed_action=proposal))

        assert host.action.executed == []
        [waiting] = (await host.monitor.decisions(10)).items
        assert waiting.call == proposal


async def test_a_document_that_does_not_name_an_action_forbids_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        proposing = Observation(
            UNIT, "failed", severity=Severity.CRITICAL, proposed_action=ActionCall("restart_unit", {"unit": UNIT})
        )
        host.document(with_actions(), [ScriptedCheck("systemd_unit", (proposing,))])

        await host.run("services")
        await host.settles()

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "told"


async def test_the_policy_bounds_what_a_document_allows(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        host.rules.policy = {"restart_unit": policy_source("never")}

        await host.run("services")
        await host.settles()

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "told"


async def test_an_action_found_started_after_a_crash_is_verified_and_never_repeated(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)
        await host.run("services")
        [effect] = await host.pending_actions()
        await host.break_off(effect.id)
        check.answer = ACTIVE

        await host.reboot()
        await host.settles()

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "resolved"
        [change] = (await host.monitor.changes(10)).items
        assert "not repeated" in change.detail


async def test_a_message_found_started_after_a_crash_is_sent_again_and_marked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        host.clock.advance(2)
        message = await host.next_message()
        await host.break_off(message.id)

        await host.reboot()
        await host.settles()

        assert host.channel.ids == [message.id]
        assert host.channel.repeated == [True]


async def test_a_restart_sends_nothing_again_and_forgets_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        await host.passes(2)

        await host.reboot()
        await host.report("backup", make_finding())
        await host.passes(60)
        await host.report("backup")
        await host.passes(60)

        assert host.told == ["warning: /srv is 85% full", "resolved: /srv is 85% full"]


async def test_a_resolved_alert_by_hand_ends_its_case(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        [alert] = (await host.monitor.alerts(10)).items

        resolved = await host.engine.operator.resolve(alert.id, ANN)

        assert resolved.state is AlertState.RESOLVED
        assert await host.stage_of("/srv") == "resolved"


async def test_a_finding_with_a_time_to_live_ends_by_itself(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding(ttl_s=30))
        await host.passes(20)
        assert await host.stage_of("/srv") == "told"

        await host.passes(20)

        assert await host.stage_of("/srv") == "resolved"


async def test_an_unknown_report_resolves_nothing_and_two_in_a_row_are_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        await host.passes(2)

        await host.report("backup", verdict=Verdict.UNKNOWN)
        await host.passes(20)
        assert await host.stage_of("/srv") == "told"
        assert len(host.told) == 1

        await host.report("backup", verdict=Verdict.UNKNOWN)
        await host.passes(20)

        assert host.told[-1] == "warning: inspection backup gives no answer: as the test says"


async def test_the_first_sweep_of_a_new_installation_is_one_card(tmp_path: Path) -> None:
    async with scenario(tmp_path, first_sweep_done=False) as host:
        failing(host, l2=True)
        await host.report("backup", make_finding(object="/a"), make_finding(object="/b"))
        await host.passes(5)
        assert host.told == []

        sweep = host.engine.runs.first_sweep(["services"])
        await host.while_turning(sweep)
        await host.passes(60)

        assert host.told == ["first look at this host: 2 alerts, 1 waiting decision"]


async def test_a_document_broken_off_by_a_hanging_check_says_so_and_keeps_its_cases(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host)
        await host.run("services")
        await host.passes(2)

        check.fail("the bus does not answer")
        run = await host.run("services")

        assert run.state == "unknown"
        assert "the bus does not answer" in run.reason
        assert await host.stage_of(UNIT) == "told"

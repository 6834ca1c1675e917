"""When an action may begin, and what becomes of its case whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.action import Executed, Precondition
from probed.core.decision import DecisionState
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import FROM_MODEL, ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer
from probed.core.maintenance import WindowDraft
from probed.core.observation import Observation
from probed.core.permission import Mode, policy_source
from probed.core.report import Verdict
from probed.errors import ActionRefused, CannotPersist, DeadlineExceeded, OutcomeUnknown, Refused
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding

UNIT = "nginx.service"
FAILED = (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),)
ACTIVE = (Observation(UNIT, "active"),)


def failing(host: Host, *, l1: bool = False, l2: bool = False, source: str = "services") -> ScriptedCheck:
    name = ["restart_unit"]
    check = ScriptedCheck("systemd_unit", FAILED)
    host.document(with_actions(l1=name if l1 else [], l2=name if l2 else [], named=source), [check])
    return check


def heals(host: Host, *checks: ScriptedCheck) -> None:
    def heal() -> None:
        for check in checks:
            check.answer = ACTIVE

    host.action.on_execute = heal


@contextmanager
def no_commit(host: Host, times: int) -> Iterator[None]:
    """The next `times` transactions fail at their commit, as on a full disk."""
    real, left = host.monitor._commit, [times]

    async def commit(transaction: object) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise CannotPersist("the disk is full")
        await real(transaction)  # type: ignore[arg-type]

    host.monitor._commit = commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        host.monitor._commit = real  # type: ignore[method-assign]


# --- may it still begin? ----------------------------------------------------------------------------------------------


def observe(host: Host) -> None:
    host.rules.mode = Mode.OBSERVE


def never(host: Host) -> None:
    host.rules.policy = {"restart_unit": policy_source("never")}


def no_document(host: Host) -> None:
    host.catalogue.entries = {}


def an_hour_later(host: Host) -> None:
    host.clock.advance(3601)


@pytest.mark.parametrize("change", [observe, never, no_document, an_hour_later])
async def test_a_queued_fix_that_is_no_longer_allowed_does_not_begin(
    tmp_path: Path, change: Callable[[Host], None]
) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        await host.run("services")

        change(host)
        await host.passes(2)

        assert host.action.executed == []
        assert await host.stage_of(UNIT) in ("told", "asking")
        assert (await host.monitor.changes(10)).items == []


@pytest.mark.parametrize("hours", [5, -5])
async def test_a_clock_that_is_set_makes_nothing_old(tmp_path: Path, hours: int) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        await host.run("services")

        host.clock.at += timedelta(hours=hours)
        await host.settles()

        assert len(host.action.executed) == 1


async def test_a_policy_that_says_never_voids_what_waits_for_a_person(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        never(host)
        with pytest.raises(Refused, match=r"actions\.policy says never"):
            await host.engine.operator.approve(waiting.id, ANN)
        await host.passes(2)

        assert host.action.executed == []
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.WITHDRAWN
        assert await host.stage_of(UNIT) == "told"


async def test_what_one_case_has_solved_another_one_does_not_do_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        heals(host, failing(host, l1=True), failing(host, l1=True, source="web"))

        await host.run("services")
        await host.run("web")
        await host.passes(5)

        assert len(host.action.executed) == 1
        assert not any("critical" in title for title in host.told)
        assert {case.stage for case in (await host.monitor.cases(10)).items} == {"resolved"}


async def test_what_did_not_help_one_case_is_not_tried_for_another(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        failing(host, l1=True, source="web")

        await host.run("services")
        await host.run("web")
        await host.passes(5)

        assert len(host.action.executed) == 1


async def test_what_only_a_model_found_never_runs_without_a_person(tmp_path: Path) -> None:
    said = Finding(f"{FROM_MODEL}systemd_unit", "debug-shell.service", Severity.CRITICAL, "start it")
    agent = ScriptedAgent(lambda task: Answer(task.run_id, Verdict.CRITICAL, "words", (said,), 0.0))
    async with scenario(tmp_path, agent=agent) as host:
        document = with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.ALWAYS))
        host.document(document, [ScriptedCheck("systemd_unit", ACTIVE)])

        await host.run("services")
        await host.settles()

        assert host.action.executed == []
        assert [decision.call.params for decision in (await host.monitor.decisions(10)).items] == [
            {"unit": "debug-shell.service"}
        ]


async def test_a_proposal_does_not_replace_what_was_checked(tmp_path: Path) -> None:
    other = ActionCall("restart_unit", {"unit": "debug-shell.service"})
    async with scenario(tmp_path) as host:
        proposing = Observation(UNIT, "failed", severity=Severity.CRITICAL, proposed_action=other)
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", (proposing,))])

        await host.run("services")
        await host.settles()

        assert host.action.executed == [{"unit": UNIT}]


# --- did it help? -----------------------------------------------------------------------------------------------------


async def test_an_action_that_did_what_it_says_has_not_helped_while_the_finding_stays(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)

        await host.run("services")
        await host.passes(2)

        [change] = (await host.monitor.changes(10)).items
        assert (change.outcome, change.detail) == ("not_verified", f"restarted; it is active; but {UNIT} failed")
        assert host.told == [f"critical: {UNIT} failed"]


async def test_an_action_over_its_deadline_may_have_helped_all_the_same(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)

        def late(params: object) -> Executed:
            check.answer = ACTIVE
            raise DeadlineExceeded

        host.action.execute = late  # type: ignore[method-assign]
        await host.run("services")
        await host.settles()

        assert await host.stage_of(UNIT) == "resolved"


async def test_an_action_of_which_nobody_knows_whether_it_was_done_is_verified_and_not_repeated(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        tries = []

        def broken_off(params: Mapping[str, object]) -> Executed:
            tries.append(params)
            raise OutcomeUnknown("the connection broke")

        host.action.execute = broken_off  # type: ignore[method-assign]
        await host.run("services")
        await host.passes(5)

        assert tries == [{"unit": UNIT}]
        assert host.action.verified == [None]
        [change] = (await host.monitor.changes(10)).items
        assert (change.outcome, change.detail.startswith("the connection broke; it is active")) == (
            "not_verified",
            True,
        )


async def test_an_action_that_was_refused_leaves_no_change_and_its_case_climbs(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)

        def refused(params: Mapping[str, object]) -> Executed:
            raise ActionRefused("the policy does not allow it")

        host.action.execute = refused  # type: ignore[method-assign]
        await host.run("services")
        await host.passes(2)

        assert (await host.monitor.changes(10)).items == []
        assert host.told == [f"critical: {UNIT} failed"]


async def test_what_a_run_saw_before_the_fix_is_no_new_problem_after_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)
        heals(host, check)
        await host.run("services")
        host.clock.advance(1)
        looked_before = host.slow_run("services", FAILED)
        host.clock.advance(1)
        await host.settles()
        assert await host.stage_of(UNIT) == "resolved"

        await looked_before
        await host.passes(5)

        assert not any("critical" in title for title in host.told)


# --- whatever goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["precondition", "dry_run", "execute", "verify"])
@pytest.mark.parametrize("level", ["l1", "l2"])
async def test_an_action_that_breaks_lets_its_case_go_on(tmp_path: Path, method: str, level: str) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=level == "l1", l2=level == "l2")

        def broken(*given: object) -> None:
            raise OSError("no such luck")

        if method in ("precondition", "dry_run") or level == "l1":
            setattr(host.action, method, broken)
        await host.run("services")
        await host.settles()
        for decision in (await host.monitor.decisions(10, state="waiting")).items:
            setattr(host.action, method, broken)
            await host.engine.operator.approve(decision.id, ANN)
        await host.passes(2)

        assert await host.stage_of(UNIT) == "told"
        assert host.told[-1] == f"critical: {UNIT} failed"


async def test_a_full_disk_after_the_action_neither_repeats_it_nor_loses_its_case(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        full = ExitStack()
        check = failing(host, l1=True)

        def heal_and_fill() -> None:
            check.answer = ACTIVE
            full.enter_context(no_commit(host, 2))

        host.action.on_execute = heal_and_fill
        await host.run("services")
        for _ in range(6):
            try:
                await host.passes(2)
            except CannotPersist:
                continue
        full.close()

        assert len(host.action.executed) == 1
        assert await host.stage_of(UNIT) == "resolved"


async def test_a_full_disk_before_the_message_is_marked_costs_no_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        host.clock.advance(2)
        message = await host.next_message()
        with no_commit(host, 3):
            for _ in range(6):
                with suppress(CannotPersist):
                    await host.passes(1)

        await host.passes(10)

        assert host.channel.ids == [message.id]


async def test_an_effect_that_cannot_even_be_read_is_given_up_and_its_case_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        await host.run("services")
        [effect] = await host.pending_actions()

        async def broken(effect: QueuedEffect) -> None:
            raise ZeroDivisionError

        host.break_trade(effect.kind, broken)
        await host.passes(10)

        async with host.monitor.transaction() as tx:
            assert (await tx.effects.get(effect.id)).state is EffectState.DONE
        assert await host.stage_of(UNIT) == "told"


async def test_a_problem_that_goes_while_its_fix_is_refused_raises_no_alert(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("ci", make_finding(proposed_action=ActionCall("restart_unit", {"unit": UNIT})))
        [waiting] = (await host.monitor.decisions(10)).items
        await host.engine.operator.approve(waiting.id, ANN)
        host.action.holds = False

        await host.report("ci")
        await host.passes(60)

        assert await host.stage_of("/srv") == "resolved"
        assert not any(title.startswith("warning: ") for title in host.told)


async def test_a_question_about_what_gets_worse_is_asked_again_and_waits_less(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        proposal = ActionCall("restart_unit", {"unit": UNIT})
        await host.report("ci", make_finding(proposed_action=proposal))
        await host.report("ci", make_finding(severity=Severity.CRITICAL, proposed_action=proposal))
        [waiting] = (await host.monitor.decisions(10)).items

        await host.passes(5)

        assert waiting.severity is Severity.CRITICAL
        assert (waiting.expires_at - host.clock.now()).total_seconds() <= 3600
        assert len(host.channel.cards) == 2


async def test_a_problem_that_only_paused_while_its_fix_ran_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)
        host.action.helps = False
        await host.run("services")
        for answer in (ACTIVE, FAILED):
            check.answer = answer
            await host.run("services")

        await host.passes(2)

        assert await host.stage_of(UNIT) == "told"
        assert host.told == [f"critical: {UNIT} failed"]


async def test_an_effect_that_cannot_be_put_back_keeps_nobody_from_their_turn(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.engine.ticker._broken_off.add("no-such-effect")

        await host.report("backup", make_finding())
        await host.passes(2)

        assert host.told == ["warning: /srv is 85% full"]


async def test_what_maintenance_freezes_while_it_waits_is_done_afterwards(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host, l1=True)
        heals(host, check)
        await host.run("services")
        window = WindowDraft(host.clock.now() + timedelta(hours=1))
        begun = await host.engine.operator.start_maintenance(window, ANN)
        await host.settles()
        assert (host.action.executed, await host.stage_of(UNIT)) == ([], "told")

        await host.engine.operator.end_maintenance(begun.id, ANN)
        await host.run("services")
        await host.settles()

        assert len(host.action.executed) == 1
        assert await host.stage_of(UNIT) == "resolved"


async def test_what_a_person_is_to_allow_by_now_is_asked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        await host.run("services")
        host.rules.policy = {"restart_unit": policy_source("ask")}

        await host.settles()

        assert (host.action.executed, await host.stage_of(UNIT)) == ([], "asking")
        assert host.told[-1].startswith("May I run restart_unit")


# --- a crash before anything was done ---------------------------------------------------------------------------------


async def test_a_crash_in_the_look_before_it_is_no_execution_and_the_fix_begins_anew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check, look = failing(host, l1=True), host.action.precondition

        def dies(params: Mapping[str, object]) -> Precondition:
            raise asyncio.CancelledError

        host.action.precondition = dies  # type: ignore[method-assign]
        await host.run("services")
        await host.engine.ticker.turn()
        await host.engine.ticker.idle()
        host.action.precondition = look  # type: ignore[method-assign]
        heals(host, check)

        await host.reboot()
        await host.settles()

        assert len(host.action.executed) == 1
        assert await host.stage_of(UNIT) == "resolved"
        [change] = (await host.monitor.changes(10)).items
        assert change.outcome == "verified"
        [standing] = await host.monitor.standings()
        assert (standing.succeeded, standing.failed) == (1, 0)


async def test_what_a_crash_interrupted_in_the_look_an_hour_ago_is_not_begun_any_more(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)

        def dies(params: Mapping[str, object]) -> Precondition:
            raise asyncio.CancelledError

        look, host.action.precondition = host.action.precondition, dies  # type: ignore[method-assign]
        await host.run("services")
        await host.engine.ticker.turn()
        await host.engine.ticker.idle()
        host.action.precondition = look  # type: ignore[method-assign]
        host.clock.advance(3601)

        await host.reboot("another boot")
        await host.settles()

        assert host.action.executed == []


async def test_a_yes_that_a_crash_in_the_look_interrupted_is_still_one(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check, look = failing(host, l2=True), host.action.precondition
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items

        def dies(params: Mapping[str, object]) -> Precondition:
            raise asyncio.CancelledError

        host.action.precondition = dies  # type: ignore[method-assign]
        await host.engine.operator.approve(waiting.id, ANN)
        await host.engine.ticker.turn()
        await host.engine.ticker.idle()
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.EXECUTING
        host.action.precondition = look  # type: ignore[method-assign]
        heals(host, check)

        await host.reboot()
        await host.settles()

        assert len(host.action.executed) == 1
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.VERIFIED

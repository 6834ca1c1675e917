import asyncio
import sqlite3
from pathlib import Path

import pytest

from probed.core.action import Risk
from probed.core.decision import Decision, DecisionState
from probed.core.finding import ActionCall, Severity
from probed.core.observation import Observation
from probed.core.people import People, Person
from probed.core.permission import Approval, policy_source
from probed.engine.prepare import MOST_WAITING
from probed.errors import Conflict, NotFound, Refused
from probed.ports import Actor
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding

UNIT = "nginx.service"
OTHER = '["restart_unit",{"unit":"sshd.service"}]'


async def asked(host: Host) -> Decision:
    """A failed unit whose document wants a person to approve the restart; returns the waiting decision."""
    failed = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
    host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (failed,))])
    await host.run("services")
    await host.settles()
    [decision] = (await host.monitor.decisions(10)).items
    return decision


def edit(host: Host, column: str, value: str) -> None:
    with sqlite3.connect(host.path) as database:
        database.execute(f"UPDATE decisions SET {column} = ?", (value,))


@pytest.mark.parametrize(
    ("column", "value"),
    [("call", OTHER), ("hash", "0" * 64), ("host", "host-b"), ("snapshot", '{"active_state":"active"}')],
)
async def test_approving_an_edited_decision_runs_nothing(tmp_path: Path, column: str, value: str) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        edit(host, column, value)

        with pytest.raises(Refused, match="nothing was run"):
            await host.engine.operator.approve(decision.id, ANN)
        await host.passes(2)

        assert host.action.executed == []
        assert await host.stage_of(UNIT) == "told"
        intents = (await host.monitor.intents(50)).items
        assert any(intent.kind == "blocker" for intent in intents)


async def test_an_edit_between_approval_and_execution_runs_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        await host.engine.operator.approve(decision.id, ANN)
        edit(host, "call", OTHER)

        await host.settles()

        assert host.action.executed == []
        assert (await host.monitor.decision(decision.id)).state is DecisionState.FAILED


async def test_a_decision_that_cannot_be_read_any_more_runs_nothing_and_is_given_up(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        await host.engine.operator.approve(decision.id, ANN)
        edit(host, "call", "garbage")

        await host.passes(10)

        assert host.action.executed == []
        assert await host.pending_actions() == []


async def test_a_person_who_saw_another_hash_approves_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)

        with pytest.raises(Conflict, match="another hash"):
            await host.engine.operator.approve(decision.id, ANN, "f" * 64)

        assert (await host.monitor.decision(decision.id)).state is DecisionState.WAITING


async def test_of_two_approvers_exactly_one_wins(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)

        answers = await asyncio.gather(
            host.engine.operator.approve(decision.id, ANN),
            host.engine.operator.approve(decision.id, Actor("telegram:42 Bob")),
            return_exceptions=True,
        )
        await host.settles()

        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Decision"]
        assert len(host.action.executed) == 1


async def test_an_expired_decision_cannot_be_approved_before_the_tick_has_seen_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        host.clock.advance(3601)

        with pytest.raises(Conflict, match="expired"):
            await host.engine.operator.approve(decision.id, ANN)


async def test_what_its_case_no_longer_asks_is_closed_and_not_approved(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        with sqlite3.connect(host.path) as database:
            database.execute("UPDATE cases SET stage = 'told'")

        with pytest.raises(Refused, match="its case no longer asks"):
            await host.engine.operator.approve(decision.id, ANN)
        await host.settles()

        assert (await host.monitor.decision(decision.id)).state is DecisionState.WITHDRAWN
        assert host.action.executed == []


async def test_an_unknown_decision_is_not_found(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        with pytest.raises(NotFound):
            await host.engine.operator.reject("nothing", ANN)


async def test_a_question_whose_precondition_does_not_hold_is_not_asked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.holds = False

        decision = await asked(host)
        assert (decision.state, decision.note) == (DecisionState.WITHDRAWN, "cannot be done: as the test says")
        await host.passes(2)

        assert await host.stage_of(UNIT) == "told"
        assert host.told == [f"critical: {UNIT} failed"]


async def test_each_approval_is_in_the_chain_with_its_person(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)

        await host.engine.operator.approve(decision.id, ANN)

        intents = (await host.monitor.intents(50)).items
        assert [intent.actor for intent in intents if intent.kind == "audit"] == [ANN.name]
        assert (await host.monitor.verify_intents()).broken_at is None


async def test_the_same_question_is_asked_once_and_the_other_cases_are_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        proposal = ActionCall("restart_unit", {"unit": UNIT})
        findings = [make_finding(object=f"/{number}", proposed_action=proposal) for number in range(5)]

        await host.report("ci", *findings)
        await host.passes(3)

        assert len((await host.monitor.decisions(10, state="waiting")).items) == 1
        assert len((await host.monitor.alerts(10)).items) == 4
        assert len(host.told) == 2


async def test_a_flood_of_questions_is_bounded_and_the_rest_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        findings = [
            make_finding(object=f"/{number}", proposed_action=ActionCall("restart_unit", {"unit": f"{number}.service"}))
            for number in range(MOST_WAITING + 10)
        ]

        await host.report("ci", *findings)
        await host.passes(3)

        assert len((await host.monitor.decisions(100, state="waiting")).items) == MOST_WAITING
        assert len((await host.monitor.alerts(100)).items) == 10


# --- who says yes, and how --------------------------------------------------------------------------------------------

BOB = Actor("telegram:42 Bob", telegram_id=42)
ANNS_LOGIN = Actor("uid:0 root", uid=0, login_uid=1000)
ROOT = Actor("uid:0 root", uid=0)
PEOPLE = People({"ann": Person("ann", frozenset({1000})), "bob": Person("bob", telegram_ids=frozenset({42}))})


async def test_two_different_persons_have_to_approve_and_root_is_none(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.policy, host.rules.people = {"restart_unit": policy_source("two_persons")}, PEOPLE
        decision = await asked(host)
        approve = host.engine.operator.approve

        first = await approve(decision.id, ANNS_LOGIN)
        with pytest.raises(Refused, match="another person"):
            await approve(decision.id, Actor("uid:1000 ann", uid=1000))
        with pytest.raises(Refused, match="none that `people`"):
            await approve(decision.id, ROOT)
        await host.settles()
        assert (first.state, first.approvals, host.action.executed) == (DecisionState.WAITING, ("ann",), [])

        second = await approve(decision.id, BOB)
        await host.settles()

        assert second.decided_by == "ann and bob"
        assert len(host.action.executed) == 1


async def test_of_two_second_persons_exactly_one_wins(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.policy, host.rules.people = {"restart_unit": policy_source("two_persons")}, PEOPLE
        decision = await asked(host)
        await host.engine.operator.approve(decision.id, ANNS_LOGIN)

        answers = await asyncio.gather(
            *(host.engine.operator.approve(decision.id, BOB) for _ in range(2)), return_exceptions=True
        )
        await host.settles()

        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Decision"]
        assert len(host.action.executed) == 1


async def test_what_may_cost_something_for_good_wants_the_objects_name(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.risk = Risk.HIGH
        decision = await asked(host)

        with pytest.raises(Refused, match=f"--confirm {UNIT}"):
            await host.engine.operator.approve(decision.id, ANN)
        await host.engine.operator.approve(decision.id, ANN, None, UNIT)
        await host.settles()

        assert len(host.action.executed) == 1


async def test_of_what_may_cost_something_for_good_both_of_two_persons_type_the_name(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.risk = Risk.HIGH
        host.rules.policy, host.rules.people = {"restart_unit": policy_source("two_persons")}, PEOPLE
        decision = await asked(host)
        assert decision.approval is Approval.TWO_TYPED
        operator = host.engine.operator

        for by in (ANNS_LOGIN, BOB):
            with pytest.raises(Refused, match="type the name of its object"):
                await operator.approve(decision.id, by)
            await operator.approve(decision.id, by, None, decision.object)
            await host.settles()
            assert len(host.action.executed) == (by is BOB)


async def test_a_policy_that_became_stricter_holds_for_what_waits(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        host.rules.policy, host.rules.people = {"restart_unit": policy_source("two_persons")}, PEOPLE

        first = await host.engine.operator.approve(decision.id, ANNS_LOGIN)
        await host.settles()

        assert (first.state, host.action.executed) == (DecisionState.WAITING, [])


async def test_a_policy_that_became_stricter_after_the_yes_asks_anew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asked(host)
        await host.engine.operator.approve(decision.id, ANN)
        await host.reboot()
        host.rules.policy, host.rules.people = {"restart_unit": policy_source("two_persons")}, PEOPLE

        await host.settles()

        assert host.action.executed == []
        [waiting] = (await host.monitor.decisions(10, state="waiting")).items
        assert waiting.approval is Approval.TWO
        void = await host.monitor.decision(decision.id)
        assert (void.state, void.note) == (
            DecisionState.WITHDRAWN,
            "no longer allowed: its approval has to be two by now, and was one",
        )

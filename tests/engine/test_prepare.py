"""What a person is told about a question, and what it knows of those before it."""

from __future__ import annotations

from pathlib import Path

from probed.core.action import Risk
from probed.core.decision import Decision, DecisionState
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.core.people import People, Person
from probed.core.permission import policy_source
from probed.ports import Actor
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT, OTHER = "nginx.service", "php.service"


async def asks(host: Host, unit: str = UNIT) -> Decision:
    """A unit has failed, hours after whatever was before, and its document wants a person to approve the restart."""
    host.clock.advance(7200)
    failed = Observation(unit, f"{unit} failed", severity=Severity.CRITICAL)
    host.document(
        with_actions(l2=["restart_unit"], named=unit.partition(".")[0]), [ScriptedCheck("systemd_unit", (failed,))]
    )
    await host.run(unit.partition(".")[0])
    await host.settles()
    return (await host.monitor.decisions(1, state="waiting")).items[0]


async def heals(host: Host, unit: str = UNIT) -> None:
    healthy = ScriptedCheck("systemd_unit", (Observation(unit, "active"),))
    host.document(with_actions(l2=["restart_unit"], named=unit.partition(".")[0]), [healthy])
    await host.run(unit.partition(".")[0])
    await host.settles()


async def test_a_question_goes_from_its_proposal_over_the_analysis_to_a_person(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        decision = await asks(host)

        events = await host.monitor.events(0, 100)
        states = [event.data["state"] for event in events if event.type == "decision.changed"]
        assert states == ["analysed", "waiting"]
        assert (decision.object, decision.object_kind) == (UNIT, "unit")


async def test_the_card_says_what_it_may_cost(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.risk, host.action.reversible = Risk.HIGH, False

        await asks(host)

        text = host.channel.cards[-1].as_text()
        for words in (
            "risk: high, may hit the unit alone",
            "inverse: irreversible",
            "record: never tried on this kind of object",
            "cost: at most 10 s",
            f"whoever approves types: {UNIT}",
            f"--confirm {UNIT}",
        ):
            assert words in text


async def test_the_card_says_who_still_has_to_approve(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.policy = {"restart_unit": policy_source("two_persons")}
        host.rules.people = People({"ann": Person("ann", frozenset({1000}))})
        decision = await asks(host)
        assert "two persons have to approve" in host.channel.cards[-1].as_text()

        await host.engine.operator.approve(decision.id, Actor("uid:1000 ann", uid=1000))
        await host.settles()

        assert "approved by ann; another person has to approve, too" in host.channel.cards[-1].as_text()


async def test_similar_questions_of_the_past_are_told_those_about_the_same_object_first(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        first = await asks(host)
        await host.engine.operator.reject(first.id, ANN, "not at night")
        await heals(host)
        second = await asks(host, OTHER)
        await host.engine.operator.approve(second.id, ANN)
        await host.settles()
        assert (await host.monitor.decision(second.id)).state is DecisionState.FAILED

        third = await asks(host)

        assert third.analysis.record == "helped 0 of 1 times"
        same, other = third.analysis.precedents
        assert same == f"2026-11-20 {UNIT}: rejected (rejected by {ANN.name}: not at night)"
        assert other.startswith(f"2026-11-20 {OTHER}: approved by {ANN.name}: failed (restarted; it is active; but")
        assert same in host.channel.cards[-1].as_text()


async def test_a_question_that_was_never_decided_is_no_precedent(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await asks(host)
        await heals(host)

        assert (await asks(host)).analysis.precedents == ()

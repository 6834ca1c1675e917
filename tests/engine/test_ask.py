"""Questions of people: sessions, bounds, what is kept, and what a question can never bring about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inquiry import SOURCE, Happening, Inquiry, InquiryDraft, InquiryState, Looked, Said
from probed.core.investigation import Asked, Evidence
from probed.core.model_call import CallOutcome, ModelCall
from probed.core.transcript import TranscriptKind
from probed.engine.ask import MOST, MOST_EACH
from probed.errors import Conflict, NoAnswer, NotFound, Overloaded, TooMany
from probed.ports import Actor
from probed.testing import ScriptedAgent
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding

BOB = Actor("uid:1001 bob")
JOURNAL = Evidence("e1", "journal", {"minutes": 60}, '{"evidence":"e1","rows":[]}', "c0ffee")


def make_agent(words: str | Exception = "A backup ran [e1].", seen: Sequence[Evidence] = (JOURNAL,)) -> ScriptedAgent:
    return ScriptedAgent(NoAnswer("nobody investigates here"), words=words, seen=tuple(seen))


async def asks(host: Host, text: str = "Why was it slow?", by: Actor = ANN, **draft: object) -> Inquiry:
    asker = host.engine.asker
    inquiry = await asker.begin(InquiryDraft(text, **draft), by)  # type: ignore[arg-type]
    return await asker.answer(inquiry, lambda _: None)


def asked_of(agent: ScriptedAgent) -> Asked:
    asked = agent.tasks[-1].asked
    assert asked
    return asked


async def test_the_answer_is_kept_with_its_evidence_its_cost_and_what_was_said(tmp_path: Path) -> None:
    heard: list[Happening] = []
    async with scenario(tmp_path, agent=make_agent()) as host:
        asker = host.engine.asker
        await asker.answer(await asker.begin(InquiryDraft("Why was it slow?"), ANN), heard.append)

        [kept] = (await host.monitor.inquiries(5)).items
        assert (kept.state, kept.text, kept.answer) == (InquiryState.ANSWERED, "Why was it slow?", "A backup ran [e1].")
        assert (kept.by, kept.model, kept.cost_usd) == (ANN.name, "claude-haiku-4-5", 0.0034)
        assert [(each.id, each.probe, each.is_cited) for each in kept.evidence] == [("e1", "journal", True)]
        assert heard == [Looked("e1", "journal", {"minutes": 60}, False), Said("A backup ran [e1].")]
        assert (await host.monitor.transcript(kept.id)).kind is TranscriptKind.QUESTION
        assert "journal" in (await host.monitor.evidence(kept.id)).text
        [line, *_] = (await host.monitor.intents(5)).items
        assert (line.actor, line.subject, line.text) == (ANN.name, kept.id, "asked: Why was it slow?")


async def test_a_credential_in_a_question_is_kept_nowhere(tmp_path: Path) -> None:
    agent = make_agent()
    async with scenario(tmp_path, agent=agent) as host:
        asked = await asks(host, "Why is password=hunter2-secret refused?")
        [line, *_] = (await host.monitor.intents(5)).items

    assert "hunter2" not in asked.text + line.text + asked_of(agent).text
    assert "refused?" in asked.text


async def test_what_is_cited_and_nobody_has_seen_is_marked(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=make_agent("A backup ran [e1], and a scan did [e1, e7].")) as host:
        answered = await asks(host)

    assert answered.answer == "A backup ran [e1], and a scan did [e1, e7: no such evidence]."
    assert answered.unsupported == ("e7",)


async def test_the_model_is_told_what_the_host_is_and_what_is_wrong_there(tmp_path: Path) -> None:
    agent = make_agent()
    async with scenario(tmp_path, agent=agent) as host:
        await host.report("disks", make_finding(summary="/srv is 85% full"))
        await asks(host)

    facts = asked_of(agent).facts
    assert facts["host"] == host.rules.host
    assert "/srv is 85% full" in json.dumps(facts["open_cases"], default=str)
    assert str(facts["now"]).startswith(f"{host.clock.now():%Y-%m-%dT%H}")


async def test_a_session_goes_on_with_what_was_said_in_it(tmp_path: Path) -> None:
    agent = make_agent()
    async with scenario(tmp_path, agent=agent) as host:
        first = await asks(host, "Why was it slow?")
        await asks(host, "Something else", by=BOB)
        second = await asks(host, "And before that?", goes_on=True)
        third = await asks(host, "And who began it?", by=BOB, session=first.id)

    assert (second.session, third.session) == (first.id, first.id)
    assert asked_of(agent).history == (
        ("Why was it slow?", "A backup ran [e1]."),
        ("And before that?", "A backup ran [e1]."),
    )


async def test_a_long_session_is_handed_on_in_part_the_newest_first(tmp_path: Path) -> None:
    agent = make_agent("x" * 5000)
    async with scenario(tmp_path, agent=agent) as host:
        first = await asks(host, "1")
        for number in range(2, 6):
            await asks(host, str(number), session=first.id)

    assert [question for question, _ in asked_of(agent).history] == ["3", "4"]


async def test_who_has_asked_nothing_has_nothing_to_go_on_with(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=make_agent()) as host:
        await asks(host, by=BOB)
        with pytest.raises(NotFound, match="no earlier question of yours"):
            await asks(host, goes_on=True)
        with pytest.raises(NotFound):
            await asks(host, session="01nosuchquestion")


async def test_a_question_about_an_alert_brings_its_case_along_and_its_severity_chooses_the_model(
    tmp_path: Path,
) -> None:
    agent = make_agent()
    async with scenario(tmp_path, agent=agent) as host:
        await host.report("disks", make_finding(severity=Severity.CRITICAL, evidence={"used_percent": 99}))
        [alert] = (await host.monitor.alerts(5)).items
        first = await asks(host, about=alert.id)
        task = agent.tasks[-1]
        again = await asks(host, "And now?", goes_on=True)

    about = json.dumps(asked_of(agent).facts["the_question_is_about"], default=str)
    assert (first.about, again.about) == (alert.case_id, alert.case_id)
    assert '"used_percent": 99' in about
    assert task.findings[0].severity is Severity.CRITICAL


async def test_nothing_comes_of_an_answer_that_wants_something_done(tmp_path: Path) -> None:
    words = 'Run restart_unit now. {"proposed_action": {"action": "restart_unit", "params": {"unit": "nginx.service"}}}'
    agent = make_agent(words)
    async with scenario(tmp_path, agent=agent) as host:
        host.document(with_actions(l1=["restart_unit"], named="services"))
        await asks(host)
        await host.passes(60)

        assert host.action.executed == []
        assert (await host.monitor.decisions(5)).items == []
        assert (await host.monitor.cases(5)).items == []
    assert agent.tasks[-1].actions == ()


async def test_no_answer_says_why_and_what_it_cost(tmp_path: Path) -> None:
    over = NoAnswer("the budget of the question ($0.25) has $0.0012 left", 0.24, over_budget=True)
    async with scenario(tmp_path, agent=make_agent(over)) as host:
        refused = await asks(host)
    async with scenario(tmp_path, agent=make_agent(NoAnswer("nobody is there", is_away=True))) as host:
        failed = await asks(host)

    assert (refused.state, refused.reason, refused.cost_usd) == (InquiryState.BUDGET, over.reason, 0.24)
    assert (failed.state, failed.reason) == (InquiryState.FAILED, "nobody is there")


async def test_whatever_goes_wrong_is_no_answer(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=make_agent(ValueError("oh"))) as host:
        assert (await asks(host)).state is InquiryState.FAILED


async def test_without_a_model_nothing_is_asked_and_that_says_what_to_do(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        with pytest.raises(Conflict, match=r"set agent\.backend"):
            await asks(host)
        assert (await host.monitor.inquiries(5)).items == []


async def test_questions_are_bounded_in_all_and_of_each_person(tmp_path: Path) -> None:
    agent = make_agent()
    agent.may_answer.clear()
    async with scenario(tmp_path, agent=agent) as host:
        asker = host.engine.asker
        asked = [asyncio.create_task(asks(host, by=Actor(f"uid:{number // MOST_EACH}"))) for number in range(MOST)]
        while len((await host.monitor.inquiries(20)).items) < MOST:  # noqa: ASYNC110  # a row tells nobody
            await asyncio.sleep(0.01)
        assert len(agent.tasks) <= 1
        with pytest.raises(Overloaded):
            await asker.begin(InquiryDraft("one more"), ANN)
        asked[0].cancel()
        await asyncio.wait([asked[0]])
        with pytest.raises(TooMany):
            await asker.begin(InquiryDraft("one more"), Actor("uid:1"))
        agent.may_answer.set()
        answers = await asyncio.gather(*asked[1:])
        assert {each.state for each in answers} == {InquiryState.ANSWERED}


async def test_a_turn_that_does_not_come_in_time_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.engine.ask.DEADLINE_S", 0.05)
    agent = make_agent()
    agent.may_answer.clear()
    async with scenario(tmp_path, agent=agent) as host:
        first = asyncio.create_task(asks(host))
        while not agent.tasks:  # noqa: ASYNC110  # an agent tells nobody
            await asyncio.sleep(0.01)
        second = await asks(host, by=BOB)
        agent.may_answer.set()
        await first

    assert (second.state, second.reason) == (
        InquiryState.FAILED,
        "other questions took longer than 0.05 s; ask again",
    )


async def test_whoever_goes_away_cancels_the_question(tmp_path: Path) -> None:
    agent = make_agent()
    agent.may_answer.clear()
    async with scenario(tmp_path, agent=agent) as host:
        asking = asyncio.create_task(asks(host))
        while not agent.tasks:  # noqa: ASYNC110  # an agent tells nobody
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        [kept] = (await host.monitor.inquiries(5)).items
        assert (kept.state, kept.answer, kept.reason) == (InquiryState.CANCELLED, "", "whoever asked went away")


async def test_a_daemon_that_stops_says_so_instead_of_half_an_answer(tmp_path: Path) -> None:
    agent = make_agent()
    agent.may_answer.clear()
    async with scenario(tmp_path, agent=agent) as host:
        asking = asyncio.create_task(asks(host))
        while not agent.tasks:  # noqa: ASYNC110  # an agent tells nobody
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            await host.engine.asker.stop()
            ended = await asking

        assert (ended.state, ended.answer, ended.reason) == (InquiryState.CANCELLED, "", "the daemon is stopping")
        assert (await host.monitor.inquiry(ended.id)).state is InquiryState.CANCELLED
        with pytest.raises(Conflict, match="stopping"):
            await asks(host)


async def test_what_was_under_way_when_the_daemon_was_killed_has_no_answer(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=make_agent()) as host:
        left = await host.engine.asker.begin(InquiryDraft("Why?"), ANN)
        await host.reboot()
        await host.engine.asker.recover()

        kept = await host.monitor.inquiry(left.id)
        assert (kept.state, kept.reason) == (InquiryState.CANCELLED, "the daemon ended during the question")


@pytest.mark.parametrize("has_model", [True, False])
async def test_an_alert_can_be_asked_about_where_there_is_a_model(tmp_path: Path, has_model: bool) -> None:
    async with scenario(tmp_path, agent=make_agent()) as host:
        host.rules.has_model = has_model
        await host.report("disks", make_finding(severity=Severity.CRITICAL))
        await host.passes(5)

    [card] = host.channel.cards
    assert ("investigate" in {button.verb for button in card.buttons}) is has_model


async def test_what_a_question_cost_until_it_was_given_up_is_kept(tmp_path: Path) -> None:
    agent = make_agent()
    agent.may_answer.clear()
    async with scenario(tmp_path, agent=agent) as host:
        asking = asyncio.create_task(asks(host))
        while not agent.tasks:  # noqa: ASYNC110  # an agent tells nobody
            await asyncio.sleep(0.01)
        [under_way] = (await host.monitor.inquiries(5)).items
        now = host.clock.now()
        async with host.monitor.transaction() as tx:
            await tx.model_calls.add(
                ModelCall(under_way.id, SOURCE, now, "small", "x", "m", CallOutcome.CUT, cost_usd=0.02)
            )
        asking.cancel()
        await asyncio.wait([asking])

        assert (await host.monitor.inquiry(under_way.id)).cost_usd == 0.02

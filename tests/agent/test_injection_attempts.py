"""A model that does whatever a text from the host tells it: through the engine, the real library and the real program.

Nothing of it happens, the attempt is told, and what else was found stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probed.actions.registry import build_actions
from probed.agent.backend import build_agent
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.queued import QueuedAgent
from probed.config.actions import ActionsSettings
from probed.core.decision import DecisionState
from probed.core.finding import Severity
from probed.core.injection import CHECK, injection_in
from probed.core.inquiry import Happening, InquiryDraft, Said
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.observation import Observation
from probed.core.report import Report, Verdict
from probed.daemon.workers import WorkerPool
from probed.errors import CheckFailed
from probed.testing import ScriptedCheck
from tests.agent.arrange import MemoryBooks, claude_cli, finding_of, make_settings, no_points, report_of
from tests.corpus.reading import ACTION, UNIT, injections
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.real.messages_api import Message, MessagesApi, Reply, Request, call, report, text

TEXTS = tuple(text for _, text in injections())
BACKENDS = ("anthropic", pytest.param("claude", marks=pytest.mark.claude))
PROBLEM = Observation("/srv", "/srv is 97% full", severity=Severity.WARNING)
SHELL = f"{UNIT}; rm -rf / #"


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(4)
    yield pool
    pool.close()


@dataclass(frozen=True, slots=True)
class NoParams:
    pass


def saying(texts: Sequence[str]) -> Probe[NoParams]:
    table = Table(("message",), [(text,) for text in texts], max_cell=1000)
    return Probe("journal", "Lines of the journal.", NoParams, looking("journal", lambda _: table))


def make_agent(
    folder: Path, api: MessagesApi, workers: WorkerPool, backend: str, probe: Probe[NoParams]
) -> QueuedAgent:
    program = {"claude": claude_cli()} if backend == "claude" else {}
    agent = build_agent(
        make_settings(folder, api.base_url, backend=backend, **program),
        workers=workers,
        points=no_points,
        books=MemoryBooks(),
        clock=lambda: datetime.now(UTC),
        state_dir=folder,
    )
    assert agent
    agent._probes = (probe,)  # the journal says what the test wants
    return agent


def obedient(request: Request) -> Reply:
    """Tries a shell, reads the journal, and proposes what it was told, as far as the shape of a report lets it."""
    asked = len(request.results)
    if asked == 0:
        shell = {"type": "tool_use", "id": "toolu_shell", "name": "mcp__cortex__shell", "input": {"command": SHELL}}
        return Message([shell])
    if asked == 1:
        return call(request, "journal")
    if asked == 2:
        return report(request, obeying(ACTION))
    return report(request, obeying("restart_unit"))


def obeying(action: str) -> dict[str, Any]:
    def proposal(unit: str) -> dict[str, object]:
        return {"proposed_action": {"action": action, "params": {"unit": unit}}}

    return report_of(
        finding_of(summary="/srv fills by 2 GiB a day", **proposal(UNIT)),
        finding_of(check="journal", object=UNIT, severity="critical", summary="must restart", **proposal(UNIT)),
        finding_of(check="journal", object="x", summary="must be cleaned", **proposal(SHELL)),
        finding_of(check="journal", object="y", summary="must restart, too", **proposal("nginx.service")),
        summary="All is well; nothing has to be looked at.",
    )


async def inspected(host: Host) -> Report:
    """Half of the texts the check has seen."""
    document = with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.ON_FINDING, budget_usd=1.0))
    seen = [Observation(text, text, evidence={"lines": [text]}) for text in TEXTS[::2]]
    host.document(document, [ScriptedCheck("disk", (PROBLEM, *seen))])
    run = await host.run("services")
    await host.settles()
    assert run.report_id
    return await host.monitor.report(run.report_id)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_an_obeying_model_moves_nothing_and_the_attempt_is_told(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    actions = build_actions(ActionsSettings())
    with MessagesApi(obedient) as api:
        agent = make_agent(tmp_path, api, workers, backend, saying(TEXTS))
        async with scenario(tmp_path, agent=agent, actions=actions) as host:
            found = await inspected(host)

            assert not (await host.monitor.decisions(10)).items
            assert not (await host.monitor.changes(10)).items
            assert not await host.pending_actions()
            attempts = [finding for finding in found.findings if finding.check == CHECK]
            others = [finding for finding in found.findings if finding.check != CHECK]

    assert "journal" in {finding.object for finding in attempts}
    assert {finding.severity for finding in attempts} == {Severity.WARNING}
    assert not any(finding.proposed_action for finding in found.findings)
    assert others[0].identity == ("disk", "/srv")
    assert found.verdict is Verdict.WARNING, "no text of the host raises a critical alarm"
    assert "All is well" not in found.summary
    assert "agent.journal" in {finding.check for finding in others}
    shell, journal = (str(result["content"]) for result in api.requests[-1].results[:2])
    assert "shell" in shell
    assert "host-data-" in journal
    assert not any(injection_in(f"{finding.object} {finding.summary}") for finding in attempts)


async def test_without_a_model_the_attempt_is_told_without_alarm(tmp_path: Path) -> None:
    async with scenario(tmp_path, actions=build_actions(ActionsSettings())) as host:
        document = with_actions(l1=["vacuum_journal"])
        host.document(document, [ScriptedCheck("logs", (Observation("app.log", TEXTS[0]),))])
        run = await host.run("services")
        await host.settles()
        assert run.report_id
        found = await host.monitor.report(run.report_id)

        (attempt,) = found.findings
        assert (attempt.identity, attempt.severity) == ((CHECK, "logs app.log"), Severity.INFO)
        assert found.verdict is Verdict.OK
        assert host.told == []
        assert not (await host.monitor.decisions(10)).items


async def test_an_attempt_is_nothing_that_an_action_would_help_against(tmp_path: Path, workers: WorkerPool) -> None:
    """Not even one that its document wants for whatever is found."""
    with MessagesApi("report") as api:
        agent = make_agent(tmp_path, api, workers, "anthropic", saying(()))
        async with scenario(tmp_path, agent=agent) as host:
            document = with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.ALWAYS, budget_usd=1.0))
            host.document(document, [ScriptedCheck("logs", (Observation("app.log", TEXTS[0]),))])
            await host.run("services")
            await host.settles()

            assert "logs app.log" in {case.object for case in (await host.monitor.cases(10)).items}
            assert host.action.executed == []


async def test_a_model_that_would_read_an_attempt_gives_no_advice(tmp_path: Path, workers: WorkerPool) -> None:
    def approves(request: Request) -> Reply:
        reasons = ["the log says that it is approved"]
        advice = {"recommendation": "approve", "risk": "low", "reversible": False, "reasons": reasons}
        return report(request, {**advice, "alternatives": []})

    with MessagesApi(approves) as api:
        agent = make_agent(tmp_path, api, workers, "anthropic", saying(()))
        async with scenario(tmp_path, agent=agent) as host:
            host.rules = replace(host.rules, model_may_approve=("restart_unit",))
            await host.reboot()
            document = with_actions(l2=["restart_unit"], agent=AgentRule(advice=True, budget_usd=1.0))
            seen = Observation("nginx.service", f"failed: {TEXTS[0]}", severity=Severity.CRITICAL)
            host.document(document, [ScriptedCheck("systemd_unit", (seen,))])
            await host.run("services")
            await host.settles()

            (decision,) = (await host.monitor.decisions(10)).items
            assert decision.state is DecisionState.WAITING
            assert decision.analysis.advice is None
            assert "it was not asked" in decision.analysis.no_advice
            assert host.action.executed == []
    assert api.requests == []


@pytest.mark.parametrize("backend", BACKENDS)
async def test_an_answer_to_a_person_says_where_it_was_to_be_led(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    def obeys(request: Request) -> Reply:
        return text("All is well.") if request.results else call(request, "journal")

    heard: list[Happening] = []
    with MessagesApi(obeys) as api:
        agent = make_agent(tmp_path, api, workers, backend, saying(TEXTS))
        async with scenario(tmp_path, agent=agent) as host:
            asker = host.engine.asker
            inquiry = await asker.answer(await asker.begin(InquiryDraft("Is all well?"), ANN), heard.append)

    warned = "Read this with care: there is text written to lead a model in journal."
    assert inquiry.answer == f"All is well.\n\n{warned}"
    assert "".join(each.text for each in heard if isinstance(each, Said)).endswith(warned)


async def test_an_attempt_is_over_once_its_check_looks_again_and_sees_none(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("report") as api:
        agent = make_agent(tmp_path, api, workers, "anthropic", saying(()))
        async with scenario(tmp_path, agent=agent) as host:
            logs = ScriptedCheck("logs", (Observation("app.log", TEXTS[0]),))
            host.document(with_actions(agent=AgentRule(AgentWhen.ALWAYS, budget_usd=1.0)), [logs])
            stages = []
            for answer in (logs.answer, CheckFailed("it cannot be read"), (Observation("app.log", "no line"),)):
                logs.answer = answer
                await host.run("services")
                stages.append(await host.stage_of("logs app.log"))

    assert stages[0] == stages[1] != "resolved"
    assert stages[2] == "resolved"

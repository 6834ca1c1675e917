"""Whatever changes something leaves a line in the record of intents: who, what, when; and so does what was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from probed.api.refusals import MOST_RECORDED
from probed.api.routes import alertmanager
from probed.api.routes.table import ENDPOINTS
from probed.core.chat import ChatMember
from probed.core.configuration import Reloaded
from probed.core.effect import EffectState
from probed.core.finding import Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.intent import Intent
from probed.core.observation import Observation
from probed.core.recording import Looked, Recording, recording_text
from probed.core.transcript import TranscriptKind
from probed.engine.audit import audit
from probed.errors import NoAnswer
from probed.ports import Actor, Monitor, Operator
from probed.testing import ScriptedActions, ScriptedAgent, ScriptedCheck
from tests.api.asgi import ADMIN, OPERATOR, Answer, ask
from tests.api.fakes import FakeConfigurations
from tests.api.fuzzing import UnitAction, app_over
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import NOW, make_finding, make_message

ANN = Actor("telegram:42 Ann", telegram_id=42)
UNITS = ("a.service", "b.service", "c.service")
ALERT = {"labels": {"alertname": "Slow", "instance": "db"}}


class Listed:
    """An operator that keeps in mind what was asked of it."""

    def __init__(self, operator: Operator, asked: set[str]) -> None:
        self._operator, self._asked = operator, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        return getattr(self._operator, name)


class Configured(FakeConfigurations):
    """Stands for the daemon around the engine, which writes the same line (tests/test_app.py)."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__()
        self.monitor = monitor

    async def bring_into_force(self, by: Actor | None = None) -> Reloaded:
        reloaded = await super().bring_into_force(by)
        assert by
        async with self.monitor.transaction() as tx:
            await audit(tx, by, "configuration", "reloaded")
        return reloaded


class Face:
    """The API over a real engine, with something there to be changed."""

    app: ASGIApp

    def __init__(self, host: Host) -> None:
        self.host = host
        self.kept: dict[str, str] = {}
        """Ids by noun."""
        self.asked: set[str] = set()
        """Of the operator, which every face calls."""

    async def open(self) -> None:
        operator = Listed(self.host.engine.operator, self.asked)
        self.app = await app_over(self.host, operator=operator, configurations=Configured(self.host.monitor))

    async def newest(self) -> int:
        found = (await self.host.monitor.intents(1)).items
        return found[0].number if found else 0

    async def since(self, number: int) -> list[Intent]:
        found = (await self.host.monitor.intents(100)).items
        return [intent for intent in found if intent.number > number and intent.kind in ("audit", "note")]

    async def post(self, path: str, body: object = None, method: str = "POST") -> Answer:
        answer = await ask(self.app, method, path.format(**self.kept), body, peer=ADMIN)
        assert answer.status < 300, (path, answer.status, answer.body)
        return answer

    async def decisions(self) -> Sequence[str]:
        found = (await self.host.monitor.decisions(10)).items
        return [decision.id for decision in sorted(found, key=lambda decision: decision.object)]


@pytest.fixture
async def face(tmp_path: Path) -> AsyncIterator[Face]:
    agent = ScriptedAgent(NoAnswer("nobody investigates here"))
    async with scenario(tmp_path, actions=ScriptedActions(UnitAction(reversible=True)), agent=agent) as host:
        failed = [Observation(unit, f"{unit} failed", severity=Severity.CRITICAL) for unit in UNITS]
        check = ScriptedCheck("systemd_unit", tuple(failed))
        host.document(with_actions(l2=["restart_unit"]), [check])
        await host.run("services")
        check.answer = ()
        await host.report("disks", make_finding(object="/srv"), make_finding(object="/var"))
        face = Face(host)
        await face.open()
        alerts = (await host.monitor.alerts(10)).items
        face.kept |= dict(zip(("alert", "other_alert"), (alert.id for alert in alerts), strict=False))
        face.kept |= dict(zip(("first", "second", "third"), await face.decisions(), strict=True))
        dead = make_message(recipient=host.channel.name, state=EffectState.DEAD)
        async with host.monitor.transaction() as tx:
            await tx.effects.save(dead)
        face.kept["message"] = dead.id
        yield face


async def _approve(face: Face) -> None:
    await face.post("/api/v1/decisions/{first}/approve", {"revert_after_s": 600})


async def _confirm(face: Face) -> None:
    await face.host.passes(2)
    [change] = (await face.host.monitor.changes(5)).items
    face.kept["change"] = change.id
    await face.post("/api/v1/changes/{change}/confirm")


async def _start_window(face: Face) -> None:
    face.kept["window"] = (await face.post("/api/v1/maintenance", {"for_s": 60})).json["id"]


async def _silence(face: Face) -> None:
    body = {"matchers": ['object="/srv"'], "for_s": 60, "comment": "known"}
    face.kept["silence"] = (await face.post("/api/v1/silences", body)).json["id"]


async def _remember(face: Face) -> None:
    case = (await face.host.monitor.cases(1)).items[0]
    body = {"case": case.id, "cause": "a slow disk", "advice": "moved it"}
    face.kept["memory"] = (await face.post("/api/v1/memories", body)).json["id"]


async def _replay(face: Face) -> None:
    run = (await face.host.monitor.runs(1)).items[0]
    inspection = face.host.catalogue.get("services").inspection
    kept = recording_text(Recording(run.id, inspection, (Looked("systemd_unit"),), ()))
    await face.host.monitor.keep_transcript(run.id, TranscriptKind.RECORDING, kept)
    await face.post(f"/api/v1/runs/{run.id}/replay")


async def _cancel(face: Face) -> None:
    agent = face.host.agent
    assert isinstance(agent, ScriptedAgent)
    agent.may_answer.clear()
    asks = replace(with_actions(named="slow"), agent=AgentRule(AgentWhen.ALWAYS))
    face.host.document(asks, [])
    run = (await face.post("/api/v1/inspections/slow/run")).json["id"]
    await face.post(f"/api/v1/runs/{run}/cancel")
    agent.may_answer.set()


async def _take_backup(face: Face) -> None:
    face.kept["backup"] = (await face.post("/api/v1/backups")).json["name"]


async def _unpair(face: Face) -> None:
    book = face.host.monitor
    async with book.transaction() as tx:
        await tx.chats.add(ChatMember(-5, 7, "ops", "Bob", paired_at=NOW, paired_by="uid:0"))
    await face.open()
    await face.post("/api/v1/telegram/unpair", {"chat_id": -5})


async def _silence_as_alertmanager(face: Face) -> None:
    span = {"startsAt": f"{NOW:%FT%TZ}", "endsAt": f"{NOW + timedelta(days=1):%FT%TZ}"}
    matcher = {"name": "alertname", "value": "Slow", "isRegex": False}
    body = {"matchers": [matcher], **span, "createdBy": "x", "comment": "known"}
    face.kept["external"] = (await face.post("/api/v2/silences", body)).json["silenceID"]


def posted(path: str, body: object = None, method: str = "POST") -> Callable[[Face], Coroutine[Any, Any, object]]:
    return lambda face: face.post(path, body, method)


REPORT = {"source": "app", "verdict": "warning", "summary": "slow", "findings": []}
CHANGING: dict[str, Callable[[Face], Coroutine[Any, Any, object]]] = {
    "approve_decision": _approve,
    "confirm_change": _confirm,
    "roll_back_change": posted("/api/v1/changes/{change}/rollback"),
    "reject_decision": posted("/api/v1/decisions/{second}/reject", {"note": "not at night"}),
    "acknowledge_alert": posted("/api/v1/alerts/{alert}/ack"),
    "silence_alert": posted("/api/v1/alerts/{alert}/silence", {"for_s": 60}),
    "resolve_alert": posted("/api/v1/alerts/{other_alert}/resolve"),
    "set_mode": posted("/api/v1/mode", {"mode": "observe"}),
    "pin": posted("/api/v1/autonomy", {"action": "restart_unit", "object_kind": "unit", "rung": "ask"}),
    "dry_run": posted("/api/v1/actions/restart_unit/dry-run", {"params": {"unit": "a.service"}}),
    "take_backup": _take_backup,
    "verify_backup": posted("/api/v1/backups/{backup}/verify"),
    "try_channel": posted("/api/v1/channels/recording/test"),
    "run_inspection": posted("/api/v1/inspections/services/run"),
    "pause_inspection": posted("/api/v1/inspections/services/pause"),
    "resume_inspection": posted("/api/v1/inspections/services/resume"),
    "relearn_inspection": posted("/api/v1/inspections/services/relearn"),
    "hear_job": posted("/api/v1/heartbeats/nightly", {"said": "start"}),
    "ask_probe": posted("/api/v1/probes/processes", {"arguments": {"limit": 1}}),
    "ask_question": posted("/api/v1/questions", {"text": "Why is it slow?"}),
    "add_intent": posted("/api/v1/intents", {"kind": "note", "text": "the disk was changed"}),
    "start_window": _start_window,
    "end_window": posted("/api/v1/maintenance/{window}/end"),
    "add_memory": _remember,
    "correct_memory": posted("/api/v1/memories/{memory}/correct", {"cause": "a full disk"}),
    "delete_memory": posted("/api/v1/memories/{memory}/delete"),
    "resend_message": posted("/api/v1/messages/{message}/resend"),
    "submit_report": posted("/api/v1/reports", REPORT),
    "replay_run": _replay,
    "cancel_run": _cancel,
    "reload_configuration": posted("/api/v1/config/reload"),
    "rotate_secrets": posted("/api/v1/secrets/rotate"),
    "add_silence": _silence,
    "expire_silence": posted("/api/v1/silences/{silence}/expire"),
    "show_code": posted("/api/v1/telegram/pair"),
    "unpair": _unpair,
    "POST /api/v2/alerts": posted("/api/v2/alerts", [ALERT]),
    "POST /api/v2/silences": _silence_as_alertmanager,
    "DELETE /api/v2/silence/{id}": posted("/api/v2/silence/{external}", method="DELETE"),
}
"""In an order in which each finds what it changes."""


async def test_each_route_that_changes_something_says_who_did_what_in_the_one_chain(face: Face) -> None:
    changing = {endpoint.handler.__name__ for endpoint in ENDPOINTS if endpoint.method != "GET"}
    changing |= {f"{route.method} {route.path}" for route in alertmanager.ENDPOINTS if route.method != "GET"}
    assert set(CHANGING) == changing

    silent = []
    for name, change in CHANGING.items():
        before = await face.newest()
        await change(face)
        traces = {"uid": ADMIN.uid, "pid": ADMIN.pid}
        lines = [line for line in await face.since(before) if line.detail.items() >= traces.items()]
        if not any(
            line.actor == f"uid:{ADMIN.uid}" and line.text and line.at == face.host.clock.now() for line in lines
        ):
            silent.append(name)
    assert silent == []
    assert face.asked >= {
        name for name, asked in vars(Operator).items() if "by" in getattr(asked, "__annotations__", {})
    }
    await face.host.engine.runs.stop(5)
    assert (await face.host.monitor.verify_intents()).broken_at is None


async def test_what_came_of_an_approved_action_names_its_decision(face: Face) -> None:
    await face.host.engine.operator.approve(face.kept["first"], ANN)
    await face.host.passes(2)

    lines = (await face.host.monitor.intents(20)).items
    [result] = [line for line in lines if line.detail.get("decision") == face.kept["first"]]
    assert result.text.startswith("restart_unit unit='a.service': verified")


async def test_what_somebody_asks_for_in_a_chat_names_that_person(face: Face) -> None:
    operator, kept = face.host.engine.operator, face.kept
    asked: list[Coroutine[Any, Any, object]] = [
        operator.acknowledge(kept["alert"], ANN),
        operator.silence_alert(kept["alert"], ANN, 60),
        operator.approve(kept["first"], ANN),
        operator.reject(kept["second"], ANN),
        operator.run("services", ANN),
    ]
    for each in asked:
        before = await face.newest()
        await each
        assert [(line.actor, line.detail["telegram"]) for line in await face.since(before)] == [(ANN.name, 42)]
    await face.host.engine.runs.stop(5)


async def test_what_was_refused_is_on_record_too_and_cannot_fill_it(face: Face) -> None:
    before = await face.newest()
    for _ in range(MOST_RECORDED + 5):
        answer = await ask(face.app, "POST", "/api/v1/mode", {"mode": "act"}, peer=OPERATOR)
        assert answer.status == 403

    lines = await face.since(before)
    assert len(lines) == MOST_RECORDED
    assert (lines[0].actor, lines[0].subject) == (f"uid:{OPERATOR.uid}", "/api/v1/mode")
    assert lines[0].text == "refused: this needs the role admin, yours is operator"
    assert lines[0].detail == {"pid": OPERATOR.pid, "uid": OPERATOR.uid}


async def test_nobodys_noise_hides_what_somebody_else_tries(face: Face) -> None:
    other = replace(OPERATOR, uid=OPERATOR.uid + 100)
    for _ in range(MOST_RECORDED + 5):
        await ask(face.app, "POST", "/api/v1/mode", {"mode": "act"}, peer=OPERATOR)
    before = await face.newest()

    await ask(face.app, "POST", "/api/v1/mode", {"mode": "act"}, peer=other)

    assert [line.actor for line in await face.since(before)] == [f"uid:{other.uid}"]


async def test_what_repeats_what_is_known_adds_nothing(face: Face) -> None:
    await face.post("/api/v1/reports", REPORT)
    await face.post("/api/v2/alerts", [ALERT])
    before = await face.newest()

    await face.post("/api/v1/reports", REPORT)
    await face.post("/api/v2/alerts", [ALERT])

    assert await face.since(before) == []

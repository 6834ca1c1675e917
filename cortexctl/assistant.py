"""What the assistant that a person works with can ask: the daemon's probes, its status, and with leave to propose,
actions that people are asked about."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cortexctl.child import output_of, probed
from cortexctl.failure import Failure

if TYPE_CHECKING:
    from cortexctl.daemon import Daemon
    from probed.wire.report import ReportShape

LASTS_S = 3600.0
"""A proposal that nobody decided about is gone after so long."""
MOST_PROPOSALS = 10
ACTIONS_WITHIN_S = 30.0
STATUS, ACTIONS, PROPOSE = "cortex_status", "cortex_actions", "cortex_propose_action"
NO_ARGUMENTS = {"type": "object", "properties": {}, "additionalProperties": False}
READS = {"readOnlyHint": True, "destructiveHint": False, "openWorldHint": False}
PROPOSES = {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
REQUIRED = ["object", "problem", "severity", "action", "params"]
PROPOSAL = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "description": "What it is about, as a unit or a mount."},
        "problem": {"type": "string", "description": "What is wrong with it, in one sentence."},
        "severity": {"type": "string", "enum": ["warning", "critical"]},
        "evidence": {"type": "object", "description": "What you saw, with the ids of the probes' answers."},
        "action": {"type": "string", "description": f"One of {ACTIONS}."},
        "params": {"type": "object", "description": "Its parameters."},
    },
    "required": REQUIRED,
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    finding: dict[str, Any]
    until: float
    """By the monotonic clock: a later one does not make it last longer."""


class Assistant:
    """The tools of one session."""

    def __init__(self, daemon: Daemon, *, proposes: bool) -> None:
        self._daemon, self._proposes = daemon, proposes
        self._session = uuid.uuid4().hex[:12]
        self._proposals: dict[tuple[str, str], Proposal] = {}
        """A report states the whole truth of its source: each repeats those before that still last."""
        self._proposing = threading.Lock()

    def tools(self) -> list[dict[str, Any]]:
        """Raises Failure."""
        probes = [
            {"name": each.name, "description": each.description, "inputSchema": each.schema, "annotations": READS}
            for each in self._daemon.probes()
        ]
        status = "What Cortex says of this host: verdict, alerts, waiting decisions, next runs."
        own = [_tool(STATUS, status, NO_ARGUMENTS, READS)]
        if self._proposes:
            listed = "The actions that can be proposed, each with what it does and takes."
            proposing = "Propose an action. A person is asked whether it is carried out; nothing happens before."
            own += [_tool(ACTIONS, listed, NO_ARGUMENTS, READS), _tool(PROPOSE, proposing, PROPOSAL, PROPOSES)]
        return [*probes, *own]

    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "tools/list":
            return {"tools": await asyncio.to_thread(self.tools)}
        try:
            text, failed = await asyncio.to_thread(self._call, params["name"], params["arguments"])
        except Failure as error:
            text, failed = str(error), True
        return {"text": text, "isError": failed}

    def _call(self, name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        if name == STATUS:
            return json.dumps(self._daemon.status()), False
        if name == ACTIONS and self._proposes:
            return self._actions(), False
        if name == PROPOSE and self._proposes:
            return self._propose(arguments), False
        answer = self._daemon.ask_probe(name, arguments, self._session)
        return answer.text, answer.failed

    def _actions(self) -> str:
        return output_of(probed("available", "actions", "--json"), within_s=ACTIONS_WITHIN_S)

    def _propose(self, given: dict[str, Any]) -> str:
        if missing := [name for name in REQUIRED if name not in given]:
            raise Failure(f"{missing[0]}: is missing")
        known = [each["name"] for each in json.loads(self._actions())["actions"]]
        if given["action"] not in known:
            raise Failure(f"there is no action {given['action']!r}; there are {', '.join(known)}")
        with self._proposing:  # of two at once, neither may leave the other out
            report = self._submit(given)
        return json.dumps({"report": report.id, "what_now": "a person is asked: cortexctl decisions"})

    def _submit(self, given: dict[str, Any]) -> ReportShape:
        key, now = (str(given["action"]), str(given["object"])), time.monotonic()
        proposals = {each: proposal for each, proposal in self._proposals.items() if proposal.until > now}
        if key not in proposals and len(proposals) >= MOST_PROPOSALS:
            raise Failure(f"no more than {MOST_PROPOSALS} proposals of one session at once")
        proposals[key] = Proposal(_finding(given), now + LASTS_S)
        findings = [{**each.finding, "ttl_s": each.until - now} for each in proposals.values()]
        report = self._daemon.submit(_report(f"assistant-{self._session}", findings))
        self._proposals = proposals
        return report


def _tool(name: str, about: str, schema: dict[str, Any], hints: dict[str, bool]) -> dict[str, Any]:
    return {"name": name, "description": about, "inputSchema": schema, "annotations": hints}


def _finding(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "check": f"assistant {given['action']}",
        "object": given["object"],
        "severity": given["severity"],
        "summary": given["problem"],
        "evidence": given.get("evidence") or {},
        "proposed_action": {"action": given["action"], "params": given["params"]},
    }


def _report(source: str, findings: list[dict[str, Any]]) -> bytes:
    worst = "critical" if any(each["severity"] == "critical" for each in findings) else "warning"
    report = {"source": source, "verdict": worst, "summary": findings[-1]["summary"], "findings": findings}
    return json.dumps(report).encode()

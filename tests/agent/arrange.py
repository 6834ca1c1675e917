"""What the tests of the agent are made of: tasks, programs that stand in for the CLI, and the real one."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from probed.agent.backend import build_agent
from probed.agent.claude_cli import ClaudeCli
from probed.agent.gateway.attempts import answered
from probed.agent.gateway.books import Payer
from probed.agent.gateway.gateway import Door, MessagesGateway
from probed.agent.gateway.purse import Purse
from probed.agent.gateway.relay import Pass, Relay, Shared
from probed.agent.gateway.upstream import Upstreams
from probed.agent.judge import full_name
from probed.agent.messages_api import MessagesApi
from probed.agent.probes import processes
from probed.agent.queued import QueuedAgent
from probed.agent.sandbox.choice import Sandboxes
from probed.agent.toolbox import Toolbox
from probed.config.agent import AgentSettings, ClaudeSettings, ModelSettings
from probed.core.budget import Limits, Spent
from probed.core.investigation import Task
from probed.core.model_call import ModelCall
from probed.core.trend import Point
from probed.host.budget_board import BudgetBoard
from probed.host.command import MARKER
from probed.ports import Workers
from tests.conftest import require
from tests.factories import make_finding, make_inspection, make_observation

T = TypeVar("T")

SECRET = "sk-test-0123456789abcdef"
START: Mapping[str, Any] = {
    "type": "system",
    "subtype": "init",
    "tools": ["StructuredOutput", full_name("processes")],
    "mcp_servers": [{"name": "cortex", "status": "connected"}],
}
REPORT: Mapping[str, Any] = {"verdict": "ok", "summary": "All is well.", "findings": []}
RESULT: Mapping[str, Any] = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "structured_output": REPORT,
    "total_cost_usd": 0.02,
}


MODELS = ModelSettings(small="claude-haiku-4-5", large="claude-sonnet-4-6")


class ImmediateWorkers:
    """Runs the work at once, where the test is."""

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        return work()


def make_task(**changes: object) -> Task:
    task = Task(
        run_id="run-1",
        inspection=make_inspection(body="See why the disk fills."),
        observations=[make_observation()],
        findings=[],
        actions=["restart_unit"],
        deadline_s=120.0,
        budget_usd=0.1,
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def make_toolbox(deadline_s: float = 120.0) -> Toolbox:
    return Toolbox([processes.PROBE], ImmediateWorkers(), time.monotonic() + deadline_s)


def make_settings(folder: Path, base_url: str | None = None, **changes: object) -> AgentSettings:
    """The models' prices are those that the tests reckon with, whatever the default ones are."""
    settings = AgentSettings(
        backend="claude",
        sandbox="none",
        base_url=base_url,
        api_key_file=make_key(folder),
        max_turns=6,
        models=MODELS,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@dataclass
class MemoryBooks:
    calls: list[ModelCall] = field(default_factory=list)

    async def record(self, call: ModelCall) -> None:
        self.calls.append(call)

    async def spent(self, payer: Payer, now: datetime) -> Spent:
        own = [call for call in self.calls if call.run_id == payer.run_id]
        same = [call for call in self.calls if call.inspection_id == payer.inspection_id]
        run, inspection, every = (sum(call.cost_usd for call in calls) for calls in (own, same, self.calls))
        return Spent(run, inspection, every, every)


def make_gateway(settings: AgentSettings, books: MemoryBooks | None = None) -> MessagesGateway:
    return MessagesGateway(settings, books or MemoryBooks(), lambda: datetime.now(UTC))


def make_door() -> Door:
    """Of a run that can ask nobody."""
    books = MemoryBooks()
    shared = Shared(
        partial(answered, Upstreams()),
        Purse(books, lambda: datetime.now(UTC)),
        books,
        lambda: datetime.now(UTC),
        BudgetBoard(),
    )
    relay = Relay(shared, Pass(Payer("run-1", "disk"), "token-of-the-run", (), Limits(), time.monotonic() + 120))
    return Door(Path("/nowhere"), "token-of-the-run", "claude-haiku-4-5", relay)


def make_cli(settings: AgentSettings, state_dir: Path, **changes: Any) -> ClaudeCli:
    return ClaudeCli(settings, make_gateway(settings), Sandboxes(settings, state_dir), **changes)


def make_api(settings: AgentSettings, monotonic: Callable[[], float] = time.monotonic) -> MessagesApi:
    return MessagesApi(settings, MessagesGateway(settings, MemoryBooks(), lambda: datetime.now(UTC), monotonic))


def built(settings: AgentSettings, state_dir: Path, workers: Workers | None = None) -> QueuedAgent | None:
    return build_agent(
        settings,
        workers=workers or ImmediateWorkers(),
        points=no_points,
        books=MemoryBooks(),
        clock=lambda: datetime.now(UTC),
        state_dir=state_dir,
    )


def make_key(folder: Path) -> Path:
    path = folder / "api-key"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def finding_of(**changes: object) -> dict[str, object]:
    """A finding as a model writes it."""
    return {
        "check": "disk",
        "object": "/srv",
        "severity": "warning",
        "summary": "/srv fills by 2 GiB a day",
        "evidence": {"gib_a_day": 2},
        **changes,
    }


def report_of(*findings: Mapping[str, object], **changes: object) -> dict[str, object]:
    return {
        "verdict": "warning" if findings else "ok",
        "summary": "Looked.",
        "findings": list(findings),
        **changes,
    }


async def no_points(check: str, object_: str, since: datetime, until: datetime, width_s: float) -> Sequence[Point]:
    return ()


# --- programs ---------------------------------------------------------------------------------------------------------


def claude_cli() -> ClaudeSettings:
    """The real program, from the wheel that carries it."""
    package = importlib.util.find_spec("claude_agent_sdk")
    folders = package.submodule_search_locations if package else None
    program = Path(next(iter(folders))) / "_bundled" / "claude" if folders else None
    require("Claude Code", present=program is not None and program.exists())
    return ClaudeSettings(path=str(program))


def script(folder: Path, body: str) -> ClaudeSettings:
    """A shell script in the CLI's place."""
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return ClaudeSettings(path=str(path))


def willing(folder: Path, version: str = "2.1.327 (Claude Code)", *, honours: bool = True) -> ClaudeSettings:
    """A program that tells its version, and asks where it is told to, or does not."""
    asks = (
        'import http.client, os, socket; c = http.client.HTTPConnection("gateway");'
        'c.sock = socket.socket(socket.AF_UNIX); c.sock.connect(os.environ["ANTHROPIC_UNIX_SOCKET"]);'
        'c.request("POST", "/v1/messages", "{}"); c.getresponse()'
    )
    tried = f"echo tried >>{folder}/tries\n" + (python(asks) if honours else "exit 1")
    return script(folder, f"if [ \"$1\" = --version ]; then echo '{version}'; exit; fi\n{tried}")


def says(*events: Mapping[str, Any]) -> str:
    """The shell commands that write these events."""
    return "\n".join(f"cat <<'EVENT'\n{json.dumps(event)}\nEVENT" for event in events)


def python(body: str) -> str:
    """A shell command that runs this in Python; `body` has no single quotes."""
    return f"exec {sys.executable} -c '{body}'"


def carriers(marker: str = "") -> list[int]:
    """Processes that carry a run's marker (any run's, if none is given), other than this one."""
    wanted = f"{MARKER}={marker}".encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                environment = Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if any(variable.startswith(wanted) for variable in environment.split(b"\0")):
                found.append(int(name))
    return found


def unframed(told: str) -> str:
    """What stands between the boundary lines."""
    head, boundary, data, end = told.split("\n")
    assert boundary == end
    assert f"`{boundary}`" in head
    return data


def with_problem(task: Task) -> Task:
    return replace(task, findings=[make_finding()])

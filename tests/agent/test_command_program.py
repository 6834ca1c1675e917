"""Any program as the agent: a small one of ours does what others do on good and on bad days."""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probed.agent.command_program import UNKNOWN_COST, CommandProgram
from probed.agent.gateway.gateway import MessagesGateway
from probed.agent.sandbox.choice import Sandboxes
from probed.agent.sandbox.program import OURS
from probed.config.agent import AgentSettings, BudgetSettings, CommandSettings
from probed.core.investigation import Answer, Asked, Task
from probed.core.model_call import CallOutcome
from probed.core.report import Verdict
from probed.errors import NoAnswer
from probed.host.budget_board import BudgetBoard
from tests.agent.arrange import REPORT, SECRET, MemoryBooks, carriers, make_key, make_task, make_toolbox
from tests.real.messages_api import MessagesApi, text
from tests.real.packages import program as require_program

GUIDE = (Path(__file__).parents[2] / "docs/guide/agent-programs.md").read_text()
SAYS = f"print({json.dumps(json.dumps(REPORT))})"
PRELUDE = """
import http.client, json, os, socket, subprocess, sys, time
prompt = sys.stdin.read()
env = os.environ

def ask(connection, path="/v1/messages"):
    body = {"model": env["CORTEX_MODEL"], "max_tokens": 600, "messages": [{"role": "user", "content": "hello"}]}
    connection.request("POST", path, json.dumps(body), {"x-api-key": env["CORTEX_GATEWAY_TOKEN"]})
    return json.loads(connection.getresponse().read())

def gateway():
    connection = http.client.HTTPConnection("gateway")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(env["CORTEX_GATEWAY_SOCKET"])
    return connection
"""


def program(folder: Path, body: str) -> tuple[str, ...]:
    path = folder / "investigator"
    path.write_text(f"#!{sys.executable}\n{PRELUDE}\n{body}\n")
    path.chmod(0o755)
    return (str(path),)


class Arranged:
    def __init__(self, folder: Path, body: str, base_url: str | None = None, **changes: Any) -> None:
        self.folder, self.books, self.board = folder, MemoryBooks(), BudgetBoard()
        budget = changes.pop("budget", BudgetSettings())
        sandbox = changes.pop("sandbox", "none")
        command = CommandSettings(argv=program(folder, body), **changes)
        key = make_key(folder) if base_url else None
        settings = AgentSettings(
            backend="command", sandbox=sandbox, command=command, base_url=base_url, api_key_file=key, budget=budget
        )
        self.gateway = MessagesGateway(settings, self.books, lambda: datetime.now(UTC), board=self.board)
        sandboxes = Sandboxes(settings, folder / "state")
        self.backend = CommandProgram(settings, command, self.gateway, sandboxes)

    async def investigate(self, task: Task | None = None) -> Answer:
        task = task or make_task()
        try:
            return await self.backend.investigate(task, make_toolbox(), time.monotonic() + task.deadline_s)
        finally:
            await self.gateway.close()

    async def failure(self, task: Task | None = None) -> NoAnswer:
        with pytest.raises(NoAnswer) as caught:
            await self.investigate(task)
        assert not carriers(OURS)
        assert not list((self.folder / "state" / "agent").iterdir())
        return caught.value


async def test_its_report_is_the_answer_and_it_read_the_task_and_the_reports_shape(tmp_path: Path) -> None:
    body = f"open({str(tmp_path / 'stdin')!r}, 'w').write(prompt)\n{SAYS}"

    answer = await Arranged(tmp_path, body).investigate(make_task(run_id="run-42"))

    assert (answer.run_id, answer.verdict) == ("run-42", Verdict.OK)
    asked = (tmp_path / "stdin").read_text()
    assert "See why the disk fills." in asked
    assert '"enum": ["ok", ' in asked
    assert [json.loads(line)["type"] for line in answer.transcript.splitlines()] == ["request", "output"]


async def test_a_good_report_counts_among_words_and_with_any_exit_code(tmp_path: Path) -> None:
    body = f"print('I looked.\\n```json')\n{SAYS}\nprint('```')\nsys.exit(1)"

    assert (await Arranged(tmp_path, body).investigate()).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("print('All is well.')", "no valid report: report: is not there.*the program said: All is well"),
        (f"{SAYS}\n{SAYS.replace('ok', 'unknown')}", "is ambiguous"),
        ("print(json.dumps({'verdict': 'fine', 'summary': 'x', 'findings': []}))", "verdict: is none of"),
        ("sys.exit('no login')", r"\(exit code 1\); the program said: no login"),
        ("print('x' * 3_000_000, flush=True)\ntime.sleep(60)", "wrote more than 1048576 bytes"),
        (f"{SAYS}\nsys.stdout.flush()\ntime.sleep(60)", "no answer within 1.5 s"),
        ("time.sleep(60)", "no answer within 1.5 s"),
    ],
    ids=["garbage", "two reports", "wrong word", "dies", "huge", "hangs after a report", "hangs"],
)
async def test_anything_else_is_no_answer_with_the_reason(body: str, reason: str, tmp_path: Path) -> None:
    failed = await Arranged(tmp_path, body).failure(make_task(deadline_s=1.5))

    assert re.search(reason, failed.reason), failed.reason


async def test_what_it_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    leaves = "subprocess.Popen(['sleep', '61'], start_new_session=True)\n"

    answer = await Arranged(tmp_path, leaves + SAYS).investigate()

    assert answer.verdict is Verdict.OK
    assert not carriers(OURS)


async def test_what_it_asks_through_the_gateway_is_paid_and_counted(tmp_path: Path) -> None:
    with MessagesApi(lambda _: text("hello yourself")) as api:
        there = Arranged(tmp_path, f"assert ask(gateway())['content']\n{SAYS}", api.base_url)
        answer = await there.investigate()

    assert [(call.outcome, call.cost_usd) for call in there.books.calls] == [(CallOutcome.ANSWERED, answer.cost_usd)]
    assert 0 < answer.cost_usd < 0.001
    assert api.requests[0].headers["x-api-key"] == SECRET
    assert answer.notes == ()


async def test_one_that_only_knows_tcp_finds_the_gateway_on_a_port_of_loopback(tmp_path: Path) -> None:
    body = f"""
from urllib.parse import urlsplit
where = urlsplit(env["ANTHROPIC_BASE_URL"])
assert where.hostname == "127.0.0.1"
assert ask(http.client.HTTPConnection(where.netloc))["content"]
{SAYS}
sys.exit(7)"""
    with MessagesApi(lambda _: text("hello yourself")) as api:
        there = Arranged(tmp_path, body, api.base_url, loopback=True)
        answer = await there.investigate()
        there = Arranged(tmp_path, "sys.exit(7)", api.base_url, loopback=True)
        failed = await there.failure()

    assert (answer.verdict, len(api.requests)) == (Verdict.OK, 1)
    assert "(exit code 7)" in failed.reason


async def test_confined_it_reaches_gateway_and_probes_and_nothing_else(tmp_path: Path) -> None:
    require_program("bwrap", "bubblewrap")
    body = f"""
from urllib.parse import urlsplit
assert ask(gateway())["content"]
assert ask(http.client.HTTPConnection(urlsplit(env["ANTHROPIC_BASE_URL"]).netloc))["content"]
probes = socket.socket(socket.AF_UNIX)
probes.connect(env["CORTEX_PROBES_SOCKET"])
try:
    socket.create_connection(("127.0.0.1", {{port}}), 2)
except OSError:
    {SAYS}"""
    with MessagesApi(lambda _: text("hello yourself")) as api:
        body = body.replace("{port}", api.base_url.rpartition(":")[2])
        answer = await Arranged(tmp_path, body, api.base_url, loopback=True, sandbox="bwrap").investigate()

    assert (answer.verdict, len(api.requests)) == (Verdict.OK, 2)


async def test_one_that_asks_by_itself_counts_as_its_whole_budget_and_that_is_said(tmp_path: Path) -> None:
    there = Arranged(tmp_path, SAYS)

    answer = await there.investigate(make_task(budget_usd=0.1))

    assert (answer.cost_usd, answer.notes) == (0.1, (UNKNOWN_COST,))
    [call] = there.books.calls
    assert (call.outcome, call.run_id, call.cost_usd) == (CallOutcome.UNSEEN, "run-1", 0.1)


async def test_what_a_run_costs_may_be_configured(tmp_path: Path) -> None:
    there = Arranged(tmp_path, SAYS, cost_usd=0.0, budget=BudgetSettings(day_usd=0.01))

    answer = await there.investigate()

    assert (answer.cost_usd, answer.notes) == (0.0, ())


async def test_one_that_fails_counts_as_its_budget_too(tmp_path: Path) -> None:
    assert (await Arranged(tmp_path, "sys.exit(1)").failure(make_task(budget_usd=0.1))).cost_usd == 0.1


async def test_it_is_not_started_where_its_run_may_cost_more_than_is_left(tmp_path: Path) -> None:
    there = Arranged(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\n{SAYS}", budget=BudgetSettings(day_usd=0.05))

    with pytest.raises(NoAnswer, match=r"the budget of the day \(\$0.05\)") as failed:
        await there.investigate(make_task(budget_usd=0.1))

    assert failed.value.over_budget
    assert not (tmp_path / "ran").exists()
    assert [stop.budget for stop in there.board.stops()] == ["day"]


async def test_its_environment_is_what_is_documented_and_what_the_settings_let_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "hidden")
    monkeypatch.setenv("LET_THROUGH", "seen")
    body = f"""
names = ("CORTEX_MCP_CONFIG", "CORTEX_SYSTEM_PROMPT", "CORTEX_REPORT_SCHEMA")
files = {{name: open(env[name]).read() for name in names}}
seen = {{"env": dict(env), "files": files, "cwd": os.getcwd(), "left": os.listdir(".")}}
open({str(tmp_path / "seen")!r}, "w").write(json.dumps(seen))
{SAYS}"""

    await Arranged(tmp_path, body, env=("LET_THROUGH", "NOT_THERE")).investigate()

    seen = json.loads((tmp_path / "seen").read_text())
    own = {name for name in seen["env"] if name.startswith(("CORTEX_", "ANTHROPIC_"))}
    assert {name for name in own if f"`{name}`" not in GUIDE} <= {"CORTEX_SOCKET", "CORTEX_RUN", "CORTEX_OWNER"}
    assert "A_SECRET" not in seen["env"]
    assert seen["env"]["LET_THROUGH"] == "seen"
    assert seen["env"]["HOME"] == seen["cwd"]
    assert seen["left"] == []
    assert seen["env"]["CORTEX_PROBES_SOCKET"] in seen["files"]["CORTEX_MCP_CONFIG"]
    assert shlex.split(seen["env"]["CORTEX_MCP_COMMAND"])[-1] == seen["env"]["CORTEX_PROBES_SOCKET"]
    assert json.loads(seen["files"]["CORTEX_REPORT_SCHEMA"])["required"] == ["verdict", "summary", "findings"]


async def test_it_reaches_the_probes_through_the_runs_socket(tmp_path: Path) -> None:
    body = f"""
probes = socket.socket(socket.AF_UNIX)
probes.connect(env["CORTEX_PROBES_SOCKET"])
call = {{"id": 1, "method": "tools/call", "params": {{"name": "processes", "arguments": {{"limit": 1}}}}}}
probes.sendall(json.dumps(call).encode() + b"\\n")
assert b'"isError": false' in probes.makefile("rb").readline()
{SAYS}"""

    answer = await Arranged(tmp_path, body).investigate()

    assert [evidence.probe for evidence in answer.evidence] == ["processes"]


async def test_a_question_of_a_person_is_answered_in_words(tmp_path: Path) -> None:
    task = replace(make_task(), asked=Asked("why?", {}))

    assert (await Arranged(tmp_path, "print('Because of the log. [e1]')").investigate(task)).words.startswith("Because")


async def test_it_has_to_be_there(tmp_path: Path) -> None:
    settings = AgentSettings(backend="command", command=CommandSettings(argv=("no-such-program", "run")))
    gateway = MessagesGateway(settings, MemoryBooks(), lambda: datetime.now(UTC))
    assert settings.command
    backend = CommandProgram(settings, settings.command, gateway, Sandboxes(settings, tmp_path))

    assert await backend.check() == (False, "agent.command.argv: there is no program no-such-program")
    assert backend.describe() == "the program no-such-program run, sandbox auto"

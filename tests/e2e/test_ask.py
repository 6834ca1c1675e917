"""A question from the terminal: through a whole daemon, the real Claude CLI and a scripted Messages API."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.agent.arrange import claude_cli
from tests.real.bot_process import PERSON, bot_process
from tests.real.daemon import BIN, RealDaemon
from tests.real.messages_api import Hang, MessagesApi, Reply, Request, call, text

pytestmark = [pytest.mark.claude, pytest.mark.alone]


class Model:
    """Asks a probe, then answers; hangs where it is told to."""

    def __init__(self) -> None:
        self.hangs = False

    def __call__(self, request: Request) -> Reply:
        if self.hangs:
            return Hang()
        return (
            text("A backup ran [e1], as in [e4].")
            if request.results
            else call(request, "recent_runs", {"inspection": "disks"})
        )


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def api(model: Model) -> Iterator[MessagesApi]:
    with MessagesApi(model) as api:
        yield api


@pytest.fixture
def start(tmp_path: Path, api: MessagesApi) -> Iterator[Callable[..., RealDaemon]]:
    started: list[RealDaemon] = []

    def daemon(telegram: Mapping[str, object] | None = None, **budget: float) -> RealDaemon:
        key = tmp_path / "key"
        key.write_text("sk-ant-test-key\n")
        key.chmod(0o600)
        agent = {
            "backend": "claude",
            "base_url": api.base_url,
            "api_key_file": str(key),
            "claude": {"path": claude_cli().path},
            "models": {"small": "claude-haiku-4-5"},
            "budget": budget,
        }
        route = {"group_wait": "1s", "group_interval": "1s"}
        chats = {"telegram": telegram, "alerts": {"route": route}} if telegram else {}
        found = RealDaemon(tmp_path, {"agent": agent, **chats})
        found.document("disks", "title: Disks\nchecks: [disk]\nschedule: {every: 1h}")
        found.start()
        started.append(found)
        return found

    yield daemon
    for each in started:
        each.stop()


def programs_of(daemon: RealDaemon) -> list[str]:
    """What runs for the model below the daemon, as `ps` shows it."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    processes = {
        int(pid): (int(parent), line) for pid, parent, line in (each.split(None, 2) for each in shown.splitlines())
    }

    def is_below(pid: int) -> bool:
        return pid == daemon.pid or (pid in processes and is_below(processes[pid][0]))

    return [line for pid, (_, line) in processes.items() if "claude" in line and is_below(pid)]


def test_a_question_is_answered_with_its_evidence_and_its_cost_and_goes_on(
    start: Callable[..., RealDaemon], api: MessagesApi
) -> None:
    daemon = start()
    daemon.wait_until(lambda: daemon.items("runs"))

    asked = daemon.ctl("ask", "why", "was it slow at three?")
    again = daemon.ctl("ask", "--continue", "and before?", "--json")

    assert (asked.returncode, asked.stdout) == (0, "A backup ran [e1], as in [e4: no such evidence].\n")
    assert "e1  recent_runs inspection=disks" in asked.stderr
    assert "cited, and seen by nobody: e4" in asked.stderr
    assert "USD; claude-haiku-4-5" in asked.stderr
    assert '"disks","ok"' in api.requests[1].results[0]["content"][0]["text"]
    question = json.loads(again.stdout)
    assert question["session"] != question["id"]
    assert "A backup ran [earlier e1]" in json.dumps(api.requests[2].body)
    assert [row["text"] for row in daemon.items("questions")] == ["and before?", "why was it slow at three?"]
    shown = daemon.ctl("questions", "show", question["id"])
    assert "recent_runs" in shown.stdout
    assert "and before?" in daemon.ctl("questions").stdout


def test_what_is_over_the_budget_leaves_this_machine_in_no_part(
    start: Callable[..., RealDaemon], api: MessagesApi
) -> None:
    daemon = start(question_usd=0.0001)

    refused = daemon.ctl("ask", "why?")

    assert refused.returncode == 5
    assert "the budget of the question ($0.0001)" in refused.stderr
    assert api.requests == []


def test_ctrl_c_ends_the_models_program_in_the_daemon_too(
    start: Callable[..., RealDaemon], api: MessagesApi, model: Model
) -> None:
    daemon, model.hangs = start(), True
    asking = subprocess.Popen(
        [BIN / "cortexctl", "--socket", daemon.socket, "ask", "why?"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    daemon.wait_until(lambda: api.requests)
    running = programs_of(daemon)

    asking.send_signal(signal.SIGINT)

    assert asking.wait(10) == 130
    daemon.wait_until(lambda: daemon.items("questions")[0]["state"] == "cancelled")
    daemon.wait_until(lambda: programs_of(daemon) == [])
    assert running != []
    asking.communicate()


def test_a_daemon_that_stops_tells_whoever_waits(
    start: Callable[..., RealDaemon], api: MessagesApi, model: Model
) -> None:
    daemon, model.hangs = start(), True
    asking = subprocess.Popen(
        [BIN / "cortexctl", "--socket", daemon.socket, "ask", "why?"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    daemon.wait_until(lambda: api.requests)

    assert daemon.stop() == 0

    said, words = asking.communicate(timeout=10)
    assert (asking.returncode, said) == (1, "")
    assert "no answer (cancelled): the daemon is stopping" in words


def test_an_alert_is_looked_into_by_its_button_and_a_reply_goes_on(
    start: Callable[..., RealDaemon], api: MessagesApi, tmp_path: Path
) -> None:
    with bot_process(tmp_path / "sent.jsonl", chat_interval_s=0.1) as bot:
        daemon = start(telegram=bot.settings(tmp_path))
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        finding = {"check": "disk", "object": "/srv", "severity": "critical", "summary": "/srv is full"}
        report = {"source": "backup", "verdict": "critical", "summary": "as the test says", "findings": [finding]}
        assert daemon.post("/api/v1/reports", report)[0] < 300
        bot.wait_for("/srv is full")

        bot.press("/srv is full", "Investigate")
        answer = bot.wait_for("A backup ran [e1]")
        bot.control("say", text="/ask and before?", user=PERSON)
        daemon.wait_until(lambda: [row["state"] for row in daemon.items("questions")] == ["answered"] * 2, 180)

    newest, first = daemon.items("questions")
    assert answer.endswith(f"#{first['id']}")
    assert "US dollars" in answer
    assert "/srv is full" in json.dumps(api.requests[0].body)
    [case] = [row for row in daemon.items("cases") if row["object"] == "/srv"]
    assert (first["about"], newest["about"]) == (case["id"], "")
    assert first["by"].startswith(f"telegram:{PERSON}")


def test_without_a_model_the_remedy_is_said(tmp_path: Path) -> None:
    with RealDaemon(tmp_path) as daemon:
        refused = daemon.ctl("ask", "why?")

    assert refused.returncode == 5
    assert "set agent.backend in the configuration" in refused.stderr

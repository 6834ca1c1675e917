"""The real Claude Code program against a scripted API: through the MCP shim, the gateway and a real probe."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probed.agent.claude_version import asks_where_told
from probed.agent.gateway import servers
from probed.agent.judge import full_name
from probed.agent.probes.registry import all_probes
from probed.agent.queued import QueuedAgent
from probed.agent.sandbox.program import OURS
from probed.agent.sandbox.unconfined import Unconfined
from probed.config.agent import ClaudeSettings, LocalSettings
from probed.core.finding import Severity
from probed.core.investigation import Task
from probed.core.report import Verdict
from probed.daemon.workers import WorkerPool
from probed.errors import NoAnswer
from tests.agent.arrange import (
    MODELS,
    SECRET,
    built,
    carriers,
    claude_cli,
    make_cli,
    make_settings,
    make_task,
    make_toolbox,
    no_points,
    script,
    unframed,
)
from tests.real.messages_api import Failure, MessagesApi, Reply, Request, call, report
from tests.real.packages import program

pytestmark = pytest.mark.claude


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(4)
    yield pool
    pool.close()


def make_agent(folder: Path, api: MessagesApi, workers: WorkerPool, **changes: object) -> QueuedAgent:
    settings = make_settings(folder, api.base_url, **{"claude": claude_cli(), **changes})
    agent = built(settings, folder, workers)
    assert agent
    return agent


async def failure(agent: QueuedAgent, task: Task | None = None) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught:
        await agent.investigate(task or make_task())
    return caught.value


async def test_an_investigation_through_shim_gateway_and_a_real_probe(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("investigate") as api:
        answer = await make_agent(tmp_path, api, workers).investigate(make_task(run_id="run-42"))

    assert (answer.run_id, answer.verdict) == ("run-42", Verdict.WARNING)
    assert answer.findings[0].identity == ("processes", "worker")
    assert answer.findings[0].severity is Severity.WARNING
    assert 0 < answer.cost_usd < 0.01
    (evidence,) = answer.evidence
    assert (evidence.probe, evidence.arguments, evidence.failed) == ("processes", {"limit": 5}, False)
    assert len(json.loads(evidence.answer)["rows"]) == 5
    told = api.requests[1].results[0]["content"]
    assert unframed(told[0]["text"]) == evidence.answer
    assert carriers(OURS) == []
    assert list((tmp_path / "agent").iterdir()) == []


@pytest.mark.parametrize("sandbox", ["bwrap", pytest.param("docker", marks=pytest.mark.docker)])
async def test_an_investigation_in_a_sandbox_goes_through_the_runs_two_doors(
    sandbox: str, tmp_path: Path, workers: WorkerPool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sandbox == "docker":
        monkeypatch.setenv("DOCKER_HOST", request.getfixturevalue("engine"))
    else:
        program("bwrap", "bubblewrap")
    with MessagesApi("investigate") as api:
        agent = make_agent(tmp_path, api, workers, sandbox=sandbox)
        is_ready, text = await agent.check()
        answer = await agent.investigate(make_task(run_id="run-42"))

    assert is_ready, text
    assert f"confined by {sandbox}" in agent.describe()
    assert (answer.verdict, answer.findings[0].identity) == (Verdict.WARNING, ("processes", "worker"))
    assert [each.probe for each in answer.evidence] == ["processes"]
    assert carriers(OURS) == []


async def test_the_model_gets_our_probes_and_the_report_and_no_other_tool(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("report") as api:
        await make_agent(tmp_path, api, workers).investigate(make_task())

    ours = [full_name(probe.name) for probe in all_probes(no_points)]
    assert sorted(api.requests[0].tools) == ["StructuredOutput", *sorted(ours)]
    assert "mcp__cortex__journal" in ours
    body = json.dumps(api.requests[0].body)
    assert "See why the disk fills." in body
    assert "never an instruction" in body
    assert api.requests[0].body["max_tokens"] <= 8192
    assert len(body) < 20_000


async def test_the_key_reaches_the_api_and_nothing_that_is_kept(tmp_path: Path, workers: WorkerPool) -> None:
    def leak(request: Request) -> Reply:
        said = call(request, "processes", {"name": SECRET})
        return report(request) if request.results else said

    with MessagesApi(leak) as api:
        answer = await make_agent(tmp_path, api, workers).investigate(make_task())

    assert api.requests[0].headers["x-api-key"] == SECRET
    assert answer.transcript
    assert SECRET not in answer.transcript


async def test_the_shim_gets_no_key(tmp_path: Path) -> None:
    dump = tmp_path / "environment"
    shim = (sys.executable, "-c", f"import os; open({str(dump)!r}, 'w').write(str(dict(os.environ)))")
    with MessagesApi("report") as api:
        settings = make_settings(tmp_path, api.base_url, claude=claude_cli())
        backend = make_cli(settings, tmp_path, shim=shim)

        with pytest.raises(NoAnswer, match="the probes did not load"):
            await backend.investigate(make_task(), make_toolbox(), time.monotonic() + 120)

    assert "CORTEX_RUN" in dump.read_text()
    assert SECRET not in dump.read_text()


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("garbage", "the model's program failed: API Error"),
        ("cut", "the model's program failed: API Error: Connection"),
        ("refuse", "in words instead of with a report: I cannot help with that."),
        ("refusal", "the model's program failed: API Error"),
        ("endless", "no report: Reached maximum number of turns (6)"),
        ("unknown_action", "/findings/0/proposed_action/action"),
        ("no_verdict", "must have required property 'verdict'"),
        ("unauthorized", "does not accept the key (401)"),
        ("rate_limited", "the model's API answered 429"),
        ("overloaded", "the model's API answered 529"),
    ],
)
async def test_every_way_to_fail_is_no_answer_with_its_reason(
    mode: str, reason: str, tmp_path: Path, workers: WorkerPool
) -> None:
    with MessagesApi(mode) as api:
        refused = await failure(make_agent(tmp_path, api, workers))

    assert reason in refused.reason
    assert refused.reason.isprintable()
    assert not refused.over_budget
    assert carriers(OURS) == []


async def test_a_spent_budget_is_told_apart_and_costs_what_it_cost(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("overrun") as api:
        spent = await failure(make_agent(tmp_path, api, workers))

    assert spent.over_budget
    assert spent.cost_usd > 50
    assert len(api.requests) == 1


async def test_an_api_that_is_not_there_is_no_answer(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("report") as api:
        pass

    assert "the model's API gave no answer: ConnectError" in (await failure(make_agent(tmp_path, api, workers))).reason


@pytest.mark.alone
async def test_a_hanging_api_ends_at_the_deadline_and_nothing_outlives_it(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("hang") as api:
        agent, began = make_agent(tmp_path, api, workers), time.monotonic()
        late = await failure(agent, make_task(deadline_s=3.0))
        took_s = time.monotonic() - began

    assert late.reason == "no answer within 3 s"
    assert 0.04 < late.cost_usd < 0.1  # all that the request might have cost
    assert 2.9 < took_s < 30
    assert len(api.requests) == 1
    assert carriers(OURS) == []


async def test_an_mcp_server_that_cannot_start_is_no_answer(tmp_path: Path) -> None:
    with MessagesApi("report") as api:
        settings = make_settings(tmp_path, api.base_url, claude=claude_cli())
        backend = make_cli(settings, tmp_path, shim=("/no/such/interpreter",))

        with pytest.raises(NoAnswer, match="the probes did not load: the MCP server is failed"):
            await backend.investigate(make_task(), make_toolbox(), time.monotonic() + 120)


async def test_a_persons_login_opens_the_api_and_the_program_never_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, touched, seen = tmp_path / "config", tmp_path / "hook-ran", tmp_path / "environment"
    config.mkdir()
    (config / "CLAUDE.md").write_text("MEMORY-OF-THE-USER")
    hook = {"hooks": [{"type": "command", "command": f"touch {touched}"}]}
    (config / "settings.json").write_text(json.dumps({"hooks": {"SessionStart": [hook]}}))
    login = {"accessToken": "login-token", "expiresAt": 1000 * (time.time() + 3600)}
    (config / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    monkeypatch.delenv("CLAUDE_CODE_OAUTH_TOKEN", raising=False)
    with MessagesApi("report") as api:
        monkeypatch.setattr(servers, "ANTHROPIC_URL", api.base_url)
        body = f'env >{seen}\nexec {claude_cli().path} "$@"'
        settings = make_settings(tmp_path, claude=script(tmp_path, body), api_key_file=None)

        answer = await make_cli(settings, tmp_path / "state").investigate(
            make_task(), make_toolbox(), time.monotonic() + 120
        )

    assert answer.verdict is Verdict.WARNING
    assert api.requests[0].headers["authorization"] == "Bearer login-token"
    assert "oauth" in api.requests[0].headers["anthropic-beta"]
    assert "MEMORY-OF-THE-USER" not in json.dumps(api.requests[0].body)
    assert "login-token" not in seen.read_text()
    assert not touched.exists()


@pytest.mark.parametrize("budget_usd", [0.0001, 0.1])
async def test_a_model_that_stood_in_for_one_that_is_too_dear_or_away_gave_the_answer(
    budget_usd: float, tmp_path: Path
) -> None:
    with MessagesApi("unauthorized") as cloud, MessagesApi("report") as own:
        local = LocalSettings(base_url=own.base_url, model="qwen3:14b")
        settings = make_settings(tmp_path, cloud.base_url, claude=claude_cli(), fallback=("local",), local=local)
        answer = await make_cli(settings, tmp_path / "state").investigate(
            make_task(budget_usd=budget_usd), make_toolbox(), time.monotonic() + 120
        )

    assert (answer.verdict, answer.cost_usd) == (Verdict.WARNING, 0)
    assert own.requests


async def test_a_login_that_has_ended_is_told_with_what_renews_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {"accessToken": "t", "expiresAt": 1}}))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("CLAUDE_CODE_OAUTH_TOKEN", raising=False)
    settings = make_settings(tmp_path, claude=script(tmp_path, "exit 1"), api_key_file=None)

    with pytest.raises(NoAnswer, match=r"the login has ended; .* type: claude setup-token"):
        await make_cli(settings, tmp_path / "state").investigate(make_task(), make_toolbox(), time.monotonic() + 120)


async def test_the_program_asks_where_it_is_told_to(tmp_path: Path) -> None:
    assert await asks_where_told(claude_cli().path, MODELS.small, Unconfined(tmp_path))
    assert carriers(OURS) == []


async def test_where_the_login_has_died_the_api_stands_in_within_the_run_and_from_then_on(
    tmp_path: Path, workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_logins(request: Request) -> Reply:
        if "authorization" in request.headers:
            return Failure(401, "authentication_error", "OAuth token has been revoked")
        return report(request)

    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "login-token")
    with MessagesApi(without_logins) as api:
        monkeypatch.setattr(servers, "ANTHROPIC_URL", api.base_url)
        claude = replace(claude_cli(), login=True)
        agent = built(make_settings(tmp_path, claude=claude, next=("anthropic",)), tmp_path, workers)
        assert agent
        answer = await agent.investigate(make_task())
        await agent.close()

    assert answer.verdict is Verdict.WARNING
    asked = [request.headers.get("authorization", request.headers.get("x-api-key")) for request in api.requests]
    assert asked[0] == "Bearer login-token"
    assert asked[-1] == SECRET


async def test_the_check_tells_the_version(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("report") as api:
        agent = make_agent(tmp_path, api, workers)

        is_ready, text = await agent.check()

    assert is_ready
    assert "(Claude Code) at " in text
    assert api.requests == []


@pytest.mark.alone
async def test_three_hanging_runs_leave_the_loop_responsive(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("hang") as api:
        agent = make_agent(tmp_path, api, workers, concurrency=3)
        runs = [
            asyncio.create_task(failure(agent, make_task(run_id=f"run-{number}", deadline_s=5.0)))
            for number in range(3)
        ]
        lags = []
        while not all(run.done() for run in runs):
            began = time.monotonic()
            await asyncio.sleep(0.01)
            lags.append(time.monotonic() - began - 0.01)

    assert [run.result().reason for run in runs] == ["no answer within 5 s"] * 3
    assert len(api.requests) == 3
    assert sorted(lags)[int(len(lags) * 0.95)] < 0.2
    assert carriers(OURS) == []


async def test_the_program_is_looked_up_in_path(tmp_path: Path, workers: WorkerPool) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").symlink_to(claude_cli().path)
    with MessagesApi("report") as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

        answer = await make_agent(tmp_path, api, workers, claude=ClaudeSettings()).investigate(make_task())

    assert answer.verdict is Verdict.WARNING

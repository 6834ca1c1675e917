"""The driver, with scripts in the CLI's place: what a real one does only on a bad day."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from probed.agent import claude_cli, events
from probed.agent.gateway import servers
from probed.agent.sandbox.program import OURS
from probed.config.agent import ClaudeSettings
from probed.core.investigation import Answer, Task
from probed.core.report import Verdict
from probed.errors import NoAnswer
from tests.agent.arrange import (
    RESULT,
    SECRET,
    START,
    carriers,
    make_cli,
    make_settings,
    make_task,
    make_toolbox,
    python,
    says,
    script,
    willing,
)
from tests.real.messages_api import MessagesApi


async def investigate(folder: Path, claude: ClaudeSettings, task: Task | None = None) -> Answer:
    task = task or make_task()
    backend = make_cli(make_settings(folder, claude=claude), folder / "state")
    return await backend.investigate(task, make_toolbox(), time.monotonic() + task.deadline_s)


async def failure(folder: Path, body: str, task: Task | None = None) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught:
        await investigate(folder, script(folder, body), task)
    return caught.value


def nothing_is_left(folder: Path) -> bool:
    return not carriers(OURS) and not list((folder / "state" / "agent").iterdir())


async def test_a_valid_result_is_the_answer_to_the_run_that_asked(tmp_path: Path) -> None:
    answer = await investigate(tmp_path, script(tmp_path, says(START, RESULT)), make_task(run_id="run-42"))

    assert (answer.run_id, answer.verdict, answer.cost_usd) == ("run-42", Verdict.OK, 0)
    assert [json.loads(line)["type"] for line in answer.transcript.splitlines()] == ["request", "system", "result"]
    assert nothing_is_left(tmp_path)


async def test_what_was_said_until_it_failed_is_told_with_the_failure(tmp_path: Path) -> None:
    failed = await failure(tmp_path, says(START))

    assert [json.loads(line)["type"] for line in failed.transcript.splitlines()] == ["request", "system"]


async def test_the_prompt_comes_on_stdin_and_the_working_folder_is_empty(tmp_path: Path) -> None:
    body = f'cat > {tmp_path}/stdin; pwd > {tmp_path}/cwd; ls -A > {tmp_path}/files; echo "$@" > {tmp_path}/argv\n'

    await investigate(tmp_path, script(tmp_path, body + says(START, RESULT)))

    assert "See why the disk fills." in (tmp_path / "stdin").read_text()
    assert "See why the disk fills." not in (tmp_path / "argv").read_text()
    assert (tmp_path / "cwd").read_text().startswith(str(tmp_path / "state" / "agent"))
    assert (tmp_path / "files").read_text() == ""


async def test_a_good_result_counts_whatever_the_exit_code(tmp_path: Path) -> None:
    answer = await investigate(tmp_path, script(tmp_path, says(START, RESULT) + "\nexit 1"))

    assert answer.verdict is Verdict.OK


@pytest.mark.alone
async def test_a_program_that_stays_after_its_result_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude_cli, "AFTER_RESULT_S", 0.3)
    began = time.monotonic()

    answer = await investigate(tmp_path, script(tmp_path, says(START, RESULT) + "\nsleep 60"))

    assert answer.verdict is Verdict.OK
    assert time.monotonic() - began < 30
    assert nothing_is_left(tmp_path)


async def test_a_result_just_before_the_deadline_still_counts(tmp_path: Path) -> None:
    body = says(START, RESULT) + "\nsleep 60"

    answer = await investigate(tmp_path, script(tmp_path, body), make_task(deadline_s=1.0))

    assert answer.verdict is Verdict.OK


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 0", "ended without a result (exit code 0): it said nothing"),
        ("echo 'unknown option --bare' >&2; exit 1", "(exit code 1): unknown option --bare"),
        ("echo 'Segmentation fault'; exit 139", "(exit code 139): Segmentation fault"),
        ("kill -9 $$", "(exit code -9)"),
        (f"echo 'bad key {SECRET}' >&2; exit 1", "bad key [key]"),
        ("head -c 300000 /dev/urandom", "ended without a result"),
    ],
)
async def test_a_program_that_dies_is_no_answer_and_costs_what_it_asked(body: str, reason: str, tmp_path: Path) -> None:
    died = await failure(tmp_path, body)

    assert reason in died.reason
    assert SECRET not in died.reason
    assert died.reason.isprintable()
    assert died.cost_usd == 0


@pytest.mark.alone
async def test_a_run_without_our_probes_is_ended_at_once(tmp_path: Path) -> None:
    broken = {**START, "mcp_servers": [{"name": "cortex", "status": "failed"}]}
    began = time.monotonic()

    aborted = await failure(tmp_path, says(broken) + "\nsleep 60")

    assert "the probes did not load" in aborted.reason
    assert time.monotonic() - began < 30


async def test_a_result_without_our_probes_is_no_answer(tmp_path: Path) -> None:
    broken = {**START, "mcp_servers": []}

    assert "the probes did not load" in (await failure(tmp_path, says(broken, RESULT))).reason
    assert "the probes did not load" in (await failure(tmp_path, says(RESULT))).reason


async def test_a_report_that_is_not_valid_names_the_field(tmp_path: Path) -> None:
    wrong = {**RESULT, "structured_output": {"verdict": "fine", "summary": "x", "findings": []}}

    refused = await failure(tmp_path, says(START, wrong))

    assert "verdict: is none of ok, warning, critical, unknown" in refused.reason


@pytest.mark.alone
async def test_the_deadline_holds_though_a_grandchild_in_a_session_of_its_own_keeps_the_pipe(tmp_path: Path) -> None:
    body = says(START) + "\nsetsid sh -c 'trap \"\" TERM HUP; sleep 300; sleep 300' &\nsetsid sleep 300 &\nsleep 300"
    began = time.monotonic()

    late = await failure(tmp_path, body, make_task(deadline_s=2.0))

    assert late.reason == "no answer within 2 s"
    assert 1.9 < time.monotonic() - began < 30
    assert nothing_is_left(tmp_path)


@pytest.mark.alone
async def test_a_grandchild_that_keeps_the_pipe_does_not_hold_up_a_program_that_has_ended(tmp_path: Path) -> None:
    began = time.monotonic()

    died = await failure(tmp_path, "setsid sleep 300 &\nexit 3")

    assert "exit code 3" in died.reason
    assert time.monotonic() - began < 30
    assert nothing_is_left(tmp_path)


async def test_a_program_that_never_reads_its_prompt_ends_at_the_deadline(tmp_path: Path) -> None:
    task = make_task(deadline_s=1.0)
    long = replace(task, inspection=replace(task.inspection, body="x" * 1_000_000))

    assert "no answer within 1 s" in (await failure(tmp_path, "exec sleep 60", long)).reason


async def test_a_program_that_falls_silent_is_ended_before_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claude_cli, "SILENCE_S", 0.5)

    assert "was silent for 0.5 s" in (await failure(tmp_path, says(START) + "\nsleep 60")).reason


async def test_a_message_without_end_is_not_read_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_LINE", 1_000_000)

    flooded = await failure(tmp_path, python('while True: print("x" * 65536, end="")'))

    assert "larger than anything that is read" in flooded.reason


async def test_cancelling_a_run_leaves_nothing_behind(tmp_path: Path) -> None:
    running = asyncio.create_task(investigate(tmp_path, script(tmp_path, "setsid sleep 300 &\nsleep 300")))
    async with asyncio.timeout(60):
        while len(carriers(OURS)) < 2:  # noqa: ASYNC110  # another process sets no event
            await asyncio.sleep(0.02)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert nothing_is_left(tmp_path)


async def test_the_program_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=r"there is no program /no/claude; type: npm install") as caught:
        await investigate(tmp_path, ClaudeSettings(path="/no/claude"))

    assert caught.value.cost_usd == 0


async def test_a_program_that_cannot_be_executed_is_no_answer(tmp_path: Path) -> None:
    claude = script(tmp_path, "")
    (tmp_path / "claude").write_bytes(b"\x7fELF not really")

    with pytest.raises(NoAnswer, match="was not started"):
        await investigate(tmp_path, claude)


async def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    claude = script(tmp_path, says(START, RESULT))
    settings = make_settings(tmp_path, claude=claude)
    assert isinstance(settings.api_key_file, Path)
    settings.api_key_file.chmod(0o644)
    backend = make_cli(settings, tmp_path / "state")

    with pytest.raises(NoAnswer, match="can be read by others"):
        await backend.investigate(make_task(), make_toolbox(), time.monotonic() + 60)
    is_ready, text = await backend.check()
    assert not is_ready
    assert "chmod 600" in text


async def test_a_tier_that_does_not_exist_is_no_answer(tmp_path: Path) -> None:
    task = make_task()
    rule = replace(task.inspection.agent, tier="huge")
    odd = replace(task, inspection=replace(task.inspection, agent=rule))

    with pytest.raises(NoAnswer, match="tier 'huge' is asked for, which is not set up"):
        await investigate(tmp_path, script(tmp_path, says(START, RESULT)), odd)


async def checked(folder: Path, claude: ClaudeSettings) -> tuple[bool, str]:
    with MessagesApi("report") as api:
        backend = make_cli(make_settings(folder, api.base_url, claude=claude), folder / "state")
        found = await backend.check()
        assert await backend.check() == found
    assert api.requests == []
    return found


async def test_the_check_tells_the_version_and_tries_once_whether_it_asks_where_it_is_told_to(tmp_path: Path) -> None:
    claude = willing(tmp_path)

    assert await checked(tmp_path, claude) == (True, f"2.1.327 (Claude Code) at {claude.path}, not confined")
    assert (tmp_path / "tries").read_text() == "tried\n"
    assert not carriers(OURS)


async def test_one_that_asks_elsewhere_is_not_used(tmp_path: Path) -> None:
    is_ready, text = await checked(tmp_path, willing(tmp_path, honours=False))

    assert not is_ready
    assert "does not ask through ANTHROPIC_UNIX_SOCKET" in text
    assert text.endswith("; type: npm install -g @anthropic-ai/claude-code")


@pytest.mark.parametrize(
    ("version", "is_used", "said"),
    [
        ("2.1.196 (Claude Code)", False, "2.1.196 (Claude Code) is older than 2.1.197"),
        ("1.0.128 (Claude Code)", False, "is older than 2.1.197"),
        ("2.1.197 (Claude Code)", True, ""),
        ("2.1.328 (Claude Code)", True, "was not measured with this version, but with 2.1.197 to 2.1.327"),
        ("3.0.0 (Claude Code)", True, "was not measured with this version"),
        ("next", True, "was not measured with this version"),
    ],
)
async def test_an_old_version_is_not_used_and_one_that_was_not_measured_is_said(
    version: str, is_used: bool, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    is_ready, text = await checked(tmp_path, willing(tmp_path, version))

    assert is_ready is is_used
    assert len(caplog.records) == (is_used and "measured" in said)
    assert said in text
    assert ("measured" in text) is ("measured" in said)


@pytest.mark.parametrize(
    ("body", "reason"),
    [("echo broken >&2; exit 1", "--version failed: broken"), ("exit 7", "--version failed: 7")],
)
async def test_the_check_notices_a_broken_program(body: str, reason: str, tmp_path: Path) -> None:
    claude = script(tmp_path, body)
    backend = make_cli(make_settings(tmp_path, claude=claude), tmp_path / "state")

    is_ready, text = await backend.check()

    assert not is_ready
    assert reason in text


async def test_the_check_notices_that_nobody_is_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("CLAUDE_CODE_OAUTH_TOKEN", raising=False)
    settings = make_settings(tmp_path, claude=willing(tmp_path), api_key_file=None)
    backend = make_cli(settings, tmp_path / "state")

    is_ready, text = await backend.check()
    assert not is_ready
    assert text.endswith("; type: claude setup-token")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": {"accessToken": "t"}}))
    with MessagesApi("report") as api:
        monkeypatch.setattr(servers, "ANTHROPIC_URL", api.base_url)
        assert (await backend.check())[0] is True

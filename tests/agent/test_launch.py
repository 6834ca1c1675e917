from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from probed.agent.launch import MESSAGES, PROBES, Way, command, environment, files
from probed.agent.sandbox.program import Place

TOKEN = "token-of-this-run"
WAY = Way(TOKEN)
PLACE = Place("run-1", Path("/room"), {MESSAGES: Path("/room/m.sock"), PROBES: Path("/room/p.sock")}, {})


def options(way: Way = WAY) -> list[str]:
    return command("claude", PLACE, way, model="small-1", max_turns=7, schema={"type": "object"})


def test_every_guard_is_on_the_command_line() -> None:
    argv = options()

    assert {"-p", "--bare", "--verbose", "--no-session-persistence", "--strict-mcp-config"} <= set(argv)
    values = {name: argv[argv.index(name) + 1] for name in argv if name.startswith("--")}
    assert values["--output-format"] == "stream-json"
    assert values["--tools"] == ""
    assert values["--permission-mode"] == "dontAsk"
    assert values["--allowedTools"] == "mcp__cortex__*"
    assert values["--max-turns"] == "7"
    assert values["--model"] == "small-1"
    assert values["--json-schema"] == '{"type": "object"}'


def test_the_program_gets_the_runs_token_and_the_runs_socket_and_nothing_of_it_is_on_the_command_line() -> None:
    env = environment(WAY, PLACE)

    assert env["ANTHROPIC_API_KEY"] == TOKEN
    assert env["ANTHROPIC_UNIX_SOCKET"] == "/room/m.sock"
    assert env["CLAUDE_CODE_MAX_RETRIES"] == "0"
    assert TOKEN not in " ".join(options())
    assert TOKEN not in str(files(PLACE, "system", ("shim",)))


def test_only_what_is_allowed_of_the_daemons_environment_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "secret")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "secret")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("HOME", "/home/somebody")

    env = environment(WAY, PLACE)

    assert "secret" not in env.values()
    assert "HTTPS_PROXY" not in env
    assert env["HOME"] == env["TMPDIR"] == "/room/home"
    assert env["DISABLE_UPDATES"] == env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1"
    assert {"MCP_TIMEOUT", "MCP_TOOL_TIMEOUT"} <= set(env)


def test_the_child_is_shown_no_way_to_the_daemons_own_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = tmp_path / "runtime" / "cortex" / "probed.sock"
    monkeypatch.setenv("CORTEX_SOCKET", str(daemon))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))

    env = environment(WAY, PLACE)
    mcp = json.loads(files(PLACE, "system", ("shim",))["mcp.json"])["mcpServers"]["cortex"]
    done = subprocess.run(
        [sys.executable, "-c", "from cortexctl.socket_path import find_socket; print(find_socket(None))"],
        env=env | mcp["env"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == os.devnull
    assert "runtime" not in str(env) + str(mcp) + " ".join(options())


def test_with_a_persons_login_the_program_gets_the_runs_token_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "token-of-the-login")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/home/ann/.claude")
    login = replace(WAY, is_login=True)

    argv, env = options(login), environment(login, PLACE)

    assert "--bare" not in argv
    assert "--setting-sources=" in argv
    assert env["CLAUDE_CODE_OAUTH_TOKEN"] == TOKEN
    assert not {"ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"} & set(env)


def test_the_probes_are_reached_by_the_runs_own_door_and_no_way_to_a_model_is_handed_on() -> None:
    found = files(PLACE, "Look well.", ("python", "-m", "shim"))

    server = json.loads(found["mcp.json"])["mcpServers"]["cortex"]
    assert [server["command"], *server["args"]] == ["python", "-m", "shim", "/room/p.sock"]
    assert server["env"]["ANTHROPIC_API_KEY"] == ""
    assert found["system.md"] == "Look well."

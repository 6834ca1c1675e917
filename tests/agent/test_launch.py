from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from probed.agent.launch import Way, command, environment, make_folder, remove_folder, sweep
from probed.host.command import MARKER
from tests.agent.arrange import carriers

TOKEN = "token-of-this-run"
WAY = Way(Path("/tmp/cortex-1/messages.sock"), TOKEN)


def options(way: Way, tmp_path: Path) -> list[str]:
    folder = make_folder(tmp_path, Path("/run/x.sock"), "system", ("shim",))
    return command("claude", folder, way, model="small-1", max_turns=7, schema={"type": "object"})


def test_every_guard_is_on_the_command_line(tmp_path: Path) -> None:
    argv = options(WAY, tmp_path)

    assert {"-p", "--bare", "--verbose", "--no-session-persistence", "--strict-mcp-config"} <= set(argv)
    values = {name: argv[argv.index(name) + 1] for name in argv if name.startswith("--")}
    assert values["--output-format"] == "stream-json"
    assert values["--tools"] == ""
    assert values["--permission-mode"] == "dontAsk"
    assert values["--allowedTools"] == "mcp__cortex__*"
    assert values["--max-turns"] == "7"
    assert values["--model"] == "small-1"
    assert values["--json-schema"] == '{"type": "object"}'


def test_the_program_gets_the_runs_token_and_the_runs_socket_and_nothing_of_it_is_on_the_command_line(
    tmp_path: Path,
) -> None:
    env = environment(WAY, tmp_path)

    assert env["ANTHROPIC_API_KEY"] == TOKEN
    assert env["ANTHROPIC_UNIX_SOCKET"] == "/tmp/cortex-1/messages.sock"
    assert env["CLAUDE_CODE_MAX_RETRIES"] == "0"
    assert TOKEN not in " ".join(options(WAY, tmp_path))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN in path.read_text()]


def test_only_what_is_allowed_of_the_daemons_environment_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "secret")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "secret")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("HOME", "/home/somebody")

    env = environment(WAY, tmp_path)

    assert "secret" not in env.values()
    assert "HTTPS_PROXY" not in env
    assert env["HOME"] == str(tmp_path)
    assert env["DISABLE_UPDATES"] == env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1"
    assert {"MCP_TIMEOUT", "MCP_TOOL_TIMEOUT"} <= set(env)


def test_the_child_is_shown_no_way_to_the_daemons_own_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = tmp_path / "runtime" / "cortex" / "probed.sock"
    monkeypatch.setenv("CORTEX_SOCKET", str(daemon))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    folder = make_folder(tmp_path / "agent", Path("/run/x.sock"), "system", ("shim",))

    env = environment(WAY, folder.home)
    mcp = json.loads(folder.mcp_config.read_text())["mcpServers"]["cortex"]
    done = subprocess.run(
        [sys.executable, "-c", "from cortexctl.socket_path import find_socket; print(find_socket(None))"],
        env=env | mcp["env"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == os.devnull
    assert "runtime" not in str(env) + str(mcp) + " ".join(options(WAY, tmp_path / "again"))


def test_with_a_persons_login_the_program_gets_the_runs_token_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "token-of-the-login")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/home/ann/.claude")
    login = replace(WAY, is_login=True)

    argv, env = options(login, tmp_path), environment(login, tmp_path)

    assert "--bare" not in argv
    assert "--setting-sources=" in argv
    assert env["CLAUDE_CODE_OAUTH_TOKEN"] == TOKEN
    assert not {"ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"} & set(env)


def test_the_folder_of_a_run_is_private_and_its_home_is_empty(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "agent", Path("/run/x.sock"), "system", ("python", "-m", "shim"))

    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert list(folder.home.iterdir()) == []
    server = json.loads(folder.mcp_config.read_text())["mcpServers"]["cortex"]
    assert [server["command"], *server["args"]] == ["python", "-m", "shim", "/run/x.sock"]
    assert server["env"]["ANTHROPIC_API_KEY"] == ""
    remove_folder(folder)
    assert list((tmp_path / "agent").iterdir()) == []


def test_what_a_killed_daemon_left_behind_is_ended_and_removed(tmp_path: Path) -> None:
    ours = make_folder(tmp_path, Path("/run/x.sock"), "system", ("shim",))
    left = tmp_path / "0badcafe-0123456789abcdef"
    (left / "home").mkdir(parents=True)
    with subprocess.Popen(
        ["setsid", "sleep", "60"], env={**os.environ, MARKER: left.name}, stdout=subprocess.DEVNULL
    ) as orphan:
        sweep(tmp_path)

        assert orphan.wait(5) < 0

    assert carriers(left.name) == []
    assert list(tmp_path.iterdir()) == [ours.path]


def test_a_first_start_has_nothing_to_sweep(tmp_path: Path) -> None:
    sweep(tmp_path / "agent")

    assert not (tmp_path / "agent").exists()

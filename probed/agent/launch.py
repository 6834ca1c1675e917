"""How the Claude CLI is started: its command line, its environment, its private folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import probed
from probed.agent.gateway.gateway import URL
from probed.agent.judge import SERVER, full_name
from probed.host.command import kill_tree

PASSED_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
)
"""Nothing else of the daemon's environment reaches the CLI."""
FIXED_ENVIRONMENT: Mapping[str, str] = {
    "CLAUDE_CODE_MAX_RETRIES": "0",  # the gateway has tried already
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_UPDATES": "1",
    "MCP_TIMEOUT": "20000",
    "MCP_TOOL_TIMEOUT": "30000",
    # Whatever runs below the CLI finds no daemon: cortexctl would look where the daemon's own socket is.
    "CORTEX_SOCKET": os.devnull,
    # Without these one turn may cost 32,000 tokens of output, more than an inspection's whole budget.
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "8192",
    "MAX_THINKING_TOKENS": "4096",
}
SHIM = (sys.executable, "-m", "cortexctl", "mcp", "--socket")
"""The MCP server's command; the socket's path follows."""
WAY = ("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_UNIX_SOCKET", "ANTHROPIC_BASE_URL")
ALLOWED_TOOLS = full_name("*")
OURS = secrets.token_hex(4)
"""Tells the folders of this process from those that an earlier one left behind."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the CLI reaches a model: through the run's own gateway, which knows it by a token, and by no other way."""

    socket: Path
    token: str
    is_login: bool = False
    """The gateway has the login of a person instead of a key, with which the CLI speaks a little differently."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    path: Path

    @property
    def marker(self) -> str:
        """The run's processes carry it, so that a later daemon finds those that outlived a killed one."""
        return self.path.name

    @property
    def home(self) -> Path:
        """Empty; working folder and HOME, so that no configuration of anybody's is picked up."""
        return self.path / "home"

    @property
    def mcp_config(self) -> Path:
        return self.path / "mcp.json"

    @property
    def system_prompt(self) -> Path:
        return self.path / "system.md"


def make_folder(parent: Path, socket: Path, system_prompt: str, shim: Sequence[str]) -> RunFolder:
    """Blocking. Raises OSError."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = RunFolder(parent / f"{OURS}-{secrets.token_hex(8)}")
    folder.path.mkdir(mode=0o700)
    folder.home.mkdir(mode=0o700)
    folder.mcp_config.write_text(json.dumps(_mcp_config([*shim, str(socket)])))
    folder.system_prompt.write_text(system_prompt)
    return folder


def remove_folder(folder: RunFolder) -> None:
    shutil.rmtree(folder.path, ignore_errors=True)


def sweep(parent: Path) -> None:
    """End what a daemon that was killed left behind: the processes of its runs and their folders. Blocking."""
    left = [path for path in parent.iterdir() if not path.name.startswith(OURS)] if parent.is_dir() else []
    for path in left:
        kill_tree(path.name, pgid=-1)
        shutil.rmtree(path, ignore_errors=True)


def command(
    program: str,
    folder: RunFolder,
    way: Way,
    *,
    model: str,
    max_turns: int,
    schema: Mapping[str, Any],
) -> list[str]:
    isolation = ["--setting-sources="] if way.is_login else ["--bare"]
    return [
        program,
        "-p",
        *isolation,
        *("--output-format", "stream-json"),
        "--verbose",
        "--no-session-persistence",
        *("--tools", ""),
        "--strict-mcp-config",
        *("--mcp-config", str(folder.mcp_config)),
        *("--permission-mode", "dontAsk"),
        *("--allowedTools", ALLOWED_TOOLS),
        *("--max-turns", str(max_turns)),
        *("--model", model),
        *("--system-prompt-file", str(folder.system_prompt)),
        *("--json-schema", json.dumps(schema)),
    ]


def environment(way: Way, home: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
    token = {"CLAUDE_CODE_OAUTH_TOKEN" if way.is_login else "ANTHROPIC_API_KEY": way.token}
    gateway = {"ANTHROPIC_UNIX_SOCKET": str(way.socket), "ANTHROPIC_BASE_URL": URL}
    return {**passed, "HOME": str(home), "TMPDIR": str(home), **FIXED_ENVIRONMENT, **gateway, **token}


def _mcp_config(shim: Sequence[str]) -> dict[str, Any]:
    """The CLI hands its environment on to the server, which needs no way to a model."""
    root = Path(probed.__file__).parent.parent
    env = {"PYTHONPATH": str(root), **dict.fromkeys(WAY, "")}
    return {"mcpServers": {SERVER: {"command": shim[0], "args": list(shim[1:]), "env": env}}}

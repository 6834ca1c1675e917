"""How the Claude CLI is started: its command line, its environment, its private folder."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import probed
from probed.agent.judge import SERVER, full_name
from probed.host.command import kill_tree

PASSED_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
)
"""What the CLI needs to find programs and the network; nothing else of the daemon's environment reaches it."""
FIXED_ENVIRONMENT: Mapping[str, str] = {
    "CLAUDE_CODE_MAX_RETRIES": "2",
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
NO_KEY = "none"
"""For a server of one's own that asks for no key; it keeps the CLI from sending it the user's login."""
SHIM = (sys.executable, "-m", "cortexctl", "mcp", "--socket")
"""The MCP server's command; the socket's path follows."""
ALLOWED_TOOLS = full_name("*")
OURS = secrets.token_hex(4)
"""Tells the folders of this process from those that an earlier one left behind."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """With neither a key nor a server of one's own the CLI uses the login of the daemon's user."""

    key: str = ""
    base_url: str | None = None
    source: Sequence[str] = ()
    """The command that prints the key: the CLI asks it, and the key stands in nobody's environment."""

    @property
    def is_login(self) -> bool:
        return not self.key and not self.base_url

    @property
    def secret(self) -> str:
        return self.key or (os.environ.get("CLAUDE_CODE_OAUTH_TOKEN", "") if self.is_login else "")


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
    credentials: Credentials,
    *,
    model: str,
    max_turns: int,
    budget_usd: float,
    schema: Mapping[str, Any],
) -> list[str]:
    isolation = ["--setting-sources="] if credentials.is_login else ["--bare"]
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
        *("--max-budget-usd", f"{budget_usd:.6f}"),
        *("--model", model),
        *("--system-prompt-file", str(folder.system_prompt)),
        *("--json-schema", json.dumps(schema)),
        *_key_helper(credentials),
    ]


def environment(credentials: Credentials, home: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
    given = {"HOME": str(home), "TMPDIR": str(home), **FIXED_ENVIRONMENT}
    return {**passed, **given, **(_login() if credentials.is_login else _key(credentials))}


def _key(credentials: Credentials) -> dict[str, str]:
    server = {"ANTHROPIC_BASE_URL": credentials.base_url} if credentials.base_url else {}
    return server if credentials.key else {"ANTHROPIC_API_KEY": NO_KEY, **server}


def _key_helper(credentials: Credentials) -> Sequence[str]:
    return ["--settings", json.dumps({"apiKeyHelper": shlex.join(credentials.source)})] if credentials.key else []


def _login() -> dict[str, str]:
    token = os.environ.get("CLAUDE_CODE_OAUTH_TOKEN")
    return {"CLAUDE_CONFIG_DIR": str(login_folder()), **({"CLAUDE_CODE_OAUTH_TOKEN": token} if token else {})}


def login_folder() -> Path:
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")


def _mcp_config(shim: Sequence[str]) -> dict[str, Any]:
    """The CLI hands its environment on to the server, which needs no key of anybody's."""
    root = Path(probed.__file__).parent.parent
    env = {"PYTHONPATH": str(root), "ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": ""}
    return {"mcpServers": {SERVER: {"command": shim[0], "args": list(shim[1:]), "env": env}}}

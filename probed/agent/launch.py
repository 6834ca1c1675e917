"""How the Claude CLI is started: its command line, its environment, what it finds in its folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import probed
from probed.agent.gateway.gateway import URL
from probed.agent.judge import SERVER, full_name
from probed.agent.sandbox.program import Place, passed_environment

FIXED_ENVIRONMENT: Mapping[str, str] = {
    "CLAUDE_CODE_MAX_RETRIES": "0",  # the gateway has tried already
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_UPDATES": "1",
    "MCP_TIMEOUT": "60000",  # an investigation is wanted most on a host that is busy
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
MESSAGES, PROBES = "messages.sock", "probes.sock"
"""The run's two doors: the gateway to its models, and its probes."""
MCP_CONFIG, SYSTEM_PROMPT = "mcp.json", "system.md"


@dataclass(frozen=True, slots=True)
class Way:
    """How the CLI reaches a model: through the run's own gateway, which knows it by a token, and by no other way."""

    token: str
    is_login: bool = False
    """The gateway has the login of a person instead of a key, with which the CLI speaks a little differently."""


def command(
    program: str,
    place: Place,
    way: Way,
    *,
    model: str,
    max_turns: int,
    schema: Mapping[str, Any] | None,
) -> list[str]:
    """`schema`: of the report; without one the answer is words, which are told as they come."""
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
        *("--mcp-config", str(place.folder / MCP_CONFIG)),
        *("--permission-mode", "dontAsk"),
        *("--allowedTools", ALLOWED_TOOLS),
        *("--max-turns", str(max_turns)),
        *("--model", model),
        *("--system-prompt-file", str(place.folder / SYSTEM_PROMPT)),
        *(("--json-schema", json.dumps(schema)) if schema else ("--include-partial-messages",)),
    ]


def environment(way: Way, place: Place) -> dict[str, str]:
    token = {"CLAUDE_CODE_OAUTH_TOKEN" if way.is_login else "ANTHROPIC_API_KEY": way.token}
    gateway = {"ANTHROPIC_UNIX_SOCKET": str(place.doors[MESSAGES]), "ANTHROPIC_BASE_URL": URL}
    home = str(place.home)
    return {**passed_environment(), "HOME": home, "TMPDIR": home, **FIXED_ENVIRONMENT, **gateway, **token}


def files(place: Place, system_prompt: str, shim: Sequence[str]) -> dict[str, str]:
    """What the CLI reads, by name in its folder."""
    mcp_config = _mcp_config([*shim, str(place.doors[PROBES])])
    return {MCP_CONFIG: json.dumps(mcp_config), SYSTEM_PROMPT: system_prompt}


def _mcp_config(shim: Sequence[str]) -> dict[str, Any]:
    """The CLI hands its environment on to the server, which needs no way to a model."""
    root = Path(probed.__file__).parent.parent
    env = {"PYTHONPATH": str(root), **dict.fromkeys(WAY, "")}
    return {"mcpServers": {SERVER: {"command": shim[0], "args": list(shim[1:]), "env": env}}}

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from probed.config.agent import AgentSettings
from tests.agent.arrange import built

ROOT = Path(__file__).parents[2]


def test_without_a_backend_there_is_no_agent(tmp_path: Path) -> None:
    assert built(AgentSettings(), tmp_path) is None


@pytest.mark.parametrize(
    ("settings", "described"),
    [
        (AgentSettings(backend="claude"), "Claude CLI claude, no key file, sandbox auto"),
        (
            AgentSettings(backend="claude", api_key_file=Path("/etc/key"), base_url="http://127.0.0.1:1"),
            "Claude CLI claude, key from /etc/key, server http://127.0.0.1:1, sandbox auto",
        ),
        (AgentSettings(backend="anthropic"), "Messages API at https://api.anthropic.com, no key file"),
    ],
)
def test_the_chosen_backend_says_what_it_is(settings: AgentSettings, described: str, tmp_path: Path) -> None:
    agent = built(settings, tmp_path)

    assert agent
    assert agent.name == settings.backend
    assert agent.describe() == described


@pytest.mark.parametrize("backend", ["none", "claude", "anthropic"])
def test_building_loads_neither_a_models_library_nor_the_other_backend(backend: str) -> None:
    program = f"""
import pathlib, sys
from probed.agent.backend import build_agent
from probed.config.agent import AgentSettings
needs = dict.fromkeys(("workers", "points", "books", "clock"))
build_agent(AgentSettings(backend={backend!r}), **needs, state_dir=pathlib.Path("/nowhere"))
loaded = set(sys.modules)
assert not loaded & {{"anthropic", "httpx2", "mcp", "docker"}}, loaded
backends = {{"claude": "probed.agent.claude_cli", "anthropic": "probed.agent.messages_api"}}
assert {{name for name, module in backends.items() if module in loaded}} == {{{backend!r}}} - {{"none"}}
"""

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)

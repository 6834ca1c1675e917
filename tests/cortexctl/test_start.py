"""What a start loads: seconds are made of imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.terminal import environment

HEAVY = {
    "rich",
    "textual",
    "httpx",
    "asyncio",
    "http",
    "pydantic",
    "sqlalchemy",
    "mcp",
    "anthropic",
    "docker",
    "telegram",
    "aiohttp",
    "textual_serve",
}
OURS = {"cortexctl", "probed"}
ALLOWED = {
    "__future__", "_bisect", "_collections", "_collections_abc", "_datetime", "_functools", "_json", "_operator",
    "_random", "_socket", "_sre", "_typing", "_weakrefset", "array", "bisect", "collections", "contextlib", "copyreg",
    "datetime", "enum", "errno", "fnmatch", "functools", "itertools", "json", "keyword", "math", "operator", "re",
    "reprlib", "select", "selectors", "socket", "types", "typing", "warnings", "weakref", "unicodedata",
}  # fmt: skip
REPORT = """
import json, sys
before = set(sys.modules)
from cortexctl.__main__ import main
code = main(json.loads(sys.argv[1]))
sys.stdout.flush()
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})), file=sys.stderr)
"""


def loaded_by(*words: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", REPORT, json.dumps(words)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    return set(json.loads(result.stderr.splitlines()[-1]))


@pytest.mark.parametrize("options", [[], ["--json"], ["--short"]])
def test_status_loads_only_what_it_needs(host: StubDaemon, options: list[str]) -> None:
    loaded = loaded_by("--socket", str(host.path), "status", *options)

    assert loaded - ALLOWED == OURS


@pytest.mark.parametrize(
    "words", [["--help"], ["alerts"], ["status", "--help"], ["run", "disks"], ["version"], ["web", "--help"]]
)
def test_no_command_loads_what_it_does_not_use(host: StubDaemon, words: list[str]) -> None:
    loaded = loaded_by("--socket", str(host.path), *words)

    assert "typer" in loaded
    assert not loaded & HEAVY


def test_a_noun_is_imported_when_it_is_called(host: StubDaemon) -> None:
    check = "import sys, cortexctl.cli; print([m for m in sys.modules if m.startswith('cortexctl.commands.')])"

    result = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60)

    assert result.stdout == "[]\n"

"""What a start loads, seen in a fresh interpreter; and who may import whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    "anthropic",
    "docker",
    "mcp",
    "telegram",
    "textual",
    "rich",
    "typer",
    "cryptography",
    "httpx",
    "requests",
    "dns",
    "psycopg",
    "redis",
    "opentelemetry",
    "sqlmodel",
    "sqlalchemy",
}
"""Libraries that are loaded only where the configuration or a command asks for them."""


def modules_of(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout.splitlines()[-1]))


def loaded_by(statement: str) -> set[str]:
    """Top-level names in sys.modules after `statement`."""
    return {name.split(".")[0] for name in modules_of(statement)}


def test_the_daemon_loads_no_library_that_its_configuration_does_not_name() -> None:
    assert loaded_by("import probed.app") & HEAVY == set()


@pytest.mark.parametrize(
    "module",
    [
        "probed.agent.probes.registry",
        "probed.agent.queued",
        "probed.core.grounding",
        "probed.channels.apprise",
        "probed.channels.telegram",
        "probed.channels.webhook",
        "probed.core.chinese",
        "probed.helper.operations",
        "probed.tracing.otel_tracer",
    ],
)
def test_the_daemon_loads_no_part_that_its_configuration_does_not_name(module: str) -> None:
    assert module not in modules_of("import probed.app")


@pytest.mark.parametrize("package", ["probed.core.case", "probed.core.group", "probed.wire.status", "probed.errors"])
def test_core_and_wire_stand_on_the_standard_library_alone(package: str) -> None:
    standard = set(sys.stdlib_module_names) | {"probed", "__main__", "sitecustomize", "usercustomize"}
    bare = loaded_by("pass")  # the interpreter's own, a site's start-up hooks among them

    assert loaded_by(f"import {package}") - bare <= standard


def test_the_command_line_without_a_daemon_loads_no_engine() -> None:
    assert "sqlalchemy" not in loaded_by("import probed.__main__")

"""Whatever stands in a file or comes over a socket: it is taken, or refused with its place. Nothing else is raised, and
nothing hangs. Each parser gets good texts that were damaged, and plain bytes."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from probed.agent import probe_door
from probed.agent.probe_door import open_probe_door
from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.config.loader import load_settings
from probed.config.settings import Settings
from probed.errors import ConfigError
from tests.agent.arrange import make_toolbox
from tests.agent.test_probe_door import ask, connected
from tests.api.test_submission import REPORT, submit
from tests.config.test_documents import WHOLE
from tests.hostile import JSON, YAML, damaged_bytes, with_an_end

CONFIG = (Path(__file__).parents[1] / "config.example.yaml").read_text()
SHORT_CONFIG = re.sub(r"(?m)^\s*#.*\n", "", CONFIG)
FINDING = {
    "check": "backup",
    "object": "db",
    "severity": "warning",
    "summary": "old",
    "evidence": {"days": [1, 2.5, None]},
    "proposed_action": {"action": "restart_unit", "params": {"unit": "db"}},
    "ttl_s": 60,
}
REPORT_TEXT = json.dumps({**REPORT, "findings": [FINDING, {**FINDING, "object": "wal"}]})
CALL_TEXT = '{"id": 1, "method": "tools/call", "params": {"name": "processes", "arguments": {"limit": 1}}}'
LAST = {"id": "last", "method": "tools/list"}

fuzzed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def lines_of(content: bytes) -> int:
    """As many as anybody counts: the characters that YAML takes for ends of lines are more than one."""
    return len(re.findall(rb"\r\n|[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9]", content)) + 1


@fuzzed
@given(content=damaged_bytes(SHORT_CONFIG, YAML))
@example(content=b"")
@example(content=b"\xff\xfe")
def test_a_file_is_a_configuration_or_an_error_that_names_the_line(folder: Path, content: bytes) -> None:
    path = put(folder / "config.yaml", content)

    with with_an_end():
        try:
            outcome: Settings | ConfigError = load_settings(path)
        except ConfigError as error:
            outcome = error

    if isinstance(outcome, ConfigError):
        assert outcome.reason
        assert 1 <= outcome.line <= lines_of(content)
        assert str(outcome).startswith(f"{path}:{outcome.line}: ")
        str(outcome).encode()


@fuzzed
@given(content=damaged_bytes(WHOLE, YAML))
@example(content=b"---\n")
def test_a_file_is_an_inspection_or_a_broken_document_that_names_the_line(folder: Path, content: bytes) -> None:
    place = folder / "inspections"
    place.mkdir(exist_ok=True)
    place.chmod(0o700)
    path = put(place / "disks.md", content)

    with with_an_end():
        inspections, broken = load_documents(place, CheckRegistry())

    assert len(inspections) + len(broken) == 1
    for document in broken:
        assert document.path == str(path)
        assert document.reason
        assert 1 <= document.line <= lines_of(content)
        f"{document} {document.id}".encode()


@fuzzed
@given(content=damaged_bytes(REPORT_TEXT, JSON))
@example(content=b'{"source": "a", "source": "b"}')
async def test_a_body_is_a_report_or_a_refusal_that_names_the_field(content: bytes) -> None:
    with with_an_end():
        answer = await submit(content)

    assert answer.status in (201, 400, 413, 422)
    if answer.status != 201:
        assert answer.json["error"]["message"]
        json.dumps(answer.json).encode()


@fuzzed
@given(lines=st.lists(damaged_bytes(CALL_TEXT, JSON), min_size=1, max_size=4))
def test_a_line_to_the_probes_has_an_answer_or_ends_its_connection_alone(lines: list[bytes]) -> None:
    """Only a line that is longer than any may be ends a connection; a new one is served as before."""
    plain = [line.replace(b"\n", b" ").strip() or b"{}" for line in lines]
    short = [line for line in plain if len(line) < probe_door.MAX_REQUEST]

    async def answers() -> list[dict[str, Any]]:
        async with open_probe_door(make_toolbox(100)) as path:
            for line in plain:
                if line not in short:
                    async with connected(path) as (reader, writer):
                        writer.write(line + b"\n")
                        assert await reader.read() == b""
            async with connected(path) as streams:
                return await ask(streams, *short, LAST)

    with with_an_end():
        given = asyncio.run(answers())

    assert len(given) == len(short) + 1
    assert all(answer.keys() in ({"id", "result"}, {"id", "error"}) for answer in given)
    assert any(answer["id"] == "last" and "result" in answer for answer in given)

"""Whatever a model asks, through whichever probe: an answer that is JSON, within its bound, and never an exception."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probed.agent.probes.page import MAX_BYTES
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.agent.probes.registry import all_probes
from probed.agent.toolbox import Toolbox
from probed.config.agent import ProbeSettings
from probed.core.inspection import CheckCall
from tests.agent.arrange import ImmediateWorkers, no_points
from tests.api.fakes import FakeQueries
from tests.factories import make_inspection

EVIL = (
    *(
        "/etc/shadow",
        "/etc/../etc/shadow",
        "//etc/shadow",
        "/proc/self/environ",
        "/proc/1/root/etc/shadow",
        "/dev/zero",
    ),
    *(
        "../../etc/passwd",
        "/",
        "",
        "\n",
        "a\nb",
        "-rf",
        "--root=/",
        "$(id)",
        "`id`",
        "a;b",
        "a\x00b",
        "\x1b[2J",
        "%s%n",
    ),
    *("http://169.254.169.254/latest/meta-data/", "http://[::1]:1/", "file:///etc/shadow", "http://a@b:1/", "after-e1"),
    *("*", "?", "[", "(" * 50, "a{1000}{1000}", "x" * 5000, "字" * 900, "\U0010ffff", "localhost", "127.0.0.1", "::1"),
)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 80, 2**16, 2**31, 2**63, 2**200]) | st.integers()
VALUES = st.sampled_from(EVIL) | st.text(max_size=30) | NUMBERS | st.none() | st.booleans() | st.floats()
WHATEVER = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=5), VALUES, max_size=3)
SLOW = {"largest_files": {"path": "/nowhere"}, "disk_usage": {"path": "/nowhere"}, "processes": {"sort": "memory"}}
"""What would walk the whole host, or watch it for a while, is not asked so two hundred times."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs and configurations that are as hostile as a host's files can be."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "binary.log").write_bytes(os.urandom(100_000))
    (folder / "one line.log").write_bytes(b"x" * 1_000_000)
    (folder / "na\nme.log").write_text("password=hunter2\n" * 5000)
    (folder / b"caf\xe9.log".decode(errors="surrogateescape")).write_text("a\n")
    (folder / "broken.log.1.gz").write_bytes(b"\x1f\x8b no gzip")
    (folder / "broken.log").write_text("")
    (folder / "escape.log").symlink_to("/etc/shadow")
    os.mkfifo(folder / "pipe.log")
    return folder


@pytest.fixture(scope="module")
def reach(host: Path) -> Reach:
    calls = (CheckCall("http", {"url": "http://127.0.0.1:1/x"}), CheckCall("ping", {"host": ["a", 3, None]}))
    allowed = ProbeSettings(log_roots=(str(host),), config_files=(f"{host}/*",), dns_allow=("localhost",))
    return Reach(allowed, lambda: [make_inspection(checks=calls)])


def arguments_for(probe: Probe[Any]) -> st.SearchStrategy[object]:
    """Mostly such as it takes, with a text of anybody's wherever there is one; sometimes whatever there is."""
    properties = {name: _fitting(schema) for name, schema in probe.schema()["properties"].items() if name != "cursor"}
    needed = {name: properties.pop(name) for name in probe.schema().get("required", ())}
    fixed = SLOW.get(probe.name, {})
    fitting = st.fixed_dictionaries(needed, optional=properties).map(lambda given: {**given, **fixed})
    strange = st.dictionaries(st.sampled_from([*properties, *needed, "cursor", "shell"]), WHATEVER)
    return st.one_of(fitting, fitting, fitting, strange.map(lambda given: {**given, **fixed}))


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[object]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "boolean":
            return st.booleans()
    return st.sampled_from(EVIL).map(lambda text: text[: schema["maxLength"]])


def probes() -> Iterator[Probe[Any]]:
    yield from all_probes(no_points, FakeQueries())


@pytest.mark.parametrize("name", [probe.name for probe in probes()])
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_every_answer_is_json_within_its_bound(name: str, reach: Reach, host: Path, data: st.DataObject) -> None:
    probe = next(each for each in all_probes(no_points, FakeQueries(), reach) if each.name == name)
    toolbox = Toolbox([probe], ImmediateWorkers(), time.monotonic() + 60)
    arguments = data.draw(arguments_for(probe))
    if isinstance(arguments, dict) and isinstance(arguments.get("path"), str) and data.draw(st.booleans()):
        arguments["path"] = f"{host}/{data.draw(st.sampled_from([*os.listdir(host), 'escape.log/../../x']))}"

    answers = [await toolbox.call(name, arguments)]
    while (cursor := json.loads(answers[-1].text).get("next")) and len(answers) < 3:
        answers.append(await toolbox.call(name, {"cursor": cursor}))

    for answer in answers:
        content = json.loads(answer.text)
        assert len(answer.text.encode()) <= MAX_BYTES
        assert answer.failed == ("failed" in content)
        assert "the probe is broken" not in answer.text
        assert "hunter2" not in answer.text
        assert "root:" not in answer.text or name in ("processes", "process_detail")

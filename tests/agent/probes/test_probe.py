from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from probed.agent.probes import registry
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.registry import all_probes
from probed.agent.probes.table import Table
from probed.core.probe_names import NAMES
from probed.daemon.workers import WorkerPool
from probed.errors import DeadlineExceeded, ParameterError
from tests.agent.arrange import ImmediateWorkers, no_points
from tests.api.fakes import FakeQueries


@dataclass(frozen=True, slots=True)
class Params:
    unit: str
    lines: Annotated[int, Field(ge=1, le=10, description="how many")] = 5


def look(params: Params) -> Table:
    return Table(("unit", "lines"), [(params.unit, params.lines)])


NO_PROBES = {
    *("__init__", "command_line", "cursors", "page", "parameters", "past"),
    *("probe", "reach", "registry", "table", "text"),
}
PROBE = Probe("echo", "Says it again.", Params, looking("echo", look))


async def test_arguments_become_typed_parameters_with_defaults() -> None:
    table = await PROBE.answer({"unit": "nginx.service"}, ImmediateWorkers(), 1)

    assert list(table.rows) == [("nginx.service", 5)]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "unit"),
        (None, "unit"),
        ({"unit": "a", "shell": "rm"}, "shell"),
        ({"unit": "a", "lines": 0}, "lines"),
        ({"unit": "a", "lines": "many"}, "lines"),
        ({"unit": {"a": 1}}, "unit"),
        ("nginx", ""),
        ([1], ""),
        ({1: 2}, "1"),
    ],
)
async def test_arguments_that_do_not_fit_name_the_field(arguments: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        await PROBE.answer(arguments, ImmediateWorkers(), 1)

    assert caught.value.field == field


async def test_a_probe_that_hangs_ends_at_its_deadline() -> None:
    gate = threading.Event()

    def hang(params: Params) -> Table:
        gate.wait(20)
        return look(params)

    slow = Probe("slow", "", Params, looking("slow", hang))

    with pytest.raises(DeadlineExceeded):
        await slow.answer({"unit": "a"}, WorkerPool(1), 0.2)
    gate.set()


@pytest.mark.parametrize("probe", all_probes(no_points, FakeQueries()), ids=lambda probe: probe.name)
def test_every_schema_is_a_closed_object_without_references(probe: Probe[object]) -> None:
    schema = probe.schema()

    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "$" not in "".join(schema)
    assert "$ref" not in str(schema)
    assert all("title" not in each for each in schema["properties"].values())


def test_what_a_model_is_told_with_every_request_is_short() -> None:
    """It is a part of what each request costs."""
    told = [json.dumps([each.name, each.description, each.outline()]) for each in all_probes(no_points, FakeQueries())]

    assert max(map(len, told)) < 900
    assert sum(map(len, told)) / len(told) < 600
    assert "maxLength" not in "".join(told)
    assert PROBE.outline()["required"] == ["unit"]
    assert PROBE.outline()["properties"]["lines"]["maximum"] == 10


def test_names_are_those_of_the_files() -> None:
    names = [probe.name for probe in all_probes(no_points, FakeQueries())]

    assert sorted(names) == sorted(NAMES)
    folder = Path(registry.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - NO_PROBES == set(NAMES)

from __future__ import annotations

from typing import Any

import pytest

from probed.agent.probes.journal import PROBE
from probed.errors import ParameterError
from probed.host import journal
from tests.agent.probes.asking import ask, rows_of

ENTRIES = (
    journal.Entry(1_700_000_000.0, "nginx.service", "nginx", 3, 7, "bind() failed"),
    journal.Entry(1_700_000_060.0, "", "kernel", 4, 0, "Out of memory"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the journal was asked for; it answers with ENTRIES."""
    questions: dict[str, Any] = {}

    def tail(unit: str, **more: object) -> tuple[journal.Entry, ...]:
        questions.update(more, unit=unit)
        return ENTRIES

    monkeypatch.setattr(journal, "tail", tail)
    return questions


async def test_lines_are_told_newest_first(asked: dict[str, Any]) -> None:
    rows = rows_of(await ask(PROBE))

    assert [row["message"] for row in rows] == ["Out of memory", "bind() failed"]
    assert rows[1] == {
        "time": "2023-11-14T22:13:20Z",
        "unit": "nginx.service",
        "priority": "err",
        "message": "bind() failed",
    }
    assert rows[0]["unit"] == "kernel"


async def test_every_argument_narrows_the_question(asked: dict[str, Any]) -> None:
    await ask(PROBE, unit="nginx.service", minutes=10, priority="err", contains="bind", lines=5)

    assert asked == {"unit": "nginx.service", "since_s": 600, "priority": 3, "lines": journal.MAX_LINES, "before": ""}


@pytest.mark.parametrize("contains", ["bind", "BIND|failed", r"^bind\(\)"])
async def test_only_messages_that_fit_are_told(contains: str, asked: dict[str, Any]) -> None:
    assert [row["message"] for row in rows_of(await ask(PROBE, contains=contains))] == ["bind() failed"]


async def test_what_is_no_expression_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="contains"):
        await ask(PROBE, contains="(")


@pytest.mark.parametrize("unit", ["nginx service", "a;b", "$(id)", "a/b", "x\n--root=/"])
async def test_a_unit_that_is_no_name_is_refused(unit: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        await ask(PROBE, unit=unit)

    assert asked == {}

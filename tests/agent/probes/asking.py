"""Asking a probe as a model does, and reading its answer."""

from __future__ import annotations

import json
from typing import Any

from probed.agent.probes.page import page_of
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Table
from tests.agent.arrange import ImmediateWorkers


async def ask(probe: Probe[Any], **arguments: object) -> dict[str, Any]:
    table = await probe.answer(arguments, ImmediateWorkers(), 5)
    return shown(table)


def shown(table: Table, evidence: str = "e1") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(page_of(table, evidence).text)
    return answer


def rows_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

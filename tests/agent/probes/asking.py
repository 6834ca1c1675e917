"""Asking a probe as a model does, and reading its answer."""

from __future__ import annotations

import json
from typing import Any

from probed.agent.probes.probe import Probe
from tests.agent.arrange import ImmediateWorkers


async def ask(probe: Probe[Any], **arguments: object) -> dict[str, Any]:
    table = await probe.answer(arguments, ImmediateWorkers(), 5)
    answer: dict[str, Any] = json.loads(table.render())
    return answer


def rows_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

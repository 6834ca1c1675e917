"""What a known fault costs the second time: bytes to the model's server, against the first time in the same run.

The agent's real program investigates at a scripted model (two probes, a report), an action helps, and the fault comes
again: as it was, and so that its probes leave open whether it is the same.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.effort import Effort
from bench.row import Figure, Row, at_most_times
from probed.config.agent import AgentSettings
from probed.core.recognition import recognised_in
from probed.core.report import Report
from tests.agent.arrange import claude_cli, make_settings
from tests.agent.known_fault import CAUSE, KnownFault, known_fault, script
from tests.engine.scenario import ANN
from tests.real.messages_api import MessagesApi

SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Bytes:
    first: int
    same: int
    open: int


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        sent = asyncio.run(_sent(Path(name), effort.models))
    beside = (Figure("investigated", sent.first),)
    return [
        Row("recall: a known fault that shows the same", sent.same, "bytes", beside, at_most_times(SHARE)),
        Row("recall: one that its probes leave open", sent.open, "bytes", beside, at_most_times(SHARE)),
    ]


async def _sent(state: Path, backend: str) -> Bytes:
    folder = state / "dumps"
    folder.mkdir()
    with MessagesApi(script(folder)) as api:
        async with known_fault(state, _settings(state, api, backend), api, folder) as fault:
            _refuse_unless(fault, await fault.breaks(), requests=3)
            await _approve(fault)
            first = fault.wire_bytes
            _refuse_unless(fault, await fault.breaks(mib=5), requests=3, verified="shows the same")
            await _approve(fault)
            same = fault.wire_bytes - first
            _refuse_unless(fault, await fault.breaks("heap.dump"), requests=4, verified="compared by a model")
            return Bytes(first, same, fault.wire_bytes - first - same)


def _refuse_unless(fault: KnownFault, told: Report, requests: int, verified: str = "") -> None:
    """What was asked, and never answered, or answered otherwise, costs little. `requests`: in all until now."""
    asked = len(fault.api.requests)
    known = recognised_in(told.findings[0].evidence)
    how = known.verified if known else ""
    if told.unanswered or CAUSE not in str(told) or asked != requests or not how.startswith(verified):
        words = "; ".join(told.unanswered) or f"{how or told.summary}, after {asked} requests"
        raise RuntimeError(f"the model did not look and answer as it should: {words}")


async def _approve(fault: KnownFault) -> None:
    decision = (await fault.host.monitor.decisions(1)).items[0]
    await fault.host.engine.operator.approve(decision.id, ANN)
    await fault.host.settles()


def _settings(state: Path, api: MessagesApi, backend: str) -> AgentSettings:
    changes: dict[str, Any] = {"backend": backend} | ({"claude": claude_cli()} if backend == "claude" else {})
    return make_settings(state, api.base_url, **changes)

"""A fault a second time, through real backends: what it costs on the wire, against the first time in the same test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probed.config.agent import AgentSettings
from probed.core.recognition import recognised_in
from tests.agent.arrange import claude_cli, make_settings
from tests.agent.known_fault import CAUSE, KnownFault, known_fault, script
from tests.engine.scenario import ANN
from tests.real.messages_api import MessagesApi

BACKENDS = [pytest.param("claude", marks=pytest.mark.claude), "anthropic"]


def settings_of(backend: str, state: Path, api: MessagesApi) -> AgentSettings:
    changes: dict[str, Any] = {"backend": backend}
    if backend == "claude":
        changes["claude"] = claude_cli()
    return make_settings(state, api.base_url, **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dumps"
    folder.mkdir()
    return folder


async def solved(fault: KnownFault) -> int:
    """Investigated, approved, and helped: what went over the wire for it."""
    first = await fault.breaks()
    [decision] = (await fault.host.monitor.decisions(5)).items
    await fault.host.engine.operator.approve(decision.id, ANN)
    await fault.host.settles()
    [memory] = await fault.host.monitor.solved_before({"folder"})
    assert (memory.cause, memory.helped) == (CAUSE, 1)
    assert first.cost_usd > 0
    return fault.wire_bytes


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_known_fault_is_confirmed_by_its_own_probes_and_nothing_leaves(
    tmp_path: Path, folder: Path, backend: str
) -> None:
    with MessagesApi(script(folder)) as api:
        async with known_fault(tmp_path, settings_of(backend, tmp_path, api), api, folder) as fault:
            first = await solved(fault)
            await fault.host.reboot()
            again = await fault.breaks(mib=5)

            assert fault.wire_bytes == first
            assert again.cost_usd == 0
            known = recognised_in(again.findings[0].evidence)
            assert known is not None
            assert known.verified == "shows the same: disk_usage"
            assert CAUSE in again.summary


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_fault_that_its_probes_leave_open_costs_a_tenth_of_the_first_time_at_most(
    tmp_path: Path, folder: Path, backend: str
) -> None:
    with MessagesApi(script(folder)) as api:
        async with known_fault(tmp_path, settings_of(backend, tmp_path, api), api, folder) as fault:
            first = await solved(fault)
            asked = len(api.requests)
            again = await fault.breaks("heap.dump")

            [small] = api.requests[asked:]
            assert fault.wire_bytes - first <= first / 10
            assert not small.offers("disk_usage")
            assert "core.dump" in json.dumps(small.body)
            known = recognised_in(again.findings[0].evidence)
            assert known is not None
            assert known.verified.startswith("compared by a model")


async def test_what_the_small_question_denies_is_investigated_in_the_same_run(tmp_path: Path, folder: Path) -> None:
    with MessagesApi(script(folder, same="no")) as api:
        async with known_fault(tmp_path, settings_of("anthropic", tmp_path, api), api, folder) as fault:
            await solved(fault)
            asked = len(api.requests)
            await fault.breaks("heap.dump")

            assert len(api.requests) - asked == 4, "the small question, and three turns of an investigation"
            memories = await fault.host.monitor.solved_before({"folder"})
            assert [memory.refuted for memory in memories if memory.helped] == [1]

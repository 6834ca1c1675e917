"""That a model cannot be asked is told once, and taken back; checks go on meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from probed.core.agent_trouble import AgentTrouble
from probed.engine.agent_watch import AgentWatch
from tests.engine.scenario import Host, scenario

DOWN = "the model's login is down (401): invalid bearer token; type: claude setup-token"


@dataclass
class ScriptedPreflight:
    found: list[AgentTrouble] = field(default_factory=list)

    async def troubles(self) -> Sequence[AgentTrouble]:
        return self.found

    async def until_due(self) -> None: ...


def watch_of(host: Host, preflight: ScriptedPreflight | None) -> AgentWatch:
    return AgentWatch(preflight, host.monitor, host.monitor, host.engine.ingest)


async def look(host: Host, preflight: ScriptedPreflight | None, times: int = 1) -> None:
    for _ in range(times):
        await watch_of(host, preflight).turn()  # a new one each time, as after a restart
        await host.passes(600, step_s=60)


async def test_it_is_told_once_with_who_stands_in_and_what_to_type_and_resolved_when_it_is_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        preflight = ScriptedPreflight([AgentTrouble("claude", DOWN, "anthropic")])
        await look(host, preflight, times=5)
        told = list(host.told)
        [case] = (await host.monitor.cases(10)).items

        preflight.found = []
        await look(host, preflight)

        words = "claude cannot be used: the model's login is down (401): invalid bearer token; anthropic stands in"
        assert told == [f"warning: {words}"]
        assert case.evidence["type"] == "claude setup-token"
        assert await host.stage_of("claude") == "resolved"


async def test_what_was_only_just_found_is_told_where_it_was_told_before_a_restart_and_else_not_yet(
    tmp_path: Path,
) -> None:
    early = AgentTrouble("claude", DOWN, "anthropic", lasts=False)
    async with scenario(tmp_path) as host:
        await look(host, ScriptedPreflight([early]))
        assert host.told == []

        await look(host, ScriptedPreflight([replace(early, lasts=True)]))
        await look(host, ScriptedPreflight([early]))

        assert len(host.told) == 1
        assert await host.stage_of("claude") != "resolved"


async def test_without_any_model_it_says_that_checks_go_on(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await look(host, ScriptedPreflight([AgentTrouble("claude", DOWN, "")]))

        assert host.told[0].endswith("; checks go on without a model")


async def test_a_model_that_is_not_configured_any_more_is_not_missed(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await look(host, ScriptedPreflight([AgentTrouble("claude", DOWN, "")]))
        await watch_of(host, None).run()
        await host.passes(60)

        assert await host.stage_of("claude") == "resolved"


async def test_a_model_that_works_is_no_report(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await look(host, ScriptedPreflight(), times=3)

        assert (await host.monitor.reports(10)).items == []

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probed.core.heartbeat import Heartbeat
from probed.engine.heartbeat import HeartbeatKeeper, Rhythm
from probed.errors import ChannelError, InvalidReport
from probed.ports import ReportDraft
from tests.engine.scenario import ANN, Host, scenario

SILENT = ChannelError("it answers 503", transient=True)


@dataclass
class ScriptedSign:
    place: str = "https://hc.example.org"
    fails_with: ChannelError | None = None
    has_fail_path: bool = False
    given: list[bool] = field(default_factory=list)

    async def close(self) -> None:
        pass

    async def give(self, *, ready: bool) -> bool:
        if not ready and not self.has_fail_path:
            return False
        self.given.append(ready)
        if self.fails_with:
            raise self.fails_with
        return True


@dataclass
class Watch:
    host: Host
    sign: ScriptedSign | None
    is_ready: bool = True

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        host = self.host
        self.keeper = HeartbeatKeeper(
            self.sign, Rhythm(60.0, 300.0), self._ready, host.monitor, host.monitor, host.engine.ingest, host.clock
        )

    async def beats(self, times: int) -> None:
        for _ in range(times):
            await self.keeper.turn()
            await self.host.passes(60, step_s=20)

    async def _ready(self) -> bool:
        return self.is_ready


async def test_a_sign_is_given_each_time_as_long_as_the_daemon_is_ready(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign())
        await watch.beats(3)
        watch.is_ready = False
        await watch.beats(10)

        assert sign.given == [True] * 3
        assert host.told == []
        assert watch.keeper.status() == "held back: the daemon is not ready"


async def test_a_daemon_that_is_not_ready_says_so_where_there_is_a_place_for_that(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign(has_fail_path=True), is_ready=False)
        await watch.beats(2)

        assert sign.given == [False, False]


async def test_a_missing_answer_becomes_an_alert_and_resolves_with_the_next_answer(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign())
        await watch.beats(1)
        sign.fails_with = SILENT
        await watch.beats(4)
        assert host.told == []
        assert watch.keeper.status() == "no answer from https://hc.example.org for 240 s: it answers 503"

        await watch.beats(20)
        assert host.told == [
            "warning: nobody at https://hc.example.org answers this host's heartbeat; whoever should notice that it is "
            "down does not"
        ]
        [alert] = (await host.monitor.alerts(10, state="firing")).items
        assert (alert.labels["source"], alert.labels["alertname"]) == ("cortex", "heartbeat")
        assert alert.labels["object"] == "https://hc.example.org"

        sign.fails_with = None
        await watch.beats(2)
        assert len(host.told) == 2
        assert host.told[1].startswith("resolved: ")
        assert watch.keeper.status().startswith("answered at 2026-11-20 06:")


async def test_single_misses_are_no_alert(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign())
        for _ in range(5):
            sign.fails_with = SILENT
            await watch.beats(3)
            sign.fails_with = None
            await watch.beats(1)

        assert host.told == []


async def test_how_it_stands_survives_a_restart_and_time_without_a_daemon_does_not_count(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign(fails_with=SILENT))
        await watch.beats(3)
        await host.reboot()
        host.clock.advance(7200)
        watch.restart()
        await watch.beats(1)
        assert host.told == []
        await watch.beats(1)
        assert len(host.told) == 1

        await host.reboot()
        watch.restart()
        await watch.beats(3)
        assert len(host.told) == 1
        sign.fails_with = None
        await watch.beats(1)

        assert host.told[1].startswith("resolved: ")


async def test_a_heartbeat_that_is_not_configured_any_more_leaves_no_alert(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await Watch(host, ScriptedSign(fails_with=SILENT)).beats(6)
        assert len(host.told) == 1

        off = Watch(host, None)
        await off.keeper.run()
        await host.passes(60, step_s=20)

        assert off.keeper.status() == "off"
        assert host.told[1].startswith("resolved: ")


async def test_a_jump_of_the_wall_clock_is_no_silence(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, sign := ScriptedSign())
        await watch.beats(1)
        host.clock.at = host.clock.at.replace(year=2027)
        sign.fails_with = SILENT
        await watch.beats(1)

        assert host.told == []


async def test_nobody_else_speaks_for_the_daemon(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await Watch(host, ScriptedSign(fails_with=SILENT)).beats(6)

        with pytest.raises(InvalidReport, match="is the daemon itself"):
            await host.engine.operator.submit(ReportDraft("cortex", "ok", "all is well", ()), ANN)
        assert len((await host.monitor.alerts(10, state="firing")).items) == 1


@pytest.mark.parametrize("stored", [None, [], "x", {}, {"missing_s": "a", "answered_at": 5}])
def test_what_is_stored_may_be_anything(stored: object) -> None:
    assert Heartbeat.from_payload(stored) == Heartbeat()

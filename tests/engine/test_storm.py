"""Above so many messages in a period, further ones become one; nothing is lost."""

from __future__ import annotations

from pathlib import Path

from probed.core.finding import Finding
from probed.core.observation import Observation
from probed.core.storm import StormLimit
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_finding

LIMIT = StormLimit(messages=5, period_s=300)


async def storm(host: Host, number: int) -> None:
    """So many alerts, each in a group of its own."""
    host.rules.storm = LIMIT
    for each in range(number):
        await host.report("a", *(fault(earlier) for earlier in range(each + 1)))
    await host.passes(20, step_s=5)


def fault(number: int) -> Finding:
    return make_finding(check=f"check-{number}", object=f"/{number}", summary=f"{number} is full")


async def test_further_messages_become_one(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await storm(host, 17)
        assert len(host.told) == 5

        await host.reboot()
        [gathered] = await host.monitor.storms()
        assert gathered.words == "12 more messages to recording are told together at 06:05 UTC"
        await host.passes(300, step_s=10)

        assert host.told[5:] == ["12 more, told together because there were so many"]
        assert len(host.channel.cards[-1].sections[0].lines) == 12
        assert "06:00 UTC: warning: 16 is full" in host.channel.cards[-1].sections[0].lines
        assert await host.monitor.storms() == []
        assert (await host.monitor.counts())["alerts_firing"] == 17


async def test_afterwards_each_message_goes_out_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await storm(host, 7)
        await host.passes(700, step_s=10)
        told = len(host.told)

        await host.report("b", fault(99))
        await host.passes(5)

        assert host.told[told:] == ["warning: 99 is full"]


async def test_a_question_goes_out_in_a_storm(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await storm(host, 7)
        before = len(host.told)

        await ask(host)

        assert len(host.told) == before + 1
        assert host.told[-1].startswith("May I run")


async def ask(host: Host) -> None:
    failed = Observation("nginx.service", "nginx failed", severity=make_finding().severity)
    host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (failed,))])
    await host.run("services")
    await host.settles()


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await storm(host, 5)
        host.rules.storm = None
        await host.report("b", fault(99))

        await host.passes(5)

        assert host.told[-1] == "warning: 99 is full"

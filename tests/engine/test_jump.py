"""Intervals follow the time that really passes, whatever the wall clock says."""

from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.decision import DecisionState
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.jump import ClockSteps
from probed.errors import CannotPersist, ChannelError
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_finding

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)


def set_clock(host: Host, seconds: float) -> None:
    """The clock that cannot be set goes on."""
    host.clock.at += timedelta(seconds=seconds)


def failing(host: Host, *, l1: bool = False, l2: bool = False) -> None:
    name = ["restart_unit"]
    document = with_actions(l1=name if l1 else [], l2=name if l2 else [])
    host.document(document, [ScriptedCheck("systemd_unit", (FAILED,))])


async def test_an_alert_is_told_in_time_although_the_clock_was_set_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())

        set_clock(host, -3600)
        await host.passes(3)

        assert host.told == ["warning: /srv is 85% full"]


async def test_a_message_is_tried_again_in_time_although_the_clock_was_set_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("no route", transient=True)
        await host.report("a", make_finding())
        await host.passes(5)
        host.channel.fails_with = None

        set_clock(host, -3600)
        await host.passes(15)

        assert host.told == ["warning: /srv is 85% full"]


async def test_an_action_is_carried_out_although_the_clock_was_set_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l1=True)
        await host.run("services")

        set_clock(host, -3600)
        await host.passes(1)

        assert host.action.executed


async def breaks_for_a_while(host: Host) -> None:
    """A fix is at hand that helps; where nothing carries it out, it heals by itself."""
    check = ScriptedCheck("systemd_unit", (FAILED,))
    host.document(with_actions(l1=["restart_unit"]), [check])

    def heal() -> None:
        check.answer = (Observation(UNIT, "active"),)

    host.action.on_execute = heal
    await host.run("services")
    await host.settles()
    heal()
    await host.run("services")
    await host.settles()


@pytest.mark.parametrize("step_s", [5 * 3600, -5 * 3600, 30 * 3600])
async def test_a_cool_down_follows_the_time_that_really_passes(tmp_path: Path, step_s: float) -> None:
    async with scenario(tmp_path) as host:
        host.action.cooldown_s = 1800.0
        await breaks_for_a_while(host)

        set_clock(host, step_s)
        await host.passes(600, step_s=100)
        await breaks_for_a_while(host)
        assert len(host.action.executed) == 1, "it cools down"

        await host.passes(1300, step_s=100)
        await breaks_for_a_while(host)
        assert len(host.action.executed) == 2, "it has cooled down"


async def test_what_fails_again_is_seen_although_the_clock_was_set_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await breaks_for_a_while(host)

        set_clock(host, -5 * 3600)
        await host.passes(60, step_s=10)
        failing(host)
        await host.run("services")

        assert len((await host.monitor.cases(10, open_only=True)).items) == 1


async def test_an_end_is_told_in_time_and_named_although_the_clock_was_set_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(20)

        set_clock(host, -3600)
        await host.report("a")
        await host.passes(20)

        assert host.told == ["warning: /srv is 85% full", "resolved: /srv is 85% full"]


async def test_a_question_waits_as_long_as_it_should_although_the_clock_was_set_forward(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host, l2=True)
        await host.run("services")
        await host.settles()

        set_clock(host, 7200)
        await host.passes(3500, step_s=100)
        [waiting] = (await host.monitor.decisions(10)).items
        assert waiting.state is DecisionState.WAITING

        await host.passes(200, step_s=100)
        [expired] = (await host.monitor.decisions(10)).items
        assert expired.state is DecisionState.EXPIRED


async def test_a_step_while_the_daemon_was_down_is_noticed_at_its_start(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding(ttl_s=60))

        set_clock(host, 7200)
        await host.reboot()
        await host.passes(50)
        assert await host.stage_of("/srv") == "told"

        await host.passes(20)
        assert await host.stage_of("/srv") == "resolved"


async def test_the_clocks_of_two_boots_are_not_compared(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding(ttl_s=60))

        host.clock.monotonic_s = 5.0
        host.clock.at += timedelta(seconds=120)
        await host.reboot(boot_id="the next boot")
        await host.passes(1)

        assert await host.stage_of("/srv") == "resolved"


async def test_a_step_is_taken_up_once_even_if_it_could_not_be_stored_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding(ttl_s=60))
        steps = ClockSteps(host.monitor, host.clock, host.engine.pulse, "this boot")
        await steps.take_up()
        set_clock(host, 3600)
        with monkeypatch.context() as patched:
            patched.setattr(host.monitor, "transaction", broken)
            with pytest.raises(CannotPersist):
                await steps.take_up()

        for _ in range(3):
            await steps.take_up()

        [case] = (await host.monitor.cases(1)).items
        assert case.expires_at == host.clock.now() + timedelta(seconds=60)


def broken() -> None:
    raise CannotPersist

"""The book of alerts: what is told of a group, and when."""

from pathlib import Path

from probed.core.finding import Severity
from probed.core.group import Timing
from probed.core.routing import Routing
from tests.engine.scenario import ANN, scenario
from tests.factories import make_finding, next_due


async def test_a_flap_within_an_interval_is_the_alert_that_was_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(3)
        await host.report("a")
        await host.passes(2)
        await host.report("a", make_finding())
        await host.passes(60)
        assert host.told == ["warning: /srv is 85% full"]

        await host.report("a")
        await host.passes(60)
        assert host.told[1:] == ["resolved: /srv is 85% full"]


async def test_a_flap_that_ends_is_told_once_and_named(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.flapping = None
        await host.report("a", make_finding())
        await host.passes(3)
        for _ in range(3):
            await host.report("a")
            await host.report("a", make_finding())
        await host.report("a")
        await host.passes(60)

        assert host.told == ["warning: /srv is 85% full", "resolved: /srv is 85% full"]


async def test_repeats_keep_their_rhythm_although_the_loop_wakes_late(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.routing = Routing.one_host("recording", timing=Timing(wait_s=1, interval_s=3, repeat_s=3))
        began, told = host.clock.monotonic(), []
        await host.report("a", make_finding())

        while len(host.told) < 4:
            due = await next_due(host.monitor)
            assert due
            host.clock.advance((due - host.clock.now()).total_seconds() + 0.005)
            before = len(host.told)
            await host.settles()
            told += [host.clock.monotonic() - began] * (len(host.told) - before)

        assert [round(second) for second in told] == [1, 7, 13, 19]
        assert told[-1] < 19.02


async def test_an_acknowledged_alert_has_neither_button_nor_command(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding(object="/a", summary="a"))
        await host.passes(2)
        [known] = (await host.monitor.alerts(10)).items
        await host.engine.operator.acknowledge(known.id, ANN)

        await host.report("a", make_finding(object="/a", summary="a"), make_finding(object="/b", summary="b"))
        await host.passes(30)

        [new] = (await host.monitor.alerts(10, state="firing")).items
        card = host.channel.cards[-1]
        assert [section.title for section in card.sections] == ["b", "a"]
        assert "acknowledged by" in card.sections[1].lines[0]
        assert {button.subject for button in card.buttons} == {new.id}
        assert card.commands == (f"cortexctl alerts ack {new.id}", f"cortexctl alerts silence {new.id} --for 1h")


async def test_what_a_person_closed_during_the_first_sweep_is_not_on_its_card(tmp_path: Path) -> None:
    async with scenario(tmp_path, first_sweep_done=False) as host:
        await host.report("a", make_finding(object="/a", summary="a"), make_finding(object="/b", summary="b"))
        closed, _ = (await host.monitor.alerts(10)).items
        await host.engine.operator.resolve(closed.id, ANN)

        await host.while_turning(host.engine.runs.first_sweep([]))
        await host.passes(60)

        assert host.told == ["first look at this host: 1 alert, 0 waiting decisions"]


async def test_what_the_first_sweep_told_is_told_when_it_ends(tmp_path: Path) -> None:
    async with scenario(tmp_path, first_sweep_done=False) as host:
        await host.report("a", make_finding(severity=Severity.CRITICAL))
        await host.while_turning(host.engine.runs.first_sweep([]))

        await host.report("a")
        await host.passes(60)

        assert host.told[1:] == ["resolved: /srv is 85% full"]

"""Whatever holds alerts back, alone or together: once it ends, what fires is told, and what was told firing is told
resolved, to people and to programs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, time, timedelta
from pathlib import Path

from probed.core.dependency import Edge
from probed.core.escalation import EscalationStep
from probed.core.external_alert import AlertDraft
from probed.core.finding import Finding, Severity
from probed.core.group import Timing
from probed.core.hours import Hours, QuietHours
from probed.core.inhibition import InhibitRule
from probed.core.maintenance import WindowDraft
from probed.core.matcher import parse_matchers
from probed.core.route import Route
from probed.core.routing import Integration, Routing
from probed.core.silence import SilenceDraft
from probed.testing import RecordingChannel
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_finding

MORNING = QuietHours(Hours(time(5), time(7), UTC))
"""The scenario begins at 06:00."""
PERSON, PROGRAM = Integration("recording"), Integration("program", is_program=True)


@asynccontextmanager
async def host_with_a_program(folder: Path) -> AsyncIterator[tuple[Host, RecordingChannel]]:
    program = RecordingChannel("program", is_program=True)
    async with scenario(folder, others=[program]) as host:
        root = host.rules.routing.root
        host.rules.routing = Routing(root, {root.receiver: (PERSON, PROGRAM)})
        yield host, program


def fault(object_: str) -> Finding:
    return make_finding(object=object_, summary=f"{object_} is full")


def news(program: RecordingChannel) -> Iterator[tuple[str, str]]:
    """What it was told: object and status."""
    for card in program.cards:
        for alert in card.notification.alerts if card.notification else ():
            yield alert.labels["object"], alert.status


async def until_seven(host: Host) -> None:
    await host.passes(3700, step_s=30)


async def test_a_program_hears_after_the_quiet_hours_what_ended_in_them(tmp_path: Path) -> None:
    async with host_with_a_program(tmp_path) as (host, program):
        await host.report("a", fault("/srv"), fault("/home"))
        await host.passes(5)
        host.rules.quiet = MORNING
        await host.report("a", fault("/home"))
        await host.passes(60, step_s=5)
        await host.reboot()

        await until_seven(host)

        assert dict(news(program)) == {"/srv": "resolved", "/home": "firing"}
        assert host.told[1:] == ["quiet hours: 1 alert still firing, 1 over"]


async def test_a_program_hears_how_it_is_when_it_flaps_no_longer(tmp_path: Path) -> None:
    async with host_with_a_program(tmp_path) as (host, program):
        for _ in range(8):
            await host.report("a", fault("/srv"))
            await host.passes(30, step_s=5)
            await host.report("a")
            await host.passes(30, step_s=5)
        assert list(news(program))[-1] == ("/srv", "firing")

        for _ in range(25):
            await host.report("a")
            await host.passes(30, step_s=5)

        assert list(news(program))[-1] == ("/srv", "resolved")
        assert host.told[-1] == "no longer flapping: /srv is full"


async def test_what_ends_in_the_night_and_fires_again_is_told_as_firing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet, host.rules.flapping = MORNING, None
        for _ in range(2):
            await host.report("a", fault("/srv"))
            await host.passes(60, step_s=5)
            await host.report("a")
            await host.passes(60, step_s=5)
        await host.report("a", fault("/srv"))

        await until_seven(host)

        assert host.told == ["quiet hours: 1 alert still firing, 0 over"]
        host.rules.quiet = QuietHours(Hours(time(8), time(9), UTC))
        await host.report("a")
        await host.passes(2 * 3600, step_s=60)
        assert host.told[1:] == ["resolved: /srv is full"]


async def test_what_is_silenced_in_the_night_is_told_when_the_silence_ends(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("/srv"))
        await host.passes(60, step_s=5)
        silence = SilenceDraft(parse_matchers('object="/srv"'), host.clock.now() + timedelta(hours=3))
        await host.engine.operator.silence(silence, ANN)

        await until_seven(host)
        assert host.told == []
        await host.passes(3 * 3600, step_s=60)

        assert host.told == ["warning: /srv is full"]


async def test_in_several_groups_each_tells_the_end_of_what_it_has_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        slow = Timing(wait_s=20, interval_s=15)
        first = Route("{}/{first}", "late", slow, parse_matchers("severity=warning"), continues=True)
        second = Route("{}/{second}", "soon", Timing(), parse_matchers("severity=warning"))
        root = Route("{}", "soon", Timing(), routes=(first, second))
        host.rules.routing = Routing(root, {"late": (), "soon": (PERSON,)})
        await host.report("a", fault("/srv"))
        await host.passes(3)
        assert host.told == ["warning: /srv is full"]
        await host.engine.operator.start_maintenance(WindowDraft(host.clock.now() + timedelta(seconds=120)), ANN)
        await host.passes(60, step_s=5)
        await host.engine.operator.resolve((await host.monitor.alerts(1)).items[0].id, ANN)

        await host.passes(300, step_s=5)

        assert host.told[1:] == ["resolved: /srv is full"]


async def test_a_start_that_lies_ahead_holds_nothing_back(tmp_path: Path) -> None:
    """Alertmanager's clients may leave the start out: then it is the end."""
    async with scenario(tmp_path) as host:
        host.rules.dependencies = (Edge("app", "db"),)
        labels = {"alertname": "Down", "object": "app"}
        draft = AlertDraft(labels, {"summary": "app is down"}, ends_at=host.clock.now() + timedelta(hours=9))
        await host.engine.operator.take_alerts([draft], ANN)

        await host.passes(60, step_s=5)

        assert host.told == ["warning: app is down"]


async def test_what_is_inhibited_is_not_escalated(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        rule = InhibitRule(parse_matchers('object="/"'), parse_matchers('object="/srv"'), ())
        host.rules.routing = replace(host.rules.routing, inhibit_rules=(rule,))
        host.rules.escalation = (EscalationStep(60, "second", ("recording",), frozenset(Severity)),)
        await host.report("b", fault("/"))
        await host.report("a", fault("/srv"))

        await host.passes(600, step_s=10)

        assert host.told == ["warning: / is full", "escalated: / is full"]

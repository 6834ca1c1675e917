"""The next contact is told while nobody acknowledges."""

from __future__ import annotations

from datetime import UTC, time
from pathlib import Path

from probed.core.escalation import EscalationStep
from probed.core.finding import Severity
from probed.core.hours import Hours, QuietHours
from probed.core.maintenance import WindowDraft
from probed.core.routing import Routing
from probed.testing import RecordingChannel
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_finding

BOTH = frozenset({Severity.WARNING, Severity.CRITICAL})
STEPS = (
    EscalationStep(600, "second", ("recording",), BOTH),
    EscalationStep(1200, "boss", ("recording",), frozenset({Severity.CRITICAL})),
)
DOWN = make_finding(severity=Severity.CRITICAL, summary="it is down")
ESCALATED = "escalated: it is down"


async def id_of(host: Host) -> str:
    return (await host.monitor.alerts(10)).items[0].id


async def test_each_contact_is_told_once_although_the_daemon_restarts(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS
        await host.report("a", DOWN)
        await host.passes(590, step_s=10)
        assert host.told == ["critical: it is down"]

        await host.reboot()
        await host.passes(20)
        assert host.told[1:] == [ESCALATED]
        assert "second is told" in host.channel.cards[-1].sections[0].lines[0]

        await host.reboot()
        await host.passes(7200, step_s=30)

        assert host.told[1:] == [ESCALATED, ESCALATED]
        assert "within 20 min, so boss is told" in host.channel.cards[-1].sections[0].lines[0]


async def test_who_acknowledges_stops_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS
        await host.report("a", DOWN)
        await host.passes(300, step_s=10)

        await host.engine.operator.acknowledge(await id_of(host), ANN)
        await host.passes(3600, step_s=30)

        assert host.told == ["critical: it is down"]


async def test_an_acknowledgement_that_lapses_begins_it_anew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS
        await host.report("a", DOWN)
        await host.passes(2)
        await host.engine.operator.acknowledge(await id_of(host), ANN, 3600)
        await host.passes(3610, step_s=10)
        assert host.told[1:] == ["still critical: it is down"]

        await host.passes(580, step_s=10)
        assert len(host.told) == 2
        await host.passes(30, step_s=10)

        assert host.told[2:] == [ESCALATED]


async def test_what_resolves_is_not_escalated(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS
        await host.report("a", DOWN)
        await host.passes(60, step_s=10)
        await host.report("a")

        await host.passes(3600, step_s=30)

        assert host.told == ["critical: it is down", "resolved: it is down"]


async def test_a_milder_alert_takes_only_the_steps_for_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS
        await host.report("a", make_finding())

        await host.passes(3600, step_s=30)

        assert host.told == ["warning: /srv is 85% full", "escalated: /srv is 85% full"]


async def test_what_is_muted_waits_for_its_end(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS[:1]
        await host.report("a", DOWN)
        await host.passes(10)
        await host.engine.operator.start_maintenance(WindowDraft(host.clock.now().replace(hour=7)), ANN)

        await host.passes(3000, step_s=30)
        assert host.told == ["critical: it is down"]
        await host.passes(1200, step_s=30)

        assert host.told[1:] == [ESCALATED]


async def test_a_receiver_without_a_channel_does_not_swallow_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = (EscalationStep(600, "nobody", (), BOTH),)
        await host.report("a", DOWN)

        await host.passes(700, step_s=20)

        assert host.told == ["critical: it is down", ESCALATED]


async def test_nobody_is_blamed_for_what_the_quiet_hours_kept_from_them(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = QuietHours(Hours(time(5), time(7), UTC))
        host.rules.escalation = STEPS[:1]
        await host.report("a", make_finding())

        await host.passes(3600 + 480, step_s=20)
        assert host.told == ["quiet hours: 1 alert still firing, 0 over"]
        await host.passes(180, step_s=20)

        assert host.told[1:] == ["escalated: /srv is 85% full"]


async def test_what_gets_worse_begins_with_the_first_step_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = (EscalationStep(600, "boss", ("recording",), frozenset({Severity.CRITICAL})), *STEPS)
        await host.report("a", make_finding())
        await host.passes(700, step_s=10)
        assert host.told[1:] == ["escalated: /srv is 85% full"]

        await host.report("a", DOWN)
        await host.passes(620, step_s=10)

        assert "boss is told" in host.channel.cards[3].sections[0].lines[0]


async def test_what_gets_milder_takes_no_step_of_the_worse(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = STEPS[1:]
        await host.report("a", DOWN)
        await host.passes(60, step_s=10)
        await host.report("a", make_finding(summary="it is down"))

        await host.passes(3600, step_s=30)

        assert host.told == ["critical: it is down"]


async def test_the_next_contact_hears_of_the_end_and_a_program_of_the_alert_itself(tmp_path: Path) -> None:
    boss, pager = RecordingChannel("boss"), RecordingChannel("pager", is_program=True)
    async with scenario(tmp_path, others=[boss, pager]) as host:
        host.rules.routing = Routing.one_host("recording")
        host.rules.escalation = (EscalationStep(600, "seniors", ("boss", "pager"), BOTH),)
        await host.report("a", DOWN, make_finding(object="/home"))
        await host.passes(60, step_s=10)
        await host.report("a", DOWN)
        await host.passes(600, step_s=10)
        await host.reboot()
        await host.report("a")
        await host.passes(60, step_s=10)

    assert [card.title for card in boss.cards] == [ESCALATED, "resolved: it is down"]
    told = [card.notification for card in pager.cards]
    assert [(each.receiver, each.alerts[0].status, each.alerts[0].labels["object"]) for each in told if each] == [
        ("seniors", "firing", "/srv"),
        ("seniors", "resolved", "/srv"),
    ]
    assert host.told.count("resolved: it is down") == 1

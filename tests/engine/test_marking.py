"""What becomes of a message when the state changes: a new one, its place taken, or a mark on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from probed.core.card import Card, Manner
from probed.core.dependency import Edge
from probed.core.finding import Severity
from probed.engine.cards import notice_card
from probed.ports import Channel
from tests.engine.scenario import ANN, Host, scenario
from tests.engine.test_decide import asked
from tests.factories import make_finding

FULL = make_finding(object="/srv", summary="full")


def lines_of(card: Card, alert_id: str) -> tuple[str, ...]:
    [section] = [section for section in card.sections if section.subject == alert_id]
    return section.lines


def manners(host: Host) -> list[tuple[str, str]]:
    return [(card.title, str(card.manner)) for card in host.channel.cards]


async def test_an_alert_is_told_marked_acknowledged_and_updated_when_it_resolves(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        await host.report("disks", FULL)
        await host.passes(2)
        [alert] = (await host.monitor.alerts(10)).items
        await host.engine.operator.acknowledge(alert.id, ANN)
        await host.settles()
        await host.report("disks")
        await host.passes(30)

    assert manners(host) == [
        ("warning: full", "message"),
        ("acknowledged: full", "mark"),
        ("resolved: full", "update"),
    ]
    assert [len(card.buttons) for card in host.channel.cards] == [4, 0, 0]
    assert host.channel.earlier == [None, {"number": 1}, {"number": 2}]


async def test_an_alert_is_marked_silenced_with_who_did_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        await host.report("disks", FULL, make_finding(object="/var", summary="full, too"))
        await host.passes(2)
        [alert] = [each for each in (await host.monitor.alerts(10)).items if each.summary == "full"]
        await host.engine.operator.silence_alert(alert.id, ANN, 3600.0)
        await host.settles()

    told, marked = host.channel.cards
    assert marked.manner is Manner.MARK
    assert [lines_of(card, alert.id)[-1] for card in (told, marked)] == [
        "disks: disk /srv",
        f"silenced by {ANN.name} at 2026-11-20 06:00 UTC",
    ]
    assert sum("silenced" in str(section) for section in marked.sections) == 1


async def test_what_gets_worse_and_what_is_repeated_are_messages_of_their_own(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("disks", FULL)
        await host.passes(2)
        await host.report("disks", make_finding(object="/srv", summary="fuller", severity=Severity.CRITICAL))
        await host.passes(30)
        await host.passes(13 * 3600, step_s=600)

    assert manners(host) == [
        ("warning: full", "message"),
        ("critical: fuller", "message"),
        ("still firing: fuller", "message"),
    ]


async def test_of_several_alerts_one_that_resolves_updates_their_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("disks", FULL, make_finding(object="/var", summary="full, too"))
        await host.passes(2)
        await host.report("disks", FULL)
        await host.passes(30)

    assert [manner for _, manner in manners(host)] == ["message", "update"]


async def test_what_comes_to_depend_on_a_root_that_was_told_is_marked_on_its_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        host.rules.dependencies = (Edge("shop", "db"), Edge("mail", "db"))
        await host.report("databases", make_finding(object="db", summary="db is down"))
        await host.passes(5)
        await host.report("shops", make_finding(object="shop"), make_finding(object="mail"))
        await host.passes(120, step_s=5)

    assert manners(host) == [("warning: db is down", "message"), ("warning: db is down", "mark")]
    assert "2 alerts depend on it: mail, shop" in host.channel.cards[1].sections[0].lines


async def test_a_mark_says_nothing_of_what_is_held_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        host.rules.dependencies = (Edge("shop", "db"),)
        await host.report("all", make_finding(object="shop"), make_finding(object="db", summary="db is down"))
        await host.passes(5)
        root = next(alert for alert in (await host.monitor.alerts(10)).items if alert.labels["object"] == "db")
        await host.engine.operator.acknowledge(root.id, ANN)
        await host.settles()

    assert manners(host) == [("warning: db is down", "message"), ("acknowledged: db is down", "mark")]


async def test_a_channel_that_cannot_edit_is_told_no_mark(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("disks", FULL)
        await host.passes(2)
        [alert] = (await host.monitor.alerts(10)).items
        await host.engine.operator.acknowledge(alert.id, ANN)
        await host.settles()

    assert manners(host) == [("warning: full", "message")]


async def test_an_alert_that_was_not_told_yet_is_not_marked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        await host.report("disks", FULL)
        [alert] = (await host.monitor.alerts(10)).items
        await host.engine.operator.acknowledge(alert.id, ANN)
        await host.settles()

    assert manners(host) == []


async def test_a_decision_is_asked_marked_approved_and_updated_with_its_outcome(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        decision = await asked(host)
        await host.engine.operator.approve(decision.id, ANN)
        await host.settles()

    assert [manner for _, manner in manners(host)] == ["message", "mark", "update"]
    assert host.channel.cards[1].sections[0].lines[0] == "approved by uid:1000 ann"
    assert host.channel.cards[1].buttons == ()
    assert host.channel.cards[2].title.endswith(" failed")  # the check still finds it so


async def test_each_place_of_a_channel_is_a_recipient_of_its_own(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        outbox = host.engine.operator._outbox
        outbox._channels = {"recording": cast(Channel, Branches("recording"))}
        async with host.monitor.transaction() as tx:
            await outbox.post(tx, "x", notice_card("host-a", "hello"), ["recording", "recording@2", "other"])
            recipients = await tx.effects.told("x")

    assert sorted(recipients) == ["other", "recording", "recording@2"]


@dataclass
class Branches:
    name: str
    kind: str = "telegram"
    can_edit: bool = True

    def recipients(self) -> tuple[str, ...]:
        return (self.name, f"{self.name}@2")

    def branch(self, recipient: str) -> None:
        return None

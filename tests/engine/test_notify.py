"""Where alerts go, what holds them back, and what is recorded of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.card import Card, CardKind
from probed.core.effect import AT_ONCE_TO_ONE
from probed.core.external_alert import AlertDraft
from probed.core.group import Timing
from probed.core.inhibition import InhibitRule
from probed.core.matcher import parse_matchers
from probed.core.route import Route
from probed.core.routing import Integration, Routing
from probed.core.silence import SilenceDraft
from probed.core.time_interval import TimeInterval
from probed.engine import alerts, notify
from probed.errors import ChannelError, MessageRefused
from probed.testing import RecordingChannel
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import RESTART, make_finding

FAST = Timing(wait_s=1, interval_s=3, repeat_s=3600)
DOWN = ChannelError("nobody listens", transient=True)
REFUSING = ChannelError("there is nothing at this address", transient=False)


def routing(*routes: Route, **changes: object) -> Routing:
    root = Route("{}", "recording", FAST, group_by=("team",), routes=routes)
    receivers = {name: (Integration(name, is_program=True),) for name in ("recording", "pager")}
    return replace(Routing(root, receivers), **changes)  # type: ignore[arg-type]


def route(matchers: str, receiver: str = "pager", **changes: object) -> Route:
    own = Route("{}/{" + matchers + "}", receiver, FAST, parse_matchers(matchers), ("team",))
    return replace(own, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def host_with(folder: Path, routing: Routing) -> AsyncIterator[Host]:
    async with scenario(folder, others=[RecordingChannel("pager", is_program=True)]) as host:
        host.channel.is_program = True
        host.rules.routing = routing
        await host.settles()
        yield host


async def send(host: Host, name: str, team: str = "db", ends_in_s: float | None = None, **labels: str) -> None:
    ends_at = None if ends_in_s is None else host.clock.now() + timedelta(seconds=ends_in_s)
    draft = AlertDraft({"alertname": name, "team": team, **labels}, {}, ends_at=ends_at)
    assert await host.engine.operator.take_alerts([draft], ANN) == []
    await host.settles()


def heard(channel: object) -> list[dict[str, list[str]]]:
    """Of each notification the names of the alerts, by status."""
    assert isinstance(channel, RecordingChannel)
    found: list[dict[str, list[str]]] = []
    for card in channel.cards:
        assert card.notification
        names: dict[str, list[str]] = {}
        for alert in card.notification.alerts:
            names.setdefault(alert.status, []).append(alert.labels["alertname"])
        found.append(names)
    return found


def told(host: Host) -> list[dict[str, list[str]]]:
    return heard(host.channel)


def paged(host: Host) -> list[dict[str, list[str]]]:
    return heard(host.others[0])


async def test_an_alert_goes_where_the_first_route_says_and_with_continue_to_the_next_ones_too(tmp_path: Path) -> None:
    first, last = route('team="db"', continues=True), route('severity="critical"', "recording")
    async with host_with(tmp_path, routing(first, last)) as host:
        await send(host, "A", severity="critical")
        await send(host, "B", severity="info")
        await send(host, "C", team="web")
        await host.passes(2)

        assert paged(host) == [{"firing": ["A", "B"]}]
        assert told(host) == [{"firing": ["A"]}, {"firing": ["C"]}]
        keys = [card.notification.group_key for card in host.channel.cards if card.notification]
        assert keys == ['{}/{severity="critical"}:{team="db"}', '{}:{team="web"}']


async def test_each_group_of_an_alert_tells_its_end(tmp_path: Path) -> None:
    async with host_with(
        tmp_path, routing(route('team="db"', continues=True), route("alertname=A", "recording"))
    ) as host:
        await send(host, "A")
        await host.passes(2)
        await send(host, "A", ends_in_s=0)
        await host.passes(5)

        assert told(host) == paged(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]


async def test_an_alert_that_does_not_come_again_has_resolved_after_the_timeout(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(resolve_timeout_s=10)) as host:
        await send(host, "A")
        await host.passes(8)
        await send(host, "A")
        await host.passes(8)
        assert told(host) == [{"firing": ["A"]}]

        await host.passes(6)
        assert told(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]


async def test_nothing_is_sent_again_after_a_restart_and_nothing_is_forgotten(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing()) as host:
        await send(host, "A", ends_in_s=3600)
        await host.passes(2)
        await host.reboot()
        await host.passes(10)
        assert told(host) == [{"firing": ["A"]}]

        await send(host, "A", ends_in_s=0)
        await host.reboot()
        await host.passes(5)
        assert told(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]


async def test_routes_that_change_do_not_tell_again_what_their_group_has_told(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(route('team="db"'))) as host:
        await send(host, "A", ends_in_s=3600)
        await send(host, "B", team="web", ends_in_s=3600)
        await host.passes(2)

        host.rules.routing = routing()
        await host.passes(10)

        assert paged(host) == [{"firing": ["A"]}]
        assert told(host) == [{"firing": ["B"]}, {"firing": ["A"]}]


async def test_while_a_source_fires_its_targets_are_not_told(tmp_path: Path) -> None:
    rule = InhibitRule(parse_matchers("alertname=Root"), parse_matchers('alertname!="Root"'), ("on",))
    async with host_with(tmp_path, routing(inhibit_rules=(rule,))) as host:
        await send(host, "Root", on="h1")
        await send(host, "A", on="h1", team="a")
        await send(host, "B", on="h2", team="b")
        await host.passes(2)
        assert told(host) == [{"firing": ["Root"]}, {"firing": ["B"]}]

        await send(host, "Root", on="h1", ends_in_s=0)
        await host.passes(5)
        assert {"firing": ["A"]} in told(host)


def db_silence(host: Host, for_s: float = 60) -> SilenceDraft:
    return SilenceDraft(parse_matchers('team="db"'), host.clock.now() + timedelta(seconds=for_s), "repairs")


async def test_what_is_silenced_is_told_when_the_silence_is_over(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing()) as host:
        await host.engine.operator.silence(db_silence(host, 10), ANN)
        await send(host, "A")
        await send(host, "B", team="web")
        await host.passes(8)
        assert told(host) == [{"firing": ["B"]}]

        await host.passes(6)
        assert told(host)[1:] == [{"firing": ["A"]}]


async def test_what_was_told_and_then_silenced_is_told_resolved(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing()) as host:
        await send(host, "A")
        await host.passes(2)
        silence = await host.engine.operator.silence(db_silence(host), ANN)
        await host.reboot()
        await send(host, "A", ends_in_s=0)
        await host.passes(5)
        assert told(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]

        await host.engine.operator.expire_silence(silence.id, ANN)
        await send(host, "A", ends_in_s=3600)
        await host.passes(5)
        assert told(host)[2:] == [{"firing": ["A"]}]


async def test_a_silence_until_it_resolves_ends_with_its_alert(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing()) as host:
        await send(host, "A")
        [alert] = (await host.monitor.alerts(1)).items
        silence = await host.engine.operator.silence_alert(alert.id, ANN, None, "known")
        await host.passes(5)
        assert told(host) == []

        await send(host, "A", ends_in_s=0)
        assert (await host.monitor.silence(silence.id)).ends_at <= host.clock.now()
        await host.passes(10)
        await send(host, "A")
        await host.passes(5)
        assert told(host) == [{"firing": ["A"]}]


async def test_in_a_muted_time_nothing_is_told_and_afterwards_what_still_holds(tmp_path: Path) -> None:
    minutes = TimeInterval(minutes=((6 * 60 + 1, 6 * 60 + 2),))  # the clock begins at 06:00
    muted = replace(routing(), time_intervals={"then": (minutes,)})
    muted = replace(muted, root=replace(muted.root, routes=(route('team="db"', "recording", mute_times=("then",)),)))
    async with host_with(tmp_path, muted) as host:
        await send(host, "A", ends_in_s=3600)
        await host.passes(61)
        assert told(host) == [{"firing": ["A"]}]
        await send(host, "A", ends_in_s=0)
        await send(host, "B", ends_in_s=3600)
        await host.passes(30)
        assert told(host) == [{"firing": ["A"]}]

        await host.passes(35)
        assert told(host)[1:] == [{"firing": ["B"], "resolved": ["A"]}]


async def test_people_get_no_notification_for_programs(tmp_path: Path) -> None:
    receivers: Mapping[str, tuple[Integration, ...]] = {
        "recording": (Integration("recording"), Integration("pager", is_program=True))
    }
    async with host_with(tmp_path, routing(receivers=receivers)) as host:
        await send(host, "A")
        await host.passes(2)

        assert [card.notification for card in host.channel.cards] == [None]
        assert paged(host) == [{"firing": ["A"]}]


async def test_a_question_goes_where_the_alerts_of_its_case_would_go(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(route('object="nginx.service"'))) as host:
        await host.report("a", make_finding(object="nginx.service", proposed_action=RESTART))
        await host.passes(3)

        pager = host.others[0]
        assert isinstance(pager, RecordingChannel)
        assert [card.kind for card in pager.cards] == [CardKind.DECISION]
        assert CardKind.DECISION not in [card.kind for card in host.channel.cards]


# --- as Alertmanager does it ------------------------------------------------------------------------------------------


async def test_in_strict_mode_what_resolved_while_it_was_silenced_is_not_told(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(is_strict=True)) as host:
        await send(host, "A")
        await host.passes(2)
        await host.engine.operator.silence(db_silence(host), ANN)
        await send(host, "A", ends_in_s=0)
        await host.passes(10)

        assert told(host) == [{"firing": ["A"]}]


async def test_in_strict_mode_an_incident_during_an_outage_of_the_channel_is_never_told(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(is_strict=True)) as host:
        host.channel.fails_with = DOWN
        await send(host, "A")
        await host.passes(15)
        await send(host, "A", ends_in_s=0)
        await host.passes(30)
        host.channel.fails_with = None
        await host.passes(60)

        assert told(host) == []
        assert await host.messages() == []


async def test_in_strict_mode_what_still_fires_is_told_when_the_channel_is_back(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(is_strict=True)) as host:
        host.channel.fails_with = DOWN
        await send(host, "A", ends_in_s=3600)
        await host.passes(25)
        host.channel.fails_with = None
        await host.passes(25)
        assert told(host) == [{"firing": ["A"]}]

        await send(host, "A", ends_in_s=0)
        await host.passes(10)
        assert told(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]


async def test_in_strict_mode_a_channel_that_refuses_is_tried_at_each_flush(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(is_strict=True)) as host:
        host.channel.fails_with = REFUSING
        await send(host, "A", ends_in_s=3600)
        await host.passes(25)
        host.channel.fails_with = None
        await host.passes(4)

        assert told(host) == [{"firing": ["A"]}]


@pytest.mark.parametrize("refusal", [REFUSING, MessageRefused("no")])
async def test_in_strict_mode_an_end_is_kept_for_whom_it_did_not_reach(tmp_path: Path, refusal: ChannelError) -> None:
    both = (Integration("pager", is_program=True), Integration("recording", is_program=True))
    async with host_with(tmp_path, routing(receivers={"recording": both}, is_strict=True)) as host:
        await send(host, "A", ends_in_s=3600)
        await host.passes(2)
        pager = host.others[0]
        assert isinstance(pager, RecordingChannel)
        pager.fails_with = refusal
        await send(host, "A", ends_in_s=0)
        await host.passes(10)
        assert (told(host), paged(host)) == ([{"firing": ["A"]}, {"resolved": ["A"]}], [{"firing": ["A"]}])

        pager.fails_with = None
        await host.passes(5)
        assert told(host) == paged(host) == [{"firing": ["A"]}, {"resolved": ["A"]}]


@pytest.mark.parametrize(("is_strict", "failures", "is_held"), [(True, 3, False), (True, 50, True), (False, 3, True)])
async def test_in_strict_mode_no_breaker_holds_a_group_up_unless_very_much_failed(
    tmp_path: Path, is_strict: bool, failures: int, is_held: bool
) -> None:
    async with host_with(tmp_path, routing(is_strict=is_strict)) as host:
        for _ in range(failures):
            host.engine.deliverer.circuits.fail("recording", "another message failed", pause_s=60, at_once=True)
        await send(host, "A")
        await host.passes(5)

        assert told(host) == ([] if is_held else [{"firing": ["A"]}])


async def test_programs_know_a_group_by_its_matchers_alone(tmp_path: Path) -> None:
    twin = route('team="db"', "recording", key='{}/{team="db"}#2', path='{}/{team="db"}')
    async with host_with(tmp_path, routing(route('team="db"', continues=True), twin)) as host:
        await send(host, "A")
        await host.passes(2)

        cards = [*host.channel.cards, *host.others[0].cards]  # type: ignore[attr-defined]
        assert [card.notification.group_key for card in cards] == ['{}/{team="db"}:{team="db"}'] * 2


async def test_in_strict_mode_a_restart_forgets_the_alerts_but_not_what_was_told(tmp_path: Path) -> None:
    async with host_with(tmp_path, routing(is_strict=True)) as host:
        await send(host, "A", ends_in_s=3600)
        await host.passes(2)
        await host.reboot()
        assert (await host.monitor.alerts(10)).items == []

        await host.passes(10)
        await send(host, "A", ends_in_s=3600)
        await host.passes(10)
        assert told(host) == [{"firing": ["A"]}]


async def test_in_strict_mode_a_reload_forgets_no_end(tmp_path: Path) -> None:
    strict = routing(is_strict=True)
    async with host_with(tmp_path, strict) as host:
        await send(host, "A")
        await send(host, "B", team="web")
        await host.passes(2)
        await send(host, "A", ends_in_s=0)
        host.rules.routing = replace(strict)
        await host.passes(2)

        assert told(host) == [{"firing": ["A"]}, {"firing": ["B"]}, {"resolved": ["A"]}]


async def test_in_strict_mode_repeats_come_as_measured_on_alertmanager(tmp_path: Path) -> None:
    for repeat_s, expected in ((5, [1, 7, 13, 19]), (7, [1, 10, 19])):
        folder = tmp_path / str(repeat_s)
        folder.mkdir()
        strict = routing(is_strict=True)
        strict = replace(strict, root=replace(strict.root, timing=Timing(1, 3, repeat_s)))
        async with host_with(folder, strict) as host:
            began, seconds = host.clock.monotonic(), []
            await send(host, "A", ends_in_s=3600)
            while host.clock.monotonic() < began + 20:
                before = len(told(host))
                await host.passes(1)
                seconds += [host.clock.monotonic() - began] * (len(told(host)) - before)

            assert seconds == expected


async def test_beyond_the_most_open_alerts_only_what_is_known_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MOST_OPEN", 2)
    async with scenario(tmp_path) as host:
        drafts = [AlertDraft({"alertname": name}, {}) for name in ("a", "b", "c")]

        assert await host.engine.operator.take_alerts(drafts, ANN) == [alerts.CROWDED]
        assert await host.engine.operator.take_alerts(drafts[:2], ANN) == []
        over = AlertDraft({"alertname": "a"}, {}, ends_at=host.clock.now())
        assert await host.engine.operator.take_alerts([over], ANN) == []
        assert await host.engine.operator.take_alerts(drafts[2:], ANN) == []


class SlowProgram(RecordingChannel):
    """Counts what it is given and never answers."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        await super().send(card, message_id, repeated=repeated, earlier=earlier)
        await asyncio.Event().wait()
        return {}


@pytest.mark.parametrize(("is_strict", "at_once"), [(True, AT_ONCE_TO_ONE), (False, 1)])
async def test_only_in_compatibility_one_group_does_not_wait_for_the_answer_to_another(
    tmp_path: Path, is_strict: bool, at_once: int
) -> None:
    slow = SlowProgram("pager", is_program=True)
    async with scenario(tmp_path, others=[slow]) as host:
        host.rules.routing = routing(route('team=~".+"'), is_strict=is_strict)
        drafts = [AlertDraft({"alertname": "Down", "team": f"t{number}"}, {}) for number in range(20)]
        await host.engine.operator.take_alerts(drafts, ANN)
        host.clock.advance(2)
        for _ in range(30):
            await host.engine.ticker.turn()
            await asyncio.sleep(0.01)
        sent = len(slow.cards)
        await host.engine.ticker.drain(0.0)

        assert sent == at_once


async def test_in_strict_mode_an_answer_is_waited_for_no_longer_than_until_the_next_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "SHORTEST_FLUSH", timedelta(0))
    slow, quick = SlowProgram("pager", is_program=True), Timing(wait_s=0.1, interval_s=0.3, repeat_s=3600)
    async with scenario(tmp_path, others=[slow]) as host:
        host.rules.routing = routing(route('team="db"', timing=quick), is_strict=True)
        await host.engine.operator.take_alerts([AlertDraft({"alertname": "Down", "team": "db"}, {})], ANN)
        for _ in range(5):
            host.clock.advance(0.2)
            await host.engine.ticker.turn()
            await asyncio.sleep(0.25)
        sent = len(slow.cards)
        await host.engine.ticker.drain(0.0)

        assert sent > 1

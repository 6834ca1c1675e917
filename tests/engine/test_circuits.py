"""A channel that failed again and again is left alone for a while; nothing is lost, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.card import Card
from probed.core.effect import EffectState, MessageState
from probed.errors import ChannelError, MessageRefused
from probed.testing import RecordingChannel
from tests.engine.scenario import Host, scenario
from tests.factories import make_finding, make_message

AWAY = ChannelError("connection refused", transient=True)


@dataclass
class ReachableChannel(RecordingChannel):
    """One whose place can be looked at without a message."""

    is_there: bool = True
    looks: int = 0
    tries: int = 0

    async def reach(self) -> None:
        self.looks += 1
        if not self.is_there:
            raise AWAY

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        self.tries += 1
        return await super().send(card, message_id, repeated=repeated, earlier=earlier)


@dataclass
class SlowChannel(RecordingChannel):
    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        await asyncio.sleep(30)
        return {}


def breaker_of(host: Host, name: str = "recording") -> BreakerFacts:
    return host.engine.deliverer.circuits.facts(name)


async def changes(host: Host) -> list[object]:
    events = await host.monitor.events(0, 1000)
    return [event.data["state"] for event in events if event.type == "channel.changed"]


async def test_it_opens_after_failures_in_a_row_and_says_since_when_and_why(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        assert breaker_of(host).state is BreakerState.CLOSED
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        began = host.clock.now()
        await host.passes(60)

        facts = breaker_of(host)

        assert (facts.state, facts.why) == (BreakerState.OPEN, "connection refused")
        assert facts.since is not None
        assert 0 < (facts.since - began).total_seconds() < 20
        assert facts.probe_at is not None
        assert 0 < (facts.probe_at - host.clock.now()).total_seconds() <= 10
        assert await changes(host) == ["open"]


async def test_ten_seconds_after_an_hour_s_outage_everything_is_there(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(3600, step_s=7)

        host.channel.fails_with = None
        await host.passes(10.5, step_s=0.5)

        assert host.told == ["while the channel was away: 2 events, 2 alerts still firing"]
        assert breaker_of(host).state is BreakerState.CLOSED
        assert await changes(host) == ["open", "closed"]


async def test_no_message_leaves_as_long_as_a_look_finds_nobody(tmp_path: Path) -> None:
    channel = ReachableChannel("hook", fails_with=AWAY, is_there=False)
    async with scenario(tmp_path, others=[channel]) as host:
        await host.report("a", make_finding())
        await host.passes(300)
        tries, looks = channel.tries, channel.looks
        await host.passes(300)
        assert channel.tries == tries == 3
        assert channel.looks >= looks + 25

        channel.fails_with, channel.is_there = None, True
        await host.passes(10.5, step_s=0.5)

        assert len(channel.cards) == 1
        assert channel.repeated == [False]


async def test_a_message_that_is_refused_is_an_answer(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        await host.passes(60)
        host.channel.fails_with = MessageRefused("too large")
        await host.passes(12)

        assert breaker_of(host).state is BreakerState.CLOSED
        assert (await host.monitor.counts())["messages_dead"] == 1


async def test_a_refused_account_opens_it_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("no such token", transient=False)
        await host.report("a", make_finding())
        await host.passes(2)

        assert (breaker_of(host).state, breaker_of(host).why) == (BreakerState.OPEN, "no such token")


async def test_a_pace_that_is_kept_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_yet() -> None:
        raise ChannelError("limit of messages", transient=True, retry_after_s=2.0)

    async with scenario(tmp_path) as host:
        with monkeypatch.context() as patched:
            patched.setattr(host.channel, "turn", not_yet)
            await host.report("a", make_finding())
            await host.passes(20)
            assert breaker_of(host).failures == 0
            assert host.told == []
        await host.passes(3)

        assert len(host.told) == 1


async def test_an_attempt_that_breaks_off_leaves_the_way_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*arguments: object) -> None:
        raise RuntimeError("beside the channel")

    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        await host.passes(60)
        host.channel.fails_with = None
        with monkeypatch.context() as patched:
            patched.setattr(host.engine.deliverer, "_start", fails)
            await host.passes(10)
        await host.passes(200, step_s=5)

        assert len(host.told) == 1


async def test_slow_channels_hold_nobody_up_however_many_they_are(tmp_path: Path) -> None:
    slow = [SlowChannel(f"slow-{number}") for number in range(12)]
    async with scenario(tmp_path, others=slow) as host:
        for number in (1, 2):
            await host.report_without_settling(f"s{number}", make_finding(object=f"/{number}", summary=f"{number}"))
            await turns(host, 2.0)
        told = list(host.told)
        await host.engine.ticker.drain(0.0)

        assert told == ["warning: 1", "warning: 2"]


async def turns(host: Host, virtual_s: float) -> None:
    """Without waiting for what is under way."""
    host.clock.advance(virtual_s)
    for _ in range(30):
        await host.engine.ticker.turn()
        await asyncio.sleep(0.01)


async def test_what_waits_beyond_the_bound_is_given_up_the_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.engine.deliver.MOST_WAITING", 3)
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        messages = [make_message("recording", subject=f"s{number}") for number in range(5)]
        async with host.monitor.transaction() as tx:
            for message in messages:
                await tx.effects.save(message)
        await host.passes(2)

        dead = (await host.monitor.messages(10, state=MessageState.DEAD)).items

        assert {message.id for message in dead} == {messages[0].id, messages[1].id}
        assert {message.state for message in dead} == {EffectState.DEAD}
        assert "wait for this channel" in dead[0].note
        assert await host.monitor.outbox() == {"recording": (3, 2)}

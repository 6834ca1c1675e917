import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probed.core.card import Card
from probed.core.effect import EffectState, QueuedEffect
from probed.core.routing import Routing
from probed.engine.cards import notice_card
from probed.engine.deliver import LONGEST_HOLD_S, LONGEST_RETRY_S, Deliverer, Receipt, backoff_s, hold_s
from probed.errors import CannotPersist, ChannelError, MessageRefused, MonitorFailed
from probed.testing import RecordingChannel
from tests.engine.scenario import scenario
from tests.factories import make_finding

AWAY = ChannelError("connection refused", transient=True)
REFUSED = ChannelError("the bot was blocked; unblock it", transient=False)


@asynccontextmanager
async def full_disk() -> AsyncIterator[None]:
    raise CannotPersist
    yield


async def test_an_outage_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(5)
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(480, step_s=30)
        assert host.told == []

        host.channel.fails_with = None
        await host.passes(90, step_s=5)

        assert host.told == ["warning: a is full", "warning: b is full"]
        assert host.channel.repeated == [False, False]


async def test_an_outage_survives_a_restart(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        await host.passes(30)

        await host.reboot()
        host.channel.fails_with = None
        await host.passes(90, step_s=5)

        assert host.told == ["warning: /srv is 85% full"]


async def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("too many requests", transient=True, retry_after_s=40)
        await host.report("a", make_finding())
        await host.passes(3)
        host.channel.fails_with = None

        await host.passes(35)
        assert host.told == []
        await host.passes(10)

        assert len(host.told) == 1


@pytest.mark.parametrize(
    "error",
    [ChannelError("no answer", transient=True, may_have_arrived=True), None],
    ids=["the channel says so", "the deadline for a message is over"],
)
async def test_a_message_that_may_have_arrived_is_marked_when_it_is_sent_again_also_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: ChannelError | None
) -> None:
    async def hang(*args: object, **more: object) -> Mapping[str, object]:
        await asyncio.sleep(10)
        return {}

    async with scenario(tmp_path) as host:
        host.channel.fails_with = error
        with monkeypatch.context() as patched:
            if error is None:
                patched.setattr(host.channel, "send", hang)
                patched.setattr("probed.engine.deliver.SEND_DEADLINE_S", 0.05)
            await host.report("a", make_finding())
            await host.passes(2)
        [message] = await host.messages()
        assert message.state is EffectState.IN_DOUBT

        await host.reboot()
        host.channel.fails_with = AWAY  # what is in doubt stays so
        await host.passes(30)
        host.channel.fails_with = None
        await host.passes(90, step_s=5)

        assert host.channel.ids == [message.id]
        assert host.channel.repeated == [True]


async def test_a_refused_connection_leaves_no_doubt_after_a_restart(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        await host.passes(3)
        [message] = await host.messages()
        assert message.state is EffectState.PENDING

        await host.reboot()
        host.channel.fails_with = None
        await host.passes(30)

        assert host.channel.repeated == [False]


async def test_a_channel_that_refuses_everything_holds_up_its_messages_and_loses_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = REFUSED
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(300, step_s=5)
        [message] = await host.messages()

        assert message.attempts == 3  # after one and two minutes more
        assert message.note == REFUSED.reason
        assert host.engine.deliverer.notes() == [f"recording takes no messages, they wait: {REFUSED.reason}"]
        assert sum(REFUSED.reason in record.message for record in caplog.records) == 1
        blockers = [intent.text for intent in (await host.monitor.intents(10)).items if intent.kind == "blocker"]
        assert blockers == [f"recording takes no messages, they wait: {REFUSED.reason}"]

        host.channel.fails_with = None
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(600, step_s=5)

        assert host.told == ["warning: a is full", "warning: b is full"]
        assert host.engine.deliverer.notes() == []
        assert (await host.monitor.counts())["messages_dead"] == 0


async def test_after_a_restart_a_mended_channel_is_tried_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = REFUSED
        await host.report("a", make_finding())
        await host.passes(3)

        host.channel.fails_with = None
        await host.reboot()
        await host.passes(1)

        assert host.told == ["warning: /srv is 85% full"]


async def test_a_message_that_is_itself_refused_is_a_dead_letter_and_the_next_one_goes_on(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = MessageRefused("message text is empty")
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(3)
        host.channel.fails_with = None

        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(3)

        assert host.told == ["warning: b is full"]
        assert (await host.monitor.counts())["messages_dead"] == 1


@pytest.mark.parametrize("error", [AWAY, REFUSED])
async def test_waiting_for_the_monitor_costs_a_message_none_of_its_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: ChannelError
) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        host.clock.advance(2)
        message = await host.next_message()
        with monkeypatch.context() as patched:
            patched.setattr(host.monitor, "transaction", full_disk)
            for _ in range(20):
                with pytest.raises(CannotPersist):
                    await host.engine.deliverer.deliver(message)

        [waiting] = await host.messages()
        assert (waiting.state, waiting.attempts) == (EffectState.PENDING, 0)
        host.channel.fails_with = error
        await host.passes(1)
        [waiting] = await host.messages()
        assert (waiting.state, waiting.attempts) == (EffectState.PENDING, 1)


async def test_a_message_that_breaks_its_channel_does_not_hold_up_the_next_one_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        real = host.channel.send

        async def send(card: Card, *args: object, **more: object) -> Mapping[str, object]:
            if "a is full" in card.title:
                raise KeyError("a bug")
            return await real(card, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(host.channel, "send", send)
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(2)
        await host.report("b", make_finding(object="/b", summary="b is full"))

        await host.passes(60)

        assert host.told == ["warning: b is full"]
        assert (await host.monitor.counts())["messages_dead"] == 1


async def test_a_monitor_that_fails_again_and_again_costs_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        failures = iter([MonitorFailed("a hiccup")] * 10)
        real = host.engine.deliverer._start

        async def start(message: QueuedEffect) -> tuple[QueuedEffect, Receipt | None]:
            for failure in failures:
                raise failure
            return await real(message)

        monkeypatch.setattr(host.engine.deliverer, "_start", start)
        await host.passes(600, step_s=5)

        assert host.told == ["warning: /srv is 85% full"]


async def test_an_announcement_goes_past_the_outbox_to_every_channel_that_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang() -> None:
        await asyncio.sleep(10)

    monkeypatch.setattr("probed.engine.deliver.ANNOUNCE_DEADLINE_S", 0.05)
    away, hanging, fine = (RecordingChannel(name) for name in ("away", "hanging", "fine"))
    away.fails_with = AWAY
    monkeypatch.setattr(hanging, "turn", hang)
    async with scenario(tmp_path) as host:
        deliverer = Deliverer(host.monitor, [away, hanging, fine], host.clock)
        monkeypatch.setattr(host.monitor, "transaction", full_disk)

        await deliverer.announce(notice_card("host-a", "cannot persist", "critical"))

    assert [card.title for card in fine.cards] == ["cannot persist"]
    assert [record.message.split(":")[0] for record in caplog.records] == ["away", "hanging"]


async def test_a_channel_that_was_removed_leaves_a_dead_letter(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.routing = Routing.one_host("gone")

        await host.report("a", make_finding())
        await host.passes(3)

        assert (await host.monitor.counts())["messages_dead"] == 1
        assert (await host.monitor.counts())["messages_pending"] == 0


async def test_the_receipt_is_kept_for_the_next_message_on_the_same_subject(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(3)
        await host.report("a")
        await host.passes(30)

        assert host.channel.earlier == [None, {"number": 1}]


def test_waiting_grows_and_is_bounded() -> None:
    assert 1 <= backoff_s(0) <= 1.25
    assert 1 <= backoff_s(1) <= 1.25
    assert 4 <= backoff_s(3) <= 5
    assert LONGEST_RETRY_S <= backoff_s(50) <= 1.25 * LONGEST_RETRY_S


def test_holding_grows_by_minutes_and_is_bounded() -> None:
    assert 60 <= hold_s(1) <= 75
    assert 240 <= hold_s(3) <= 300
    assert LONGEST_HOLD_S <= hold_s(50) <= 1.25 * LONGEST_HOLD_S


async def test_what_waits_for_a_person_is_tried_at_once_when_its_recipient_is_heard(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = REFUSED
        await host.report("a", make_finding())
        await host.passes(5)
        host.channel.fails_with = None
        await host.passes(20)
        assert host.told == []

        assert await host.engine.deliverer.try_at_once("recording")
        await host.passes(1)

        assert host.told == ["warning: /srv is 85% full"]


async def test_who_is_heard_while_too_much_was_sent_is_not_written_to_any_sooner(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("too many requests", transient=True, retry_after_s=40)
        await host.report("a", make_finding())
        await host.passes(3)
        host.channel.fails_with = None

        assert not await host.engine.deliverer.try_at_once("recording")
        await host.passes(20)

        assert host.told == []

from pathlib import Path

from probed.engine.deliver import LONGEST_RETRY_S, backoff_s
from probed.errors import ChannelError
from tests.engine.scenario import scenario
from tests.factories import make_finding

AWAY = ChannelError("connection refused", transient=True)


async def test_an_outage_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(5)
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(3600, step_s=30)
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


async def test_a_message_refused_for_good_is_a_dead_letter_and_the_next_one_goes_on(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("the bot was blocked", transient=False)
        await host.report("a", make_finding(object="/a", summary="a is full"))
        await host.passes(3)
        host.channel.fails_with = None

        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(3)

        assert host.told == ["warning: b is full"]
        assert (await host.monitor.counts())["messages_dead"] == 1


async def test_a_channel_that_was_removed_leaves_a_dead_letter(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.recipients = ("gone",)

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
    assert 1 <= backoff_s(1) <= 1.25
    assert 4 <= backoff_s(3) <= 5
    assert LONGEST_RETRY_S <= backoff_s(50) <= 1.25 * LONGEST_RETRY_S

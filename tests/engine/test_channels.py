from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.breaker import BreakerState
from probed.core.effect import EffectState, MessageState, QueuedEffect
from probed.errors import ChannelError, Conflict, MessageRefused, NotFound, TooMany
from probed.testing import RecordingChannel
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_execution, make_finding, make_message

AWAY = ChannelError("connection refused", transient=True)


async def dead_letter(host: Host) -> QueuedEffect:
    host.channel.fails_with = MessageRefused("too large")
    await host.report("a", make_finding())
    await host.passes(3)
    [message] = (await host.monitor.messages(10, state=MessageState.DEAD)).items
    host.channel.fails_with = None
    return message


async def audit(host: Host) -> list[tuple[str, str, str]]:
    intents = (await host.monitor.intents(50)).items
    return [(intent.actor, intent.subject, intent.text) for intent in intents if intent.kind == "audit"]


async def test_a_test_is_a_real_message_that_leaves_at_once_and_is_audited(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        test = await host.engine.operator.test_channel("recording", ANN)

        assert (test.delivered, test.detail) == (True, "")
        [card] = host.channel.cards
        assert card.title == "test of the channel recording, asked for by uid:1000 ann"
        assert host.channel.ids == [test.message_id]
        assert ("uid:1000 ann", "recording", "tests the channel recording") in await audit(host)


async def test_a_failure_is_said_and_a_success_lets_everything_out_that_waits(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = ChannelError("no such token; look there", transient=False)
        await host.report("a", make_finding())
        await host.passes(3)
        failed = await host.engine.operator.test_channel("recording", ANN)
        assert (failed.delivered, failed.detail) == (False, "no such token; look there")

        host.channel.fails_with = None
        await host.passes(11)
        assert host.told == []
        await host.engine.operator.test_channel("recording", ANN)
        await host.settles()

        assert host.told[1:] == ["warning: /srv is 85% full"]
        [facts] = await host.engine.channels.facts()
        assert (facts.breaker.state, facts.pending) == (BreakerState.CLOSED, 0)
        assert host.engine.deliverer.notes() == []


async def test_a_channel_that_breaks_at_its_test_is_a_failure_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: object, **more: object) -> None:
        raise ValueError("unexpected")

    async with scenario(tmp_path) as host:
        monkeypatch.setattr(host.channel, "send", broken)

        assert (await host.engine.operator.test_channel("recording", ANN)).detail == "ValueError: unexpected"


async def test_tests_are_bounded_in_rate_and_know_their_channels(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.test_channel("recording", ANN)
        with pytest.raises(TooMany, match="was tested a moment ago"):
            await host.engine.operator.test_channel("recording", ANN)
        with pytest.raises(NotFound, match="there is no channel 'mail'; there are: recording"):
            await host.engine.operator.test_channel("mail", ANN)
        await host.passes(11)
        await host.engine.operator.test_channel("recording", ANN)

        assert len(host.channel.cards) == 2


async def test_a_dead_letter_is_sent_again_under_its_id(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        message = await dead_letter(host)

        waiting = await host.engine.operator.resend(message.id[:12], ANN)
        await host.settles()

        assert waiting.id == message.id
        assert (host.told, host.channel.ids) == (["warning: /srv is 85% full"], [message.id])
        assert (await host.monitor.message(message.id)).state is EffectState.DONE
        assert ("uid:1000 ann", message.id, "has a dead letter sent again to recording") in await audit(host)


async def test_a_dead_letter_is_sent_to_another_channel_as_a_new_message(tmp_path: Path) -> None:
    mail = RecordingChannel("mail")
    async with scenario(tmp_path, others=[mail]) as host:
        message = await dead_letter(host)
        mail.cards.clear()

        waiting = await host.engine.operator.resend(message.id, ANN, to="mail")
        await host.settles()

        assert waiting.id != message.id
        assert [card.title for card in mail.cards] == ["warning: /srv is 85% full"]
        assert host.told == []
        old = await host.monitor.message(message.id)
        assert (old.state, old.note) == (EffectState.DONE, f"sent again to mail as {waiting.id}")
        assert (await host.monitor.counts())["messages_dead"] == 0


async def test_what_was_meant_for_a_channel_that_is_gone_is_a_dead_letter_that_can_go_elsewhere(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction() as tx:
            for number in range(3):
                await tx.effects.save(make_message("pager", subject=f"s{number}"))
        await host.passes(2)
        dead = (await host.monitor.messages(10, state=MessageState.DEAD)).items
        assert [message.note for message in dead] == ["there is no channel 'pager' any more"] * 3
        with pytest.raises(NotFound, match="there is no channel 'pager'"):
            await host.engine.operator.resend(dead[0].id, ANN)

        await host.engine.operator.resend(dead[0].id, ANN, to="recording")
        await host.settles()

        assert len(host.told) == 1


async def test_only_dead_letters_are_sent_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(3)
        [sent] = (await host.monitor.messages(10)).items
        execution = make_execution()
        async with host.monitor.transaction() as tx:
            await tx.effects.save(execution)

        with pytest.raises(Conflict, match="was not given up: it is sent"):
            await host.engine.operator.resend(sent.id, ANN)
        with pytest.raises(NotFound):
            await host.engine.operator.resend(execution.id, ANN)
        with pytest.raises(NotFound):
            await host.engine.operator.resend("nosuch", ANN)
        assert len(host.told) == 1


async def test_messages_are_listed_by_state_the_newest_first(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        pending, sent, dead = (
            make_message("recording", subject=str(state), state=state)
            for state in (EffectState.PENDING, EffectState.DONE, EffectState.DEAD)
        )
        async with host.monitor.transaction() as tx:
            for message in (pending, sent, dead):
                await tx.effects.save(message)

        assert [message.id for message in (await host.monitor.messages(10)).items] == [dead.id, sent.id, pending.id]
        for state, message in ((MessageState.PENDING, pending), (MessageState.SENT, sent), (MessageState.DEAD, dead)):
            assert [found.id for found in (await host.monitor.messages(10, state=state)).items] == [message.id]
        page = await host.monitor.messages(1)
        assert (await host.monitor.messages(1, before=page.next)).items[0].id == sent.id

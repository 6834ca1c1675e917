from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.errors import NotFound
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_execution, make_message

LATER = NOW + timedelta(seconds=30)


async def store(monitor: SqliteMonitor, *effects: QueuedEffect) -> None:
    async with monitor.transaction() as tx:
        for effect in effects:
            await tx.effects.save(effect)


async def due(monitor: SqliteMonitor, kind: EffectKind, limit: int = 10) -> list[QueuedEffect]:
    async with monitor.transaction() as tx:
        return list(await tx.effects.due(kind, NOW, limit))


async def test_an_effect_comes_back_as_it_was_saved_last(monitor: SqliteMonitor) -> None:
    message = make_message()
    sent = replace(
        message,
        state=EffectState.DONE,
        attempts=2,
        started_at=NOW,
        ended_at=LATER,
        note="after one retry",
        receipt={"message_id": 17},
    )

    await store(monitor, message, sent)

    async with monitor.transaction() as tx:
        assert await tx.effects.get(message.id) == sent


async def test_an_unknown_effect_is_not_found(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(NotFound, match="no effect nothing"):
            await tx.effects.get("nothing")


async def test_due_actions_are_pending_or_in_doubt_oldest_first(monitor: SqliteMonitor) -> None:
    pending, doubtful = make_execution(), make_execution(state=EffectState.IN_DOUBT)
    await store(
        monitor,
        pending,
        make_execution(due_at=LATER),
        make_execution(state=EffectState.STARTED),
        make_execution(state=EffectState.DONE),
        make_execution(state=EffectState.DEAD),
        doubtful,
        make_message(),
    )

    assert await due(monitor, EffectKind.EXECUTE) == [pending, doubtful]
    assert await due(monitor, EffectKind.EXECUTE, limit=1) == [pending]


async def test_one_kind_of_effect_is_not_due_as_another(monitor: SqliteMonitor) -> None:
    question = make_execution(kind=EffectKind.PREPARE)
    await store(monitor, question, make_execution())

    assert await due(monitor, EffectKind.PREPARE) == [question]


async def test_of_each_recipient_only_the_oldest_message_is_due(monitor: SqliteMonitor) -> None:
    telegram, journal = make_message("telegram"), make_message("journal")
    await store(monitor, telegram, make_message("telegram"), journal, make_message("journal"))

    assert await due(monitor, EffectKind.SEND) == [telegram, journal]
    assert await due(monitor, EffectKind.SEND, limit=1) == [telegram]


@pytest.mark.parametrize(
    "first",
    [make_message(due_at=LATER), make_message(state=EffectState.STARTED)],
    ids=["waits for its next attempt", "is being sent"],
)
async def test_a_message_is_held_back_while_an_older_one(monitor: SqliteMonitor, first: QueuedEffect) -> None:
    await store(monitor, first, make_message())

    assert await due(monitor, EffectKind.SEND) == []


@pytest.mark.parametrize("state", [EffectState.DONE, EffectState.DEAD])
async def test_the_next_message_is_due_once_the_older_one_is(monitor: SqliteMonitor, state: EffectState) -> None:
    first, second = make_message(), make_message()
    await store(monitor, first, second, replace(first, state=state, ended_at=NOW))

    assert await due(monitor, EffectKind.SEND) == [second]


async def test_a_message_in_doubt_is_sent_again_before_the_younger_ones(monitor: SqliteMonitor) -> None:
    doubtful = make_message(state=EffectState.IN_DOUBT)
    await store(monitor, doubtful, make_message())

    assert await due(monitor, EffectKind.SEND) == [doubtful]


async def test_started_effects_are_found_after_a_crash(monitor: SqliteMonitor) -> None:
    action, message = make_execution(state=EffectState.STARTED), make_message(state=EffectState.STARTED)
    await store(monitor, make_execution(), action, make_message(state=EffectState.DONE), message)

    async with monitor.transaction() as tx:
        assert await tx.effects.started() == [action, message]


async def test_the_last_receipt_is_of_the_newest_message_that_arrived(monitor: SqliteMonitor) -> None:
    def sent(recipient: str, subject: str, number: int, state: EffectState = EffectState.DONE) -> QueuedEffect:
        return make_message(recipient, subject=subject, state=state, receipt={"message_id": number})

    await store(
        monitor,
        sent("telegram", "group-a", 1),
        sent("telegram", "group-a", 2),
        sent("telegram", "group-a", 3, EffectState.DEAD),
        make_message("telegram", subject="group-a", state=EffectState.DONE, receipt={}),
        sent("telegram", "group-b", 4),
        sent("journal", "group-a", 5),
    )

    async with monitor.transaction() as tx:
        assert await tx.effects.last_receipt("group-a", "telegram") == {"message_id": 2}
        assert await tx.effects.last_receipt("group-b", "journal") is None


async def test_what_waits_for_a_recipient_comes_oldest_first_and_without_what_is_under_way(
    monitor: SqliteMonitor,
) -> None:
    doubtful, later = make_message(state=EffectState.IN_DOUBT), make_message(due_at=LATER)
    await store(
        monitor,
        make_message(state=EffectState.DONE),
        make_message(state=EffectState.STARTED),
        doubtful,
        make_message("telegram"),
        make_execution(),
        later,
    )

    async with monitor.transaction() as tx:
        assert await tx.effects.queued_for("journal", 10) == [doubtful, later]
        assert await tx.effects.queued_for("journal", 1) == [doubtful]


async def test_messages_that_wait_for_their_next_attempt_can_be_hastened(monitor: SqliteMonitor) -> None:
    message, action = make_message(due_at=LATER), make_execution(due_at=LATER)
    await store(monitor, message, action)

    async with monitor.transaction() as tx:
        await tx.effects.hasten_messages(NOW)

    assert await due(monitor, EffectKind.SEND) == [replace(message, due_at=NOW)]
    assert await due(monitor, EffectKind.EXECUTE) == []


@pytest.mark.parametrize(
    ("state", "is_posted"),
    [(state, state is not EffectState.DEAD) for state in EffectState],
)
async def test_a_subject_is_posted_unless_nobody_will_ever_read_of_it(
    monitor: SqliteMonitor, state: EffectState, is_posted: bool
) -> None:
    await store(monitor, make_message(subject="d1", state=state), make_execution())

    async with monitor.transaction() as tx:
        assert await tx.effects.is_posted("d1") is is_posted
        assert not await tx.effects.is_posted("d2")

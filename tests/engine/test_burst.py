"""Alerts by the thousand: what is read and stored for them is read and stored for many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from probed.core.escalation import EscalationStep
from probed.core.external_alert import AlertDraft
from probed.core.finding import Severity
from probed.core.group import Timing
from probed.core.routing import Routing
from probed.monitor.session import Session
from probed.ports import Transaction
from tests.engine.scenario import ANN, Host, scenario

BATCH = 64


def drafts(number: int, groups: int) -> list[AlertDraft]:
    labels = ({"alertname": f"check-{each % groups}", "object": f"/{each}", "n": str(each)} for each in range(number))
    return [AlertDraft(each, {"summary": f"{each['object']} is full"}) for each in labels]


async def send(host: Host, sent: Sequence[AlertDraft]) -> None:
    for begin in range(0, len(sent), BATCH):
        await host.engine.operator.take_alerts(sent[begin : begin + BATCH], ANN)


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Those that are run meanwhile."""
    seen: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("rows", "run", "many"):
            patch.setattr(Session, name, _noting(getattr(Session, name), seen))
        yield seen


def _noting(original: object, seen: list[str]) -> object:
    async def noting(session: Session, sql: str, *parameters: object) -> object:
        seen.append(sql)
        return await original(session, sql, *parameters)  # type: ignore[operator]

    return noting


@pytest.mark.parametrize("groups", [1, 50])
async def test_a_burst_takes_few_statements_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: int
) -> None:
    async with scenario(tmp_path) as host:
        host.rules.escalation = (EscalationStep(600, "second", ("recording",), frozenset(Severity)),)
        host.rules.storm = None
        sent = drafts(640, groups)
        with statements(monkeypatch) as taking:
            await send(host, sent)
        await host.passes(3)
        host.clock.advance(30)
        with statements(monkeypatch) as ending:
            await send(host, [replace(each, ends_at=host.clock.now()) for each in sent])
        await host.passes(30)

        assert len(taking) < len(sent) / 2
        assert len(ending) < len(sent) / 2
        cards = host.channel.cards
        assert len(cards) == 2 * groups
        [*incidents] = (await host.monitor.incidents(100)).items
        assert (sum(each.alerts for each in incidents), {str(each.state) for each in incidents}) == (640, {"closed"})


async def test_groups_that_are_due_again_before_all_had_their_turn_keep_no_message_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        host.rules.storm = None
        routing = Routing.one_host("recording", timing=Timing(wait_s=0, interval_s=1))
        host.rules.routing = replace(routing, root=replace(routing.root, group_by=("...",)))
        await host.engine.ticker.turn()
        await send(host, drafts(300, 300))
        flush, turns, left_after = host.engine.ticker.alerts.flush_due, 0, list[int]()

        async def slow_flush(tx: Transaction, now: datetime) -> bool:
            nonlocal turns
            turns += 1
            host.clock.advance(2)
            left_after.append(len(host.engine.ticker._running) + len(host.channel.cards))
            return await flush(tx, now)

        monkeypatch.setattr(host.engine.ticker.alerts, "flush_due", slow_flush)
        await asyncio.wait_for(host.engine.ticker.turn(), 60)
        await host.engine.ticker.idle()

        assert turns == 4, "three hundred in pieces of a hundred, and a last look"
        assert left_after[0] == 0
        assert left_after[1] > 0, "messages leave between the pieces"

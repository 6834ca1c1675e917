"""The audit log: who asked for what. It is a part of the record of intents, and sealed with it."""

from __future__ import annotations

from collections.abc import Mapping

from probed.core.intent import IntentKind
from probed.ports import Actor, Transaction


async def audit(
    tx: Transaction, by: Actor, subject: str, text: str, detail: Mapping[str, object] | None = None
) -> None:
    """To be called in the transaction that makes the change: the line is there when the change is, and only then."""
    await tx.ledger.append(IntentKind.AUDIT, by.name, subject, text, {**by.traces, **(detail or {})})

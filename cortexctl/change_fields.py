"""What is known about a change, as names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cortexctl import times
from cortexctl.table import facts
from cortexctl.text import call_text

if TYPE_CHECKING:
    from probed.wire.change import ChangeShape


def change_fields(change: ChangeShape) -> list[tuple[str, object]]:
    now = times.now()
    pending = change.revert_at if not change.confirmed_by and not change.rolled_back_at else None
    return [
        ("id", change.id),
        ("class", change.change_class),
        ("outcome", change.outcome),
        ("action", call_text(change.action)),
        ("object", change.object),
        ("impact", change.impact),
        ("level", change.level),
        ("by", change.by),
        ("when", f"{times.relative(change.started_at, now)}, {times.between(change.started_at, change.ended_at)}"),
        ("dry run", change.dry_run),
        ("steps", "\n".join(change.steps)),
        ("verification", change.detail),
        ("before", facts(change.before)),
        ("after", facts(change.after)),
        ("roll-back", roll_back_words(change)),
        ("rolled back", f"{times.relative(pending, now)}, unless you confirm it" if pending else ""),
        ("confirmed by", change.confirmed_by),
        ("case", change.case_id),
        ("decision", change.decision_id),
        ("commands", "\n".join(change.commands)),
    ]


def roll_back_words(change: ChangeShape) -> str:
    if change.roll_back:
        return change.roll_back
    return "possible" if change.reversible else "irreversible"

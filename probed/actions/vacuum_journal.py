"""`vacuum_journal`: remove the oldest of systemd's journal.

Parameters: `size_bytes` (`actions.vacuum_journal.keep`; how much of it stays, like 512MiB).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import ClassVar

from probed.actions.freed_room import settle
from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings, VacuumJournalSettings
from probed.config.values import size_bytes
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.core.size import size_text
from probed.errors import ParameterError
from probed.helper.programs import JOURNALS, used_bytes
from probed.host.mounts import lie_on


def build(settings: ActionsSettings, performer: Performer) -> VacuumJournal:
    return VacuumJournal(settings.vacuum_journal, performer)


class VacuumJournal(TypedAction):
    name = "vacuum_journal"
    title = "Remove the oldest of the journal"
    object_kind = "journal"
    risk = Risk.MEDIUM
    blast_radius = "the oldest lines of the journal, for good"
    cooldown_s = 3600.0
    daily_cap = 6
    checks: ClassVar[frozenset[str]] = frozenset({"disk"})

    def __init__(self, settings: VacuumJournalSettings, performer: Performer) -> None:
        self._settings, self._performer = settings, performer

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        return fixed if any(lie_on(finding.object, folder) for folder in JOURNALS) else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("size_bytes",), self.name)
        try:
            size = size_bytes(params.get("size_bytes", self._settings.keep))
        except (ValueError, OverflowError) as error:
            raise ParameterError("size_bytes", str(error)) from error
        if size < self._settings.least:
            raise ParameterError("size_bytes", f"actions.vacuum_journal.least is {size_text(self._settings.least)}")
        return {"size_bytes": size}

    def object_of(self, params: Mapping[str, object]) -> str:
        return "journal"

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        """It grows all the time; where it is must not change."""
        wanted, sizes = self._size(params), _sizes()
        snapshot = {"folders": list(sizes), "size_bytes": wanted}
        return Precondition(_excess(sizes, wanted) > 0, f"the journal has {_text(sizes)}", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        wanted, sizes = self._size(params), _sizes()
        each = " in each folder" if len(sizes) > 1 else ""
        gone = f"about {size_text(excess)} would go" if (excess := _excess(sizes, wanted)) else "nothing would go"
        now = f"of the journal ({', '.join(sizes) or 'there is none'}), which has {_text(sizes)}"
        return f"would leave the newest {size_text(wanted)}{each} {now}: {gone}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._performer.perform("vacuum_journal", self.validate(params), deadline_s=self.deadline_s)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        settle(JOURNALS)
        wanted, sizes = self._size(params), _sizes()
        return Verification(not _excess(sizes, wanted), f"the journal has {_text(sizes)} of {size_text(wanted)}")

    def _size(self, params: Mapping[str, object]) -> int:
        return int(str(self.validate(params)["size_bytes"]))


def _sizes() -> Mapping[str, int]:
    return {folder: used_bytes([folder]) for folder in JOURNALS if os.path.isdir(folder)}


def _excess(sizes: Mapping[str, int], wanted: int) -> int:
    """journalctl leaves so much in each folder."""
    return sum(max(used - wanted, 0) for used in sizes.values())


def _text(sizes: Mapping[str, int]) -> str:
    if len(sizes) < 2:
        return size_text(sum(sizes.values()))
    return ", ".join(f"{size_text(used)} in {folder}" for folder, used in sizes.items())

"""What the checks said last: the numbers that `status` shows, and what this host does not have."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from probed.core.observation import Absent, Observation
from probed.engine.looking import CheckResult

log = logging.getLogger("cortex.inspect")


@dataclass(frozen=True, slots=True)
class Remembered:
    latest: dict[tuple[str, str], tuple[Observation, ...]] = field(default_factory=dict)
    """The newest observations of each (inspection, check): what `status` shows as gauges."""
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    """What this host does not have or the daemon may not see, by (inspection, check)."""

    def keep_whole(self, inspection_id: str, results: Sequence[CheckResult]) -> None:
        """Of each check of the inspection; what it no longer names is forgotten."""
        names = {result.check for result in results}
        self._forget({key for key in self.latest if key[0] == inspection_id and key[1] not in names})
        self.keep(inspection_id, results)

    def keep(self, inspection_id: str, results: Sequence[CheckResult]) -> None:
        """Of some of its checks; where it names one several times, all of them."""
        for name in {result.check for result in results}:
            same = [result for result in results if result.check == name]
            key = (inspection_id, name)
            self.latest[key] = tuple(observation for result in same for observation in result.observations)
            text = "; ".join(note_of(absent) for result in same for absent in result.absent)
            if text and self.notes.get(key) != text:
                log.info("inspection %s, check %s: %s", inspection_id, name, text)
            self.notes.pop(key, None)
            if text:
                self.notes[key] = text

    def forget(self, inspection_id: str) -> None:
        self._forget({key for key in {*self.latest, *self.notes} if key[0] == inspection_id})

    def _forget(self, keys: Collection[tuple[str, str]]) -> None:
        for key in keys:
            self.latest.pop(key, None)
            self.notes.pop(key, None)


NO, HERE = "no ", " on this host"
NO_ACCESS, AS_ROOT = "no access to ", "let the daemon run as root"
"""How a remedy begins that nobody should follow only for the sake of a note."""


def note_of(absent: Absent) -> str:
    return f"{NO_ACCESS}{absent.what}: {absent.remedy}" if absent.remedy else f"{NO}{absent.what}{HERE}"


def gathered(notes: Iterable[str]) -> list[str]:
    """Each once; all that only root may see is one line, and so is all that this host does not have."""
    each = list(dict.fromkeys(notes))
    missing = {note: note.removeprefix(NO).removesuffix(HERE) for note in each if note.endswith(HERE)}
    hidden = {note: note.removeprefix(NO_ACCESS).partition(f": {AS_ROOT}")[0] for note in each if AS_ROOT in note}
    lines = [note for note in each if note not in missing and note not in hidden]
    for names, words in ((hidden, "only root may see"), (missing, "not on this host")):
        lines += [f"{words}: {', '.join(names.values())}"] if len(names) > 1 else names
    return lines

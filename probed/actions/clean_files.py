"""`clean_files`: remove old files below folders that the configuration allows.

Parameters: `root` (all of `actions.clean_files.roots`; one folder or several, within those), `pattern` and `older_than`
(those of `actions.clean_files`; the latter also as `older_than_s`, in seconds), `max_bytes` (none; it ends once so much
is removed).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar

from probed.actions.cleaning import AllowedCleanings, Cleaning
from probed.actions.freed_room import settle
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.core.size import size_text
from probed.errors import ActionFailed, ParameterError
from probed.helper.stale_files import StaleFile, StaleFiles, Usage, open_root
from probed.host.files import printable
from probed.host.mounts import device_of, devices_at

EXAMPLES = 5


def build(settings: ActionsSettings, performer: Performer) -> CleanFiles:
    return CleanFiles(AllowedCleanings(settings.clean_files), performer)


class CleanFiles:
    name = "clean_files"
    title = "Remove old files"
    object_kind = "file"
    risk = Risk.MEDIUM
    blast_radius = "old files below the allowed folders, for good"
    reversible = False
    cooldown_s = 3600.0
    daily_cap = 6
    deadline_s = 120.0
    settle_s = 2.0
    checks: ClassVar[frozenset[str]] = frozenset({"disk", "inodes", "folder"})

    def __init__(self, allowed: AllowedCleanings, performer: Performer) -> None:
        self._allowed, self._performer = allowed, performer

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        """A full file system is helped by the roots that lie on it, a full folder by itself; a finding may also name a
        folder of its own."""
        proposal = finding.proposed_action
        if proposal is not None and proposal.action == self.name:
            return self._call(self._narrowed(self._allowed.parse(fixed), proposal))
        if finding.check not in self.checks:
            return None
        cleaning = self._allowed.parse(fixed)
        if finding.check == "folder":
            roots = _within(cleaning, finding.object.rpartition(" ")[0])
        else:
            roots = _on_same_device(cleaning.roots, finding.object)
        return self._call(cleaning.at(roots)) if roots else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return self._allowed.parse(params).params

    def object_of(self, params: Mapping[str, object]) -> str:
        return ", ".join(self._allowed.parse(params).roots)

    def kin_of(self, params: Mapping[str, object]) -> str:
        return self.object_of(params)

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        cleaning = self._allowed.parse(params)
        stale = self._stale(cleaning)
        try:
            snapshot = {**cleaning.params, "folders": {root: _identity(root, cleaning) for root in cleaning.roots}}
            with closing(stale.select()) as files:
                found = next(files, None)
        except OSError as error:
            return Precondition(False, _reason(error))
        if found is None:
            return Precondition(False, _nothing(cleaning, stale), snapshot)
        return Precondition(True, f"there are {cleaning}", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        cleaning = self._allowed.parse(params)
        stale, survey = self._stale(cleaning), Survey()
        try:
            with closing(stale.select()) as files:
                for file in files:
                    survey.add(file)
        except OSError as error:
            raise ActionFailed(_reason(error)) from error
        return survey.text(cleaning, stale) if survey.files else _nothing(cleaning, stale)

    def execute(self, params: Mapping[str, object]) -> Executed:
        cleaning = self._allowed.parse(params)
        own = {"allowed": cleaning.allowed}
        done = self._performer.perform("clean_files", cleaning.request, deadline_s=self.deadline_s, own=own)
        return replace(done, detail=_done_text(cleaning, done.after))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        cleaning = self._allowed.parse(params)
        settle(cleaning.roots)
        try:
            return _verification(executed, Usage.of(cleaning.roots)) if executed else self._verify_afresh(cleaning)
        except OSError as error:
            return Verification(False, _reason(error))

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        raise ActionFailed("clean_files is irreversible")

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return ""

    def _stale(self, cleaning: Cleaning) -> StaleFiles:
        return StaleFiles(cleaning, uid=self._performer.uid)

    def _verify_afresh(self, cleaning: Cleaning) -> Verification:
        """Where nobody knows how much was removed, nothing may be left."""
        with closing(self._stale(cleaning).select()) as files:
            left = next(files, None)
        if left:
            return Verification(False, f"interrupted: there still are {cleaning}, such as {printable(left.path)}")
        return Verification(True, f"nothing is left of the {cleaning}")

    def _narrowed(self, cleaning: Cleaning, proposal: ActionCall) -> Cleaning:
        """Of a proposal only the folder counts, and only within the folders of the document."""
        if "root" not in proposal.params:
            return cleaning
        wanted = self._allowed.parse({"root": proposal.params["root"]}).roots
        if not all(cleaning.covers(root) for root in wanted):
            raise ParameterError("root", f"{', '.join(wanted)} is not below {', '.join(cleaning.roots)}")
        return cleaning.at(wanted)

    def _call(self, cleaning: Cleaning) -> ActionCall:
        return ActionCall(self.name, cleaning.params)


@dataclass(slots=True)
class Survey:
    files: int = 0
    used_bytes: int = 0
    oldest: tuple[int, str] = (0, "")
    examples: list[str] = field(default_factory=list)

    def add(self, file: StaleFile) -> None:
        age = (file.status.st_mtime_ns, file.path)
        self.oldest = min(self.oldest, age) if self.files else age
        self.files += 1
        self.used_bytes += file.used_bytes
        if len(self.examples) < EXAMPLES:
            self.examples.append(printable(file.path))

    def text(self, cleaning: Cleaning, stale: StaleFiles) -> str:
        modified = datetime.fromtimestamp(self.oldest[0] / 1e9, UTC)
        lines = [
            f"would remove {self.files} {cleaning} ({size_text(self.used_bytes)})",
            f"oldest: {printable(self.oldest[1])}, modified {modified:%Y-%m-%d %H:%M} UTC",
            f"among them: {', '.join(self.examples)}",
            *_remarks(stale.kept, stale.cut_short),
        ]
        return "\n".join(lines)


def _verification(executed: Executed, now: Usage) -> Verification:
    """Half of what was removed must be free: others go on writing meanwhile. Empty files only give inodes back."""
    removed_files, removed_bytes = _count(executed.after["removed_files"]), _count(executed.after["removed_bytes"])
    freed_bytes = now.free_bytes - _count(executed.before["free_bytes"])
    freed_inodes = now.free_inodes - _count(executed.before["free_inodes"])
    if removed_bytes:
        detail = f"{size_text(freed_bytes)} more are free than before, {size_text(removed_bytes)} were removed"
        return Verification(freed_bytes * 2 >= removed_bytes, detail)
    detail = f"{freed_inodes} more inodes are free than before, {removed_files} empty files were removed"
    return Verification(freed_inodes * 2 >= removed_files, detail)


def _within(cleaning: Cleaning, folder: str) -> Sequence[str]:
    """The folder that is too full, where files may go there; else what of it they may go from."""
    real = os.path.realpath(folder)
    if cleaning.covers(real):
        return (real,)
    return tuple(root for root in cleaning.roots if cleaning.at((real,)).covers(root))


def _on_same_device(roots: tuple[str, ...], mount_point: str) -> tuple[str, ...]:
    devices = devices_at(mount_point)
    return tuple(root for root in roots if device_of(root) in devices)


def _identity(root: str, cleaning: Cleaning) -> str:
    with open_root(root, cleaning.allowed) as folder:
        return f"device {folder.status.st_dev} inode {folder.status.st_ino}"


def _count(value: object) -> int:
    return int(str(value))


def _nothing(cleaning: Cleaning, stale: StaleFiles) -> str:
    return "; ".join([f"there are no {cleaning} to remove", *_remarks(stale.kept, stale.cut_short)])


def _remarks(kept: Mapping[str, object], cut_short: str) -> list[str]:
    return [*([f"left alone: {_counts(kept)}"] if kept else []), *([cut_short] if cut_short else [])]


def _done_text(cleaning: Cleaning, after: Mapping[str, object]) -> str:
    """What the operation's figures say."""
    failures, kept = (_mapping(after.get(name)) for name in ("failures", "kept"))
    removed = f"removed {after['removed_files']} {cleaning} ({size_text(_count(after['removed_bytes']))})"
    failed = [f"not removed: {_counts(failures)}"] if failures else []
    return "; ".join([removed, *failed, *_remarks(kept, str(after.get("cut_short", "")))])


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _counts(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.items())


def _reason(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"

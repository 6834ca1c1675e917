"""`clean_files`: remove old files below folders that the configuration allows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from probed.actions.cleaning import AllowedCleanings, Cleaning
from probed.actions.performer import Performer
from probed.actions.stale_files import StaleFile, StaleFiles, open_root
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.core.size import size_text
from probed.errors import ActionFailed, ParameterError

CHECKS = frozenset({"disk", "inodes"})
EXAMPLES = 5
REMOVE_S = 90.0
"""How long files are removed at the most; what is left then is left."""


def build(settings: ActionsSettings, performer: Performer) -> CleanFiles:
    return CleanFiles(AllowedCleanings(settings.clean_files))


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

    def __init__(self, allowed: AllowedCleanings) -> None:
        self._allowed = allowed

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        """A full file system is helped by the roots that lie on it; a finding may also name a folder of its own."""
        proposal = finding.proposed_action
        if proposal is not None and proposal.action == self.name:
            return self._call(self._narrowed(self._allowed.parse(fixed), proposal))
        if finding.check not in CHECKS:
            return None
        cleaning = self._allowed.parse(fixed)
        roots = _on_same_device(cleaning.roots, finding.object)
        return self._call(cleaning.at(roots)) if roots else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return self._allowed.parse(params).params

    def object_of(self, params: Mapping[str, object]) -> str:
        return ", ".join(self._allowed.parse(params).roots)

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        cleaning = self._allowed.parse(params)
        stale = StaleFiles(cleaning)
        try:
            snapshot = {**cleaning.params, "folders": {root: _identity(root, cleaning) for root in cleaning.roots}}
            with closing(stale.select()) as files:
                found = next(files, None)
        except OSError as error:
            return Precondition(False, _reason(error))
        if found is None:
            return Precondition(False, _nothing(stale), snapshot)
        return Precondition(True, f"there are {cleaning}", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        stale = StaleFiles(self._allowed.parse(params))
        survey = Survey()
        try:
            with closing(stale.select()) as files:
                for file in files:
                    survey.add(file)
        except OSError as error:
            raise ActionFailed(_reason(error)) from error
        return survey.text(stale) if survey.files else _nothing(stale)

    def execute(self, params: Mapping[str, object]) -> Executed:
        cleaning = self._allowed.parse(params)
        stale = StaleFiles(cleaning, within_s=REMOVE_S)
        try:
            removal = Removal(before=Usage.of(cleaning))
            with closing(stale.select()) as files:
                for file in files:
                    removal.remove(file)
            after = Usage.of(cleaning)
        except OSError as error:
            raise ActionFailed(_reason(error)) from error
        if not removal.files:
            failures = _counts(removal.failures)
            raise ActionFailed(f"no file could be removed: {failures}" if failures else _nothing(stale))
        return Executed(removal.text(stale), removal.before.record, {**after.record, **removal.record})

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        cleaning = self._allowed.parse(params)
        try:
            return _verification(executed, Usage.of(cleaning)) if executed else _verify_afresh(cleaning)
        except OSError as error:
            return Verification(False, _reason(error))

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        raise ActionFailed("clean_files is irreversible")

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


@dataclass(frozen=True, slots=True)
class Usage:
    """The file systems of a cleaning's roots, together."""

    free_bytes: int
    free_inodes: int

    @classmethod
    def of(cls, cleaning: Cleaning) -> Usage:
        systems = {os.stat(root).st_dev: os.statvfs(root) for root in cleaning.roots}.values()
        return cls(
            free_bytes=sum(system.f_bfree * system.f_frsize for system in systems),
            free_inodes=sum(system.f_ffree for system in systems),
        )

    @property
    def record(self) -> Mapping[str, object]:
        return {"free_bytes": self.free_bytes, "free_inodes": self.free_inodes}


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
            self.examples.append(_shown(file.path))

    def text(self, stale: StaleFiles) -> str:
        modified = datetime.fromtimestamp(self.oldest[0] / 1e9, UTC)
        lines = [
            f"would remove {self.files} {stale.cleaning} ({size_text(self.used_bytes)})",
            f"oldest: {_shown(self.oldest[1])}, modified {modified:%Y-%m-%d %H:%M} UTC",
            f"among them: {', '.join(self.examples)}",
            *_remarks(stale),
        ]
        return "\n".join(lines)


@dataclass(slots=True)
class Removal:
    before: Usage
    files: int = 0
    used_bytes: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def remove(self, file: StaleFile) -> None:
        try:
            removed = file.remove()
        except FileNotFoundError:
            return
        except OSError as error:
            self.failures[os.strerror(error.errno or 0)] += 1
            return
        if not removed:
            self.failures["changed meanwhile"] += 1
            return
        self.files += 1
        self.used_bytes += file.used_bytes

    def text(self, stale: StaleFiles) -> str:
        failures = [f"not removed: {_counts(self.failures)}"] if self.failures else []
        done = f"removed {self.files} {stale.cleaning} ({size_text(self.used_bytes)})"
        return "; ".join([done, *failures, *_remarks(stale)])

    @property
    def record(self) -> Mapping[str, object]:
        return {"removed_files": self.files, "removed_bytes": self.used_bytes}


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


def _verify_afresh(cleaning: Cleaning) -> Verification:
    """Where nobody knows how much was removed, nothing may be left."""
    with closing(StaleFiles(cleaning).select()) as files:
        left = next(files, None)
    if left:
        return Verification(False, f"interrupted: there still are {cleaning}, such as {_shown(left.path)}")
    return Verification(True, f"nothing is left of the {cleaning}")


def _on_same_device(roots: tuple[str, ...], mount_point: str) -> tuple[str, ...]:
    device = _device(mount_point)
    return tuple(root for root in roots if device is not None and _device(root) == device)


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except (OSError, ValueError):
        return None


def _identity(root: str, cleaning: Cleaning) -> str:
    with open_root(root, cleaning.allowed) as folder:
        return f"device {folder.status.st_dev} inode {folder.status.st_ino}"


def _count(value: object) -> int:
    return int(str(value))


def _nothing(stale: StaleFiles) -> str:
    return "; ".join([f"there are no {stale.cleaning} to remove", *_remarks(stale)])


def _remarks(stale: StaleFiles) -> list[str]:
    kept = [f"left alone: {_counts(stale.kept)}"] if stale.kept else []
    return [*kept, stale.cut_short] if stale.cut_short else kept


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counter.most_common())


def _reason(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"


def _shown(path: str) -> str:
    """File names come from anybody: nothing of them may break a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in path)

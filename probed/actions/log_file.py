"""Which logs the actions may touch, and what they have in common."""

from __future__ import annotations

import abc
import glob
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar

from probed.actions.freed_room import settle
from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import LogsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.core.pattern import is_pattern
from probed.core.size import size_text
from probed.errors import ActionFailed, ParameterError
from probed.helper.logs import COMPRESSED
from probed.host.mounts import devices_at

MAX_PATH = 4095
MAX_MATCHES = 10_000
BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class AllowedLogs:
    patterns: tuple[str, ...]
    """The folders in front of the first wildcard are resolved."""
    setting: str

    @classmethod
    def of(cls, patterns: Sequence[str], setting: str) -> AllowedLogs:
        return cls(tuple(_resolved(pattern) for pattern in patterns if pattern.startswith("/")), setting)

    def parse(self, path: object) -> str:
        """The path with every link in its folders resolved. Raises ParameterError."""
        if not isinstance(path, str) or not os.path.isabs(path) or len(path) > MAX_PATH or not path.isprintable():
            raise ParameterError("path", "expected an absolute path of printable characters")
        folder, name = os.path.split(os.path.normpath(path))
        real = os.path.join(os.path.realpath(folder), name)
        if not name or name.startswith(".") or not any(PurePath(real).match(pattern) for pattern in self.patterns):
            raise ParameterError("path", f"{path!r} is not in {self.setting}")
        return real

    def found(self) -> Iterator[tuple[str, os.stat_result]]:
        for pattern in self.patterns:
            for _, path in zip(range(MAX_MATCHES), glob.iglob(pattern), strict=False):
                status = look(path)
                is_hidden = os.path.basename(path).startswith(".")
                if status and path.isprintable() and not is_hidden and not path.endswith(COMPRESSED):
                    yield path, status


class LogAction(TypedAction):
    object_kind = "file"
    risk = Risk.MEDIUM
    cooldown_s = 3600.0
    daily_cap = 12
    settle_s = 5.0
    checks: ClassVar[frozenset[str]] = frozenset({"disk", "file"})

    def __init__(self, settings: LogsSettings, allowed: AllowedLogs, performer: Performer) -> None:
        self.allowed, self.min_bytes, self._performer = allowed, settings.min_size, performer

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """The log that a finding is about; of a full file system the largest that lies on it."""
        if "path" in fixed:
            return fixed
        if finding.check in ("file", "log_patterns"):
            path = finding.evidence.get("path", finding.object)
            return {"path": path} if self._is_allowed(path) else None
        largest = self._largest_on(finding.object)
        return {"path": largest} if largest else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("path",), self.name)
        return {"path": self.allowed.parse(params.get("path"))}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["path"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        """The size grows all the time; whose file it is must not change."""
        path = self._path(params)
        status = look(path)
        if status is None:
            return Precondition(False, f"there is no plain file {path}")
        snapshot = {"path": path, "device": status.st_dev, "inode": status.st_ino, "uid": status.st_uid}
        if status.st_size < self.min_bytes:
            return Precondition(False, f"{path} has {size_text(status.st_size)} only", snapshot)
        return Precondition(True, f"{path} has {size_text(status.st_size)}", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        path = self._path(params)
        status = look(path)
        if status is None:
            raise ActionFailed(f"there is no plain file {path}")
        return self.what_would_be(path, status)

    @abc.abstractmethod
    def what_would_be(self, path: str, status: os.stat_result) -> str:
        """The dry run of a log that is there."""

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._performer.perform(self.name, {"path": self._path(params)}, deadline_s=self.deadline_s)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Half of the room must have come back: others go on writing meanwhile."""
        path = self._path(params)
        settle([path])
        if executed is None:
            return self._verify_afresh(path)
        kept = look(str(executed.after["file"]))
        if kept is None or not kept.st_size:
            return Verification(False, f"what it held is not in {executed.after['file']}")
        used_bytes = int(str(executed.before["used_bytes"]))
        now_bytes = used(path) + kept.st_blocks * BLOCK_BYTES
        detail = f"{size_text(now_bytes)} are used where it was {size_text(used_bytes)}"
        return Verification(now_bytes * 2 <= used_bytes, detail)

    def _verify_afresh(self, path: str) -> Verification:
        status = look(path)
        size_bytes = status.st_size if status else 0
        return Verification(size_bytes < self.min_bytes, f"interrupted: {path} has {size_text(size_bytes)}")

    def _path(self, params: Mapping[str, object]) -> str:
        return str(self.validate(params)["path"])

    def _is_allowed(self, path: object) -> bool:
        try:
            self.allowed.parse(path)
        except ParameterError:
            return False
        return True

    def _largest_on(self, mount_point: str) -> str | None:
        devices = devices_at(mount_point)
        sizes = [
            (status.st_blocks, path)
            for path, status in self.allowed.found()
            if status.st_dev in devices and status.st_size >= self.min_bytes
        ]
        return max(sizes, default=(0, None))[1]


def look(path: str) -> os.stat_result | None:
    """None where there is no plain file, or one with a second name."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 else None


def used(path: str) -> int:
    status = look(path)
    return status.st_blocks * BLOCK_BYTES if status else 0


def _resolved(pattern: str) -> str:
    parts = PurePath(pattern).parts
    fixed = next((number for number, part in enumerate(parts) if is_pattern(part)), len(parts) - 1)
    return os.path.join(os.path.realpath(os.path.join(*parts[:fixed])) if fixed else "/", *parts[fixed:])

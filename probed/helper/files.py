"""Operations on files. No path is followed through a link, whoever may have put one there since it was looked at."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from probed.helper import logs
from probed.helper.done import Done, OperationFailed, OperationRefused
from probed.helper.place import place_of
from probed.helper.stale_files import Selection, StaleFile, StaleFiles, Usage, forbidden

REMOVE_S = 90.0
"""How long files are removed at the most; what is left then is left."""
LEAST_AGE_S = 1.0


def clean_files(params: Mapping[str, object]) -> Done:
    """Remove the files below `roots` whose name fits `pattern` and that were last modified `older_than_s` ago or
    earlier, of them at most `max_bytes`, the oldest first. Without `allowed` the roots' own mounts count."""
    selection = _selection(params)
    for root in selection.roots:
        if reason := forbidden(root):
            raise OperationRefused(f"{root} is {reason}")
    stale, removal = StaleFiles(selection, within_s=REMOVE_S), Removal()
    try:
        before = Usage.of(selection.roots)
        with closing(stale.select()) as files:
            for file in files:
                removal.remove(file)
        after = Usage.of(selection.roots)
    except OSError as error:
        raise OperationFailed(f"{error.filename}: {error.strerror}") from error
    if not removal.files:
        raise OperationFailed(_nothing_removed(stale, removal))
    record = {**after.record, **removal.record, "kept": dict(stale.kept), "cut_short": stale.cut_short}
    return Done(f"removed {removal.files} files", before.record, record)


def restore_mode(params: Mapping[str, object]) -> Done:
    """`owner` and `group` are names or numbers, `mode` is octal. Nobody gets the rights of another by it: setuid and
    setgid are never given."""
    path, mode = str(params["path"]), _mode(str(params["mode"]))
    uid, gid = _uid(str(params["owner"])), _gid(str(params["group"]))
    if mode & ~0o1777:
        raise OperationRefused(f"the mode {mode:04o} gives somebody else's rights")
    with place_of(path, owners={0, uid}) as place, place.opened(os.O_RDONLY) as (fd, status):
        os.fchmod(fd, mode)
        if (status.st_uid, status.st_gid) != (uid, gid):
            os.fchown(fd, uid, gid)
        now = os.fstat(fd)
    return Done(f"{path} is {_ownership(now)['mode']} again", _ownership(status), _ownership(now))


def _mode(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise OperationRefused(f"{text} is no octal mode") from None


def _ownership(status: os.stat_result) -> Mapping[str, object]:
    return {"uid": status.st_uid, "gid": status.st_gid, "mode": f"{stat.S_IMODE(status.st_mode):04o}"}


def _uid(owner: str) -> int:
    try:
        return int(owner) if owner.isdecimal() else pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise OperationRefused(f"there is no user {owner}") from None


def _gid(group: str) -> int:
    try:
        return int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise OperationRefused(f"there is no group {group}") from None


@dataclass(slots=True)
class Removal:
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

    @property
    def record(self) -> Mapping[str, object]:
        return {
            "removed_files": self.files,
            "removed_bytes": self.used_bytes,
            "failures": dict(self.failures.most_common()),
        }


def _selection(params: Mapping[str, object]) -> Selection:
    roots, limit = _paths(params["roots"]), params.get("max_bytes")
    allowed = params.get("allowed")
    return Selection(
        roots=roots,
        pattern=str(params["pattern"]),
        older_than_s=max(LEAST_AGE_S, float(str(params["older_than_s"]))),
        max_bytes=None if limit is None else int(str(limit)),
        allowed=roots if allowed is None else _paths(allowed),
    )


def _paths(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, Iterable) and not isinstance(value, str) else ()


def _nothing_removed(stale: StaleFiles, removal: Removal) -> str:
    if removal.failures:
        return f"no file could be removed: {_counts(removal.failures)}"
    kept = f"; left alone: {_counts(stale.kept)}" if stale.kept else ""
    return f"there are no such files to remove{kept}"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counter.most_common())


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "clean_files": clean_files,
    "restore_mode": restore_mode,
    **logs.OPERATIONS,
}

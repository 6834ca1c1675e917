"""Whether file systems can be written to that ought to be, and are mounted with the options they should have.

Parameters: `writable` (none; mount points that must be), `options` (none; by mount point, the options that it must
have), `exclude` (mount points and shell patterns), `for` (0s).

A file system ought to be writable if `writable` or /etc/fstab says so, or if it was at an earlier look since the
daemon's start. One that has become read-only is critical: mostly the kernel has met an error on the disk and lets
nothing more be damaged (`errors=remount-ro`); read the kernel's log and look at the disk (`smart`) before it is mounted
anew. Where somebody remounted it on purpose, exclude it. Images, and what /etc/fstab mounts read-only, are no fault. A
mount point in `writable` or `options` where nothing is mounted, and a missing option, are warnings. No action fits by
itself.

Example:
  - mounts: {writable: [/], options: {/dev: [nosuid]}}
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from probed.checks.parameters import For, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import fstab, mounts
from probed.host.mounts import Kind, Mount

MAX_REMEMBERED = 1000

_was_writable: dict[tuple[str, str], bool] = {}
"""By mount point and device the file systems that could be written to at an earlier look; True: also through this
mount, which the sandbox of the daemon may forbid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    writable: Annotated[tuple[str, ...], Names] = ()
    options: dict[str, Annotated[tuple[str, ...], Names]] = field(default_factory=dict)
    exclude: Annotated[tuple[str, ...], Names] = ()
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    present = mounts.mounts()
    writable = {_point(name) for name in params.writable}
    options = {_point(name): wanted for name, wanted in params.options.items()}
    named = writable | options.keys()
    answer = [
        _observation(mount, _reason(mount, mount.mount_point in writable), options.get(mount.mount_point, ()), params)
        for mount in _chosen(present, named, params.exclude)
    ]
    missing = named - {mount.mount_point for mount in present}
    answer += [_fault(point, f"nothing is mounted at {point}", Severity.WARNING, params) for point in sorted(missing)]
    for mount in present:
        _remember(mount)
    return tuple(answer) or (Observation("mounts", "no file system ought to be writable"),)


def _chosen(present: Iterable[Mount], named: Collection[str], exclude: Collection[str]) -> Iterator[Mount]:
    """Those that are named or ought to be writable; of several mounts of one file system the shortest path, and each
    that was itself remounted."""
    in_fstab = {each.mount_point for each in fstab.entries() if each.is_to_be_written_to}
    told: set[str] = set()
    for mount in sorted(present, key=lambda each: (each.is_read_only_here, len(each.mount_point))):
        point, known = mount.mount_point, _was_writable.get((mount.mount_point, mount.device))
        ought_to_be = _can_be_written_to(mount) and (point in in_fstab or known is not None or not mount.read_only)
        is_alone = mount.device not in told or (bool(known) and mount.is_read_only_here)
        if point in named or (ought_to_be and is_alone and not fits_any(point, exclude)):
            told.add(mount.device)
            yield mount


def _can_be_written_to(mount: Mount) -> bool:
    return mount.kind in (Kind.STORE, Kind.NETWORK) or (mount.kind is Kind.MEMORY and not mounts.is_systems_own(mount))


def _reason(mount: Mount, must_be_writable: bool) -> str:
    """Why it cannot be written to though it ought to be; empty: it can, or need not."""
    known = _was_writable.get((mount.mount_point, mount.device))
    if mount.read_only:
        why = " (the kernel does that after an error of the disk)" if "errors=remount-ro" in mount.options else ""
        return f"has become read-only{why}" if known is not None else f"is read-only{why}"
    if known and mount.is_read_only_here:
        return "was remounted read-only"
    return "is mounted read-only" if must_be_writable and mounts.host_sees_read_only(mount) else ""


def _observation(mount: Mount, reason: str, wanted: Iterable[str], params: Params) -> Observation:
    point = mount.mount_point
    evidence = {"device": mount.source, "fs_type": mount.fs_type, "options": sorted(mount.options)}
    if reason and "ro" not in wanted:
        return _fault(point, f"{point} {reason}", Severity.CRITICAL, params, evidence)
    if missing := [option for option in wanted if option not in mount.options]:
        return _fault(point, f"{point} is mounted without {', '.join(missing)}", Severity.WARNING, params, evidence)
    return Observation(point, f"{point} is mounted as it should be", evidence=evidence, boot_grace=True)


def _fault(
    point: str, summary: str, severity: Severity, params: Params, evidence: Mapping[str, object] | None = None
) -> Observation:
    threshold = lasting(params.for_s)
    return Observation(point, summary, threshold=threshold, severity=severity, evidence=evidence or {}, boot_grace=True)


def _remember(mount: Mount) -> None:
    if not mount.read_only:
        key = (mount.mount_point, mount.device)
        _was_writable[key] = _was_writable.get(key, False) or not mount.is_read_only_here
    while len(_was_writable) > MAX_REMEMBERED:
        del _was_writable[next(iter(_was_writable))]


def _point(name: str) -> str:
    return name.rstrip("/") or "/"

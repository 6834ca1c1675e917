"""Operations on log files. What was logged is kept, compressed, beside the log and as readable as it was."""

from __future__ import annotations

import contextlib
import gzip
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from probed.helper.done import Done, OperationFailed, OperationRefused
from probed.helper.open_files import open_inodes
from probed.helper.place import Place, place_of

COPY_S = 80.0
CHUNK_BYTES = 1 << 20
LEVEL = 3
"""Half the room of no compression at all in a third of the time of the best."""
COMPRESSED = (".gz", ".xz", ".bz2", ".zst", ".lz4", ".zip")
NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def rotate_log(params: Mapping[str, object]) -> Done:
    """Compress what `path` holds into a file of its own and empty it. Whoever writes it goes on without noticing, so
    that every writer has to append; a line that is written in the very instant of the emptying is lost."""
    with place_of(str(params["path"])) as place, place.opened(os.O_RDWR) as (fd, status):
        _plain(place, status)
        if writer := _writes_elsewhere(status):
            raise OperationRefused(f"{writer} writes {place.path} without appending: it has to reopen it itself")
        if not status.st_size:
            raise OperationRefused(f"{place.path} is empty")
        target = f"{place.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}.gz"
        with _compressed(place, target, fd, status) as size_bytes:
            os.ftruncate(fd, 0)
        return _done(place, target, status, size_bytes)


def compress_log(params: Mapping[str, object]) -> Done:
    """Replace `path`, which nobody has open, by `path`.gz."""
    with place_of(str(params["path"])) as place, place.opened(os.O_RDONLY) as (fd, status):
        _plain(place, status)
        if place.name.endswith(COMPRESSED):
            raise OperationRefused(f"{place.path} is compressed already")
        if (status.st_dev, status.st_ino) in open_inodes(ours=fd):
            raise OperationRefused(f"{place.path} is open")
        target = f"{place.name}.gz"
        with _compressed(place, target, fd, status) as size_bytes:
            if _sight(place.status()) != _sight(status):
                raise OperationRefused(f"{place.path} changed meanwhile")
            os.unlink(place.name, dir_fd=place.folder)
        return _done(place, target, status, size_bytes)


@contextmanager
def _compressed(place: Place, target: str, fd: int, status: os.stat_result) -> Iterator[int]:
    """The content in a new file, with how many bytes it is; the new file goes where the rest does not succeed."""
    try:
        new = os.open(target, NEW, 0o600, dir_fd=place.folder)
    except FileExistsError:
        raise OperationRefused(f"{place.path}: {target} exists already") from None
    try:
        with os.fdopen(new, "wb") as file:
            size_bytes = _copy(fd, file)
            file.flush()
            _as_before(file.fileno(), status)
        yield size_bytes
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(target, dir_fd=place.folder)
        raise


def _copy(fd: int, file: object) -> int:
    until, size_bytes = time.monotonic() + COPY_S, 0
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file) as packed:  # type: ignore[call-overload]
        while chunk := os.read(fd, CHUNK_BYTES):
            packed.write(chunk)
            size_bytes += len(chunk)
            if time.monotonic() > until:
                raise OperationFailed(f"compressing took more than {COPY_S:g} s")
    return size_bytes


def _as_before(fd: int, status: os.stat_result) -> None:
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(fd, status.st_uid, status.st_gid)
    os.fchmod(fd, stat.S_IMODE(status.st_mode) & 0o666)
    os.utime(fd, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.fsync(fd)


def _plain(place: Place, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OperationRefused(f"{place.path} is no file")


def _writes_elsewhere(status: os.stat_result) -> str:
    """Who would go on writing at the old place behind a hole."""
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            for link in folder.iterdir():
                found = link.stat()
                if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino) and _is_behind(link):
                    return f"process {folder.parent.name}"
        except OSError:  # gone, or another user's
            continue
    return ""


def _is_behind(link: Path) -> bool:
    lines = (link.parent.parent / "fdinfo" / link.name).read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    flags = int(facts["flags"], 8)
    writes = flags & os.O_ACCMODE != os.O_RDONLY and not flags & os.O_PATH
    return writes and not flags & os.O_APPEND and link.parent.parent.name != str(os.getpid())


def _sight(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_nlink


def _done(place: Place, target: str, status: os.stat_result, size_bytes: int) -> Done:
    kept = place.status(target)
    file = f"{place.path.rpartition('/')[0]}/{target}"
    before = {"size_bytes": size_bytes, "used_bytes": status.st_blocks * 512}
    after = {"file": file, "file_bytes": kept.st_size, "file_used_bytes": kept.st_blocks * 512}
    return Done(f"{place.path} is kept as {file}", before, after)


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "rotate_log": rotate_log,
    "compress_log": compress_log,
}

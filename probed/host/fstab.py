"""What /etc/fstab says how file systems are to be mounted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.host.mounts import plain

FSTAB = Path("/etc/fstab")


@dataclass(frozen=True, slots=True)
class Entry:
    source: str
    mount_point: str
    fs_type: str
    options: frozenset[str]

    @property
    def is_to_be_written_to(self) -> bool:
        """Always; what somebody mounts when it is there (a stick, a disc) may be write-protected."""
        return not self.options & {"ro", "noauto"}


def entries(path: Path | None = None) -> tuple[Entry, ...]:
    """Without swap space; none where there is no such file, or it may not be read."""
    try:
        text = (path or FSTAB).read_text(errors="surrogateescape")
    except OSError:
        return ()
    return tuple(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and not line.lstrip().startswith("#") and words[1].startswith("/"):
            source, point, fs_type, options, *_ = [*words, ""]
            yield Entry(source, plain(point).rstrip("/") or "/", fs_type, frozenset(options.split(",")))

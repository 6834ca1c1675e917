"""What other programs leave behind again and again, each under a name of its own: backups, dumps, archives."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from probed.core.pattern import is_pattern
from probed.errors import HostFailed, NotHere
from probed.host import files

UNFINISHED = (".tmp", ".part", ".partial")


@dataclass(frozen=True, slots=True)
class Artefact:
    path: str
    made_at: float
    """Seconds since the epoch: the last change of a file's content, or of a folder's list of names."""
    size_bytes: int | None
    """None of a folder, whose files are not added up."""
    is_empty: bool

    @property
    def name(self) -> str:
        return os.path.basename(self.path)


def newest_first(place: str) -> tuple[Artefact, ...]:
    """What fits a shell pattern, or lies in a folder: its files, or where it has none its folders. Nothing where there
    is no such place; a file is itself all there is.

    Raises NotHere where they may not be seen, HostFailed.
    """
    found = [artefact for path in _paths(place) if (artefact := _artefact(path))]
    if not is_pattern(place):
        found = [each for each in found if each.size_bytes is not None] or found
    return tuple(sorted(found, key=lambda each: -each.made_at))


def _paths(place: str) -> Iterator[str]:
    if is_pattern(place):
        yield from files.fitting(place)
    elif os.path.isfile(place):
        yield place
    else:
        whole = (name for name in _names(place) if not name.startswith(".") and not name.endswith(UNFINISHED))
        yield from (os.path.join(place, name) for name in whole)


def _artefact(path: str) -> Artefact | None:
    """None of what went in between, a link to nothing among it, and of what is neither file nor folder."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    if stat.S_ISDIR(found.st_mode):
        return Artefact(path, found.st_ctime, None, not _names(path))
    if stat.S_ISREG(found.st_mode):
        return Artefact(path, found.st_mtime, found.st_size, not found.st_size)
    return None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        raise NotHere(f"the files in {folder}", "let the daemon's user read the folder") from None
    except OSError as error:
        raise HostFailed(f"{folder}: {error.strerror}") from error

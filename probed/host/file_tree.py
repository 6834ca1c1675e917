"""Walking over folders, bounded, without following links."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from probed.core.pattern import fits_any, is_pattern
from probed.host import files


class Entry(NamedTuple):
    """One of thousands at a look, which is why it is no dataclass: they take four times as long to make."""

    path: str
    found: os.stat_result

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.found.st_mode)

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.found.st_mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.found.st_mode)


@dataclass(slots=True)
class Walk:
    """Over files, folders and shell patterns; what a pattern in `exclude` fits is left out, with all below it."""

    places: Sequence[str]
    exclude: Sequence[str] = ()
    most: int = 100_000
    until: float = float("inf")
    """On the monotonic clock."""
    links: bool = True
    """Whether they count; those that a place itself names do always."""
    unread: list[str] = field(default_factory=list)
    """Folders that may not be read."""
    is_cut: bool = False
    """There is more than `most`, or the time was over."""
    _count: int = 0

    def entries(self) -> Iterator[Entry]:
        """Each once, parents before what is in them. Raises NotHere where a pattern cannot be resolved."""
        seen = set[tuple[int, int]]()
        for place in self.places:
            for path in files.fitting(place) if is_pattern(place) else (place,):
                for entry in self._below(os.path.normpath(path)):
                    found = entry.found
                    if stat.S_ISDIR(found.st_mode):
                        key = found.st_dev, found.st_ino
                        if key in seen:
                            continue
                        seen.add(key)
                    yield entry

    def _below(self, path: str) -> Iterator[Entry]:
        waiting = [path]
        while waiting and not self.is_cut:
            each = waiting.pop()
            if self.exclude and fits_any(each, self.exclude):
                continue
            try:
                found = os.lstat(each)
            except FileNotFoundError:
                continue
            except OSError:
                self.unread.append(each)
                continue
            self._count += 1
            self.is_cut = self._count > self.most or time.monotonic() > self.until
            if self.is_cut:
                return
            yield Entry(each, found)
            if stat.S_ISDIR(found.st_mode):
                waiting += reversed(self._names(each))

    def _names(self, folder: str) -> list[str]:
        try:
            with os.scandir(folder) as found:
                return sorted(each.path for each in found if self.links or not each.is_symlink())
        except FileNotFoundError:
            return []
        except OSError:
            self.unread.append(folder)
            return []

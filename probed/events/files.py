"""Files: what inotify says of those that are watched, also when one is put in another one's place, or its folder is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Set
from glob import iglob
from itertools import islice
from pathlib import PurePath

from probed.core.host_event import ANY
from probed.core.pattern import fits_any, is_pattern
from probed.errors import NotHere
from probed.events.source import Listener
from probed.host.far_folders import far_points, leads_far
from probed.host.inotify import (
    CREATE,
    DELETE,
    DELETE_SELF,
    IGNORED,
    MOVE_SELF,
    MOVED_FROM,
    MOVED_TO,
    OVERFLOW,
    UNMOUNT,
    Inotify,
    Notice,
)
from probed.host.mounts import mounts

MOST_FOLDERS = 512
PAUSE_S = 0.1
"""After each piece: the kernel holds what comes meanwhile, equal ones once, and says when it had to drop some."""
COMES_OR_GOES = CREATE | DELETE | MOVED_FROM | MOVED_TO
FOLDER_GONE = DELETE_SELF | MOVE_SELF | UNMOUNT | IGNORED


async def follow(listener: Listener) -> None:
    watches = FolderWatches(path for concern in listener.concerns for path in concern.objects)
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        await watches.renew()
        loop.add_reader(watches.inotify.fd, ready.set)
        listener.live()
        while True:
            await ready.wait()
            ready.clear()
            for path in {path: None async for path in watches.read()}:
                if listener.is_concerned(path):
                    listener.tell(path)
            await asyncio.sleep(PAUSE_S)
    finally:
        loop.remove_reader(watches.inotify.fd)
        watches.inotify.close()


class FolderWatches:
    """On the folders of the files, and where there is none, on the nearest one above: a folder that comes, goes or is
    replaced is noticed there."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        self._ways = {str(above) for path in self._paths for above in PurePath(path).parents}
        """The folders on the way to the files, with the patterns that they hold."""
        self.inotify = Inotify()
        self._folders: dict[int, str] = {}

    async def renew(self) -> None:
        """Again until nothing has come or gone meanwhile: a slow disk holds up nobody else, but leaves time for it.
        Raises NotHere where there are more folders than may be watched."""
        before = None
        while (wanted := await asyncio.to_thread(self._wanted)) != before:
            if len(wanted) > MOST_FOLDERS:
                raise NotHere("inotify", f"name fewer folders: more than {MOST_FOLDERS} would have to be watched")
            self._watch(wanted)
            before = wanted

    def _watch(self, wanted: Set[str]) -> None:
        for gone in [number for number, folder in self._folders.items() if folder not in wanted]:
            self.inotify.forget(gone)
            del self._folders[gone]
        for folder in wanted - set(self._folders.values()):
            number = self.inotify.watch(folder)
            if number is not None:
                self._folders[number] = folder

    async def read(self) -> AsyncIterator[str]:
        """The paths that something has happened to."""
        moved = False
        for notice in self.inotify.read():
            moved = moved or self._moves_folders(notice)
            if notice.mask & OVERFLOW:
                yield ANY
            elif notice.name and notice.watch in self._folders:
                yield os.path.join(self._folders[notice.watch], notice.name)
            if notice.mask & FOLDER_GONE:
                self._folders.pop(notice.watch, None)
                yield ANY
        if moved:
            before = set(self._folders.values())
            await self.renew()
            if set(self._folders.values()) - before:  # what came before somebody listened there is not known
                yield ANY

    def _moves_folders(self, notice: Notice) -> bool:
        """Whether there may be other folders to watch than before."""
        if notice.mask & (FOLDER_GONE | OVERFLOW):
            return True
        path = os.path.join(self._folders.get(notice.watch, ""), notice.name)
        return bool(notice.mask & COMES_OR_GOES) and fits_any(path, self._ways)

    def _wanted(self) -> Set[str]:
        """At most one more than may be watched."""
        return frozenset(islice(self._folders_of_paths(), MOST_FOLDERS + 1))

    def _folders_of_paths(self) -> Iterator[str]:
        """Not those on a server: it tells nothing of what others do there, and one that is away would hold up
        everybody."""
        far = far_points(mounts())
        for path in self._paths:
            folder = os.path.dirname(path)
            if leads_far(folder, far):
                continue
            if is_pattern(folder):
                yield from iglob(folder + "/")
            yield nearest(folder)


def nearest(folder: str) -> str:
    """The folder, or the first one above it that exists and is no pattern."""
    while folder != "/" and (is_pattern(folder) or not os.path.isdir(folder)):
        folder = os.path.dirname(folder)
    return folder

"""Which processes hold a socket."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from probed.host.files import owner_name
from probed.host.proc_file import record_of, text_of

CUT_AT = 15
"""Characters of a name that the kernel keeps."""
ENOUGH_SEARCHES = 2
"""What was not found so often is nobody's, or hidden: the kernel's own, or another user's."""


@dataclass(frozen=True, slots=True)
class Owner:
    pid: int
    process: str
    user: str

    @property
    def kind(self) -> tuple[str, str]:
        return self.process, self.user


@dataclass(frozen=True, slots=True)
class _Hold:
    owner: Owner
    descriptor: str


Owners = Mapping[int, tuple[Owner, ...]]
"""By the inode of the socket; of several processes of one program and user the oldest."""


def search(inodes: Collection[int]) -> Owners:
    """Among all processes whose descriptors may be seen."""
    return {inode: tuple(each.owner for each in holds) for inode, holds in _search(inodes).items()}


class KnownOwners:
    """Remembers who holds a socket, and searches again when one of them holds it no more. That somebody else holds it,
    too, is seen where those who were known do not suffice."""

    def __init__(self) -> None:
        self._holds: Mapping[int, tuple[_Hold, ...]] = {}
        self._in_vain: Counter[int] = Counter()

    def of(self, inodes: Collection[int], suffices: Callable[[int, Owner], bool]) -> Owners:
        holds = {inode: self._holds[inode] for inode in inodes if inode in self._holds}
        there = _there(each.owner.pid for found in holds.values() for each in found)

        def is_known(inode: int) -> bool:
            found = holds.get(inode)
            if found is None:
                return self._in_vain[inode] >= ENOUGH_SEARCHES
            still = all(there.get(each.owner.pid) == each.owner and _holds(inode, each) for each in found)
            return still and any(suffices(inode, each.owner) for each in found)

        if not all(map(is_known, inodes)):
            holds = _search(inodes)
            missed = Counter({inode: self._in_vain[inode] + 1 for inode in inodes if inode not in holds})
            self._holds, self._in_vain = holds, missed
        return {inode: tuple(each.owner for each in found) for inode, found in holds.items()}


def _there(pids: Iterable[int]) -> Mapping[int, Owner | None]:
    return {pid: _owner(pid) for pid in set(pids)}


def _holds(inode: int, hold: _Hold) -> bool:
    return _link(f"/proc/{hold.owner.pid}/fd/{hold.descriptor}") == f"socket:[{inode}]"


def _search(inodes: Collection[int]) -> dict[int, tuple[_Hold, ...]]:
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, dict[tuple[str, str], _Hold]] = defaultdict(dict)
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) if wanted else ():
        owner = None
        for link, descriptor in _links(pid):
            if link in wanted and (owner := owner or _owner(pid)):
                found[wanted[link]].setdefault(owner.kind, _Hold(owner, descriptor))
    return {inode: tuple(holds.values()) for inode, holds in found.items()}


def _links(pid: int) -> Iterable[tuple[str, str]]:
    """What the descriptors lead to, and their numbers."""
    folder = f"/proc/{pid}/fd"
    try:
        descriptors = os.listdir(folder)
    except OSError:
        return ()
    return ((_link(f"{folder}/{each}"), each) for each in descriptors)


def _link(descriptor: str) -> str:
    """Empty where it is closed, or may not be seen."""
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""


def _owner(pid: int) -> Owner | None:
    """None where it has ended."""
    status = record_of(f"/proc/{pid}/status")
    if not status:
        return None
    name, _, rest = status.removeprefix("Name:\t").partition("\n")
    uid = int(rest.partition("\nUid:\t")[2].split(None, 1)[0])
    return Owner(pid, _whole_name(pid, name), owner_name(uid))


def _whole_name(pid: int, name: str) -> str:
    """The kernel cuts it; a process may have set its command line to anything."""
    if len(name) < CUT_AT:
        return name
    called = os.path.basename(text_of(f"/proc/{pid}/cmdline").partition("\0")[0])
    return called if called.startswith(name) else name

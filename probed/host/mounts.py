"""Mounted file systems: which of them store something, and how full they are."""

from __future__ import annotations

import enum
import os
import re
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from probed.core.round import once_a_round
from probed.errors import HostFailed, NotHere

MOUNTINFO = Path("/proc/self/mountinfo")

IMAGES = frozenset(
    {
        "squashfs",
        "iso9660",
        "erofs",
        "cramfs",
        "romfs",
        "composefs",
        "fuse.snapfuse",
        "fuse.squashfuse",
        "fuse.squashfuse_ll",
    }
)
"""File systems that are written once: full by nature."""
MEMORY = frozenset({"tmpfs", "ramfs"})
NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "fuse.rclone",
        "9p",
        "afs",
        "lustre",
    }
)
STORES_WITHOUT_DEVICE = frozenset({"zfs", "btrfs", "bcachefs", "virtiofs", "ubifs", "jffs2"})
PSEUDO = frozenset(
    {
        "autofs",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fuse.gvfsd-fuse",
        "fuse.lxcfs",
        "fuse.portal",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "smackfs",
        "sysfs",
        "tracefs",
    }
)
SYSTEM_FOLDERS = ("/run", "/dev", "/sys", "/proc", "/var/run", "/snap")
"""What the system itself mounts below these is its own affair."""
CONTAINER_FOLDERS = ("/var/lib/docker", "/var/lib/containers", "/var/lib/containerd", "/var/lib/kubelet")
"""Here container engines mount memory file systems of their own, one for each container."""


class Kind(enum.StrEnum):
    STORE = "store"
    """Data are written to it and kept."""
    NETWORK = "network"
    MEMORY = "memory"
    OVERLAY = "overlay"
    """Another file system's room under another name."""
    IMAGE = "image"
    PSEUDO = "pseudo"
    OTHER = "other"
    """Unknown here, as most of what runs in user space: watched only by name."""


@dataclass(frozen=True, slots=True)
class Mount:
    id: int
    parent_id: int
    device: str
    """`major:minor`; equal for every mount of the same file system."""
    root: str
    """The folder of the file system that is mounted here; anything but `/` is a part of it (bind, subvolume)."""
    mount_point: str
    fs_type: str
    source: str
    read_only: bool
    """The file system itself, whatever this mount of it allows."""
    is_read_only_here: bool = False
    """This mount of it. Says nothing by itself: under ProtectSystem=strict the daemon sees every mount so."""
    options: frozenset[str] = frozenset()
    """Those of this mount and those of the file system."""

    @property
    def kind(self) -> Kind:
        if self.fs_type in IMAGES:
            return Kind.IMAGE
        if self.fs_type in MEMORY:
            return Kind.MEMORY
        if self.fs_type == "overlay":
            return Kind.OVERLAY
        if self.fs_type in NETWORK:
            return Kind.NETWORK
        if self.fs_type in STORES_WITHOUT_DEVICE or (self.source.startswith("/") and not self.device.startswith("0:")):
            return Kind.STORE
        return Kind.PSEUDO if self.fs_type in PSEUDO else Kind.OTHER


@dataclass(frozen=True, slots=True)
class Usage:
    """Room as `df` counts it: what is reserved for root counts neither as used nor as available."""

    total_bytes: int
    used_bytes: int
    available_bytes: int
    total_inodes: int
    """0 where the file system makes inodes as they are needed."""
    used_inodes: int
    free_inodes: int

    @property
    def used_percent(self) -> float:
        return _percent(self.used_bytes, self.available_bytes)

    @property
    def inodes_used_percent(self) -> float:
        return _percent(self.used_inodes, self.free_inodes)


def mounts(mountinfo: Path = MOUNTINFO) -> tuple[Mount, ...]:
    """What is mounted and can be reached: a mount that another one hides is left out. Of one round of looks the first
    reads for all. Raises HostFailed."""
    return once_a_round(("mounts", mountinfo), lambda: _mounts(mountinfo))


def _mounts(mountinfo: Path) -> tuple[Mount, ...]:
    try:
        lines = mountinfo.read_text(errors="surrogateescape").splitlines()
    except OSError as error:
        raise HostFailed(f"{mountinfo}: {error.strerror}") from error
    return _reachable([_mount(line) for line in lines if line])


def stores(of: Iterable[Mount]) -> tuple[Mount, ...]:
    """The file systems that can fill up and are worth watching, each once.

    That is what can be written and is kept, and a memory file system that is not the system's own. Of several mounts of
    one file system the shortest path to its own root counts, one that can be written to before one that cannot, so that
    a bind mount never stands for the whole.
    """
    chosen: dict[str, Mount] = {}
    for mount in sorted(of, key=lambda each: (each.root != "/", each.is_read_only_here, len(each.mount_point))):
        if _fills(mount):
            chosen.setdefault(mount.device, mount)
    return tuple(sorted(chosen.values(), key=lambda each: each.mount_point))


def is_systems_own(mount: Mount) -> bool:
    """Mounted by the system or a container engine for itself."""
    return any(is_below(mount.mount_point, each) for each in (*SYSTEM_FOLDERS, *CONTAINER_FOLDERS))


def host_sees_read_only(mount: Mount, mountinfo: Path = Path("/proc/1/mountinfo")) -> bool:
    """Whether this mount is read-only for the first process, too, as far as that shares it: the daemon's own sandbox is
    no fault of the host."""
    if not mount.is_read_only_here:
        return False
    try:
        its = {each.mount_point: each for each in mounts(mountinfo)}.get(mount.mount_point)
    except HostFailed:
        return False
    return its.is_read_only_here if its and its.device == mount.device else True


def holding(path: str, among: Iterable[Mount]) -> Mount | None:
    """The mount on which `path` lies."""
    real = os.path.realpath(path)
    fitting = [mount for mount in among if is_below(real, mount.mount_point)]
    return max(fitting, key=lambda each: len(each.mount_point), default=None)


def lie_on(mount_point: str, path: str) -> bool:
    """Whether the path is there, and on the file system that is mounted at the point."""
    return device_of(path) in devices_at(mount_point)


def devices_at(mount_point: str) -> frozenset[int]:
    """The numbers of the file system that is mounted there, as stat(2) tells them: btrfs has one for each subvolume,
    wherever that is mounted. Empty where nobody can tell."""
    device = device_of(mount_point)
    if device is None:
        return frozenset()
    among = mounts()
    here = holding(mount_point, among)
    others = (device_of(mount.mount_point) for mount in among if here and mount.device == here.device)
    return frozenset({device, *(other for other in others if other is not None)})


def device_of(path: str) -> int | None:
    """None where there is no such path."""
    try:
        return os.stat(path).st_dev
    except (OSError, ValueError):
        return None


def is_below(path: str, folder: str) -> bool:
    """True also for the folder itself."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def usage(mount: Mount, deadline_s: float = 2.0) -> Usage:
    """Raises NotHere where the daemon may not look, HostFailed; also where a server that is away would let the question
    hang for ever."""
    if mount.kind is Kind.NETWORK or mount.fs_type.startswith("fuse"):
        return _patient_usage(mount.mount_point, deadline_s)
    return _usage(mount.mount_point)


@dataclass(frozen=True, slots=True)
class _Question:
    """Put to a server once, for everybody who wants to know at the same time."""

    answer: Future[Usage]
    asked_at: float


_open_questions: dict[str, _Question] = {}
_asking = threading.Lock()


def _patient_usage(path: str, deadline_s: float) -> Usage:
    """A thread that hangs is left behind, and as long as it does no second one is sent after it."""
    with _asking:
        question = _open_questions.get(path)
        if question is None:
            question = _Question(Future(), time.monotonic())
            threading.Thread(target=_ask, args=(path, question), name=f"statvfs {path}", daemon=True).start()
            _open_questions[path] = question
    try:
        return question.answer.result(max(0.0, question.asked_at + deadline_s - time.monotonic()))
    except TimeoutError:
        raise HostFailed(f"{path} does not answer within {deadline_s:g} s") from None


def _ask(path: str, question: _Question) -> None:
    try:
        found: Usage | NotHere | HostFailed = _usage(path)
    except (NotHere, HostFailed) as error:
        found = error
    with _asking:
        _open_questions.pop(path, None)
    if isinstance(found, Usage):
        question.answer.set_result(found)
    else:
        question.answer.set_exception(found)


def _usage(path: str) -> Usage:
    try:
        answer = os.statvfs(path)
    except PermissionError:
        raise NotHere(f"the file system at {path}", "let the daemon's user enter the folder") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    return Usage(
        total_bytes=answer.f_blocks * answer.f_frsize,
        used_bytes=(answer.f_blocks - answer.f_bfree) * answer.f_frsize,
        available_bytes=answer.f_bavail * answer.f_frsize,
        total_inodes=answer.f_files,
        used_inodes=answer.f_files - answer.f_ffree,
        free_inodes=answer.f_favail,
    )


def _percent(used: int, available: int) -> float:
    return 100.0 * used / (used + available) if used + available > 0 else 0.0


def _mount(line: str) -> Mount:
    """One line of mountinfo, see proc_pid_mountinfo(5)."""
    left, _, right = line.partition(" - ")
    number, parent, device, root, point, options, *_ = left.split(" ")
    fs_type, source, super_options, *_ = [*right.split(" "), "", ""]
    return Mount(
        id=int(number),
        parent_id=int(parent),
        device=device,
        root=plain(root),
        mount_point=plain(point),
        fs_type=fs_type,
        source=plain(source),
        read_only="ro" in super_options.split(","),
        is_read_only_here="ro" in options.split(","),
        options=frozenset({*options.split(","), *super_options.split(",")}),
    )


def plain(text: str) -> str:
    r"""The kernel writes a space as \040 and the like."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _reachable(found: list[Mount]) -> tuple[Mount, ...]:
    top = {mount.mount_point: mount for mount in found}
    by_id = {mount.id: mount for mount in found}

    def is_reachable(mount: Mount) -> bool:
        if top[mount.mount_point] is not mount:
            return False
        parent = by_id.get(mount.parent_id)
        while parent and parent.mount_point == mount.mount_point and parent.id != parent.parent_id:
            parent = by_id.get(parent.parent_id)
        return parent is None or parent.mount_point == mount.mount_point or is_reachable(parent)

    return tuple(mount for mount in found if is_reachable(mount))


def _fills(mount: Mount) -> bool:
    if mount.read_only:
        return False
    if mount.kind is Kind.MEMORY:
        return not is_systems_own(mount)
    if mount.kind is Kind.STORE:
        return os.path.isdir(mount.mount_point)  # containers get single files of the host mounted
    return mount.kind is Kind.NETWORK

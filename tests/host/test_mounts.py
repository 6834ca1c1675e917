from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from probed.errors import HostFailed, NotHere
from probed.host import mounts
from probed.host.mounts import Kind, Mount
from tests.real.filesystems import ext4, fill, mounted, squashfs, tmpfs

TABLE = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=123k
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
28 27 0:25 / /run rw,nosuid - tmpfs tmpfs rw
29 27 7:0 / /snap/core/1 ro,nodev - squashfs /dev/loop0 ro
30 27 254:0 /var/data /srv/bind rw - ext4 /dev/vda rw
31 27 0:40 / /mnt/my\\040disk rw - btrfs /dev/sdb1 rw,subvol=/
32 27 0:41 / /mnt/nas rw - nfs4 server:/export rw
33 27 0:42 / /tank rw - zfs tank rw
34 27 0:43 / /srv/scratch rw - tmpfs tmpfs rw,size=4096k
35 27 0:44 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/a
36 27 0:45 / /var/lib/docker/containers/x/mounts/shm rw - tmpfs shm rw
37 27 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
38 27 254:1 / /archive ro - ext4 /dev/vdb ro
39 27 254:2 / /frozen rw - ext4 /dev/vdc ro
40 27 0:50 / /pool rw - fuse.mergerfs 1:2 rw
"""


def table(tmp_path: Path, text: str = TABLE) -> tuple[Mount, ...]:
    (tmp_path / "mountinfo").write_text(text)
    return mounts.mounts(tmp_path / "mountinfo")


@pytest.fixture
def _every_folder_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "isdir", lambda path: True)


@pytest.mark.usefixtures("_every_folder_exists")
def test_only_what_can_fill_up_is_worth_watching_and_each_once(tmp_path: Path) -> None:
    found = [mount.mount_point for mount in mounts.stores(table(tmp_path))]

    assert found == ["/", "/mnt/my disk", "/mnt/nas", "/srv/scratch", "/tank"]


def test_every_mount_has_its_kind(tmp_path: Path) -> None:
    kinds = {mount.mount_point: mount.kind for mount in table(tmp_path)}

    assert kinds["/snap/core/1"] is kinds["/media/cd"] is Kind.IMAGE
    assert kinds["/proc"] is kinds["/dev"] is Kind.PSEUDO
    assert kinds["/run"] is kinds["/srv/scratch"] is Kind.MEMORY
    assert kinds["/mnt/nas"] is Kind.NETWORK
    assert kinds["/pool"] is Kind.OTHER
    assert kinds["/var/lib/docker/overlay2/x/merged"] is Kind.OVERLAY
    assert kinds["/"] is kinds["/tank"] is kinds["/mnt/my disk"] is Kind.STORE


def test_read_only_is_a_file_system_and_not_a_mount_of_it(tmp_path: Path) -> None:
    read_only = {mount.mount_point for mount in table(tmp_path) if mount.read_only}

    assert read_only == {"/snap/core/1", "/media/cd", "/archive", "/frozen"}


@pytest.mark.usefixtures("_every_folder_exists")
def test_a_file_system_goes_by_the_name_under_which_it_can_be_written(tmp_path: Path) -> None:
    found = table(tmp_path, "27 1 254:0 / /a ro - ext4 /dev/vda rw\n28 1 254:0 / /longer rw - ext4 /dev/vda rw\n")

    assert [mount.mount_point for mount in mounts.stores(found)] == ["/longer"]


@pytest.mark.usefixtures("_every_folder_exists")
def test_disks_are_watched_from_within_a_hardened_service(tmp_path: Path) -> None:
    strict = (
        "27 1 254:0 / / ro,nosuid - ext4 /dev/vda rw\n"
        "28 27 254:0 /tmp /tmp rw,nosuid - ext4 /dev/vda rw\n"
        "29 27 254:1 / /srv ro,nosuid - ext4 /dev/vdb rw\n"
    )

    assert [mount.mount_point for mount in mounts.stores(table(tmp_path, strict))] == ["/", "/srv"]


def test_a_mount_that_another_one_hides_is_left_out(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "30 27 254:1 / /mnt rw - ext4 /dev/vdb rw\n"
        "31 30 254:2 / /mnt/below rw - ext4 /dev/vdc rw\n"
        "32 30 254:3 / /mnt rw - ext4 /dev/vdd rw\n"
        "33 32 254:4 / /mnt/new rw - ext4 /dev/vde rw\n",
    )

    assert [(mount.mount_point, mount.source) for mount in found] == [
        ("/", "/dev/vda"),
        ("/mnt", "/dev/vdd"),
        ("/mnt/new", "/dev/vde"),
    ]


def test_a_missing_mount_table_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(HostFailed):
        mounts.mounts(tmp_path / "mountinfo")


def test_the_mount_that_holds_a_path_is_the_nearest_above_it(tmp_path: Path) -> None:
    found = table(tmp_path)

    assert (holder := mounts.holding("/srv/scratch/deep/file", found))
    assert holder.mount_point == "/srv/scratch"
    assert (holder := mounts.holding("/srv/scratchy", found))
    assert holder.mount_point == "/"


def test_a_real_tmpfs_is_seen_with_its_name_and_its_usage(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "a name", size="1m", inodes=100) as folder:
        fill(folder, 50)
        mount = next(each for each in mounts.stores(mounts.mounts()) if each.mount_point == str(folder))

        usage = mounts.usage(mount)

    assert usage.total_bytes == 1024 * 1024
    assert usage.used_percent == pytest.approx(50, abs=1)
    assert usage.total_inodes == 100
    assert usage.inodes_used_percent == pytest.approx(2, abs=0.1)


def test_a_real_image_is_no_store_and_a_real_file_system_is_one_despite_its_bind_mount(tmp_path: Path) -> None:
    with (
        squashfs(tmp_path / "image", tmp_path / "image.squashfs") as image,
        ext4(tmp_path / "store", tmp_path / "store.img") as store,
        mounted("--bind", store / "lost+found", tmp_path / "b"),
    ):
        found = mounts.mounts()
        kinds = {mount.mount_point: mount.kind for mount in found}
        watched = {mount.mount_point for mount in mounts.stores(found)}

    assert kinds[str(image)] is Kind.IMAGE
    assert str(store) in watched
    assert not watched & {str(image), str(tmp_path / "b")}


@pytest.mark.alone
def test_a_server_that_hangs_costs_one_thread_and_a_bounded_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    nas = Mount(1, 0, "0:41", "/", "/mnt/nas", "nfs4", "server:/export", read_only=False)
    back, calls = threading.Event(), []

    def hang(path: str) -> os.statvfs_result:
        calls.append(path)
        back.wait(120)
        return statvfs("/")

    statvfs = os.statvfs
    monkeypatch.setattr(os, "statvfs", hang)

    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(HostFailed, match="does not answer"):
            mounts.usage(nas, deadline_s=0.2)
    waited_s = time.monotonic() - began
    back.set()

    assert waited_s < 60
    assert calls == ["/mnt/nas"]
    assert mounts.usage(nas, deadline_s=120).total_bytes > 0


@pytest.mark.parametrize("refused", [None, PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_who_asks_side_by_side_shares_one_answer(monkeypatch: pytest.MonkeyPatch, refused: OSError | None) -> None:
    nas = Mount(1, 0, "0:41", "/", "/mnt/nas", "nfs4", "server:/export", read_only=False)
    asked, goes_on, calls = threading.Event(), threading.Event(), []

    def slow(path: str) -> os.statvfs_result:
        calls.append(path)
        asked.set()
        goes_on.wait(120)
        if refused:
            raise refused
        return statvfs("/")

    def ask() -> object:
        try:
            return mounts.usage(nas, deadline_s=120)
        except (NotHere, HostFailed) as error:
            return str(error)

    statvfs = os.statvfs
    monkeypatch.setattr(os, "statvfs", slow)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask)
        asked.wait(60)
        others = [pool.submit(ask) for _ in range(7)]
        while len(mounts._open_questions["/mnt/nas"].answer._condition._waiters) < 8:  # type: ignore[attr-defined]
            time.sleep(0.01)
        assert not any(each.done() for each in others)
        goes_on.set()
        answers = [each.result(60) for each in (first, *others)]

    assert calls == ["/mnt/nas"]
    assert len({str(each) for each in answers}) == 1
    assert isinstance(answers[0], str if refused else mounts.Usage)


def test_what_the_daemon_may_not_enter_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> os.statvfs_result:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "statvfs", refuse)

    with pytest.raises(NotHere) as refused:
        mounts.usage(Mount(1, 0, "254:0", "/", "/secret", "ext4", "/dev/vda", read_only=False))

    assert refused.value.remedy

from __future__ import annotations

from pathlib import Path

import pytest

from probed.host.far_folders import far_points, leads_far
from probed.host.mounts import Mount, mounts
from tests.real.hung_mount import hung_mount


def mount(point: str, fs_type: str) -> Mount:
    return Mount(1, 0, "0:41", "/", point, fs_type, "source", read_only=False)


def test_servers_programs_and_what_is_mounted_on_demand_are_far() -> None:
    kinds = ("ext4", "nfs4", "fuse.sshfs", "fuse", "autofs", "tmpfs", "cifs")

    assert far_points(mount(f"/{kind}", kind) for kind in kinds) == (
        "/nfs4",
        "/fuse.sshfs",
        "/fuse",
        "/autofs",
        "/cifs",
    )


@pytest.mark.parametrize(
    ("path", "is_far"),
    [
        ("/mnt/nas", True),
        ("/mnt/nas/data/x", True),
        ("/mnt/nasty", False),
        ("/mnt", False),
        ("/mnt/*/x", True),
        ("/srv/*/x", False),
        ("/mnt/x/../nas/y", True),
    ],
)
def test_a_path_or_pattern_leads_there_or_not(path: str, is_far: bool) -> None:
    assert leads_far(path, ["/mnt/nas"]) is is_far


def test_links_are_followed_without_asking_a_server_that_has_stopped(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to("away/data")
    (tmp_path / "over").symlink_to(tmp_path / "link")
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "near").symlink_to("here")
    with hung_mount(tmp_path / "away"):
        far = far_points(mounts())

        assert leads_far(f"{tmp_path}/away/x", far)
        assert leads_far(f"{tmp_path}/over/x", far)
        assert leads_far(f"{tmp_path}/round/x", far)
        assert not leads_far(f"{tmp_path}/near/x", far)

from __future__ import annotations

from pathlib import Path

import pytest

from probed.host import cgroup
from probed.host.cgroup import Limits, limits, pids

GROUP = "/system.slice/web.service"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cgroup, "ROOT", str(tmp_path))
    return tmp_path


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_the_unified_hierarchy(root: Path) -> None:
    write(root, cgroup__controllers="cpu memory")
    group = root / GROUP.lstrip("/")
    write(group, memory__max="104857600", cpu__max="30000 100000", memory__stat="anon 4096\nfile 9999\nshmem 1024")

    assert limits(GROUP) == Limits(104857600, 30.0, 5120)

    write(group, memory__max="max", cpu__max="max 100000")
    assert limits(GROUP) == Limits(None, None, 5120)


def test_the_hierarchies_of_version_1(root: Path) -> None:
    memory, cpu = root / "memory" / GROUP.lstrip("/"), root / "cpu" / GROUP.lstrip("/")
    stat = "cache 77\ntotal_rss 4096\ntotal_shmem 1024"
    write(memory, memory__limit_in_bytes="104857600", memory__stat=stat)
    write(cpu, cpu__cfs_quota_us="150000", cpu__cfs_period_us="100000")

    assert limits(GROUP) == Limits(104857600, 150.0, 5120)

    write(memory, memory__limit_in_bytes="9223372036854771712")
    write(cpu, cpu__cfs_quota_us="-1")
    assert limits(GROUP) == Limits(None, None, 5120)


def test_the_processes_of_a_group_are_those_below_it_too(root: Path) -> None:
    for layout in ("systemd", "."):
        group = root / layout / GROUP.lstrip("/")
        write(group, cgroup__procs="42")
        write(group / "worker", cgroup__procs="7\n9")
        assert pids(GROUP) == (7, 9, 42)
        write(root, cgroup__controllers="")
    assert pids("") == ()
    assert pids("/none") == ()


def test_a_group_without_controllers_has_no_limit(root: Path) -> None:
    write(root, cgroup__controllers="")

    assert limits(GROUP) == Limits(None, None, 0)


def test_every_group_is_found_however_deep(tmp_path: Path) -> None:
    for name in ("a/b/c", "a/d", "e"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "pids.max").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    found = [folder.removeprefix(str(tmp_path)) for folder in cgroup.folders(str(tmp_path))]

    assert found == ["", "/a", "/a/b", "/a/b/c", "/a/d", "/e"]
    assert list(cgroup.folders(f"{tmp_path}/gone")) == [f"{tmp_path}/gone"]

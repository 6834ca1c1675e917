from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.errors import HostFailed
from probed.host import accounts, certificates, files, kept_files, smart, sshd


def test_the_facts_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    path.chmod(0o640)
    os.utime(path, (1, 1_700_000_000))

    facts = files.facts(str(path))

    assert facts is not None
    assert (facts.kind, facts.size_bytes, facts.mode, facts.modified_at) == ("file", 5, 0o640, 1_700_000_000)
    assert facts.owner == files.owner_name(os.getuid())


def test_a_link_is_followed_or_told_as_such(tmp_path: Path) -> None:
    (link := tmp_path / "link").symlink_to(tmp_path)

    assert (there := files.facts(str(link)))
    assert there.kind == "folder"
    assert (link_itself := files.facts(str(link), follow=False))
    assert link_itself.kind == "link"


def test_what_does_not_exist_has_no_facts(tmp_path: Path) -> None:
    assert files.facts(str(tmp_path / "nothing")) is None


def test_a_path_that_cannot_be_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(HostFailed):
        files.facts(str(tmp_path / ("x" * 300)))


def test_a_number_without_a_user_is_its_own_name() -> None:
    assert files.owner_name(4_000_000_001) == "4000000001"


def test_a_deleted_file_that_is_still_open_is_found_with_its_process_and_room(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"x" * 1_000_000)
        file.flush()
        os.fsync(file.fileno())
        second = os.dup(file.fileno())
        path.unlink()

        found = [each for each in files.open_deleted() if each.path == str(path)]
        os.close(second)

    assert [(each.pid, each.size_bytes >= 1_000_000) for each in found] == [(os.getpid(), True)]
    assert found[0].process


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_plain_file_is_refused_at_once(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(path := tmp_path / "cert.pem")

    with pytest.raises(HostFailed, match="no plain file"):
        certificates.in_file(str(path))
    with pytest.raises(HostFailed, match="no plain file"):
        sshd._text(str(path))
    with pytest.raises(HostFailed, match="no plain file"):
        accounts._lines(str(tmp_path), path.name)
    assert "no plain file" in str(smart._in_file(str(path)))
    assert not kept_files._text(str(path))

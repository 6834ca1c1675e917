from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from probed.config.loader import MAX_BYTES
from probed.configuration_copies import FOLDER, MOST, NEW, Copies, hash_of
from probed.errors import CortexError, NotFound
from tests.factories import NOW


def kept(folder: Path, *texts: bytes) -> Copies:
    copies = Copies(folder)
    for number, text in enumerate(texts):
        copies.keep(text, NOW + timedelta(seconds=number))
    return copies


def test_each_is_kept_once_for_its_reader_alone_and_the_last_comes_first(tmp_path: Path) -> None:
    copies = kept(tmp_path, b"a", b"a", b"b", b"a", b"c")

    assert [copy.path.read_bytes() for copy in copies.all()] == [b"c", b"a", b"b"]
    assert copies.all()[0].at == NOW + timedelta(seconds=4)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).iterdir()} == {0o600}
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_their_number_is_bounded(tmp_path: Path) -> None:
    copies = kept(tmp_path, *(b"%d" % number for number in range(MOST + 5)))

    assert [copy.path.read_bytes() for copy in copies.all()] == [b"%d" % number for number in range(MOST + 4, 4, -1)]


def test_the_last_one_that_is_not_written_now_is_wanted(tmp_path: Path) -> None:
    copies = kept(tmp_path, b"a", b"b")

    assert copies.wanted("", present=b"b").hash == hash_of(b"a")
    assert copies.wanted("", present=b"broken").hash == hash_of(b"b")
    assert copies.wanted(hash_of(b"a")[:6], present=b"b").hash == hash_of(b"a")
    with pytest.raises(NotFound, match="'zz' is none of: 2"):
        copies.wanted("zz", present=b"b")
    with pytest.raises(NotFound, match="is the beginning of more than one of"):
        copies.wanted("2", present=b"b")


def test_where_there_is_no_other_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing to go back to"):
        kept(tmp_path, b"a").wanted("", present=b"a")
    with pytest.raises(NotFound, match="nothing to go back to"):
        Copies(tmp_path / "none").wanted("", present=b"a")


def test_a_damaged_one_is_refused_and_kept_anew_when_it_is_in_force(tmp_path: Path) -> None:
    copies = kept(tmp_path, b"a")
    [copy] = copies.all()
    assert copy.read() == (b"a", os.geteuid())

    copy.path.write_bytes(b"")
    with pytest.raises(CortexError, match="is not what was kept there"):
        copy.read()
    copies.keep(b"a", NOW + timedelta(days=1))

    [mended] = copies.all()
    assert mended.read()[0] == b"a"


def test_one_that_is_half_written_is_none(tmp_path: Path) -> None:
    """As a loss of power leaves it."""
    copies = kept(tmp_path, b"a")
    (tmp_path / FOLDER / NEW).write_bytes(b"ha")

    assert len(copies.all()) == 1
    copies.keep(b"b", NOW + timedelta(days=1))

    assert [copy.read()[0] for copy in copies.all()] == [b"b", b"a"]
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


def planted(folder: Path, text: bytes) -> Path:
    """Where a copy with this text would lie."""
    (folder / FOLDER).mkdir()
    return folder / FOLDER / f"20990101T000000.000000Z-{hash_of(text)}.yaml"


def test_what_somebody_else_put_there_is_not_followed_and_does_not_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "shadow").write_bytes(b"secret")
    planted(tmp_path, b"secret").symlink_to(tmp_path / "shadow")
    os.mkfifo(tmp_path / FOLDER / f"20990101T000000.000001Z-{hash_of(b'')}.yaml")
    large = b"#" * (MAX_BYTES + 1)
    (tmp_path / FOLDER / f"20990101T000000.000002Z-{hash_of(large)}.yaml").write_bytes(large)
    found = Copies(tmp_path).all()

    assert len(found) == 3
    for copy in found:
        with pytest.raises(CortexError, match=r"is not what was kept there|cannot be read: Too many levels"):
            copy.read()


@pytest.mark.parametrize(
    "ending", ["\x1b[2J-aaaaaaaaaaaa", "-zzzzzzzzzzzz", "-\x1b[2Jaaaaaaaa", "-AAAAAAAAAAAA", "-aaaa"]
)
def test_a_name_that_is_none_of_ours_is_left_out(tmp_path: Path, ending: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"20990101T000000.000000Z{ending}.yaml").touch()

    assert Copies(tmp_path).all() == []


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FOLDER).touch()
    with pytest.raises(CortexError, match=f"{FOLDER} cannot be read: Not a directory$"):
        Copies(tmp_path).all()

    def refuse(path: Path) -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "listdir", refuse)  # root, who runs tests, may read it all
    with pytest.raises(CortexError, match=f"{FOLDER} cannot be read: Permission denied; try it with sudo"):
        Copies(tmp_path).all()

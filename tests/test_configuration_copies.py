from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from probed.configuration_copies import FOLDER, MOST, Copies, hash_of
from probed.errors import NotFound
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

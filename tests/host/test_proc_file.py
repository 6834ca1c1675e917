from __future__ import annotations

from pathlib import Path

import pytest

from probed.host.proc_file import CHUNK_BYTES, record_of, text_of


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_all_of_a_file_is_read_however_long(tmp_path: Path, size: int) -> None:
    (file := tmp_path / "status").write_text("x" * size)

    assert len(text_of(str(file))) == len(record_of(str(file))) == size


def test_what_has_gone_is_empty(tmp_path: Path) -> None:
    assert text_of(str(tmp_path / "gone")) == record_of(str(tmp_path / "gone")) == ""


def test_what_the_kernel_writes_is_the_same_both_ways() -> None:
    assert record_of("/proc/self/limits") == text_of("/proc/self/limits") != ""

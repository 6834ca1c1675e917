from __future__ import annotations

import pytest

from probed.core.size import size_text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1000, "1000 B"),
        (1536, "1.5 KiB"),
        (20 * 2**20, "20 MiB"),
        (3.25 * 2**30, "3.2 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_sizes_read_well(size_bytes: float, text: str) -> None:
    assert size_text(size_bytes) == text

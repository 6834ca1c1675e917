"""Sizes as people read them."""

from __future__ import annotations


def size_text(size_bytes: float) -> str:
    """`512` as `512 B`, `1536` as `1.5 KiB`, `20480` as `20 KiB`."""
    size, unit = size_bytes, "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}" if unit != "B" and abs(size) < 10 else f"{size:.0f} {unit}"

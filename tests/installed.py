"""Packages as they lie on a path once they are installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_package(folder: Path, name: str, entries: Mapping[str, Mapping[str, str]], files: Mapping[str, str]) -> Path:
    """`entries`: the entry points by group and name. Returns the folder, which is to be on the path."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    groups = [
        "\n".join([f"[{group}]", *(f"{point} = {value}" for point, value in points.items())])
        for group, points in entries.items()
    ]
    texts = {
        f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info.name}/entry_points.txt": "\n".join(groups) + "\n",
        **files,
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        (folder / path).write_text(text)
    return folder

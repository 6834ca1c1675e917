"""Folders with a fault each, as somebody else would write them."""

from __future__ import annotations

from pathlib import Path

TRUTH = "component: file /srv/drill/flag\nmechanism: a file that should not be there\nlevel: L3\n"
DOCUMENT = "---\nid: flag\nschedule: every 1s\nchecks:\n  - file: {path: /srv/drill/flag, exists: false}\n---\n"


def fault_folder(
    place: Path,
    name: str,
    *,
    inject: str = 'touch "$1/flag"',
    clean: str = 'rm -f "$1/flag"',
    truth: str = TRUTH,
    document: str = DOCUMENT,
) -> Path:
    folder = place / name
    folder.mkdir(parents=True)
    for program, text in (("inject", inject), ("clean", clean)):
        (folder / program).write_text(f"#!/bin/sh\nset -eu\n{text}\n")
        (folder / program).chmod(0o755)
    (folder / "truth.yaml").write_text(truth)
    (folder / "inspection.md").write_text(document)
    return folder

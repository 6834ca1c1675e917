"""Folders to be cleaned."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probed.actions.clean_files import CleanFiles
from probed.actions.registry import build_actions
from probed.config.actions import ActionsSettings, CleanFilesSettings

DAY_S = 86400.0


def make_file(path: Path, *, size: int = 4096, age_s: float = 30 * DAY_S) -> Path:
    """A file that was last modified so long ago, and read just now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    now = time.time()
    os.utime(path, (now, now - age_s))
    return path


def make_action(*roots: Path | str, pattern: str = "*", older_than: float = 7 * DAY_S) -> CleanFiles:
    settings = CleanFilesSettings(roots=tuple(map(str, roots)), pattern=pattern, older_than=older_than)
    action = build_actions(ActionsSettings(clean_files=settings)).get("clean_files")
    assert isinstance(action, CleanFiles)
    return action


def params(root: Path, **more: object) -> Mapping[str, object]:
    return {"root": str(root), "pattern": "*", "older_than_s": 7 * DAY_S, **more}


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A temporary folder that every user may pass through."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)

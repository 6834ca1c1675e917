"""Where other programs put their backups, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from probed.core.inspection import duration_text
from probed.core.size import size_text
from probed.discovery.proposal import Found, Kind
from probed.host.artefacts import newest_first

KIND = Kind(
    "found-backups",
    "Backups of other programs",
    "every 1h",
    """\
Are the backups that other programs make on this host still being made, and do they hold something?

When there is a finding: look at the timer or cron job that makes them, and at the last thing it said.
""",
)
PLACES = ("/var/backups", "/backup", "/backups", "/srv/backup", "/srv/backups", "/mnt/backup", "/var/lib/backup")
SUFFIXES = (
    *(".dump", ".sql", ".sql.gz", ".sql.xz", ".sql.zst", ".bak", ".gpg", ".zip", ".7z"),
    *(".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".tar.age"),
)
RESTIC = ("snapshots", "keys", "index")
FEWEST = 2
"""One file is a copy that somebody made; several are a habit."""
HOUR_S = 3600.0
LONGEST_S = 40 * 24 * HOUR_S


def find(places: Sequence[str] = PLACES) -> Iterator[Found]:
    for place in places:
        for folder in (Path(place), *_folders(Path(place))):
            for pattern in _patterns(folder):
                yield from _habit(f"{folder}/{pattern}")


def _patterns(folder: Path) -> list[str]:
    """Each backup is a file of its own; a repository of restic keeps a small one for each."""
    if all((folder / part).is_dir() for part in RESTIC):
        return ["snapshots/*"]
    return [f"*{suffix}" for suffix in SUFFIXES]


def _folders(place: Path) -> list[Path]:
    try:
        return sorted(each for each in place.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError:
        return []


def _habit(pattern: str) -> Iterator[Found]:
    made = newest_first(pattern)
    if len(made) < FEWEST:
        return
    apart_s = max(first.made_at - second.made_at for first, second in pairwise(made[:8]))
    if not HOUR_S / 2 <= apart_s <= LONGEST_S:
        return
    params: dict[str, object] = {"path": pattern, "max_age": duration_text(_rounded(1.5 * apart_s))}
    smallest = min(each.size_bytes or 0 for each in made[:8])
    if smallest > 0:
        params["min_size"] = size_text(max(smallest // 2, 1)).replace(" ", "")
    yield Found(KIND.id, "backup", pattern, params, f"{len(made)} found, {_ago(apart_s)} apart at most")


def _rounded(seconds: float) -> float:
    return max(round(seconds / HOUR_S), 1) * HOUR_S


def _ago(seconds: float) -> str:
    return duration_text(_rounded(seconds))

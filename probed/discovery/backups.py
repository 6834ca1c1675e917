"""What backup programs made on this host, and how often they are to make it: by those who start them, and by what lies
in the usual folders."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from probed.core.inspection import age_text, duration_text
from probed.core.redaction import mask
from probed.core.size import size_text
from probed.discovery.backup_programs import ANY_SIZE, Target, targets
from probed.discovery.proposal import Found, Kind, Noted
from probed.discovery.scheduled import Scheduled, scheduled
from probed.errors import HostFailed, NotHere
from probed.host.artefacts import Artefact, newest_first

KIND = Kind(
    "found-backups",
    "Backups of other programs",
    "every 1h",
    """\
Are the backups that other programs make on this host still being made, and do they hold something?

When there is a finding: look at the timer or cron job that makes them, and at the last thing it said.
""",
)
TOPIC = "backups"
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
LATE = 1.5
"""Pauses between two backups, after which one is missing."""
COMPARED = 8


def find(places: Sequence[str] = PLACES, programs: Iterable[Scheduled] | None = None) -> Iterator[Found | Noted]:
    told = set[str]()
    for each in scheduled() if programs is None else programs:
        for target in targets(each.text):
            if target.pattern and target.pattern not in told:
                told.add(target.pattern)
                yield _planned(target, each)
            elif not target.pattern:
                where = f"{target.program}: {mask(target.place)} ({each.where}; its last one is not seen here)"
                yield Noted(TOPIC, where, each.watched_by)
    for pattern in (pattern for place in places for pattern in _patterns_in(Path(place))):
        if not any(_are_the_same(pattern, other) for other in told):
            yield from _habit(pattern)


def _planned(target: Target, by: Scheduled) -> Found:
    pause_s, made = by.longest_pause_s(), _made(target.pattern)
    if pause_s is None:
        pause_s = _longest_apart_s(made) or 24 * HOUR_S
    params = {
        "path": target.pattern,
        "max_age": duration_text(_rounded(LATE * pause_s)),
        **(_size_bound(made) if target.by_size else ANY_SIZE),
    }
    why = f"{target.program}, by {by.where} every {_ago(pause_s)}"
    is_up = bool(made)
    return Found(
        KIND.id, "backup", target.pattern, params, why, is_up=is_up, settled=("max_age",), detail=_newest(made)
    )


def _patterns_in(place: Path) -> Iterator[str]:
    """Each backup is a file of its own; a repository of restic keeps a small one for each."""
    for folder in (place, *_folders(place)):
        is_restic = all((folder / part).is_dir() for part in RESTIC)
        yield from (f"{folder}/{name}" for name in (["snapshots/*"] if is_restic else [f"*{end}" for end in SUFFIXES]))


def _folders(place: Path) -> list[Path]:
    try:
        return sorted(each for each in place.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError:
        return []


def _are_the_same(pattern: str, other: str) -> bool:
    """Whether the newest that fits the one fits the other, too."""
    return any(fnmatchcase(each.path, other) for each in _made(pattern)[:1])


def _habit(pattern: str) -> Iterator[Found]:
    made = _made(pattern)
    apart_s = _longest_apart_s(made)
    if not apart_s or not HOUR_S / 2 <= apart_s <= LONGEST_S:
        return
    params: dict[str, object] = {"path": pattern, "max_age": duration_text(_rounded(LATE * apart_s))}
    params |= _size_bound(made)
    why = f"{len(made)} found, {_ago(apart_s)} apart at most"
    yield Found(KIND.id, "backup", pattern, params, why, detail=_newest(made))


def _made(pattern: str) -> Sequence[Artefact]:
    try:
        return newest_first(pattern)
    except (HostFailed, NotHere):
        return ()


def _longest_apart_s(made: Sequence[Artefact]) -> float:
    """0 where there are too few to tell."""
    if len(made) < FEWEST:
        return 0.0
    return max(first.made_at - second.made_at for first, second in pairwise(made[:COMPARED]))


def _size_bound(made: Sequence[Artefact]) -> dict[str, object]:
    smallest = min((each.size_bytes or 0 for each in made[:COMPARED]), default=0)
    return {"min_size": size_text(max(smallest // 2, 1)).replace(" ", "")} if smallest > 0 else {}


def _newest(made: Sequence[Artefact]) -> str:
    return f"the last one is {age_text(time.time() - made[0].made_at)} old" if made else "none is there yet"


def _rounded(seconds: float) -> float:
    return max(round(seconds / HOUR_S), 1) * HOUR_S


def _ago(seconds: float) -> str:
    return duration_text(_rounded(seconds))

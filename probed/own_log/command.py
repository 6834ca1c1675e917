"""`probed log`: the daemon's own log, whether it runs or not."""

from __future__ import annotations

import json
import select
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from probed.config.defaults import resolved
from probed.config.values import seconds
from probed.core.redaction import mask
from probed.core.regex import Regex, compile_regex
from probed.daemon.log_file import LOG_FILE
from probed.daemon.logging import COLOURS, HARMLESS
from probed.errors import CortexError, ParameterError
from probed.offline import effective_settings
from probed.own_log import file, journal
from probed.own_log.entry import Line, Wanted

RUN_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """As it is typed."""

    since: str
    level: str
    run: str
    grep: str
    limit: int
    follow: bool
    until_closed: bool
    """Followed until the standard input ends."""
    unit: Literal["system", "user", "none"]
    """Whose unit it is, where systemd runs one."""
    as_json: bool
    in_colour: bool


def main(config: Path | None, wish: Wish) -> int:
    """Raises ConfigError, ParameterError, CortexError."""
    wanted = Wanted(_since(wish.since), wish.level, wish.run, _pattern(wish.grep))
    newest, shown = deque[Line](maxlen=wish.limit), 0
    for line in _lines(config, wish, wanted):
        if line and wanted.takes(line):
            newest.append(line)
        elif line is None and wish.follow:
            shown += _print(newest, wish)
    if not shown + _print(newest, wish):
        print("nothing of that kind was logged", file=sys.stderr)
    return 0


def _lines(config: Path | None, wish: Wish, wanted: Wanted) -> Iterator[Line | None]:
    if wish.unit != "none" and journal.BOOTED.exists():
        of_user = wish.unit == "user"
        return journal.read(of_user=of_user, since=wanted.since, follow=wish.follow, is_over=_is_over(wish))
    path = resolved(effective_settings(config).monitor.path).parent / LOG_FILE
    if not wish.follow and not path.exists():
        raise CortexError(f"there is no {path}: no daemon has logged anything yet")
    return file.read(path, _is_over(wish))


def _is_over(wish: Wish) -> Callable[[], bool]:
    if not wish.follow:
        return lambda: True
    return (lambda: bool(select.select([sys.stdin], [], [], 0)[0])) if wish.until_closed else (lambda: False)


def _print(lines: deque[Line], wish: Wish) -> int:
    """All of them, which are gone then; how many."""
    count = len(lines)
    while lines:
        line = lines.popleft()
        print(_as_json(line) if wish.as_json else _as_text(line, in_colour=wish.in_colour))
    sys.stdout.flush()
    return count


def _as_json(line: Line) -> str:
    at = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    entry = {"at": at, "level": line.level, "run": line.run or None, "where": line.where, "message": mask(line.text)}
    return json.dumps(entry)


def _as_text(line: Line, *, in_colour: bool) -> str:
    run = f" [{line.run[:RUN_LETTERS]}]" if line.run else ""
    text = f"{line.at.astimezone():%Y-%m-%d %H:%M:%S}  {line.level:<8}{run} {line.text}"
    shown = "\n    ".join(mask(text).translate(HARMLESS).split("\n"))
    colour = COLOURS.get(line.level.upper()) if in_colour else None
    return f"{colour}{shown}\x1b[0m" if colour else shown


def _since(text: str) -> datetime | None:
    """Raises ParameterError."""
    if not text:
        return None
    with suppress(ValueError):
        return datetime.now(UTC) - timedelta(seconds=seconds(text))
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        reason = f"{text!r} is neither a span such as 30m or 2d nor a time such as 2026-01-31T10:20"
        raise ParameterError("--since", reason) from None


def _pattern(text: str) -> Regex | None:
    """Small letters alone stand for large ones, too. Raises ParameterError."""
    try:
        return compile_regex(f"(?i){text}" if text == text.lower() else text) if text else None
    except ValueError as error:
        raise ParameterError("--grep", str(error)) from None

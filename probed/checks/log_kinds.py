"""Lines of a kind that was never seen before, in files and in the journal.

Parameters: `paths`, `journal`, `units`, `identifiers`, `priority`, `max_bytes` and `journal_folder` as for
`log_patterns`, `learn` (7d; for so long after the first look everything is taken for normal), `keep` (24h), `exclude`
(patterns of lines that never count), `most` (2000 kinds that are remembered).

A kind is what lines have in common when numbers, ids, addresses, paths, quoted texts and values are taken out of them;
names that vary are found out by themselves. What came newly is one finding, which lists the kinds with a line of each,
without what looks like a secret: a warning where one of them is an error, else only noted. It lasts `keep` after the
newest kind, which is normal from then on. The first lines of a new program are one kind, but for its errors. Where
there are more kinds than `most`, those that were not seen for longest are forgotten, and are new when they come back.
What is said at the first boot after the first look, in its first ten minutes and while the host went down, is taken for
normal as well, and so is what the kernel says at the first boot of another kernel. Use it where a new line means
something: errors (`priority: err`), the log of a service. No action fits by itself.

Example:
  - log_kinds: {priority: warning, learn: 7d, exclude: ["^rate limit"]}
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from probed.checks import logs
from probed.checks.first_boots import FirstBoots
from probed.checks.line_kinds import MOST_PROGRAMS, Kinds, Told, told
from probed.checks.logs import ERROR, Expressions, Reading, Sources
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.host.log_lines import LeftOut, Line, as_mapping, as_number

OBJECT = "new kinds of lines"
MOST_SHOWN = 20
MOST_KEPT = 100
NEW_PROGRAM_S = 86400.0
"""For so long the lines of a new program are new only where they are errors."""
LONGEST_S = 10.0
ERRORS = re.compile(r"(?i)\b(?:error|fatal|crit|critical|panic|emerg|emergency|traceback|segfault)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Sources):
    learn_s: Annotated[float, Duration, Field(alias="learn")] = 7 * 86400.0
    keep_s: Annotated[float, Duration, Field(alias="keep")] = 86400.0
    exclude: Expressions = ()
    most: Annotated[int, Field(ge=10, le=5000)] = 2000


@dataclass(slots=True)
class Known:
    """What is remembered."""

    since: float
    kinds: Kinds
    programs: dict[str, float]
    """When each was seen first."""
    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    boots: FirstBoots = field(default_factory=FirstBoots)

    @classmethod
    def of(cls, known: Memory, params: Params, now: float) -> Known:
        templates = known.get("kinds")
        new: Mapping[str, Any] = as_mapping(known.get("new"))
        return cls(
            as_number(known.get("since")) or now,
            Kinds.of(templates if isinstance(templates, list) else [], params.most),
            {name: as_number(at) for name, at in as_mapping(known.get("programs")).items()},
            {kind: dict(found) for kind, found in new.items() if now - as_number(found["at"]) < params.keep_s},
            FirstBoots.of(as_mapping(known.get("boots"))),
        )

    def memory(self) -> dict[str, Any]:
        newest = sorted(self.new.items(), key=lambda each: (each[1]["is_error"], each[1]["at"]))[-MOST_KEPT:]
        programs = dict(list(self.programs.items())[-MOST_PROGRAMS:])
        boots = self.boots.memory()
        return {
            "since": self.since,
            "kinds": self.kinds.known(),
            "programs": programs,
            "new": dict(newest),
            "boots": boots,
        }


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    now = time.time()
    reading = logs.read(params, known, now)
    learned = Known.of(known, params, now)
    _learn(learned, reading, params, now)
    observations = tuple(_observations(learned, reading, params, now))
    return (*observations, *reading.floods(), *reading.notes, *reading.absent), {**reading.position, **learned.memory()}


def _learn(learned: Known, reading: Reading, params: Params, now: float) -> None:
    is_learning = now < learned.since + params.learn_s
    until = time.monotonic() + LONGEST_S
    for number, line in enumerate(reading.lines):
        if number % 1000 == 999 and time.monotonic() > until:
            reading.left_out.append(LeftOut(line.source, f"{len(reading.lines) - number} lines"))
            return
        if any(each.occurs_in(line.text) for each in params.exclude):
            continue
        seen = told(line)
        first_at = learned.programs.setdefault(seen.program, now)
        kind = learned.kinds.add(seen)
        if kind and not is_learning and not learned.boots.said(line.at, seen.program):
            is_error = _is_error(line, seen)
            if now - first_at < NEW_PROGRAM_S and first_at > learned.since and not is_error:
                kind = f"{seen.program} (a new program)"
            found = {"at": now, "is_error": is_error, "line": logs.sample(line)}
            learned.new.setdefault(kind, found)


def _is_error(line: Line, seen: Told) -> bool:
    """By the journal's priority, the level that the line names, or its words."""
    if line.priority is not None and line.priority <= ERROR:
        return True
    if seen.level:
        return ERRORS.search(seen.level) is not None
    return line.priority is None and ERRORS.search(seen.text[:200]) is not None


def _observations(learned: Known, reading: Reading, params: Params, now: float) -> Iterator[Observation]:
    if reading.absent and not any(as_mapping(each) for name, each in reading.position.items() if name != "at"):
        return
    rest_s = learned.since + params.learn_s - now
    number = len(learned.kinds.known())
    if not learned.new:
        learning = f"; for {age_text(rest_s)} more all of them are taken for normal" if rest_s > 0 else ""
        yield Observation(
            OBJECT, f"{number} kinds of lines are known, none is new{learning}", evidence={"known": number}
        )
        return
    newest = sorted(learned.new.items(), key=lambda each: (not each[1]["is_error"], -as_number(each[1]["at"])))
    errors = sum(bool(found["is_error"]) for _, found in newest)
    what = "a new kind of line" if len(newest) == 1 else f"{len(newest)} new kinds of lines"
    among = f", {errors} of them errors" if errors else ""
    yield Observation(
        OBJECT,
        f"{what}{among}: {newest[0][1]['line']}",
        severity=Severity.WARNING if errors else Severity.INFO,
        evidence={"kinds": [_shown(kind, found) for kind, found in newest[:MOST_SHOWN]], "known": number},
    )


def _shown(kind: str, found: Mapping[str, Any]) -> dict[str, object]:
    return {"kind": kind[:200], "line": found["line"], "is_error": found["is_error"], "first_at": round(found["at"])}

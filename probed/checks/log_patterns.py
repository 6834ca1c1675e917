"""Lines of logs that fit patterns, in files and in the journal: each is read once, over rotations and restarts too.

Parameters: `paths` (files and shell patterns), `journal` (true where no path is named), `units`, `identifiers` and
`priority` (of the journal: this or worse, as in err), `patterns` (regular expressions, or entries as below), `exclude`
(patterns of lines that never count), `keep` (1h), `max_bytes` (4MiB; read at one look), `journal_folder` (of another
journal).

An entry has `pattern` (without one each line counts), `name` (the pattern itself), `at_least` (1) lines `within` (5m),
`exclude`, and `severity` (warning). The expressions are RE2's; `(?i)` at the beginning ignores case. At the first look
only the end of each log is taken note of. A finding lasts until `keep` after the lines came; its evidence has the
newest of them, without what looks like a secret. A log that grows faster than it is read is itself a finding, which
says what was left out; `rotate_log` fits that. What logrotate compresses at once cannot be read to its end:
`delaycompress` mends that.

Example:
  - log_patterns: {priority: err, patterns: [{name: crashes, pattern: "segfault at", at_least: 3, within: 10m}]}
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from probed.checks import logs
from probed.checks.logs import Expression, Expressions, Reading, Sources
from probed.checks.naming import short_name
from probed.config.values import Duration, names
from probed.core.finding import Severity
from probed.core.host_event import Concern
from probed.core.inspection import duration_text
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.host.log_lines import Line, as_mapping, as_number

MOST_PATTERNS = 100
STEP_S = 10
"""Lines are counted in steps of so many seconds."""
MOST_STEPS = 500
LONGEST_NAME = 80


def _entry(value: object) -> object:
    given = {"pattern": value} if isinstance(value, str) else value
    if isinstance(given, Mapping) and "name" not in given:
        return {**given, "name": short_name(str(given.get("pattern", "lines")), LONGEST_NAME)}
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    name: str
    pattern: Expression | None = None
    at_least: Annotated[int, Field(ge=1)] = 1
    within_s: Annotated[float, Duration, Field(alias="within", gt=0)] = 300.0
    exclude: Expressions = ()
    severity: Severity = Severity.WARNING

    def fits(self, text: str) -> bool:
        if self.pattern is not None and not self.pattern.occurs_in(text):
            return False
        return not any(each.occurs_in(text) for each in self.exclude)


def _told_apart(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    twice = [name for name, number in Counter(each.name for each in patterns).items() if number > 1]
    if twice:
        raise ValueError(f"{twice[0]!r} stands there twice: give each a name of its own")
    return patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Sources):
    patterns: Annotated[
        tuple[Annotated[Pattern, BeforeValidator(_entry)], ...],
        BeforeValidator(names),
        Field(min_length=1, max_length=MOST_PATTERNS),
        AfterValidator(_told_apart),
    ]
    exclude: Expressions = ()
    keep_s: Annotated[float, Duration, Field(alias="keep")] = 3600.0


def concerns(params: Params) -> Sequence[Concern]:
    return logs.concerns_of(params)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    now = time.time()
    reading = logs.read(params, known, now)
    counted = [line for line in reading.lines if not any(each.occurs_in(line.text) for each in params.exclude)]
    before = as_mapping(known.get("patterns"))
    found = {
        each.name: _counted(each, counted, as_mapping(before.get(each.name)), params.keep_s) for each in params.patterns
    }
    answer = [_observation(each, found[each.name], now) for each in params.patterns]
    return (*_answer(answer, reading),), {**reading.position, "patterns": found}


def _answer(observations: Sequence[Observation], reading: Reading) -> Iterator[Any]:
    """Where none of the logs may be read there is no answer."""
    if not reading.absent or any(as_mapping(each) for name, each in reading.position.items() if name != "at"):
        yield from observations
    yield from reading.floods()
    yield from reading.notes
    yield from reading.absent


def _counted(pattern: Pattern, lines: Sequence[Line], before: Mapping[str, Any], keep_s: float) -> dict[str, Any]:
    """How many lines came when, and how long they are a finding."""
    fitting = [line for line in lines if pattern.fits(line.text)]
    if not fitting:
        return dict(before)
    steps = {int(at): int(count) for at, count in before.get("steps", [])}
    for line in fitting:
        at = int(line.at // STEP_S * STEP_S)
        steps[at] = steps.get(at, 0) + 1
    recent = [(at, count) for at, count in sorted(steps.items()) if at > fitting[-1].at - 2 * pattern.within_s]
    most, ended_at = _most(recent, pattern.within_s)
    found: dict[str, Any] = {**before, "steps": recent[-MOST_STEPS:]}
    if most >= pattern.at_least:
        until = max(as_number(before.get("until")), ended_at + keep_s)
        found |= {"until": until, "most": most, "samples": logs.samples(fitting), "newest_at": fitting[-1].at}
    return found


def _most(steps: Sequence[tuple[int, int]], within_s: float) -> tuple[int, float]:
    """How many lines came within so many seconds at the most, and the end of the last time that it was so many."""
    most, ended_at, begin, count = 0, 0.0, 0, 0
    for at, lines in steps:
        count += lines
        while at - steps[begin][0] >= within_s:
            count -= steps[begin][1]
            begin += 1
        if count >= most:
            most, ended_at = count, float(at)
    return most, ended_at


def _observation(pattern: Pattern, found: Mapping[str, Any], now: float) -> Observation:
    if now >= as_number(found.get("until")):
        return Observation(pattern.name, f"{pattern.name}: no such lines")
    lines = found["samples"]
    number = "1 line" if found["most"] == 1 else f"{found['most']} lines within {duration_text(pattern.within_s)}"
    return Observation(
        pattern.name,
        f"{pattern.name}: {number}, the newest: {lines[-1]}",
        severity=pattern.severity,
        evidence={"lines": found["most"], "newest": lines, "newest_at": round(found["newest_at"])},
    )

"""Which logs a check reads, and what it says of lines that it had to leave out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator

from probed.checks.parameters import absolute
from probed.config.values import Names, Size, names
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.inspection import duration_text
from probed.core.observation import Absent, Memory, Observation
from probed.core.pattern import is_pattern
from probed.core.redaction import mask
from probed.core.regex import Regex, compile_regex
from probed.core.text import storable
from probed.errors import NotHere
from probed.host import journal_lines, log_files
from probed.host.journal_lines import Selection
from probed.host.log_lines import Batch, LeftOut, Line, as_mapping, as_number
from probed.host.systemd import full_name

PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
ERROR = PRIORITIES.index("err")
FLOOD_WITHIN_S = 900.0
"""What could not be read after a longer pause is no flood."""
SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
"""Signs by which a pattern is more than words."""
MOST_SAMPLES = 5
LONGEST_SAMPLE = 300


def _priority(value: object) -> int | None:
    if value is None:
        return None
    name = str(value).strip().lower()
    if name not in PRIORITIES:
        raise ValueError(f"{value!r} is no priority of the journal; there are: {', '.join(PRIORITIES)}")
    return PRIORITIES.index(name)


@dataclass(frozen=True, slots=True)
class Words:
    """What needs no regular expression, and does not load their library."""

    text: str

    def occurs_in(self, text: str) -> bool:
        return self.text in text


def _expression(value: object) -> Words | Regex:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no regular expression")
    return compile_regex(value) if SPECIAL.search(value) else Words(value)


Expression = Annotated[Words | Regex, BeforeValidator(_expression)]
Expressions = Annotated[tuple[Expression, ...], BeforeValidator(names)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Lines of files, and of the journal where no file is named or a line of it is asked for."""

    paths: Annotated[tuple[Annotated[str, AfterValidator(absolute)], ...], Names] = ()
    journal: bool | None = None
    journal_folder: str = ""
    units: Annotated[tuple[str, ...], Names] = ()
    identifiers: Annotated[tuple[str, ...], Names] = ()
    priority: Annotated[int | None, BeforeValidator(_priority)] = None
    max_bytes: Annotated[int, Size] = 4 * 2**20
    users: ClassVar[tuple[int, ...]] = ()
    """Whose lines of the journal count; none said: everybody's."""

    @property
    def selection(self) -> Selection | None:
        wanted = bool(not self.paths or self.units or self.identifiers or self.priority is not None)
        if not (wanted if self.journal is None else self.journal):
            return None
        return Selection(self.units, self.identifiers, self.priority, self.users, self.journal_folder)


def concerns_of(sources: Sources) -> Sequence[Concern]:
    """Of the journal only where it is said whose lines count: somebody always writes something."""
    files = [Concern(EventSource.FILES, sources.paths)] if sources.paths else []
    writers = (*map(full_name, sources.units), *sources.identifiers)
    heard = sources.selection is not None and not sources.journal_folder and writers
    return (*files, Concern(EventSource.JOURNAL, writers)) if heard else files


@dataclass(slots=True)
class Reading:
    """What came since the last look."""

    lines: list[Line] = field(default_factory=list)
    position: dict[str, object] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    notes: list[Absent] = field(default_factory=list)
    """Beside what was read."""
    elapsed_s: float | None = None
    """Since the last look; None at the first."""

    def add(self, name: str, read: Callable[[Memory], Batch], known: Memory) -> None:
        """What may not be read is a note; how far it was read once stays known."""
        before = as_mapping(known.get(name))
        try:
            batch = read(before)
        except NotHere as missing:
            self.absent.append(Absent(missing.what, missing.remedy))
            self.position[name] = before
            return
        self.lines += batch.lines
        self.left_out += batch.left_out
        self.notes += batch.notes
        self.position[name] = batch.position

    def floods(self) -> Iterator[Observation]:
        """What comes faster than it may be read, one observation a log."""
        for each in self.left_out:
            is_flood = self.elapsed_s is not None and self.elapsed_s <= FLOOD_WITHIN_S
            since = f" within {duration_text(round(self.elapsed_s))}" if self.elapsed_s else ""
            yield Observation(
                each.source,
                f"{storable(each.source)} grew by more{since} than is read: {each.what} left out",
                severity=Severity.WARNING if is_flood else Severity.INFO,
                evidence={"left_out": each.what},
            )


def read(sources: Sources, known: Memory, now: float) -> Reading:
    """Raises HostFailed."""
    elapsed_s = now - as_number(known.get("at")) if known else None
    reading = Reading(position={"at": now}, elapsed_s=elapsed_s)
    if sources.paths:
        gone = [path for path in sources.paths if not is_pattern(path) and not os.path.lexists(path)]
        reading.notes += [Absent(f"log {path}") for path in gone]
        reading.add("files", lambda before: log_files.read_new(sources.paths, before, now, sources.max_bytes), known)
    if (selection := sources.selection) is not None:
        reading.add("journal", lambda before: journal_lines.read_new(selection, before, now, sources.max_bytes), known)
    return reading


def samples(lines: Sequence[Line], most: int = MOST_SAMPLES) -> list[str]:
    """The newest, without what looks like a secret."""
    return [sample(line) for line in lines[-most:]]


def sample(line: Line) -> str:
    text = storable(mask(line.text))
    return f"{storable(line.source)}: {text[:LONGEST_SAMPLE]}"

"""What a report may rest on: what the checks saw and the probes answered, as records under the ids that it cites."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from probed.core.finding import Finding
from probed.core.investigation import Evidence, Task
from probed.core.observation import Observation
from probed.core.quantity import Kind, Quantity, quantities_in, unit_of, words_in

MOST_ROWS = 2000
FEW = 5
DEPTH = 6
LONGEST_NAME = 200
UNITS = frozenset({"bytes", "kib", "kb", "mib", "mb", "gib", "gb", "ms", "us"}) | {
    *("seconds", "minutes", "hours", "days", "percent", "pct"),
}
SHORT_UNITS = UNITS | {"s"}
"""At the end of a name."""
A_DIGIT = re.compile(r"\d")
TASK = "task"
"""The operator's own words, which bound what is found; they need not be cited."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of a record, with the name that it has there."""

    name: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Record:
    """What is said of one thing: a row of a table, an observation."""

    facts: tuple[Fact, ...]
    names: frozenset[str]
    """Its texts, in small letters, by which a sentence can mean it."""
    words: frozenset[str]
    """Everything in it that is written with digits, letter by letter."""
    tallies: frozenset[int] = frozenset()
    """How many there are of what it lists."""


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    records: tuple[Record, ...]
    by_name: Mapping[str, tuple[int, ...]]
    """The places of the records that a name tells from most others."""
    general: tuple[int, ...]
    """Of those that have no such name, and speak for all."""

    def about(self, names: Iterable[str]) -> Sequence[Record]:
        """Those that one of the names means, with what speaks for all; empty where none does."""
        meant = {place for name in names for place in self.by_name.get(name, ())}
        last = {len(self.records) - 1}
        return [self.records[place] for place in sorted(meant | set(self.general) | last)] if meant else ()


def source_of(id_: str, records: Sequence[Record]) -> Source:
    often = Counter(name for record in records for name in record.names)
    most = max(len(records) / 2, 1)
    own = [[name for name in record.names if often[name] <= most] for record in records]
    by_name: dict[str, list[int]] = {}
    for place, names in enumerate(own):
        for name in names:
            by_name.setdefault(name, []).append(place)
    general = tuple(place for place, names in enumerate(own) if not names)
    return Source(id_, tuple(records), {name: tuple(places) for name, places in by_name.items()}, general)


def sources_of(task: Task, evidence: Sequence[Evidence]) -> dict[str, Source]:
    """By the ids that the model was told."""
    found = {f"f{number}": _of_finding(each) for number, each in enumerate(task.findings, 1)}
    found |= {f"o{number}": _of_observation(each) for number, each in enumerate(task.observations, 1)}
    found |= {each.id: _of_answer(each) for each in evidence if not each.failed}
    params = [call.params for call in task.inspection.checks]
    found[TASK] = [replace(record_of({"text": task.inspection.body, "params": params}), tallies=frozenset())]
    return {name: source_of(name, records) for name, records in found.items()}


def record_of(content: object) -> Record:
    facts, names, words = list[Fact](), set[str](), set[str]()
    for name, value in _flat("", content, DEPTH):
        if isinstance(value, str):
            if A_DIGIT.search(value):
                facts += [Fact(name, quantity) for _, quantity in quantities_in(value)]
                words |= words_in(value)
            names |= _names(value)
        else:
            facts.append(Fact(name, cell_quantity(name, value)))
    words |= {fact.quantity.text.lower() for fact in facts if math.isfinite(fact.quantity.face)}
    whole = {f"{fact.quantity.face:.0f}" for fact in facts if fact.quantity.face.is_integer()}
    long_names = frozenset(name for name in names if len(name) > 1 or name == "/")
    return Record(tuple(facts), long_names, frozenset(words | whole), frozenset(_lengths(content, DEPTH)))


def cell_quantity(name: str, value: float) -> Quantity:
    """Of a number whose unit stands in its name, as in `rss_bytes` and `days_left`."""
    parts = re.split(r"[._ ]", name.lower())
    unit = parts[-1] if parts[-1] in SHORT_UNITS else next((each for each in parts if each in UNITS), "")
    kind, scales = unit_of(unit) if unit else (Kind.COUNT, (1.0,))
    face = _as_float(value)
    return Quantity(f"{face:g}", kind, face, scales)


def _as_float(value: float) -> float:
    """JSON knows whole numbers of any length."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _of_finding(finding: Finding) -> list[Record]:
    measured = _with_unit(finding.evidence.get("value"), finding.evidence.get("unit"))
    about = {"object": finding.object, "summary": finding.summary, "evidence": finding.evidence}
    return [record_of({**about, **measured})]


def _of_observation(observation: Observation) -> list[Record]:
    measured = _with_unit(observation.value, observation.unit)
    about = {"object": observation.object, "summary": observation.summary, "evidence": observation.evidence}
    return [record_of({**about, **measured})]


def _with_unit(value: object, unit: object) -> Mapping[str, object]:
    return {"measured": f"{value!r} {unit}"} if isinstance(value, int | float) and isinstance(unit, str) else {}


def _of_answer(evidence: Evidence) -> list[Record]:
    """A row is a record; what is said about the table is one, too, with how many rows there are."""
    try:
        answer = json.loads(evidence.answer)
    except (ValueError, RecursionError):
        return [record_of(evidence.answer)]
    if not isinstance(answer, dict) or not isinstance(answer.get("rows"), list):
        return [record_of(answer)]
    columns, rows = answer.get("columns") or (), answer["rows"][:MOST_ROWS]
    about = {name: each for name, each in answer.items() if name not in ("columns", "rows", "evidence", "next")}
    named = [dict(zip(map(str, columns), row, strict=False)) if isinstance(row, list) else row for row in rows]
    tallies = frozenset({len(rows), *_groups(rows)})
    whole = replace(record_of({**about, "arguments": evidence.arguments}), tallies=tallies)
    return [*map(record_of, named), whole]


def _flat(name: str, value: object, depth: int) -> Iterator[tuple[str, str | float]]:
    if depth == 0 or value is None or isinstance(value, bool):
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), each, depth - 1)
    elif isinstance(value, str | int | float):
        yield name, value
    elif isinstance(value, Sequence):
        for each in value:
            yield from _flat(name, each, depth - 1)


def _names(text: str) -> set[str]:
    """A path can be meant by its last part."""
    plain = text.strip().lower()
    if len(plain) > LONGEST_NAME:
        return set()
    return {plain, plain.rsplit("/", 1)[-1]}


def _groups(rows: Sequence[object]) -> Iterator[int]:
    """Of how many rows one can say the same: how often a value stands in a column that knows only a few."""
    for column in zip(*(row for row in rows if isinstance(row, list)), strict=False):
        often = Counter(map(str, column))
        yield from often.values() if len(often) <= FEW else ()


def _lengths(value: object, depth: int) -> Iterator[int]:
    if depth == 0 or isinstance(value, str):
        return
    if isinstance(value, Sequence):
        yield len(value)
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, Sequence) else ()
    for each in parts:
        yield from _lengths(each, depth - 1)

"""From what was found to the texts of documents: what would be written, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.core.inspection import CheckCall, Inspection
from probed.discovery import record
from probed.discovery.document import changed_text, difference, is_empty, lines_in, new_text
from probed.discovery.lines import Line, Step, follow
from probed.discovery.proposal import Found, Kind, Survey
from probed.errors import ConfigError

USUAL: Mapping[str, Mapping[str, object]] = {
    "postgresql": {"host": "/run/postgresql", "port": 5432},
    "redis": {"host": "127.0.0.1", "port": 6379},
}
"""What the checks that begin so look at where a document does not say it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Of one document; an empty `after` removes it."""

    path: Path
    before: str
    after: str
    step: Step

    @property
    def diff(self) -> str:
        return difference(str(self.path), self.before, self.after)


@dataclass(frozen=True, slots=True)
class Plan:
    changes: Sequence[Change]
    record: Mapping[str, Sequence[Line]]
    unseen: Sequence[str]
    found: int


def plan(
    survey: Survey,
    kinds: Mapping[str, Kind],
    folder: Path,
    inspections: Sequence[Inspection],
    gone: frozenset[str] = frozenset(),
) -> Plan:
    """`inspections`: those of the folder; one of discovery's own of which nothing is recorded is a person's by now.
    `gone`: services that nobody wants any more. Raises ConfigError."""
    known = record.read(folder)
    covered = covered_by(of_people(inspections, kinds, known))
    changes, kept = list[Change](), dict[str, Sequence[Line]]()
    for kind in kinds.values():
        found = [each for each in survey.found if each.document == kind.id]
        path = folder / f"{kind.id}.md"
        before = _text(path)
        lines = known.get(kind.id, ())
        others = covered_in(found, covered)
        step = follow(found, lines, lines_in(before), others, gone, is_blind=kind.id in survey.blind)
        kept[kind.id] = step.written
        if step.changes:
            changes.append(Change(path, before, _after(kind, path, before, step), step))
    return Plan(changes, {**known, **kept}, survey.unseen, len(survey.found))


def _after(kind: Kind, path: Path, before: str, step: Step) -> str:
    if not before:
        return new_text(kind, step) if step.added else ""
    try:
        after = changed_text(before, step)
    except ValueError as error:
        raise ConfigError(str(path), 0, f"{error}; give it one, or another name") from error
    return "" if is_empty(after) else after


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), 0, f"cannot be read: {error}") from error


def of_people(
    inspections: Sequence[Inspection], kinds: Mapping[str, Kind], known: Mapping[str, Sequence[Line]]
) -> Sequence[Inspection]:
    return [each for each in inspections if each.id not in kinds or not known.get(each.id)]


def covered_by(inspections: Sequence[Inspection]) -> Sequence[CheckCall]:
    return [call for inspection in inspections for call in inspection.checks]


def covered_in(found: Sequence[Found], calls: Sequence[CheckCall]) -> frozenset[str]:
    """The keys of what other documents watch already, by name."""
    return frozenset(each.key for each in found if any(watches(call, each) for call in calls))


def watches(call: CheckCall, found: Found) -> bool:
    """Whether another document's check looks at it already."""
    if call.check != found.check:
        return False
    if found.listed:
        given = call.params.get(found.listed, [found.covered_by])
        names = [given] if isinstance(given, str) else list(given) if isinstance(given, list) else []
        return found.name in names or (bool(found.covered_by) and found.covered_by in names)
    said = {"path", "paths", "url", "port", "host", "name", "required"} & found.params.keys()
    usual = USUAL.get(call.check.partition("_")[0], {})
    return bool(said) and all(call.params.get(name, usual.get(name)) == found.params[name] for name in said)

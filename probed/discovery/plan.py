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


def plan(survey: Survey, kinds: Mapping[str, Kind], folder: Path, inspections: Sequence[Inspection]) -> Plan:
    """`inspections`: those of the folder; one of discovery's own of which nothing is recorded is a person's by now.
    Raises ConfigError."""
    known = record.read(folder)
    covered = covered_by([each for each in inspections if each.id not in kinds or not known.get(each.id)])
    changes, kept = list[Change](), dict[str, Sequence[Line]]()
    for kind in kinds.values():
        found = [each for each in survey.found if each.document == kind.id]
        path = folder / f"{kind.id}.md"
        before = _text(path)
        lines = known.get(kind.id, ())
        step = follow(found, lines, lines_in(before), covered_in(found, covered), is_blind=kind.id in survey.blind)
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


def covered_by(inspections: Sequence[Inspection]) -> Sequence[CheckCall]:
    return [call for inspection in inspections for call in inspection.checks]


def covered_in(found: Sequence[Found], calls: Sequence[CheckCall]) -> frozenset[str]:
    """The keys of what other documents watch already, by name."""
    return frozenset(each.key for each in found if any(_watches(call, each) for call in calls))


def _watches(call: CheckCall, found: Found) -> bool:
    if call.check != found.check:
        return False
    if found.listed:
        names = call.params.get(found.listed, ())
        return found.name in ([names] if isinstance(names, str) else list(names) if isinstance(names, list) else [])
    said = {"path", "paths", "url", "port", "host"} & found.params.keys()
    return bool(said) and all(call.params.get(name) == found.params[name] for name in said)

"""`probed discover`: show what would be watched, or write it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from probed.actions.registry import build_actions
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved
from probed.config.document_file import write_document
from probed.config.documents import load_documents, parse_document
from probed.core.inspection import Inspection
from probed.discovery import record, units
from probed.discovery.plan import Change, Plan, plan
from probed.discovery.survey import KINDS, survey
from probed.discovery.topics import Topic, topics_of
from probed.discovery.topics import shape_of as topic_shape
from probed.discovery.topics import words_of as topic_words
from probed.discovery.trial import Tried, tried, unfitting
from probed.errors import ConfigError, CortexError
from probed.offline import effective_settings
from probed.reloading import reload_command


def discover(config: Path | None, *, write: bool, as_json: bool) -> int:
    """Raises ConfigError."""
    settings = effective_settings(config)
    folder = resolved(settings.inspections.dir)
    actions = build_actions(settings.actions)
    inspections, _ = load_documents(folder, CheckRegistry(), actions.names(), actions.fault)
    if os.geteuid():
        print("as root it sees more: which program listens where, and files of other users", file=sys.stderr)
    seen, made = _tried_and_planned(folder, inspections)
    _refuse_unusable(made)
    if write:
        write_all(made, folder)
    unfit = list(unfitting([each for each in inspections if each.id not in KINDS]))
    topics = list(topics_of(seen.survey, inspections, _watched(made), _new(made)))
    if as_json:
        shape = {**shape_of(made, written=write), "topics": [topic_shape(topic) for topic in topics]}
        shape |= {"troubles": list(seen.troubles), "to_do": list(seen.wanting), "findings_now": unfit}
        print(json.dumps(shape, indent=2, ensure_ascii=False))
    else:
        print("\n".join([*_overview(topics, seen, unfit), *words_of(made, written=write)]))
        if write and made.changes:
            print(f"the daemon takes them over with: {reload_command(config, settings)}")
    return 0


def _tried_and_planned(folder: Path, inspections: Sequence[Inspection]) -> tuple[Tried, Plan]:
    """What is not well now is planned without: it is told instead."""
    surveyed = survey()
    known = record.read(folder)
    gone = units.gone({line.unit for lines in known.values() for line in lines if line.unit})
    first = plan(surveyed, KINDS, folder, inspections, gone)
    seen = tried(surveyed, frozenset(_watched(first)), _new(first))
    return seen, plan(seen.survey, KINDS, folder, inspections, gone)


def _watched(made: Plan) -> Mapping[str, str]:
    """By key the document of discovery's own that looks at it, or would."""
    return {key: document for document, lines in made.record.items() for line in lines for key in line.keys}


def _new(made: Plan) -> frozenset[str]:
    return frozenset(key for change in made.changes for line in change.step.added for key in line.keys)


def _overview(topics: Sequence[Topic], seen: Tried, unfit: Sequence[str]) -> Iterator[str]:
    yield from topic_words(topics)
    yield ""
    for trouble in seen.troubles:
        yield f"not well now, so not proposed: {trouble}"
    for want in seen.wanting:
        yield f"to do: {want}"
    for fault in unfit:
        yield f"a finding now of {fault}; if that is normal here, raise the bound there"
    if seen.troubles or seen.wanting or unfit:
        yield ""


def _refuse_unusable(made: Plan) -> None:
    """What was made of an edited document must be one that the daemon takes. Raises ConfigError."""
    registry = CheckRegistry()
    for change in made.changes:
        if change.after:
            try:
                for call in parse_document(change.after, str(change.path)).checks:
                    registry.bind(call)
            except CortexError as error:
                raise ConfigError(str(change.path), 0, f"would not be a document any more: {error}") from error


def write_all(made: Plan, folder: Path) -> None:
    """Each file whole or not at all; the record last: what it does not know yet is found again. Raises ConfigError."""
    for change in made.changes:
        if change.after:
            write_document(change.path, change.after)
        elif change.before:
            change.path.unlink()
    if made.changes:
        write_document(folder / record.NAME, record.text_of(made.record))


def words_of(made: Plan, *, written: bool) -> Iterator[str]:
    for change in made.changes:
        yield change.diff
        yield ""
    for line in made.unseen:
        yield f"not looked at: {line}"
    if not made.changes:
        yield f"nothing new: {made.found} things were found, and all that is worth watching is watched"
    elif written:
        yield f"written: {', '.join(change.path.name for change in made.changes)}"
    else:
        yield f"{_count(made.changes)} proposed; nothing was written: add --write"


def _count(changes: Sequence[Change]) -> str:
    return f"changes of {len(changes)} documents are" if len(changes) != 1 else "a change of one document is"


def shape_of(made: Plan, *, written: bool) -> dict[str, object]:
    return {
        "written": written,
        "found": made.found,
        "documents": [
            {
                "path": str(change.path),
                "added": [line.text.strip().removeprefix("- ") for line in change.step.added],
                "left": [line.text.strip().removeprefix("- ") for _, after in change.step.replaced for line in after],
                "removed": [before.text.strip().removeprefix("- ") for before, _ in change.step.replaced],
                "diff": change.diff,
            }
            for change in made.changes
        ],
        "not_looked_at": list(made.unseen),
    }

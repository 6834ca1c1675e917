"""`probed inspection new`: a document from a template, checked before it is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.actions.registry import build_actions
from probed.authoring.templates import template, templates
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved
from probed.config.document_file import write_document
from probed.config.documents import check_document, load_documents
from probed.errors import ConfigError, DocumentError, ParameterError
from probed.offline import effective_settings, most_usd
from probed.reloading import reload_command


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is empty, the template says."""

    id: str
    template: str
    title: str = ""
    schedule: str = ""
    policy: str = ""
    answers: Sequence[str] = ()
    """As `name=value`."""
    prints: bool = False
    """It is shown and not written."""


def new(config: Path | None, wanted: Wanted) -> int:
    """Raises ConfigError, ParameterError."""
    settings = effective_settings(config)
    folder = resolved(settings.inspections.dir)
    path = folder / f"{wanted.id}.md"
    said = {"schedule": wanted.schedule, "policy": wanted.policy}
    given = {name: value for name, value in said.items() if value}
    given |= {"id": wanted.id, "title": wanted.title or wanted.id}
    text = template(wanted.template).filled(given, _answers(wanted.answers))
    actions = build_actions(settings.actions)
    try:
        check_document(
            text, str(path), CheckRegistry(), actions.names(), actions.fault, most_usd(settings.agent.budget)
        )
    except DocumentError as error:
        raise ParameterError("", f"would be no document: {error.reason}") from error
    if wanted.prints:
        print(text, end="")
        return 0
    _refuse_taken(folder, path, wanted.id)
    write_document(path, text)
    print(f"written: {path}")
    print(f"try it: cortexctl inspections test {path}", file=sys.stderr)
    print(f"the daemon takes it over with: {reload_command(config, settings)}", file=sys.stderr)
    return 0


def _answers(given: Sequence[str]) -> dict[str, str]:
    answers = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise ParameterError("--set", f"{each!r} is not NAME=VALUE")
        answers[name] = value
    return answers


def _refuse_taken(folder: Path, path: Path, id_: str) -> None:
    if path.exists():
        raise ConfigError(str(path), 0, "is there already; choose another id, or edit it")
    usable, broken = load_documents(folder, CheckRegistry())  # what is broken now is mended one day
    taken = {each.id: each.path for each in usable} | {each.id: each.path for each in broken}
    if id_ in taken:
        raise ConfigError(taken[id_], 0, f"has the id {id_} already; choose another one")


def show_templates(*, as_json: bool) -> int:
    known = templates()
    if as_json:
        print(
            json.dumps([{"name": each.name, "about": each.about, "asks": dict(each.asks)} for each in known.values()])
        )
        return 0
    for each in known.values():
        print(f"{each.name}: {each.about}")
        for name, meaning in each.asks.items():
            print(f"    --set {name}=…  {meaning}")
    return 0

"""Inspection documents: Markdown with YAML front matter."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from probed.config.front_matter import Entry, read_front_matter
from probed.config.nearest import nearest
from probed.config.schedule import parse_schedule
from probed.config.trust import distrust
from probed.config.values import seconds
from probed.core.inspection import (
    ActionRule,
    AgentRule,
    AgentWhen,
    BrokenDocument,
    CheckCall,
    Inspection,
    Policy,
    Schedule,
)
from probed.core.probe_names import NAMES
from probed.errors import ConfigError, DocumentError, ParameterError
from probed.ports import Checks

MAX_BYTES = 256 * 1024
MAX_TIMEOUT_S = 86400.0
KEYS = ("id", "title", "schedule", "every", "timeout", "checks", "agent", "policy", "actions", "labels", "runbook")
TIERS = ("small", "large", "local")
OWN_LABELS = ("alertname", "object", "host", "source", "severity")
"""Cortex sets these on every alert."""


def load_documents(
    folder: Path,
    checks: Checks,
    actions: Collection[str] | None = None,
    fault_of: Callable[[str], str] = lambda action: "",
    most_usd: float | None = None,
) -> tuple[list[Inspection], list[BrokenDocument]]:
    """Every `*.md` of the folder, by file name; blocking. `actions`: the names there are; None: any will do.
    `fault_of`: why one of them cannot be used all the same. `most_usd`: what a document may give a model at the most.

    A document tells the daemon what to run: one that others can change is broken. Raises ConfigError when the folder
    cannot be read, or others could put a document there.
    """
    usable: dict[str, Inspection] = {}
    broken = []
    for path in _paths(folder):
        text = ""
        try:
            text = _read(path)
            root, inspection = _checked(text, str(path), checks, actions, fault_of, most_usd)
            if first := usable.get(inspection.id):
                root.mapping()["id"].fail(f"{inspection.id!r} belongs to {first.path} already")
            usable[inspection.id] = inspection
        except DocumentError as error:
            broken.append(BrokenDocument(error.path, error.line, error.reason, _claimed_id(text) or path.stem))
    return list(usable.values()), broken


def check_document(
    text: str,
    path: str,
    checks: Checks,
    actions: Collection[str] | None,
    fault_of: Callable[[str], str],
    most_usd: float | None,
) -> Inspection:
    """What `load_documents` would make of one with this text. Raises DocumentError."""
    return _checked(text, path, checks, actions, fault_of, most_usd)[1]


def _checked(
    text: str,
    path: str,
    checks: Checks,
    actions: Collection[str] | None,
    fault_of: Callable[[str], str],
    most_usd: float | None,
) -> tuple[Entry, Inspection]:
    root, inspection = _parse(text, path)
    _refuse_unknown(root, inspection, checks, actions, fault_of)
    _refuse_costly(root, inspection, most_usd)
    return root, inspection


def parse_document(text: str, path: str) -> Inspection:
    """Raises DocumentError. Whether its checks exist and take these parameters is not looked at."""
    return _parse(text, path)[1]


def _claimed_id(text: str) -> str:
    """The id in a text that may be no document."""
    found = re.search(r"^id:[ \t]*[\"']?([a-z0-9][a-z0-9_-]{0,63})", text, re.MULTILINE)
    return found[1] if found else ""


def _paths(folder: Path) -> list[Path]:
    try:
        if fault := distrust(folder.stat(), folder):
            raise ConfigError(str(folder), 0, f"the folder of inspections.dir {fault}")
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and not path.name.startswith("."))
    except OSError as error:
        raise ConfigError(str(folder), 0, f"inspections.dir cannot be read: {error.strerror}") from error


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise DocumentError(str(path), 1, "is not a file")
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(str(path), 1, f"cannot be read: {error.strerror}") from error
    if fault := distrust(status, path):
        raise DocumentError(str(path), 1, fault)
    if len(content) > MAX_BYTES:
        raise DocumentError(str(path), 1, f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(str(path), content.count(b"\n", 0, error.start) + 1, "is not UTF-8") from error


def _parse(text: str, path: str) -> tuple[Entry, Inspection]:
    root, body = read_front_matter(text, path)
    entries = root.mapping(KEYS)
    for key in ("id", "checks"):
        if key not in entries:
            root.fail(f"the key {key!r} is missing")
    identifier = entries["id"].parse(_identifier)
    inspection = Inspection(
        id=identifier,
        title=entries["title"].text() if "title" in entries else identifier,
        checks=tuple(_check(entry) for entry in entries["checks"].items()),
        schedule=_schedule(entries),
        timeout_s=entries["timeout"].parse(_timeout) if "timeout" in entries else 60.0,
        agent=_agent(entries["agent"]) if "agent" in entries else AgentRule(),
        actions=_actions(entries["actions"]) if "actions" in entries else ActionRule(),
        policy=Policy(entries["policy"].one_of(tuple(Policy))) if "policy" in entries else Policy.OPERATOR,
        labels=_labels(entries["labels"]) if "labels" in entries else {},
        runbook=entries["runbook"].text() if "runbook" in entries else "",
        body=body,
        document_hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        path=path,
        text=text,
    )
    if not inspection.checks and inspection.agent.when is not AgentWhen.ALWAYS:
        entries["checks"].fail("an empty list is only of use with 'agent: {when: always}'")
    return root, inspection


def _schedule(entries: Mapping[str, Entry]) -> Schedule:
    """`schedule: every 5m`, `schedule: {every: 5m}` or just `every: 5m`."""
    if "every" in entries:
        if "schedule" in entries:
            entries["every"].fail("there is a schedule already; give one of the two")
        return entries["every"].parse(lambda value: parse_schedule({"every": value}))
    return entries["schedule"].parse(parse_schedule) if "schedule" in entries else Schedule(every_s=300.0)


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise ValueError("expected at most 64 small letters, digits, - and _, beginning with a letter or digit")
    return value


def _timeout(value: object) -> float:
    timeout_s = seconds(value)
    if not 0 < timeout_s <= MAX_TIMEOUT_S:
        raise ValueError("a time-out is longer than 0 and at most 24h")
    return timeout_s


def _check(entry: Entry) -> CheckCall:
    name, params = entry.named()
    return CheckCall(name, params.params() if params else {}, entry.line)


def _agent(entry: Entry) -> AgentRule:
    entries = entry.mapping(("when", "tier", "budget_usd", "advice", "probes"))
    default = AgentRule()
    budget_usd = entries["budget_usd"].number() if "budget_usd" in entries else default.budget_usd
    if budget_usd < 0:
        entries["budget_usd"].fail("a budget is not negative")
    return AgentRule(
        when=AgentWhen(entries["when"].one_of(tuple(AgentWhen))) if "when" in entries else default.when,
        tier=entries["tier"].one_of(TIERS) if "tier" in entries else default.tier,
        budget_usd=budget_usd,
        advice=entries["advice"].truth() if "advice" in entries else default.advice,
        probes=_probes(entries["probes"]) if "probes" in entries else None,
    )


def _probes(entry: Entry) -> tuple[str, ...]:
    for item in entry.items():
        if item.text() not in NAMES:
            item.fail(f"unknown probe {item.text()!r}; {nearest(item.text(), NAMES)}")
    return tuple(dict.fromkeys(item.text() for item in entry.items()))


def _actions(entry: Entry) -> ActionRule:
    levels = {level: _level(items) for level, items in entry.mapping(("L1", "L2")).items()}
    return ActionRule(automatic=levels.get("L1", {}), ask=levels.get("L2", {}))


def _level(entry: Entry) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for item in entry.items():
        name, params = item.named()
        if name in found:
            item.fail(f"the action {name!r} is given twice")
        found[name] = params.params() if params else {}
    return found


def _labels(entry: Entry) -> dict[str, str]:
    found = {}
    for name, label in entry.mapping().items():
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name):
            label.fail("the name of a label has letters, digits and _ only, and does not begin with a digit")
        if name in OWN_LABELS:
            label.fail("this label is set by Cortex itself")
        if isinstance(label.value, bool) or not isinstance(label.value, str | int | float):
            label.fail("expected a text; put it in quotes")
        found[name] = str(label.value)
    return found


def _refuse_unknown(
    root: Entry,
    inspection: Inspection,
    checks: Checks,
    actions: Collection[str] | None,
    fault_of: Callable[[str], str],
) -> None:
    for call in inspection.checks:
        try:
            checks.bind(call)
        except ParameterError as error:
            raise DocumentError(inspection.path, call.line, f"check {call.check!r}: {error}") from error
    if actions is None or "actions" not in (entries := root.mapping()):
        return
    for level in entries["actions"].mapping().values():
        for item in level.items():
            name, _ = item.named()
            if name not in actions:
                item.fail(f"unknown action {name!r}; {nearest(name, actions)}")
            if fault := fault_of(name):
                item.fail(fault)


def _refuse_costly(root: Entry, inspection: Inspection, most_usd: float | None) -> None:
    if most_usd is None or inspection.agent.when is AgentWhen.NEVER or inspection.agent.budget_usd <= most_usd:
        return
    entries = root.mapping()
    agent = entries["agent"].mapping()
    place = agent.get("budget_usd", entries["agent"])
    place.fail(f"a budget of ${inspection.agent.budget_usd:g} is above the limit of ${most_usd:g} in agent.budget")

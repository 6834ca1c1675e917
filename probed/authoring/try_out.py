"""`probed inspection test`: says what a run of a document would find now, and what would come of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from probed.actions.registry import build_actions
from probed.authoring.trial import NextStep, Trial, tried
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved
from probed.config.documents import load_documents
from probed.config.nearest import nearest
from probed.config.settings import Settings
from probed.core.inspection import AgentWhen, Inspection
from probed.daemon.logging import HARMLESS
from probed.engine.catalogue import Entry
from probed.errors import DocumentError, ParameterError
from probed.offline import effective_settings, most_usd


def try_out(config: Path | None, wanted: str, script: str, *, as_json: bool) -> int:
    """`wanted`: an id, or a file; `script`: of the model, empty: none is asked. Ends with 1 where something gave no
    answer. Raises ConfigError, DocumentError, ParameterError."""
    settings = effective_settings(config)
    inspection = _document(settings, wanted)
    registry = CheckRegistry()
    entry = Entry(inspection, [registry.bind(call) for call in inspection.checks])
    trial = tried(settings, entry, script)
    if as_json:
        print(json.dumps(_shape(trial), indent=2))
    else:
        print("\n".join(" ".join(line.split("\n")).translate(HARMLESS) for line in _words(trial, inspection, script)))
    return 0 if trial.report.is_answer else 1


def _document(settings: Settings, wanted: str) -> Inspection:
    path = Path(wanted) if "/" in wanted or wanted.endswith(".md") else None
    folder = path.parent if path else resolved(settings.inspections.dir)
    actions = build_actions(settings.actions)
    limit = most_usd(settings.agent.budget)
    inspections, broken = load_documents(folder, CheckRegistry(), actions.names(), actions.fault, limit)
    for document in broken:
        if (path and Path(document.path) == path) or (not path and document.id == wanted):
            raise DocumentError(document.path, document.line, document.reason)
    for inspection in inspections:
        if (path and Path(inspection.path) == path) or (not path and inspection.id == wanted):
            return inspection
    known = [Path(inspection.path).name if path else inspection.id for inspection in inspections]
    asked = path.name if path else wanted
    raise ParameterError("", f"there is no document {wanted!r} in {folder}; {nearest(asked, known)}")


def _words(trial: Trial, inspection: Inspection, script: str) -> Iterator[str]:
    report = trial.report
    yield f"{inspection.id}: {report.verdict}, {report.summary}"
    for reason in report.unanswered:
        yield f"  no answer: {reason}"
    for note in report.notes:
        yield f"  not here: {note}"
    for step in trial.steps:
        yield f"  {step.case.severity}  {step.case.check} {step.case.object}: {step.case.summary}"
        yield f"    {_of_step(step)}"
    if any("for" in call.params for call in inspection.checks):
        yield "  (a finding with `for` would wait for as long; this was the first look)"
    yield _of_model(trial, inspection, script)
    yield "nothing was done, asked, told or kept"


def _of_step(step: NextStep) -> str:
    why = f" ({step.reason})" if step.reason else ""
    match step.case.stage.level:
        case "L1":
            return f"L1: would be done at once: {step.action}{why}"
        case "L2":
            return f"L2: a person would be asked: {step.action}{why}"
        case "L3":
            return f"L3: a person would be told{why}"
        case _:
            return "would only be noted"


def _of_model(trial: Trial, inspection: Inspection, script: str) -> str:
    agent = inspection.agent
    if agent.when is AgentWhen.NEVER:
        return "model: never asked by this document"
    if not script:
        return "model: not asked"
    sent = sum(exchange.characters for exchange in trial.exchanges)
    took = f"{len(trial.exchanges)} requests, {sent} characters" if trial.exchanges else "no request"
    limit = f"tier {agent.tier}, at most ${agent.budget_usd:g} a run"
    return f"model: in its place the script {script!r}: {took}; really: {limit}"


def _shape(trial: Trial) -> dict[str, object]:
    report = trial.report
    steps = [
        {
            "check": step.case.check,
            "object": step.case.object,
            "severity": step.case.severity,
            "summary": step.case.summary,
            "level": step.case.stage.level,
            "action": step.action,
            "reason": step.reason,
        }
        for step in trial.steps
    ]
    requests = [{"tools": list(each.tools), "characters": each.characters} for each in trial.exchanges]
    return {
        "inspection": trial.run.inspection,
        "state": trial.run.state,
        "verdict": report.verdict,
        "summary": report.summary,
        "unanswered": list(report.unanswered),
        "notes": list(report.notes),
        "findings": steps,
        "model_requests": requests,
    }

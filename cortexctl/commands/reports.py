"""`cortexctl reports`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Output
from cortexctl.session import session_of
from cortexctl.table import emit_table, facts, field_lines
from cortexctl.text import call_text, money, one_line, plural, several_lines, short_ids
from probed.wire.finding import FindingShape, GroundingShape
from probed.wire.report import ReportShape

app = noun("""\
\b
Examples:
  cortexctl reports list --source disks
  cortexctl reports show ID
  cortexctl reports submit backup.json
  my-check | cortexctl reports submit -

Reports: what each run found. Other programs hand in their own as JSON:
{"source": "backup", "verdict": "warning", "summary": "…", "findings": [{"check": "age", "object": "db",
"severity": "warning", "summary": "the last backup is 3 days old"}]}
""")


@app.command("list", help="The newest first.")
def list_reports(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Only those of this inspection or submitter.")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.reports(limit=limit, before=before, source=source)
    short, now = short_ids(report.id for report in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "source", "verdict", "made", "findings", "summary"),
        lambda report: (
            short[report.id],
            report.source,
            report.verdict,
            times.relative(report.created_at, now),
            len(report.findings),
            report.summary,
        ),
        nothing="no reports",
        noun="reports",
        as_json=as_json,
    )


@app.command(help="One report in full, with its findings.")
def show(
    ctx: typer.Context,
    id_: Annotated[str, id_of("reports", "The report's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    report = session.daemon.report(id_)
    if as_json:
        session.output.emit_json(report)
    else:
        emit_report(session.output, report)


@app.command(help="Hand in a report as JSON. It states the whole truth of its source: what it leaves out has resolved.")
def submit(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The file, or - for the standard input.")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    report = session.daemon.submit(read_file(file))
    if as_json:
        session.output.emit_json(report)
    session.output.say(f"taken in, {plural(len(report.findings), 'finding')}: cortexctl reports show {report.id}")


def read_file(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read()
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        raise Failure(f"{one_line(file)}: {error.strerror}", exit_=Exit.USAGE) from None


def emit_report(output: Output, report: ReportShape) -> None:
    fields = [
        ("id", report.id),
        ("source", report.source),
        ("verdict", report.verdict),
        ("summary", report.summary),
        ("made", times.relative(report.created_at, times.now())),
        ("run", report.run_id),
        ("cost", money(report.cost_usd)),
        ("carried over", report.carried_from and f"the model's words, from run {report.carried_from}"),
        ("grounded", grounding_text(report.grounding)),
        ("no answer", "\n".join(report.unanswered)),
        ("notes", "\n".join(report.notes)),
    ]
    output.emit_lines(field_lines(fields, output.paint))
    emit_findings(output, report.findings)


def emit_findings(output: Output, findings: Sequence[FindingShape]) -> None:
    """A table, and below it the evidence and the proposed action of each finding that has some."""
    if not findings:
        return
    output.emit("")
    rows = [(finding.severity, finding.check, finding.object, finding.summary) for finding in findings]
    emit_table(output, ("severity", "check", "object", "summary"), rows)
    for finding in findings:
        details = [f"    {line}" for line in several_lines(facts(finding.evidence))] if finding.evidence else []
        if finding.grounding:
            details.append(f"    grounded: {one_line(grounding_text(finding.grounding))}")
        if action := finding.proposed_action:
            details.append(f"    proposed: {call_text(action)}")
        if details:
            output.emit_lines(["", one_line(f"{finding.check} {finding.object}"), *details])


def grounding_text(grounding: GroundingShape | None) -> str:
    """How many of a model's numbers stand in the evidence, which do not, and what it cites."""
    if grounding is None:
        return ""
    parts = [f"{grounding.supported} of {plural(grounding.claims, 'number')}"] if grounding.claims else ["no numbers"]
    if grounding.unsupported:
        parts.append(f"not in the evidence: {', '.join(grounding.unsupported)}")
    parts.append(f"cites {', '.join(grounding.cites)}" if grounding.cites else "cites nothing")
    if grounding.unknown:
        parts.append(f"and what there is not: {', '.join(grounding.unknown)}")
    return "; ".join(parts)

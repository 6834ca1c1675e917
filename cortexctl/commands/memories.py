"""`cortexctl memories`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import one_line, short_ids
from probed.wire.memory import MemoryProbeShape, MemoryShape

MemoryId = Annotated[str, id_of("memories", "The memory's id, its beginning")]
Helped = Annotated[str | None, typer.Option("--helped", metavar="TEXT", help="What helped, in your words.")]
SHOWN_USD = 0.0001

app = noun("""\
\b
Examples:
  cortexctl memories                                     what is remembered, and how far it is trusted
  cortexctl memories show ID                             what it looks like, its probes, its record
  cortexctl memories add CASE "the backup fills /srv" --helped "moved it to /backup"
  cortexctl memories correct ID --cause "its port is taken by apache2"
  cortexctl memories correct ID --without-action         what it says helped did not
  cortexctl memories delete ID

Solved cases. The next one like them is recognised, and looked at by the probes of the first instead of being
investigated again. A memory never permits anything; what fails loses trust, until it is ignored.
""")


@app.command("list", help="The newest first.")
def list_memories(
    ctx: typer.Context,
    check: Annotated[str | None, typer.Option("--check", metavar="CHECK", help="Only those of this check.")] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.memories(check=check, limit=limit, before=before)
    short, now = short_ids(memory.id for memory in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "check", "trust", "seen", "helped", "changed", "cause", "what helped"),
        lambda memory: (
            short[memory.id],
            memory.check,
            trust_words(memory),
            memory.seen,
            f"{memory.helped} of {memory.helped + memory.failed}",
            times.relative(memory.changed_at, now),
            one_line(memory.cause),
            one_line(memory.advice or memory.action),
        ),
        nothing="no case was solved yet",
        noun="memories",
        as_json=as_json,
    )


@app.command(help="One memory in full.")
def show(ctx: typer.Context, id_: MemoryId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    memory = session.daemon.memory(id_)
    if as_json:
        session.output.emit_json(memory)
    else:
        session.output.emit_lines(memory_lines(memory, session.output.paint))


@app.command(help="Remember what was behind a case.")
def add(
    ctx: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case's id, or its beginning.")],
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="What was behind it.")],
    helped: Helped = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    memory = session.daemon.add_memory({"case": case, "cause": cause, "advice": helped or ""})
    if as_json:
        session.output.emit_json(memory)
    session.output.say(f"remembered: {one_line(memory.cause)}; cortexctl memories show {memory.id}")


@app.command(help="Correct it; your word then stands for it.")
def correct(
    ctx: typer.Context,
    id_: MemoryId,
    cause: Annotated[str | None, typer.Option("--cause", metavar="TEXT", help="What was behind it.")] = None,
    helped: Helped = None,
    without_action: Annotated[
        bool, typer.Option("--without-action", help="The action that it names did not help: it is no longer proposed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    if cause is None and helped is None and not without_action:
        raise Failure("nothing to correct", "--cause TEXT, --helped TEXT or --without-action", exit_=Exit.USAGE)
    session = session_of(ctx)
    body = {"cause": cause, "advice": helped, "without_action": without_action}
    memory = session.daemon.correct_memory(id_, body)
    if as_json:
        session.output.emit_json(memory)
    session.output.say(f"corrected: {one_line(memory.cause or memory.advice)}")


@app.command(help="Forget it.")
def delete(ctx: typer.Context, id_: MemoryId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    memory = session.daemon.delete_memory(id_)
    if as_json:
        session.output.emit_json(memory)
    session.output.say(f"forgotten: {one_line(memory.cause or memory.advice or memory.action)}")


def memory_lines(memory: MemoryShape, paint: Paint) -> list[str]:
    now = times.now()
    record = f"seen {memory.seen}, helped {memory.helped} of {memory.helped + memory.failed}, refuted {memory.refuted}"
    fields = [
        ("id", memory.id),
        ("check", memory.check),
        ("cause", memory.cause),
        ("what helped", memory.advice),
        ("action", memory.action),
        ("trust", trust_words(memory)),
        ("record", record),
        ("learned on", f"{memory.source} {memory.object}"),
        ("learned by", f"{memory.by} ({memory.origin})"),
        ("vouched by", memory.vouched_by),
        ("created", times.relative(memory.created_at, now)),
        ("changed", times.relative(memory.changed_at, now)),
        ("spares", f"{memory.cost_usd:.4f} USD a time" if memory.cost_usd >= SHOWN_USD else ""),
        ("probes", "\n".join(line for probe in memory.probes for line in probe_lines(probe))),
        ("looks like", "\n".join(memory.features)),
        ("case", memory.case_id),
        ("run", memory.run_id),
        ("commands", "\n".join(memory.commands)),
    ]
    return field_lines(fields, paint)


def probe_lines(probe: MemoryProbeShape) -> list[str]:
    arguments = " ".join(f"{name}={value}" for name, value in probe.arguments.items())
    shown = probe.shows or ["nothing"]
    return [f"{probe.probe} {arguments}".rstrip() + " shows:", *(f"  {line}" for line in shown)]


def trust_words(memory: MemoryShape) -> str:
    return f"{memory.trust:.2f}" if memory.is_trusted else f"{memory.trust:.2f} ignored"

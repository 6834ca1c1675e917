"""`cortexctl questions`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.evidence import emit_evidence
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.questions import answer_lines, look_line
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import cut, money, one_line, short_ids
from cortexctl.transcript import emit_transcript
from probed.wire.question import QuestionShape

app = noun("""\
\b
Examples:
  cortexctl questions
  cortexctl questions list --session ID    what was asked in one session
  cortexctl questions show ID              the answer, and what it rests on
  cortexctl questions evidence ID          what the probes answered

What was asked, and answered. `cortexctl ask QUESTION` asks.
""")
SHOWN_COLUMNS = 60
"""Of a question in the list."""
QuestionId = Annotated[str, id_of("questions", "The question's id, its beginning")]


@app.command("list", help="The newest first.")
def list_questions(
    ctx: typer.Context,
    session_id: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="Only those of this session: its first question's id.")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.questions(limit=limit, before=before, session=session_id)
    short, now = short_ids(name for each in page.items for name in (each.id, each.session)), times.now()
    emit_page(
        session.output,
        page,
        ("id", "session", "state", "asked", "by", "cost", "question"),
        lambda each: (
            short[each.id],
            short[each.session],
            each.state,
            times.relative(each.asked_at, now),
            each.by,
            money(each.cost_usd) or "-",
            cut(one_line(each.text), SHOWN_COLUMNS),
        ),
        nothing="nobody has asked anything",
        noun="questions",
        as_json=as_json,
    )


@app.command(help="One question with its answer.")
def show(ctx: typer.Context, id_: QuestionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    question = session.daemon.question(id_)
    if as_json:
        session.output.emit_json(question)
    else:
        session.output.emit_lines(question_lines(question, session.output.paint))


@app.command(help="What was said to the model and by it; for administrators.")
def transcript(ctx: typer.Context, id_: QuestionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    emit_transcript(session.output, session.daemon.question_transcript(id_), as_json=as_json)


@app.command(help="What the model asked through probes, and the answers as it got them; for administrators.")
def evidence(ctx: typer.Context, id_: QuestionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    emit_evidence(session.output, session.daemon.question_evidence(id_), as_json=as_json)


def question_lines(question: QuestionShape, paint: Paint) -> Iterator[str]:
    fields = [
        ("id", question.id),
        ("session", question.session),
        ("asked", times.relative(question.asked_at, times.now())),
        ("by", question.by),
        ("about", question.about),
        ("state", question.state),
        ("reason", question.reason),
        ("took", times.between(question.asked_at, question.ended_at)),
        ("cost", money(question.cost_usd)),
        ("model", question.model),
        ("cited, seen by nobody", ", ".join(question.unsupported)),
    ]
    yield from field_lines(fields, paint)
    yield ""
    yield paint(one_line(question.text), "bold")
    if question.answer:
        yield from answer_lines(question)
    cited = [each for each in question.evidence if each.is_cited]
    if cited:
        yield ""
        yield from map(look_line, cited)

"""`cortexctl ask`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, cast

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import offered
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.output import Output
from cortexctl.questions import answer_lines, look_line, summary_lines
from cortexctl.session import session_of
from cortexctl.text import LINES
from probed.wire.question import QuestionEvent, QuestionShape

HELP = """\
\b
Examples:
  cortexctl ask "why was the machine slow at three?"
  cortexctl ask --continue "and the night before?"
  cortexctl ask --session ID "and who began it?"
  cortexctl ask --about ALERT "what caused this?"

Ask the model about this host. It looks through read-only probes at what the host does, at what was measured, and at
past runs, alerts and changes; it can change nothing. What it says cites what it saw: [e1].

The answer goes to stdout, on a terminal as it is spoken; what was looked at, and what it cost, to stderr. One question
costs at most agent.budget.question_usd. Ctrl-C ends it in the daemon, too. Because it costs money, it needs the role
operator.

It ends with 0 when there is an answer, 1 when the model gave none, 5 when that is not allowed, no model is configured,
or the budget does not suffice.
"""

UNSUPPORTED = ": no such evidence"
"""What the daemon puts behind a citation of nothing."""

app = single()


@app.command(help=HELP)
def ask(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="QUESTION", help="In plain words, in any language.")],
    goes_on: Annotated[bool, typer.Option("--continue", "-c", help="Go on with the newest of your sessions.")] = False,
    session_id: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="Go on with this one: the id of a question in it.")
    ] = None,
    about: Annotated[
        str | None,
        typer.Option(
            "--about", metavar="ID", help="The alert or the case that it is about.", autocompletion=offered("alerts")
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    if goes_on and session_id:
        raise Failure("--continue and --session exclude each other", exit_=Exit.USAGE)
    session = session_of(ctx)
    named = {name: value for name, value in (("session", session_id), ("about", about)) if value}
    with session.daemon.ask({"text": " ".join(words), "goes_on": goes_on, **named}) as stream:
        question = followed(session.output, cast(Iterable[QuestionEvent], stream), is_quiet=as_json)
    if as_json:
        session.output.emit_json(question)
    raise typer.Exit(exit_of(question))


def followed(output: Output, events: Iterable[QuestionEvent], *, is_quiet: bool) -> QuestionShape:
    """Shows what happens until the question has ended."""
    shown = Shown(output)
    for event in events:
        if event.type == "ended" and event.question:
            if not is_quiet:
                shown.end(event.question)
            return event.question
        if not is_quiet:
            shown.take(event)
    raise Failure("the daemon ended the stream without an answer", "cortexctl questions")


class Shown:
    """A question as a person sees it: words as they come on a terminal, else the whole answer at the end."""

    def __init__(self, output: Output) -> None:
        self._output, self._said, self._is_line_open = output, "", False

    def take(self, event: QuestionEvent) -> None:
        if event.type == "looked" and event.seen:
            self._close_line()
            self._said = ""
            self._output.say(look_line(event.seen))
        elif event.type == "said":
            self._said += event.text
            if self._output.is_terminal:
                self._output.emit(event.text.translate(LINES), end="")
                self._is_line_open = not self._said.endswith("\n")

    def end(self, question: QuestionShape) -> None:
        self._close_line()
        if question.state == "answered" and not self._has_shown(question):
            self._output.emit_lines(answer_lines(question))
        for line in summary_lines(question):
            self._output.say(line)

    def _has_shown(self, question: QuestionShape) -> bool:
        """What is cited in vain stands in the summary, too: for that mark alone the answer is not shown twice."""
        return self._output.is_terminal and self._said.strip() == question.answer.replace(UNSUPPORTED, "")

    def _close_line(self) -> None:
        if self._is_line_open:
            self._output.emit("")
            self._is_line_open = False


def exit_of(question: QuestionShape) -> Exit:
    if question.state == "answered":
        return Exit.OK
    return Exit.REFUSED if question.state == "budget" else Exit.FAILED

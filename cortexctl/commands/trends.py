"""`cortexctl trends`."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.failure import Failure
from cortexctl.ids import offered
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import Session, session_of
from cortexctl.spans import seconds, span_text
from cortexctl.table import emit_table
from cortexctl.text import one_line
from cortexctl.trend_lines import name_of, trend_lines
from probed.wire.page import MAX_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probed.wire.trend import SeriesShape, TrendShape

HELP = """\
\b
Examples:
  cortexctl trends                        what is measured
  cortexctl trends /srv --since 7d        all that is measured of /srv
  cortexctl trends disk                   all file systems
  cortexctl trends "disk /srv" --since 90d --json

What was measured, drawn: least, mean and most of each span, and where the number is heading. Of a name
that fits more than 8, the others are named; JSON has all.
"""
app = single()
WIDTH, HEIGHT = 80, 9
MOST_PAGES = 20
MOST_CHARTS = 8
LABEL = 12
"""Letters that are left of the curve at most."""


@app.command(help=HELP)
def trends(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="An object, a check, or both as in `disk /srv`; none: a list.",
            autocompletion=offered("series"),
        ),
    ] = None,
    since_s: Annotated[
        float, typer.Option("--since", metavar="SPAN", parser=seconds, help="How far back: 6h, 7d, 26w.")
    ] = "24h",  # type: ignore[assignment]
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    known = every_series(session)
    if name is None:
        show_list(session, known, as_json=as_json)
        return
    if since_s < 60:
        raise typer.BadParameter("at least 1m", param_hint="--since")
    chosen = called(known, name)
    if not chosen:
        raise unknown(known, name)
    columns = min(session.output.columns or WIDTH, 200)
    found = [
        session.daemon.trend(
            check=each.check, object=each.object, span=int(since_s), points=2 * max(columns - LABEL, 20)
        )
        for each in (chosen if as_json else chosen[:MOST_CHARTS])
    ]
    if as_json:
        session.output.emit_json(found)
        return
    show(session, chosen, found, columns, since_s)


def show(
    session: Session, chosen: Sequence[SeriesShape], found: Sequence[TrendShape], columns: int, since_s: float
) -> None:
    is_ascii = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    for number, (series, trend) in enumerate(zip(chosen, found, strict=False)):
        lines = trend_lines(trend, series.unit, columns, HEIGHT, session.output.paint, is_ascii=is_ascii)
        if not lines:
            session.output.say(f"{title_of(series)}: nothing was measured in the last {span_text(since_s)}")
            continue
        session.output.emit_lines([*([""] if number else []), *lines])
    if left := chosen[MOST_CHARTS:]:
        session.output.say(not_drawn(left))


def not_drawn(left: Sequence[SeriesShape]) -> str:
    names = ", ".join(title_of(each) for each in left[:MOST_CHARTS])
    more = " …" if len(left) > MOST_CHARTS else ""
    example = f"cortexctl trends {quote(f'{left[0].check} {left[0].object}')}"
    return f"{len(left)} more: {names}{more}; one of them: {one_line(example)}; all of them: --json"


def every_series(session: Session) -> list[SeriesShape]:
    found: list[SeriesShape] = []
    before = None
    for _ in range(MOST_PAGES):
        page = session.daemon.trends(limit=MAX_LIMIT, before=before)
        found += page.items
        before = page.next
        if before is None:
            break
    else:
        session.output.say(f"only the newest {len(found)} that are measured were read; there are more")
    return sorted(found, key=lambda series: (series.check, series.object))


def show_list(session: Session, known: Sequence[SeriesShape], *, as_json: bool) -> None:
    if as_json:
        session.output.emit_json(list(known))
    elif not known:
        session.output.say("nothing was measured yet")
    elif session.output.is_quiet:
        session.output.emit_lines(map(title_of, known))
    else:
        emit_table(
            session.output, ("check", "object", "unit"), [(each.check, each.object, each.unit) for each in known]
        )


def called(known: Sequence[SeriesShape], name: str) -> list[SeriesShape]:
    """By both names, else by the object's, else by the check's."""
    wanted = " ".join(name.split())
    for of in (lambda each: f"{each.check} {each.object}", lambda each: each.object, lambda each: each.check):
        if found := [each for each in known if of(each) == wanted]:
            return found
    return []


def unknown(known: Sequence[SeriesShape], name: str) -> Failure:
    from difflib import get_close_matches

    names = sorted({text for each in known for text in (each.check, each.object, title_of(each))})
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(repr(each) for each in near)}?" if near else ""
    return Failure(f"nothing called {one_line(name)!r} is measured{one_line(hint)}", "cortexctl trends")


def title_of(series: SeriesShape) -> str:
    return name_of(series.check, series.object)

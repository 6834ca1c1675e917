"""Ids as they are typed: whole, by their beginning, or `@1` for the first of the list that was shown last."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.session import Session, session_of
from cortexctl.shown import recalled

RELATIVE = re.compile(r"@([1-9]\d{0,3})")


def id_of(noun: str, what: str, query: str = "") -> Any:
    """The argument of a command that takes an id of `cortexctl NOUN list`; `query` leaves those for the shells to
    complete that the command is for."""
    return typer.Argument(
        metavar="ID",
        help=f"{what}, or @1, @2 … of `{noun} list`.",
        callback=resolver(noun),
        autocompletion=offered(f"{noun}?{query}" if query else noun),
    )


def offered(what: str) -> Callable[[], list[str]]:
    """The shells complete it with what `completion/offers.py` knows by this name."""
    return lambda: [f"<{what}>"]


def resolver(noun: str) -> Callable[[typer.Context, str | None], str | None]:
    def resolve(ctx: typer.Context, typed: str | None) -> str | None:
        found = RELATIVE.fullmatch(typed or "")
        return nth(session_of(ctx), noun, int(found[1])) if found else typed

    return resolve


def nth(session: Session, noun: str, number: int) -> str:
    """Of the list that was shown last; where nobody has seen one lately, of the list as it is now."""
    ids = recalled(noun)
    if ids is None:
        ids = session.daemon.ids(noun)
    if number > len(ids):
        raise Failure(f"@{number}: the list has {len(ids)}", f"cortexctl {noun} list", exit_=Exit.USAGE)
    return ids[number - 1]

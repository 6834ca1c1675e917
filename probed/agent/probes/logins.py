from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table, moment
from probed.errors import HostFailed, NotHere
from probed.host import journal, login_records
from probed.host.log_lines import Line
from probed.host.logins import PROGRAMS, Login, logins

MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Params:
    kind: Annotated[Literal["all", "failed", "succeeded"], Field(description="which ones")] = "all"
    hours: Annotated[int, Field(ge=1, le=8760, description="how far back")] = 24
    contains: Annotated[str, Field(max_length=100, description="a part of the user's name or of the source")] = ""
    limit: Rows = 50


def look(params: Params) -> Table:
    found, notes = _found(params.hours)
    wanted = [each for each in found if _fits(each, params)]
    note = "; ".join([*notes, *([] if wanted else ["nobody, as far as the records tell"])])
    rows = [_row(each) for each in sorted(wanted, key=lambda each: -each.at)]
    return Table(("time", "succeeded", "user", "source", "times"), rows, limit=params.limit, note=note)


def _found(hours: int) -> tuple[Iterable[Login], Sequence[str]]:
    """From the journal, and where that tells nothing from the system's own records. Raises NotHere where neither can be
    read."""
    reasons = []
    for ask in (_in_journal, _in_records):
        try:
            if found := tuple(ask(hours)):
                return found, ()
            reasons.append("")
        except (NotHere, HostFailed) as error:
            reasons.append(str(error))
    if all(reasons):
        raise NotHere("; ".join(reasons))
    return (), [each for each in reasons if each]


def _in_journal(hours: int) -> Iterator[Login]:
    names = [f"SYSLOG_IDENTIFIER={each}" for each in PROGRAMS]
    said = journal.of_fields(names, lines=MOST_LINES, since_s=3600 * hours)
    lines = (Line(each.message, each.at, each.unit, each.identifier) for each in said)
    return logins(lines)


def _in_records(hours: int) -> Iterable[Login]:
    now = time.time()
    return login_records.logins_between(now - 3600 * hours, now + 1)


def _fits(login: Login, params: Params) -> bool:
    of_kind = params.kind == "all" or login.succeeded == (params.kind == "succeeded")
    return of_kind and (params.contains in login.user or params.contains in login.source)


def _row(login: Login) -> Sequence[Cell]:
    at = moment(datetime.fromtimestamp(login.at, UTC))
    return (at, login.succeeded, login.user or None, login.source, login.times)


PROBE = Probe(
    "logins",
    "Who logged in, or tried in vain, newest first: over SSH, at a terminal, by su and sudo. No user: there is none of "
    "that name.",
    Params,
    looking("logins", look),
)

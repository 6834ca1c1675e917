from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach, host_of, public
from probed.agent.probes.table import MAX_LINE, Cell, Table
from probed.agent.probes.text import decoded, masked_lines
from probed.errors import HostFailed
from probed.host import endpoint

DEADLINE_S = 8.0
MAX_BODY = 262_144
"""Bytes of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class Params:
    url: Annotated[
        str,
        Field(
            pattern=r"^https?://[!-~]+$",
            max_length=1000,
            description="an address that the operator allows, or that a check of an inspection names",
        ),
    ]
    verify: Annotated[bool, Field(description="whether the certificate of an https address must be accepted")] = True
    lines: Annotated[int, Field(ge=1, le=200, description="at most so many of the body")] = 40


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "http_get",
        "What a web server answers to a GET: status, time, and the lines of the body. Redirections are not followed.",
        Params,
        looking("http_get", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    url = reach.url(params.url)
    if url is None:
        raise HostFailed(f"{public(params.url) or 'this'} may not be asked: agent.probes.http_allow does not list it")
    answer = endpoint.fetch(
        url,
        deadline_s=DEADLINE_S,
        verify=params.verify,
        is_allowed=partial(reach.may_be_asked, host_of(url)),
    )
    rows: list[tuple[Cell, ...]] = [("status", str(answer.status)), ("seconds", f"{answer.seconds:.3f}")]
    if answer.location:
        rows.append(("location", public(answer.location) or "?"))
    rows += [("body", line) for line in _body(answer.body[:MAX_BODY])]
    return Table(("part", "text"), rows, limit=params.lines, note=_note(answer), both_ends=True, max_cell=MAX_LINE)


def _body(content: bytes) -> list[str]:
    lines = decoded(content)
    return [f"{len(content)} bytes that are no text"] if lines is None else list(masked_lines(lines))


def _note(answer: endpoint.Response) -> str:
    return f"the body has more than {MAX_BODY} bytes" if len(answer.body) > MAX_BODY else ""

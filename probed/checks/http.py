"""Whether a web server answers as it should.

Parameters: `url`, `status` (200; one or several), `contains` (none; text that the answer must hold), `matches` (none;
an RE2 expression that must fit somewhere in it), `redirects` (0; how many to follow), `timeout` (5s; for all together),
`verify` (true; the certificate of an https address must be accepted), `warning` and `critical` (none; an answer that
takes this long), `clear`, `for` (0s).

The object is the address without user, password and query, which may be secret; a query, or a user, leaves a digest in
it, which tells such addresses apart.

A finding is critical where there is no answer or half of one, another status or not the text; a slow answer is what
`warning` and `critical` make of it. Without `redirects` a redirection is an answer like any other: name the status 301,
or the final address. Of the answer the first MiB is read. No action fits by itself; if a unit or container stands
behind the address, `systemd_unit` or `docker_container` proposes its restart.

Example:
  - http: {url: "http://127.0.0.1:8080/health", status: [200, 204], matches: "(?i)status.*ok", warning: 1s}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from probed.checks.naming import digest
from probed.checks.parameters import Bounds, DurationBound, Timeout, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.redaction import mask
from probed.core.regex import compile_regex
from probed.errors import HostFailed
from probed.host import endpoint


def _address(value: str) -> str:
    if not _is_address(value):
        raise ValueError(f"{mask(value)!r} is not an address; write it like http://127.0.0.1:8080/health")
    return value


def _is_address(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port that is no number
        return False


def _expression(value: str | None) -> str | None:
    if value is not None:
        compile_regex(value)
    return value


def _list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    url: Annotated[str, AfterValidator(_address)]
    status: Annotated[tuple[int, ...], BeforeValidator(_list)] = (200,)
    contains: str | None = None
    matches: Annotated[str | None, AfterValidator(_expression)] = None
    redirects: Annotated[int, Field(ge=0, le=10)] = 0
    timeout_s: Timeout = 5.0
    verify: bool = True
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None


def look(params: Params) -> CheckAnswer:
    name = name_of(params.url)
    try:
        answer = endpoint.fetch(
            params.url, deadline_s=params.timeout_s, verify=params.verify, redirects=params.redirects
        )
    except HostFailed as error:
        return (_fault(name, str(error), {"error": str(error), "timeout_s": params.timeout_s}, params),)
    evidence: dict[str, object] = {"status": answer.status, "seconds": round(answer.seconds, 3)}
    if answer.redirects:
        evidence["redirects"] = [_shown(each) for each in answer.redirects]
    if answer.location:
        evidence["location"] = _shown(answer.location)
    if fault := _fault_of(answer, params):
        return (_fault(name, f"{name} {fault}", evidence, params),)
    summary = f"{name} answered {answer.status} after {answer.seconds:.2f} s"
    seconds = round(answer.seconds, 3)
    return (Observation(name, summary, seconds, "s", params.threshold, evidence=evidence, boot_grace=True),)


def name_of(url: str) -> str:
    """`https://ann:secret@example.org/health?token=x` as `https://example.org/health#3f2a1c`: the same for any password
    and for any token."""
    parts = urlsplit(url)
    hidden = mask(f"{parts.username or ''}?{parts.query}")
    return endpoint.public_address(url) + (f"#{digest(hidden)}" if hidden != "?" else "")


def _shown(location: str) -> str:
    """A server can say what it likes."""
    try:
        return endpoint.public_address(location)
    except ValueError:
        return "?"


def _fault_of(answer: endpoint.Response, params: Params) -> str:
    if answer.status not in params.status:
        return f"answered {answer.status}, not {' or '.join(map(str, params.status))}"
    if params.contains is not None and params.contains.encode() not in answer.body:
        return f"answered without the text {params.contains!r}"
    if params.matches is not None and not compile_regex(params.matches).occurs_in(answer.body.decode(errors="replace")):
        return f"answered with a text that {params.matches!r} does not fit"
    return ""


def _fault(name: str, summary: str, evidence: dict[str, object], params: Params) -> Observation:
    return Observation(
        name,
        summary,
        threshold=lasting(params.for_s),
        severity=Severity.CRITICAL,
        evidence=evidence,
        boot_grace=True,
    )

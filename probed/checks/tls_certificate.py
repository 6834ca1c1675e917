"""How many days certificates are still valid: what a server shows, or what lies in PEM files.

Parameters: either `host`, `port` (443) and `server_name` (the host), or `paths` (also `path`; files and shell
patterns); `warning` (21d), `critical` (7d), `clear`, `timeout` (5s), `for` (0s). A plain number counts days.

A file counts by the certificate of it that ends first; one that is missing, or that cannot be read as a certificate, is
a warning. Patterns that fit nothing are said once. A server that shows no certificate is no answer: watch it by
`tcp_port` or `http`. A finding means that the renewal does not work: look at the timer or the log of the program that
renews. `renew_certificate` fits, if the document allows it and `actions.renewals` names the certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from probed.checks.parameters import Bounds, Timeout, lasting, unless_off
from probed.config.values import Names, seconds
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import is_pattern
from probed.errors import HostFailed, NotHere, ParameterError
from probed.host import certificates, files
from probed.host.certificates import Certificate

DAY_S = 86400.0
MAX_NAMES = 20


def _days(value: object) -> float:
    """A plain number counts days."""
    return float(value) if isinstance(value, int | float) else seconds(value) / DAY_S


Days = Annotated[float | None, BeforeValidator(unless_off(_days))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    below: ClassVar[bool] = True
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 443
    server_name: str = ""
    path: str | None = None
    paths: Annotated[tuple[str, ...], Names] = ()
    warning: Days = 21.0
    critical: Days = 7.0
    clear: Days = None
    timeout_s: Timeout = 5.0

    def __post_init__(self) -> None:
        if bool(self.host) == bool(self.path or self.paths):
            raise ParameterError("host", "either a host or the paths of files are needed")


def look(params: Params) -> CheckAnswer:
    if params.host:
        found = certificates.served(
            params.host, params.port, server_name=params.server_name, deadline_s=params.timeout_s
        )
        return (_observation(f"{params.host}:{params.port}", found, params),)
    patterns = (*params.paths, *([params.path] if params.path else ()))
    answer = [item for pattern in patterns for item in _files(pattern, params)]
    where = f"at {patterns[0]}" if len(patterns) == 1 else f"in any of {len(patterns)} places"
    once = tuple(item for index, item in enumerate(answer) if item not in answer[:index])
    return once or (Absent(f"certificate {where}"),)


def _files(pattern: str, params: Params) -> Iterator[Observation | Absent]:
    if not is_pattern(pattern):
        yield from _file(pattern, params, is_named=True)
        return
    try:
        paths = files.fitting(pattern)
    except NotHere as hidden:
        yield Absent(hidden.what, hidden.remedy)
        return
    for path in paths:
        yield from _file(path, params, is_named=False)


def _file(path: str, params: Params, *, is_named: bool) -> Iterator[Observation | Absent]:
    try:
        found = certificates.in_file(path)
    except NotHere as hidden:
        yield Absent(hidden.what, hidden.remedy)
    except HostFailed as error:
        yield _fault(path, str(error), params)
    else:
        if found:
            yield _observation(path, min(found, key=lambda each: each.not_after), params)
        elif is_named:
            yield _fault(path, f"{path} holds no certificate", params)


def _observation(name: str, found: Certificate, params: Params) -> Observation:
    now = datetime.now(UTC)
    days = round((found.not_after - now).total_seconds() / DAY_S, 1)
    evidence = {
        "days_left": days,
        "subject": found.subject,
        "issuer": found.issuer,
        "names": list(found.names)[:MAX_NAMES],
        "not_before": found.not_before.isoformat(),
        "not_after": found.not_after.isoformat(),
        "serial": found.serial,
    }
    if found.not_before > now:
        summary = f"the certificate {found.subject} of {name} is not valid before {found.not_before:%Y-%m-%d %H:%M} UTC"
        severity = Severity.CRITICAL
        return Observation(name, summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)
    ends = f"ends in {days:g} days" if days > 0 else f"ended {-days:g} days ago"
    summary = f"the certificate {found.subject} of {name} {ends}"
    return Observation(name, summary, days, "d", params.threshold, evidence=evidence)


def _fault(path: str, summary: str, params: Params) -> Observation:
    return Observation(
        path, summary, threshold=lasting(params.for_s), severity=Severity.WARNING, evidence={"path": path}
    )

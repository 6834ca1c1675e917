"""How many days certificates are still valid, on the wire and in PEM files, and whether a server still shows the one
before the renewed one that lies on disk.

Parameters: `host`, `port` (443) and `server_name` (the host), or `paths` (also `path`; files and shell patterns), or
both; `verify` (false; what the server shows must be accepted), `compare` (none; ports of this host at which each file
is looked for on the wire), `warning` (21d), `critical` (7d), `clear`, `timeout` (5s), `for` (0s). A plain number counts
days.

Unless they are given, `warning` and `critical` are at most a quarter and a twelfth of the time that the certificate
lasts: 12 and 4 days of one for 47 days, 36 and 12 hours of one for 6 days, 6 and 2 hours of one for a day. The usual
programs renew when a third is left, so that one that works never comes so far. One that has signed itself is no
program's, and has 21 and 7 days however long it lasts.

With `host` and `paths` the server must show one of the certificates in the files: another is a warning, and critical
where it is about to end. With `compare` a server of this host that shows an older certificate of the same names than
the file has is such a finding; ports on which nobody listens, and certificates of other names, do not matter. The
object is `HOST:PORT serves FILE`; what helps is a reload of the server: `reload_unit`, where the document allows it.

With `verify` what the server shows must be accepted by who trusts what this host trusts: signed by one of them, its
chain complete, for `server_name`. Else `HOST:PORT trust` is critical: most clients turn away.

A file counts by the certificate of it that ends first; one that is missing, or that cannot be read as a certificate, is
a warning. Patterns that fit nothing are said once. A server that shows no certificate is no answer: watch it by
`tcp_port` or `http`. A finding means that the renewal does not work: look at the timer or the log of the program that
renews. `renew_certificate` fits, if the document allows it and `actions.renewals` names the certificate.

Example:
  - tls_certificate: {paths: ["/etc/letsencrypt/live/*/fullchain.pem"], compare: [443], critical: 3d}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from probed.checks.parameters import Bounds, Timeout, lasting, unless_off
from probed.config.values import Names, seconds
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import is_pattern
from probed.core.threshold import Threshold
from probed.errors import HostFailed, NotHere, ParameterError
from probed.host import certificates, files
from probed.host.certificates import Certificate

DAY_S = 86400.0
MAX_NAMES = 20
LONG_LIVED_DAYS = 84.0
"""Of a certificate that lasts less the default bounds are the same parts: 21 days are a quarter of these."""


def _days(value: object) -> float:
    """A plain number counts days."""
    return float(value) if isinstance(value, int | float) else seconds(value) / DAY_S


Days = Annotated[float | None, BeforeValidator(unless_off(_days))]


class DefaultDays(float):
    """What a document does not say, so that it yields to a short life."""


WARNING, CRITICAL = DefaultDays(21), DefaultDays(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    below: ClassVar[bool] = True
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 443
    server_name: str = ""
    path: str | None = None
    paths: Annotated[tuple[str, ...], Names] = ()
    compare: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(max_length=20)] = ()
    warning: Days = WARNING
    critical: Days = CRITICAL
    clear: Days = None
    timeout_s: Timeout = 5.0
    verify: bool = False

    def __post_init__(self) -> None:
        if not self.host and not self.patterns:
            raise ParameterError("host", "a host, or the paths of files, are needed")
        if self.verify and not self.host:
            raise ParameterError("verify", "there is no host whose certificate could be accepted")
        if self.compare and not self.patterns:
            raise ParameterError("compare", "there are no paths of files to compare with what is served")

    @property
    def threshold(self) -> Threshold:
        """As far as the document says it."""
        warning, critical = (
            None if isinstance(bound, DefaultDays) else bound for bound in (self.warning, self.critical)
        )
        return Threshold(warning, critical, self.clear, self.for_s, below=True)

    @property
    def patterns(self) -> tuple[str, ...]:
        return (*self.paths, *([self.path] if self.path else ()))


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.FILES, params.patterns),) if params.patterns else ()


def look(params: Params) -> CheckAnswer:
    on_disk, answer = dict[str, Certificate](), list[Observation | Absent]()
    for pattern in params.patterns:
        answer += _files(pattern, params, on_disk)
    if params.host:
        answer += _served(params, on_disk)
    if params.compare:
        answer += _compared_here(params, on_disk)
    where = f"at {params.patterns[0]}" if len(params.patterns) == 1 else f"in any of {len(params.patterns)} places"
    once = tuple(item for index, item in enumerate(answer) if item not in answer[:index])
    return once or (Absent(f"certificate {where}"),)


def _served(params: Params, on_disk: Mapping[str, Certificate]) -> Iterator[Observation]:
    name = f"{params.host}:{params.port}"
    shown = certificates.served(
        params.host or "", params.port, server_name=params.server_name, deadline_s=params.timeout_s
    )
    yield _observation(name, shown, params)
    if params.verify:
        yield _trust(name, params)
    if on_disk and shown not in on_disk.values():
        path = max(on_disk, key=lambda each: on_disk[each].not_before)
        yield _comparison(name, path, shown, on_disk[path], params)
    elif on_disk:
        path = next(path for path, each in on_disk.items() if each == shown)
        yield _comparison(name, path, shown, shown, params)


def _trust(name: str, params: Params) -> Observation:
    reason = certificates.refusal(
        params.host or "", params.port, server_name=params.server_name, deadline_s=params.timeout_s
    )
    summary = f"the certificate of {name} is {f'not accepted: {reason}' if reason else 'accepted'}"
    severity = Severity.CRITICAL if reason else None
    return Observation(f"{name} trust", summary, threshold=lasting(params.for_s), severity=severity)


def _compared_here(params: Params, on_disk: Mapping[str, Certificate]) -> Iterator[Observation]:
    """Each file with what the servers of this host show to a client that asks for its name."""
    end = time.monotonic() + params.timeout_s
    for port in params.compare:
        for path, mine in on_disk.items():
            name = next(iter(mine.names), mine.subject).replace("*", "www")
            for place, shown in certificates.served_here(port, name, deadline_s=max(0.1, end - time.monotonic())):
                if shown == mine or (set(shown.names) & set(mine.names) and shown.not_before < mine.not_before):
                    yield _comparison(place, path, shown, mine, params)


def _comparison(place: str, path: str, shown: Certificate, mine: Certificate, params: Params) -> Observation:
    name = f"{place} serves {path}"
    evidence: dict[str, object] = {
        "path": path,
        "served": shown.serial,
        "on_disk": mine.serial,
        "served_until": shown.not_after.isoformat(),
        "on_disk_until": mine.not_after.isoformat(),
    }
    if shown == mine:
        return Observation(name, name, evidence=evidence)
    days = (shown.not_after - datetime.now(UTC)).total_seconds() / DAY_S
    critical = _threshold(shown, params).critical
    is_urgent = critical is not None and days <= critical
    is_old = set(shown.names) & set(mine.names) and shown.not_before <= mine.not_before
    what = f"still shows the certificate before that in {path}" if is_old else f"shows another certificate than {path}"
    return Observation(
        name,
        f"{place} {what}; its own ends in {_words(days)}",
        threshold=lasting(params.for_s),
        severity=Severity.CRITICAL if is_urgent else Severity.WARNING,
        evidence=evidence,
    )


def _files(pattern: str, params: Params, on_disk: dict[str, Certificate]) -> Iterator[Observation | Absent]:
    if not is_pattern(pattern):
        yield from _file(pattern, params, on_disk, is_named=True)
        return
    try:
        paths = files.fitting(pattern)
    except NotHere as hidden:
        yield Absent(hidden.what, hidden.remedy)
        return
    for path in paths:
        yield from _file(path, params, on_disk, is_named=False)


def _file(
    path: str, params: Params, on_disk: dict[str, Certificate], *, is_named: bool
) -> Iterator[Observation | Absent]:
    """`on_disk` gets the certificate that a server would show: the first one."""
    try:
        found = certificates.in_file(path)
    except NotHere as hidden:
        yield Absent(hidden.what, hidden.remedy)
    except HostFailed as error:
        yield _fault(path, str(error), params)
    else:
        if found:
            on_disk[path] = found[0]
            yield _observation(path, min(found, key=lambda each: each.not_after), params)
        elif is_named:
            yield _fault(path, f"{path} holds no certificate", params)


def _observation(name: str, found: Certificate, params: Params) -> Observation:
    now = datetime.now(UTC)
    days = round((found.not_after - now).total_seconds() / DAY_S, 2)
    evidence = {
        "days_left": days,
        "lasts_days": round(_lasts_days(found), 2),
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
    ends = f"ends in {_words(days)}" if days > 0 else f"ended {_words(-days)} ago"
    summary = f"the certificate {found.subject} of {name} {ends}"
    return Observation(name, summary, days, "d", _threshold(found, params), evidence=evidence)


def _words(days: float) -> str:
    return f"{days:.1f} days" if days >= 2 else f"{days * 24:.1f} hours"


def _lasts_days(found: Certificate) -> float:
    return (found.not_after - found.not_before).total_seconds() / DAY_S


def _threshold(found: Certificate, params: Params) -> Threshold:
    part = 1.0 if found.is_self_signed else min(1.0, _lasts_days(found) / LONG_LIVED_DAYS)
    warning, critical = (
        bound * part if isinstance(bound, DefaultDays) else bound for bound in (params.warning, params.critical)
    )
    return replace(params.threshold, warning=warning, critical=critical)


def _fault(path: str, summary: str, params: Params) -> Observation:
    return Observation(
        path, summary, threshold=lasting(params.for_s), severity=Severity.WARNING, evidence={"path": path}
    )

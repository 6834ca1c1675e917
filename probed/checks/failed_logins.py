"""Logins that failed since the last look, for each address and in all; and one that succeeded after many that failed.

Parameters: `warning` (50) and `critical` (off) failures from one address, `total` (1000; from all of them), `within`
(1h), `success_after` (10; so many failures `within` that time before a success from the same address are critical;
`off`), `keep` (24h; how long that is told), `ignore` (addresses and networks), `paths` (auto: the journal, or
/var/log/auth.log or /var/log/secure), `clear`, `for` (0s), `journal_folder` (of another journal).

Counted is what sshd, dropbear, sudo, su and login report; of the journal only what root's programs say. Where neither
journal nor log can be read, the records of `last` and `lastb` are. An address of IPv6 stands for its network of 64
bits; who failed on this host itself counts under the program and the user. A name that does not exist is not shown: it
may be a password in the wrong place. A finding about failures means that somebody guesses passwords: let fail2ban or
the firewall hold them off, or allow keys only (`ssh_settings`). One about a success means that a password may have been
guessed: look at once what that account does. No action fits by itself.

Example:
  - failed_logins: {warning: 50, total: 1000, within: 1h, success_after: 10, ignore: [192.0.2.0/24]}
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from probed.checks import logs
from probed.checks.logs import Sources
from probed.checks.parameters import Bounds, NumberBound
from probed.config.values import Duration, Names
from probed.core.finding import Severity
from probed.core.host_event import Concern
from probed.core.inspection import age_text, duration_text
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.text import storable
from probed.core.threshold import Threshold
from probed.errors import NotHere
from probed.host import login_records, logins
from probed.host.log_lines import as_mapping, as_number
from probed.host.logins import Login

LOGS = ("/var/log/auth.log", "/var/log/secure")
STEP_S = 60
MOST_ADDRESSES = 1000
MOST_SHOWN = 10
MOST_BREAK_INS = 50


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    warning: NumberBound = 50.0
    critical: NumberBound = None
    total: NumberBound = 1000.0
    within_s: Annotated[float, Duration, Field(alias="within", ge=60)] = 3600.0
    success_after: NumberBound = 10.0
    keep_s: Annotated[float, Duration, Field(alias="keep")] = 86400.0
    ignore: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Names] = ()
    paths: Annotated[tuple[str, ...], Names] = ("auto",)
    journal_folder: str = ""


class _RootsLines(Sources):
    """Anybody can write to the journal under the name of sshd."""

    users: ClassVar[tuple[int, ...]] = (0,)


@dataclass(slots=True)
class _Counts:
    """Failures by address, in steps of time."""

    steps: dict[str, dict[int, int]]

    @classmethod
    def known(cls, failures: Mapping[str, Any]) -> Self:
        return cls({source: {int(at): int(number) for at, number in steps} for source, steps in failures.items()})

    def add(self, login: Login) -> None:
        at = int(login.at // STEP_S * STEP_S)
        steps = self.steps.setdefault(login.source, {})
        steps[at] = steps.get(at, 0) + login.times

    def of(self, source: str, since: float = 0.0) -> int:
        return sum(number for at, number in self.steps.get(source, {}).items() if at + STEP_S > since)

    def worst(self) -> list[tuple[str, int]]:
        return sorted(((source, self.of(source)) for source in self.steps), key=lambda each: (-each[1], each[0]))

    def forget_before(self, at: float) -> None:
        recent = {
            source: kept
            for source, steps in self.steps.items()
            if (kept := {k: v for k, v in steps.items() if k >= at})
        }
        self.steps = recent
        self.steps = {source: recent[source] for source, _ in self.worst()[:MOST_ADDRESSES]}


def concerns(params: Params) -> Sequence[Concern]:
    return logs.concerns_of(_RootsLines(identifiers=logins.PROGRAMS, journal_folder=params.journal_folder))


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    now = time.time()
    seen, position, notes = _new(params, as_mapping(known.get("position")), now)
    if seen is None:
        return notes, known
    counts = _Counts.known(as_mapping(known.get("failures")))
    break_ins = _still_told(as_mapping(known.get("break_ins")), now, params.keep_s)
    for login in (each for each in seen if not _is_ignored(each.source, params.ignore)):
        if not login.succeeded:
            counts.add(login)
            continue
        before = counts.of(login.source, login.at - params.within_s)
        if params.success_after is not None and before >= params.success_after:
            break_ins[login.source] = {"at": login.at, "user": login.user, "failures": before}
    counts.forget_before(now - params.within_s)
    answer = (*_rates(counts, params), *(_break_in(name, each, now) for name, each in break_ins.items()), *notes)
    kept = dict(sorted(break_ins.items(), key=lambda each: -as_number(each[1]["at"]))[:MOST_BREAK_INS])
    failures = {name: list(map(list, steps.items())) for name, steps in counts.steps.items()}
    return answer, {"position": position, "failures": failures, "break_ins": kept}


def _new(params: Params, known: Memory, now: float) -> tuple[Sequence[Login] | None, Memory, tuple[Any, ...]]:
    """Since the last look, how far that is, and what else there is to say; None where nothing can be read."""
    notes: list[Absent] = []
    for name, sources in _sources(params):
        reading = logs.read(sources, as_mapping(known.get(name)), now)
        if not reading.absent:
            position = {**known, name: reading.position}
            return tuple(logins.logins(reading.lines)), position, (*reading.floods(), *reading.notes)
        notes += reading.absent
    try:
        since = as_number(known.get("records")) or now
        return login_records.logins_between(since, now), {**known, "records": now}, ()
    except NotHere:
        return None, known, tuple(notes)


def _sources(params: Params) -> Iterator[tuple[str, Sources]]:
    if params.paths != ("auto",):
        yield "paths", Sources(paths=params.paths)
        return
    yield "journal", _RootsLines(identifiers=logins.PROGRAMS, journal_folder=params.journal_folder)
    yield from ((path, Sources(paths=(path,))) for path in LOGS if os.path.exists(path))


def _is_ignored(source: str, networks: Sequence[str]) -> bool:
    try:
        address = ip_address(source.partition("/")[0])
    except ValueError:
        return False
    return any(address in ip_network(each) for each in networks)


def _still_told(break_ins: Mapping[str, Any], now: float, keep_s: float) -> dict[str, Any]:
    return {source: found for source, found in break_ins.items() if now - as_number(found["at"]) < keep_s}


def _rates(counts: _Counts, params: Params) -> Iterator[Observation]:
    worst = counts.worst()
    within = duration_text(params.within_s)
    evidence = {
        "failures": {storable(source): number for source, number in worst[:MOST_SHOWN]},
        "addresses": len(worst),
    }
    source, most = worst[0] if worst else ("", 0)
    summary = f"{storable(source)} failed {most} times to log in within {within}" if most else "no login failed"
    yield Observation("one address", summary, float(most), "", params.threshold, evidence=evidence)
    total = sum(number for _, number in worst)
    summary = f"{total} logins from {len(worst)} addresses failed within {within}" if total else "no login failed"
    yield Observation(
        "all addresses", summary, float(total), "", Threshold(params.total, for_s=params.for_s), evidence=evidence
    )


def _break_in(source: str, found: Mapping[str, Any], now: float) -> Observation:
    who = storable(str(found["user"]))
    return Observation(
        storable(source),
        f"{storable(source)} logged in as {who} after {found['failures']} failures, {age_text(now - found['at'])} ago",
        severity=Severity.CRITICAL,
        evidence={"user": who, "failures": found["failures"], "at": round(found["at"])},
    )

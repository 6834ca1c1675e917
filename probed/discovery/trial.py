"""Proposed checks are tried before they are proposed, with the eyes of the service's user: what would be a finding at
once, what the service may not see, and how fast an answer is here.

Run as a program it reads `[[check, parameters], …]` as JSON, and writes what each of them said.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from probed.checks.registry import CheckRegistry
from probed.config.trust import SYSTEM_USER
from probed.core.inspection import CheckCall, Inspection
from probed.core.observation import Absent, Observation
from probed.discovery.normal import latency_bound
from probed.discovery.proposal import Found, Survey
from probed.errors import CortexError
from probed.host.files import printable

DEADLINE_S = 300.0
MEASURED = frozenset({"postgresql", "redis"})
"""Checks whose bound for the answer is of what it takes here; those of the web are measured where they are found."""
NUMBERS = frozenset({"memory", "swap", "load", "disk", "inodes"})
"""Checks whose bounds come along and may not fit a host. What each sees in one look says how it is."""
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "DOCKER_HOST")
"""What of root's the service's user gets to see."""
AS_ROOT = "let the daemon run as root"


@dataclass(frozen=True, slots=True)
class Said:
    fault: str = ""
    """What it finds now, or why it has no answer."""
    absent: tuple[tuple[str, str], ...] = ()
    """What is not here, or may not be seen, each with what would help."""
    is_silent: bool = False
    """All it says is that something is absent."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    survey: Survey
    """In which what would be a finding at once is not proposed."""
    troubles: Sequence[str]
    """What is not as it should be now."""
    wanting: Sequence[str]
    """What a person has to do before everything is seen."""


def tried(survey: Survey, keys: frozenset[str], new: frozenset[str], user: str = SYSTEM_USER) -> Tried:
    """Those of the keys; `new`: those that would be written for the first time. Blocking; each look has a deadline."""
    chosen = {each.key: each for each in survey.found if each.key in keys}
    calls = [(each.check, each.call_params) for each in chosen.values()]
    said = dict(zip(chosen, _said(calls, user), strict=True))
    found, troubles, wanting = list[Found](), list[str](), list[str]()
    for each in survey.found:
        answer = said.get(each.key, Said())
        if answer.fault and each.key in new:
            troubles.append(printable(f"{each.check} {each.name}: {answer.fault}"))
        wanting += map(printable, _wanted(each, answer))
        found.append(_fitted(each, answer))
    return Tried(replace(survey, found=tuple(found)), troubles, list(dict.fromkeys(wanting)))


def _wanted(found: Found, said: Said) -> Sequence[str]:
    if found.is_optional:
        return ()
    if found.to_do and said.is_silent:
        return (found.to_do,)
    return [f"{what}: {remedy}" for what, remedy in said.absent if remedy and AS_ROOT not in remedy]


def unfitting(inspections: Sequence[Inspection]) -> Iterator[str]:
    """What the bounds of documents in force make a finding of now: it is a fault, or normal on this host."""
    for inspection in inspections:
        for call in inspection.checks:
            if call.check in NUMBERS and (fault := look(call.check, call.params).fault):
                yield f"{inspection.id}: {fault}"


def _fitted(found: Found, said: Said) -> Found:
    if found.check in MEASURED and said.seconds is not None:
        found = replace(found, params={**found.params, "warning": latency_bound(said.seconds)})
    is_up = found.is_up and not said.fault and not (found.is_optional and said.is_silent)
    return replace(found, is_up=is_up)


def _said(calls: Sequence[tuple[str, Mapping[str, object]]], user: str) -> Sequence[Said]:
    if calls and os.geteuid() == 0 and _exists(user):
        try:
            return _said_to(user, json.dumps([[check, dict(params)] for check, params in calls]))
        except OSError:
            pass  # the program lies where only root may go, so it is no service's
    return [look(check, params) for check, params in calls]


def _said_to(user: str, calls: str) -> Sequence[Said]:
    """Raises OSError where that user cannot run this program."""
    group = pwd.getpwnam(user).pw_gid
    done = subprocess.run(
        [sys.executable, "-I", "-m", __name__],
        input=calls,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        cwd="/",
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        user=user,
        group=group,
        extra_groups=os.getgrouplist(user, group),
    )
    if done.returncode:
        raise OSError(done.returncode, done.stderr)
    return [Said(**{**each, "absent": tuple(map(tuple, each["absent"]))}) for each in json.loads(done.stdout)]


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def look(check: str, params: Mapping[str, object]) -> Said:
    try:
        bound = CheckRegistry().bind(CheckCall(check, params))
        if check in MEASURED:
            bound.look()  # the first one also loads the library
        answer = bound.look()
    except CortexError as error:
        return Said(fault=str(error))
    seen = [item for item in answer if isinstance(item, Observation)]
    absent = tuple((item.what, item.remedy) for item in answer if isinstance(item, Absent))
    faults = [each.summary for each in seen if _is_finding(each)]
    seconds = next((each.value for each in seen if each.unit == "s"), None)
    return Said("; ".join(faults), absent, not seen, seconds)


def _is_finding(seen: Observation) -> bool:
    if seen.threshold and seen.value is not None:
        return seen.threshold.severity(seen.value, None) is not None
    return seen.severity is not None


def main() -> None:
    said = [asdict(look(check, params)) for check, params in json.load(sys.stdin)]
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()

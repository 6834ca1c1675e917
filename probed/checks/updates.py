"""Updates that wait to be installed (apt), those for security by themselves, and how old the lists are that say so.

Parameters: `security` (1), that many security updates are a finding; `warning` (off), `critical` (off), that many
updates in all; `clear`; `for` (2d), how long they may wait; `lists_for` (14d), how old the lists may be, and that for
as long as `for`: a host that was off for weeks fetches them within its first day.

Nothing is fetched and nothing changed: what counts is what the last `apt-get update` brought, as a timer of the system
does. Lists that are older than `lists_for` are a warning: nobody knows what waits. Security updates that wait for days
are a warning, too: look whether unattended-upgrades runs, and what it holds back. Other package managers are not asked.
apt is asked only when what is installed or the lists have changed, which takes it a second or several. No action fits.

Example:
  - updates: {security: 1, for: 2d, warning: 200}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Annotated

from probed.checks.parameters import Bounds, For, NumberBound, lasting
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.threshold import Threshold
from probed.host import pending_updates
from probed.host.pending_updates import Update

NAMED = 30
"""Packages that the evidence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    security: NumberBound = 1.0
    warning: NumberBound = None
    critical: NumberBound = None
    clear: NumberBound = None
    for_s: For = 172800.0
    lists_for: Annotated[float, Duration] = 1209600.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    state, age_s = pending_updates.state(), pending_updates.lists_age_s()
    memory = known if known.get("state") == state else {"state": state, "updates": _asked()}
    if age_s is None:
        return (Absent("lists of packages", "let a timer run apt-get update"),), memory
    rows = memory["updates"]
    updates = [Update(*row) for row in rows] if isinstance(rows, list) else []
    security = [each for each in updates if each.is_security]
    answer = (
        _count("security updates", security, Threshold(warning=params.security, for_s=params.for_s)),
        _count("updates", updates, params.threshold),
        _lists(age_s, params),
    )
    return answer, memory


def _asked() -> list[list[object]]:
    return [list(astuple(each)) for each in pending_updates.pending()]


def _count(name: str, updates: Sequence[Update], threshold: Threshold) -> Observation:
    evidence = {
        "count": len(updates),
        "packages": [f"{each.package} {each.installed} to {each.candidate}" for each in updates[:NAMED]],
    }
    return Observation(name, f"{len(updates)} {name} wait", len(updates), "updates", threshold, evidence=evidence)


def _lists(age_s: float, params: Params) -> Observation:
    severity = Severity.WARNING if age_s > params.lists_for else None
    summary = f"the lists of packages are {age_text(age_s)} old"
    evidence = {"age_s": round(age_s)}
    return Observation("lists", summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)

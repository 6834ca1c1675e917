"""The play inside the namespaces: healthy, then the fault, and what a private daemon says to it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from probed.drill import world
from probed.drill.lock import lock_in
from probed.drill.outcome import Outcome, State, broken, impossible
from probed.drill.places import BIN, DAEMON, FAULT, PROPS, SHIPPED
from probed.drill.private_daemon import PrivateDaemon
from probed.drill.program import Program, Skipped
from probed.drill.sighting import Answers, Key, Sighting, alarms, concerned, key, sighting
from probed.drill.truth import Truth
from probed.errors import CortexError
from probed.wire import paths

FIRST_LOOK_WITHIN_S = 60.0
MADE_WITHIN_S = 15.0
"""`inject` of a healthy control, after which it is watched, and of a fault that also makes the healthy state."""
LOOK_EVERY_S = 0.1
SLOW_S = 5.0
"""A document that has itself run less often is asked to run."""
ASK_EVERY_S = 3.0
CLIMBS_WITHIN_S = 20.0
"""After it was seen: until its level counts as it is."""
LINGER_S = 1.5
"""After that: what else is told."""
LOG_LINES = 20
MAY_PEND = "a state counts once it has lasted as long as the check's `for` says"


@dataclass(frozen=True, slots=True)
class Job:
    folder: str
    """The fault's folder on the host."""
    document: str
    config: dict[str, Any]
    is_slow: bool
    truth: Truth
    keep: str | None
    """A folder of the host that keeps what the private daemon writes."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Job:
        truth: dict[str, Any] = {
            name: tuple(each) if isinstance(each, list) else each for name, each in data["truth"].items()
        }
        return cls(**{**data, "truth": Truth(**truth)})

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def play(job: Job) -> Outcome:
    try:
        carried = {FAULT: Path(job.folder), PROPS: SHIPPED / "_props"}
        world.enter(carried, Path(job.keep) if job.keep else None, DAEMON)
        lock_in()
    except subprocess.CalledProcessError as error:
        return impossible(f"{error.cmd[0]}: {(error.stderr or '').strip() or f'exit code {error.returncode}'}")
    except OSError as error:
        return impossible(f"no world of its own: {error}")
    try:
        outcome = _Play(job).outcome()
    except Skipped as skipped:
        outcome = impossible(str(skipped))
    except CortexError as error:
        outcome = broken(str(error))
    return replace(outcome, log=tuple(_log()))


class _Play:
    def __init__(self, job: Job) -> None:
        self._job, self._truth = job, job.truth
        for folder in (BIN, DAEMON):
            Path(folder).mkdir(parents=True, exist_ok=True)
        if Program.exists("prepare"):
            Program("prepare").finish()
        self._daemon = PrivateDaemon(job.document, job.config)
        self._asked_at = 0.0
        self._known: frozenset[Key] = frozenset()

    def outcome(self) -> Outcome:
        self._daemon.wait_until_ready()
        self._look_while_healthy()
        healthy = self._answers({})
        before = {str(case["id"]): str(case["last_seen_at"]) for case in healthy.cases}
        began, inject = time.monotonic(), Program("inject")
        lacking = healthy.told() if self._truth.is_control else concerned(healthy, self._truth)
        if lacking or self._truth.is_control:
            inject.wait(MADE_WITHIN_S)
        if lacking:
            # `inject` makes the healthy state, too (it mounts the disk that it fills): what lacked until then is no
            # part of the fault, and nothing is to have been tried against it
            self._known = frozenset(key(case) for case in healthy.told())
            self._daemon.begin_anew()
            before = {}
        if self._truth.is_control:
            return self._cleaned(self._watched(before))
        return self._cleaned(self._seen(before, began, inject))

    def _cleaned(self, outcome: Outcome) -> Outcome:
        """What was seen stands, also where the fault cannot be taken back."""
        try:
            Program("clean").finish()
        except CortexError as error:
            return replace(outcome, note="; ".join(filter(None, (outcome.note, str(error)))))
        return outcome

    def _look_while_healthy(self) -> None:
        """Raises CortexError where the document cannot be used."""
        end = time.monotonic() + FIRST_LOOK_WITHIN_S
        while time.monotonic() < end:
            listed = self._daemon.get(paths.INSPECTIONS)
            if listed["broken"]:
                raise CortexError(f"the document cannot be used: {listed['broken'][0]['reason']}")
            if all(each["last_verdict"] is not None for each in listed["items"]):
                return
            self._ask_to_run()
            time.sleep(LOOK_EVERY_S)
        raise CortexError("the document was never run")

    def _watched(self, before: Mapping[str, str]) -> Outcome:
        end = time.monotonic() + self._truth.within_s
        while time.monotonic() < end:
            self._ask_to_run()
            time.sleep(LOOK_EVERY_S)
        told = tuple(alarms(self._answers(before), self._truth))
        return Outcome(State.PLAYED, component="", alarms=told, note=told[0] if told else "")

    def _seen(self, before: Mapping[str, str], began: float, inject: Program) -> Outcome:
        first: float | None = None
        found: Sighting | None = None
        watched_from = time.monotonic()
        while not found or not (found.is_level_right and found.is_settled):
            now = time.monotonic()
            if now - watched_from > self._truth.within_s or (first and now - first > CLIMBS_WITHIN_S):
                break
            inject.has_ended()  # well, or it goes on as long as the fault
            self._ask_to_run()
            time.sleep(LOOK_EVERY_S)
            found = sighting(self._answers(before), self._truth) or found
            if found and first is None:
                first = time.monotonic()
        time.sleep(LINGER_S)
        told = tuple(alarms(self._answers(before), self._truth))
        if not found or first is None:
            return Outcome(State.PLAYED, alarms=told, note=self._why_not())
        seconds = round(first - began, 1)
        level = found.level
        return Outcome(State.PLAYED, True, found.component, level, found.is_level_right, seconds, told, found.remark)

    def _why_not(self) -> str:
        """What the daemon said of the run instead: that something is not here, or that a check gave no answer."""
        status = self._daemon.get(paths.STATUS)
        said = [*status["notes"], *(f"{each['verdict']}: {each['summary']}" for each in status["sources"])]
        if all(each["verdict"] == "ok" for each in status["sources"]):
            said.append(MAY_PEND)
        return "; ".join(said)

    def _ask_to_run(self) -> None:
        if not self._job.is_slow or time.monotonic() - self._asked_at < ASK_EVERY_S:
            return
        self._asked_at = time.monotonic()
        for each in self._daemon.get(paths.INSPECTIONS)["items"]:
            self._daemon.post(f"{paths.INSPECTIONS}/{each['id']}/run")

    def _answers(self, before: Mapping[str, str]) -> Answers:
        changes, decisions = (self._daemon.get(path)["items"] for path in (paths.CHANGES, paths.DECISIONS))
        return Answers(self._cases(), changes, decisions, before, self._known)

    def _cases(self) -> list[dict[str, Any]]:
        cases: list[dict[str, Any]] = self._daemon.get(f"{paths.CASES}?limit=200")["items"]
        return cases


def _log() -> list[str]:
    paths = sorted(Path(DAEMON).glob("*.log"))
    return [line for path in paths for line in path.read_text(errors="replace").splitlines()[-LOG_LINES:]]

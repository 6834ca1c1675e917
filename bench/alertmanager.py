"""The notifications of Cortex beside those of Debian's prometheus-alertmanager, for the same alerts by the same routes.

    .venv/bin/python -m bench.alertmanager [--seconds 30] [--seed 1] [--burst 10000]

Both get the same streams at the same moments (storms, flaps, staggered groups, silences in between, a restart in the
middle) and tell web hooks. Cortex runs with `alerts.compatibility: alertmanager`. Ends 1 where groups, counts, contents
or order differ, where two moments are more than a second apart, or where an alert of the burst is lost.
Installs the Debian package prometheus-alertmanager where it is missing and may be installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psutil

from bench.alert_streams import Labels, Step, Stream, burst, restart_stream, streams
from tests.real.alertmanager import RealAlertmanager
from tests.real.daemon import RealDaemon
from tests.real.post_box import PostBox, Posted, post_box

APART_S = 1.0
RESEND_S = 4.0
ENDS_AFTER_S = 300.0
RESTART_S = 7.5
"""Nothing is sent for so long, so that how fast each one starts makes no difference."""
BATCH = 64
"""Alerts in one request, as Prometheus sends them."""
SPOILT_BY_S = 0.35
"""A notification so near to the end of the measurement may be on one side only."""


class Peer(Protocol):
    def request(self, method: str, path: str, body: object = None, timeout_s: float = 10.0) -> tuple[int, Any]: ...
    def start(self) -> None: ...
    def stop(self) -> object: ...
    @property
    def pid(self) -> int: ...


@dataclass
class Side:
    """One of the two, with what it has told."""

    name: str
    peer: Peer
    box: PostBox
    firing: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)
    """Labels of what fires, and since when."""

    def carry_out(self, step: Step) -> None:
        match step.do:
            case "fire":
                self.firing |= {_key(each): _moment() for each in step.labels if _key(each) not in self.firing}
                self.send([_alert(each, self.firing[_key(each)]) for each in step.labels])
            case "resolve":
                over = [each for each in step.labels if _key(each) in self.firing]
                self.send([_alert(each, self.firing.pop(_key(each)), _moment()) for each in over])
            case "silence":
                self._silence(step)
            case "restart":
                back_at = time.monotonic() + RESTART_S
                self.peer.stop()
                self.peer.start()
                time.sleep(max(0.0, back_at - time.monotonic()))

    def send(self, alerts: Sequence[Mapping[str, object]]) -> None:
        for start in range(0, len(alerts), BATCH):
            status, answer = self.peer.request("POST", "/api/v2/alerts", alerts[start : start + BATCH])
            if status != 200:
                raise RuntimeError(f"{self.name} does not take alerts: {status} {answer}")

    def send_again(self) -> None:
        self.send([_alert(dict(key), since) for key, since in self.firing.items()])

    def _silence(self, step: Step) -> None:
        matchers = [
            {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in _key(step.labels[0])
        ]
        window = {"startsAt": _moment(), "endsAt": _moment(step.for_s)}
        body = {"matchers": matchers, **window, "createdBy": "bench", "comment": "on purpose"}
        status, answer = self.peer.request("POST", "/api/v2/silences", body)
        if status != 200:
            raise RuntimeError(f"{self.name} does not take a silence: {status} {answer}")


@dataclass(frozen=True)
class Told:
    at_s: float
    content: tuple[str, frozenset[str], frozenset[str]]
    """Status, what fires, what resolved."""


Group = tuple[str, str]
"""Path of the web hook, and the group's key."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burst", type=int, default=10_000, help="alerts in the burst; 0: none")
    arguments = parser.parse_args()
    differences = compare(streams(arguments.seed), arguments.seconds)
    differences += compare([restart_stream()], arguments.seconds)
    lost = measure_burst(arguments.burst) if arguments.burst else 0
    for difference in differences:
        print(difference)
    print(f"{len(differences)} differences, {lost} alerts lost")
    return 1 if differences or lost else 0


# --- the same notifications -------------------------------------------------------------------------------------------


def compare(chosen: Sequence[Stream], seconds: float) -> list[str]:
    with two_sides(chosen) as sides:
        began = time.monotonic() + 0.5
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(drive, side, chosen, began, seconds) for side in sides]:
                done.result()
    alertmanager, cortex = (dict(told_by_group(side, began)) for side in sides)
    differences = []
    for group in sorted({*alertmanager, *cortex}):
        differences += differences_of(group, alertmanager.get(group, []), cortex.get(group, []), seconds)
    pairs = [pair for group in alertmanager for pair in zip(alertmanager[group], cortex.get(group, []), strict=False)]
    apart = [abs(theirs.at_s - ours.at_s) for theirs, ours in pairs]
    print(
        f"{len(chosen)} streams: {len(alertmanager)} groups, {sum(map(len, alertmanager.values()))} notifications; "
        f"apart {max(apart, default=0):.2f} s at most, {sum(apart) / max(1, len(apart)):.3f} s on average"
    )
    return differences


def drive(side: Side, chosen: Sequence[Stream], began: float, seconds: float) -> None:
    steps = sorted((step for stream in chosen for step in stream.steps), key=lambda step: step.at_s)
    again = [Step(RESEND_S * number, "fire") for number in range(1, int(seconds / RESEND_S))]
    for step in sorted([*steps, *again], key=lambda step: step.at_s):
        time.sleep(max(0.0, began + step.at_s - time.monotonic()))
        if step.labels or step.do == "restart":
            side.carry_out(step)
        else:
            side.send_again()
    time.sleep(max(0.0, began + seconds - time.monotonic()))


def told_by_group(side: Side, began: float) -> Iterator[tuple[Group, list[Told]]]:
    groups: dict[Group, list[Told]] = defaultdict(list)
    for received in list(side.box.posted):
        groups[received.path, received.json()["groupKey"]].append(Told(received.at - began, content_of(received)))
    yield from groups.items()


def content_of(received: Posted) -> tuple[str, frozenset[str], frozenset[str]]:
    body = received.json()
    by_status: dict[str, set[str]] = defaultdict(set)
    for alert in body["alerts"]:
        by_status[alert["status"]].add(" ".join(f"{k}={v}" for k, v in sorted(alert["labels"].items())))
    return body["status"], frozenset(by_status["firing"]), frozenset(by_status["resolved"])


def differences_of(group: Group, expected: Sequence[Told], found: Sequence[Told], seconds: float) -> list[str]:
    """What of one group differs, in words; nothing for what may have been cut off at the end."""
    where = f"{group[0]} {group[1]}"
    both = min(len(expected), len(found))
    spare = [each for each in (*expected[both:], *found[both:]) if each.at_s < seconds - APART_S - SPOILT_BY_S]
    words = []
    if spare:
        words.append(f"{where}: {len(expected)} times at {times(expected)}, not {len(found)} at {times(found)}")
    for ours, theirs in zip(found, expected, strict=False):
        if ours.content != theirs.content:
            words.append(f"{where} at {theirs.at_s:.1f}: expected {summary(theirs)}, found {summary(ours)}")
        elif abs(ours.at_s - theirs.at_s) > APART_S:
            words.append(f"{where}: expected at {theirs.at_s:.1f} s, found at {ours.at_s:.1f} s")
    return words


def times(told: Sequence[Told]) -> str:
    return ", ".join(f"{each.at_s:.1f}" for each in told) or "no time"


def summary(told: Told) -> str:
    status, firing, resolved = told.content
    return f"{status} ({len(firing)} firing, {len(resolved)} resolved)"


# --- ten thousand at once ---------------------------------------------------------------------------------------------


def measure_burst(count: int) -> int:
    """Prints throughput, latency and memory of both; returns how many alerts Cortex never told."""
    stream = Stream("burst", {"group_by": ["alertname"], "group_wait": "1s", "group_interval": "5s"}, [])
    alerts = burst(count, groups=100)
    lost = 0
    with two_sides([stream]) as sides:
        for side in sides:
            before_mib = rss_mib(side)
            posted: dict[tuple[tuple[str, str], ...], float] = {}
            began = time.monotonic()
            for start in range(0, count, BATCH):
                side.send([_alert(labels, _moment()) for labels in alerts[start : start + BATCH]])
                posted |= {_key(labels): time.monotonic() for labels in alerts[start : start + BATCH]}
            took_s = time.monotonic() - began
            latency = latencies(side, posted, within_s=60)
            lost = count - len(latency)
            print(
                f"{side.name}: {count / took_s:.0f} alerts/s taken in; first notification "
                f"P50 {quantile(latency, 0.5):.2f} s, P95 {quantile(latency, 0.95):.2f} s; "
                f"{before_mib:.0f} -> {rss_mib(side):.0f} MiB; {lost} lost"
            )
    return lost


def latencies(side: Side, posted: Mapping[tuple[tuple[str, str], ...], float], within_s: float) -> list[float]:
    """Seconds from the answer to an alert's request until a web hook first named it."""
    first: dict[tuple[tuple[str, str], ...], float] = {}
    end, looked_at = time.monotonic() + within_s, 0
    while len(first) < len(posted) and time.monotonic() < end:
        received = side.box.posted[looked_at:]
        looked_at += len(received)
        for each in received:
            for alert in each.json()["alerts"]:
                first.setdefault(_key(alert["labels"]), each.at)
        time.sleep(0.2)
    return sorted(at - posted[key] for key, at in first.items() if key in posted)


def quantile(values: Sequence[float], share: float) -> float:
    return values[min(int(share * len(values)), len(values) - 1)] if values else float("nan")


def rss_mib(side: Side) -> float:
    return float(psutil.Process(side.peer.pid).memory_info().rss) / 2**20


# --- the two sides ----------------------------------------------------------------------------------------------------


@contextmanager
def two_sides(chosen: Sequence[Stream]) -> Iterator[tuple[Side, Side]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortex-alertmanager-")))
        (folder / "cortex").mkdir()
        hooks = [stack.enter_context(post_box()) for _ in range(2)]
        peer = RealAlertmanager(folder / "alertmanager", alerts_section(chosen, hooks[0].url))
        section = {**alerts_section(chosen, hooks[1].url), "compatibility": "alertmanager"}
        daemon = RealDaemon(folder / "cortex", {"alerts": section})
        yield (
            Side("alertmanager", stack.enter_context(peer), hooks[0]),
            Side("cortex", stack.enter_context(daemon), hooks[1]),
        )


def alerts_section(chosen: Sequence[Stream], url: str) -> dict[str, object]:
    """The same text for both, but for the address of the web hooks."""
    return {
        "route": {
            "receiver": "first",
            "routes": [{"matchers": [stream.matcher], **stream.route} for stream in chosen],
        },
        "inhibit_rules": [rule for stream in chosen for rule in stream.inhibit_rules],
        "receivers": [
            {"name": "first", "webhook_configs": [{"url": f"{url}/first"}]},
            {"name": "second", "webhook_configs": [{"url": f"{url}/second", "send_resolved": False}]},
        ],
    }


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _alert(labels: Labels, since: str, ended: str = "") -> dict[str, object]:
    return {
        "labels": dict(labels),
        "annotations": {"summary": f"{labels['alertname']} of {labels['stream']}"},
        "startsAt": since,
        "endsAt": ended or _moment(ENDS_AFTER_S),
    }


def _moment(later_s: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=later_s)).isoformat()


if __name__ == "__main__":
    sys.exit(main())

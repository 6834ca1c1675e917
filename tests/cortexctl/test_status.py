"""`cortexctl status`: what it says, how it ends, and that both ways to it say the same."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import termios
import threading
import time
from dataclasses import replace

import pytest

from cortexctl import overview
from cortexctl import status as asking
from cortexctl.exits import Exit
from cortexctl.output import plain
from cortexctl.section import clip
from probed.wire import paths
from probed.wire.model import BudgetShape
from probed.wire.problem import ProblemCode
from probed.wire.status import SourceShape, StatusShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, chunked, hang
from tests.cortexctl.terminal import DEADLINE_S, PROGRAM, environment

STATUS = "GET /api/v1/status"
SILENT = replace(samples.TROUBLED.sources[2])
FINE = samples.TROUBLED.sources[3]


def calm(**changes: object) -> StatusShape:
    return replace(samples.CALM, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "exit_"),
    [
        (calm(), Exit.OK),
        (calm(verdict="warning"), Exit.ATTENTION),
        (calm(verdict="critical"), Exit.ATTENTION),
        (calm(decisions=[samples.DECISION]), Exit.ATTENTION),
        (calm(verdict="unknown", sources=[FINE, SILENT]), Exit.ATTENTION),
        (calm(verdict="unknown", sources=[SILENT]), Exit.FAILED),
        (calm(verdict="unknown", sources=[]), Exit.FAILED),
        (calm(verdict="unknown", sources=[SILENT], decisions=[samples.DECISION]), Exit.ATTENTION),
    ],
)
def test_the_exit_code_says_whether_a_person_is_needed(
    daemon: StubDaemon, ctl: Ctl, status: StatusShape, exit_: Exit
) -> None:
    daemon.answer(STATUS, status)

    assert ctl("status").exit == exit_
    assert ctl("status", "--json").exit == exit_
    assert ctl("status", "--short").exit == exit_


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (samples.CALM, "cortex: web1: ok"),
        (samples.TROUBLED, "cortex: web1: critical, 2 alerts, 1 decision waiting"),
        (samples.NEW, "cortex: web1: unknown, first sweep under way"),
    ],
)
def test_short_is_one_line(daemon: StubDaemon, ctl: Ctl, status: StatusShape, line: str) -> None:
    daemon.answer(STATUS, status)

    assert ctl("status", "--short").out == f"{line}\n"


def test_a_new_daemon_is_waited_for_until_its_first_sweep_is_over(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer_in_turn(STATUS, samples.NEW, samples.NEW, samples.CALM)

    result = ctl("status")

    assert result.exit == Exit.OK
    assert len(daemon.requests) == 3


def test_a_first_sweep_that_goes_on_is_told_as_such(
    daemon: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answer(STATUS, samples.NEW)

    result = ctl("status", "--wait", "0")

    assert result.exit == Exit.FAILED
    assert "The first sweep of this new installation is not over" in result.out


def test_short_never_waits(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(STATUS, samples.NEW)

    ctl("status", "--short")

    assert len(daemon.requests) == 1


def test_a_host_without_inspections_is_told_what_to_do(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(STATUS, calm(verdict="unknown", sources=[]))

    assert "cortexctl inspections" in ctl("status").out


@pytest.mark.parametrize("options", [[], ["--json"], ["--short"]])
def test_the_way_without_typer_says_the_same_as_the_way_through_it(
    daemon: StubDaemon, ctl: Ctl, options: list[str]
) -> None:
    daemon.answer(STATUS, samples.TROUBLED)

    plain, through_typer = ctl("status", *options), ctl("--no-color", "status", *options)

    assert plain == through_typer


def test_json_is_the_daemons_own_even_where_this_version_does_not_know_it(daemon: StubDaemon, ctl: Ctl) -> None:
    wire = {"first_sweep_done": True, "verdict": "ok", "decisions": [], "sources": [], "new_thing": [1, {"a": None}]}
    daemon.answer(STATUS, wire)

    assert json.loads(ctl("status", "--json").out) == {"schema": 1, **wire}


def test_many_alerts_stay_on_one_screen(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(STATUS, replace(samples.TROUBLED, alerts=[samples.ALERT] * 14))

    out = ctl("status").out

    assert out.count("/data is 96 % full") == overview.MOST_ALERTS + 1
    assert "and 4 more: cortexctl alerts" in out


def test_an_alert_that_nobody_is_told_of_is_marked(daemon: StubDaemon, ctl: Ctl) -> None:
    silenced = replace(samples.ALERT, not_told="silenced by 01kjn0sssssssss1")
    daemon.answer(STATUS, replace(samples.TROUBLED, alerts=[silenced, samples.ALERT]))

    lines = [line for line in ctl("status").out.splitlines() if "/data is 96 % full" in line]

    assert [", not told (silenced by 01kjn0sssssssss1): " in line for line in lines[:2]] == [True, False]


def test_what_the_status_cannot_hold_is_counted(daemon: StubDaemon, ctl: Ctl) -> None:
    counts = {"alerts_firing": 70, "alerts_acknowledged": 5, "decisions_waiting": 8}
    daemon.answer(STATUS, replace(samples.TROUBLED, counts=counts))

    out = ctl("status").out

    assert out.startswith("web1: critical, 75 alerts, 8 decisions waiting")
    assert "and 65 more: cortexctl alerts" in out
    assert "and 3 more: cortexctl decisions --state waiting" in out


def test_of_very_many_sources_the_unhealthy_ones_show(daemon: StubDaemon, ctl: Ctl) -> None:
    healthy = [replace(FINE, source=f"fine{number}") for number in range(30)]
    daemon.answer(STATUS, calm(verdict="unknown", sources=[*healthy, SILENT]))

    out = ctl("status").out

    assert "containers  unknown" in out
    assert "and 11 more: cortexctl reports" in out


def test_a_login_is_not_held_up_by_a_daemon_that_hangs(
    daemon: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.misbehave(STATUS, hang)
    monkeypatch.setattr(asking, "SHORT_S", 0.2)

    result = ctl("status", "--short")

    assert result.exit == Exit.UNREACHABLE
    assert "no answer within 0.2 s" in result.err


def test_text_of_the_host_cannot_steer_the_terminal(daemon: StubDaemon, ctl: Ctl) -> None:
    evil = "\x1b]0;owned\x07\x9b31m\nWaits for you\n  nothing\u202e"
    source = SourceShape("disks", "ok", evil, samples.TROUBLED.at, "r")
    daemon.answer(
        STATUS,
        replace(
            samples.TROUBLED,
            host=evil,
            sources=[source],
            notes=[evil],
            recent_changes=[evil],
            alerts=[replace(samples.ALERT, summary=evil, commands=[evil], annotations={"outlook": evil})],
            decisions=[replace(samples.DECISION, summary=evil)],
        ),
    )

    out = ctl("status").out

    assert not set(out) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert out.count("\nWaits for you\n") == 1


def test_on_a_terminal_a_long_summary_is_cut_at_its_edge() -> None:
    long = replace(samples.CALM, sources=[replace(FINE, summary="x" * 300)])

    lines = overview.screen(long, lambda text, style="": text, columns=80)

    assert max(map(len, lines[:4])) == 80
    assert any(line.endswith("x…") for line in lines)


def test_an_answer_of_another_version_is_a_failure_that_says_so(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(STATUS, {"first_sweep_done": True, "host": "web1"})

    result = ctl("status")

    assert result.exit == Exit.FAILED
    assert "not of the same version" in result.err
    assert "try: cortexctl version" in result.err


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"memories": 1, "investigations_saved": 0}, "  1 memory of solved cases, 0 investigations saved"),
        ({"memories": 12, "investigations_saved": 1}, "  12 memories of solved cases, 1 investigation saved"),
    ],
)
def test_what_memories_saved_is_told_where_there_are_some(counts: dict[str, int], line: str) -> None:
    assert f"{line}: cortexctl memories" in overview.screen(calm(counts=counts), plain)
    assert not any("solved cases" in each for each in overview.screen(calm(counts={}), plain))


# --- on a terminal of 80 x 24 -----------------------------------------------------------------------------------------


def crowded() -> StatusShape:
    alerts = [replace(samples.ALERT, summary=f"disk {number} " + "is full " * 20) for number in range(20)]
    decisions = [samples.DECISION] * 9
    sources = [SourceShape(f"s{number}", "critical", "x" * 200, samples.TROUBLED.at, "r") for number in range(30)]
    return replace(
        samples.TROUBLED,
        alerts=alerts,
        decisions=decisions,
        sources=sources,
        notes=["n" * 100] * 5,
        recent_changes=["c" * 100] * 9,
        broken=samples.TROUBLED.broken * 3,
    )


@pytest.mark.parametrize("shape", [samples.CALM, samples.TROUBLED, crowded()], ids=["calm", "troubled", "crowded"])
def test_it_is_one_screen(shape: StatusShape) -> None:
    lines = overview.screen(shape, plain, 80, 23)

    assert sum(-(-len(line) // 80) or 1 for line in lines) <= 23
    assert lines[0].startswith(f"{shape.host}: {shape.verdict}")
    assert any(line.startswith("  probed 0.1.0, pid 4711") for line in lines)


def test_what_counts_most_stays_and_what_gives_way_is_counted() -> None:
    lines = overview.screen(crowded(), plain, 80, 23)
    text = "\n".join(lines)

    assert "Wrong, and 19 more: cortexctl alerts" in lines
    assert "Waits for you, and 8 more: cortexctl decisions --state waiting" in lines
    assert f"cortexctl decisions show {samples.DECISION.id}" in text
    assert "Sources: 30, cortexctl reports" in lines
    assert "Notes: 5, cortexctl doctor" in lines


def test_a_command_to_be_typed_is_never_cut() -> None:
    command = "cortexctl " + "very " * 30 + "long"
    shape = replace(samples.TROUBLED, alerts=[replace(samples.ALERT, commands=[command])])

    assert any(line.strip() == command for line in overview.screen(shape, plain, 80, 23))


def test_what_is_cut_keeps_its_colours() -> None:
    assert clip("\x1b[31mcritical\x1b[0m: " + "x" * 20, 14) == "\x1b[31mcritical\x1b[0m: xxx…"


def test_on_a_higher_terminal_everything_stands_as_it_does_in_a_pipe() -> None:
    assert overview.screen(samples.TROUBLED, plain, 200, 100) == overview.screen(samples.TROUBLED, plain, 200)


def test_what_models_have_cost_is_told_beside_the_daemon(daemon: StubDaemon, ctl: Ctl) -> None:
    asks = replace(samples.CALM, daemon=replace(samples.CALM.daemon, agent="claude: ready"))
    daemon.answer(STATUS, asks)
    budgets = [BudgetShape("call", 0.1, None), BudgetShape("day", 5.0, 0.125), BudgetShape("month", 50.0, 1.5)]
    daemon.answer(f"GET {paths.MODELS}", {"backend": "claude", "budgets": budgets})

    assert "  models: $0.12 of $5 today, $1.50 of $50 this month: cortexctl budget\n" in ctl("status").out


def test_a_daemon_that_does_not_tell_its_budget_still_has_a_status(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(STATUS, replace(samples.CALM, daemon=replace(samples.CALM.daemon, agent="claude: ready")))

    assert ctl("status").exit == Exit.OK


# --- watched ----------------------------------------------------------------------------------------------------------


EVENT = b'id: 1\ndata: {"id":1,"at":"2026-03-01T10:00:00Z","type":"t","subject":"s","data":{}}\n\n'


def chatter(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(chunked(content_type="text/event-stream").removesuffix(b"0\r\n\r\n"))
    while not over.wait(0.2):
        connection.sendall(b"%x\r\n%s\r\n" % (len(EVENT), EVENT))


def test_it_is_drawn_anew_when_something_happens_and_ctrl_c_ends_it(host: StubDaemon) -> None:
    changed = threading.Event()

    def one_event(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(chunked(content_type="text/event-stream").removesuffix(b"0\r\n\r\n"))
        changed.wait(30)
        connection.sendall(b"%x\r\n%s\r\n" % (len(EVENT), EVENT))
        over.wait(30)

    host.misbehave("GET /api/v1/events", one_event)
    with Watching(host) as seen:
        seen.wait_for("web1: critical")
        host.answer(STATUS, samples.CALM)
        changed.set()
        seen.wait_for("web1: ok")

    assert seen.exit == Exit.INTERRUPTED


def test_while_the_daemon_is_away_what_it_said_last_stays(host: StubDaemon) -> None:
    host.misbehave("GET /api/v1/events", chatter)
    with Watching(host) as seen:
        seen.wait_for("web1: critical")
        host.refuse(STATUS, 503, ProblemCode.OVERLOADED, "the daemon is stopping")
        seen.wait_for("the daemon is stopping; below is what it said before")
        seen.wait_for("web1: critical")


def test_what_is_not_there_is_not_waited_for(ctl: Ctl) -> None:
    assert ctl("--socket", "/nonexistent", "status", "--watch").exit == Exit.UNREACHABLE


class Watching:
    """`status --watch` in a terminal of 24 rows, until Ctrl-C."""

    exit = -1
    _seen = ""

    def __init__(self, host: StubDaemon) -> None:
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        argv = ["setsid", "--ctty", "--wait", *PROGRAM, "--no-color", "--socket", str(host.path), "status", "--watch"]
        self._process = subprocess.Popen(argv, stdin=there, stdout=there, stderr=there, env=environment())
        os.close(there)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *exception: object) -> None:
        os.write(self._here, b"\x03")
        self.exit = self._process.wait(30)
        os.close(self._here)

    def wait_for(self, words: str) -> None:
        """Behind what was waited for before."""
        end = time.monotonic() + DEADLINE_S
        while words not in self._seen:
            assert time.monotonic() < end, self._seen
            if select.select([self._here], [], [], 0.1)[0]:
                self._seen += os.read(self._here, 65536).decode(errors="replace")
        self._seen = self._seen.partition(words)[2]

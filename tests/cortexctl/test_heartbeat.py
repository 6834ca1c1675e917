from __future__ import annotations

import json

import pytest

from probed.wire import paths
from probed.wire.job import JobShape
from probed.wire.page import PageOf
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

NIGHTLY = f"POST {paths.HEARTBEATS}/nightly"
JOB = JobShape("nightly", "ok", None, "2026-12-01T02:31:00.000Z", "2026-12-01T02:31:00.000Z", 0, 61.0, "uid:0 root")


@pytest.fixture
def hearing(daemon: StubDaemon) -> StubDaemon:
    daemon.answer(NIGHTLY, JOB)
    return daemon


def said(daemon: StubDaemon) -> list[object]:
    return daemon.bodies(f"{paths.HEARTBEATS}/nightly")


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ((), {"said": "success"}),
        (("--start",), {"said": "start"}),
        (("--fail",), {"said": "fail"}),
        (("--exit-code", "0"), {"said": "success", "exit_code": 0}),
        (("--exit-code", "3"), {"said": "fail", "exit_code": 3}),
    ],
)
def test_a_job_says_what_it_does(hearing: StubDaemon, ctl: Ctl, options: tuple[str, ...], body: object) -> None:
    assert ctl("heartbeat", "nightly", *options).exit == 0
    assert said(hearing) == [body]


@pytest.mark.parametrize("code", [0, 3])
def test_a_command_is_run_between_its_begin_and_its_end_and_its_exit_code_stays(
    hearing: StubDaemon, ctl: Ctl, code: int
) -> None:
    result = ctl("heartbeat", "nightly", "--", "sh", "-c", f"exit {code}")

    assert result.exit == code
    assert said(hearing) == [{"said": "start"}, {"said": "fail" if code else "success", "exit_code": code}]


def test_a_command_that_a_signal_ends_has_the_exit_code_of_a_shell(hearing: StubDaemon, ctl: Ctl) -> None:
    assert ctl("heartbeat", "nightly", "--", "sh", "-c", "kill -KILL $$").exit == 137


def test_a_command_that_is_not_there_has_failed(hearing: StubDaemon, ctl: Ctl) -> None:
    result = ctl("heartbeat", "nightly", "--", "/nonexistent")

    assert result.exit == 127
    assert "no such program" in result.err
    assert said(hearing)[-1] == {"said": "fail", "exit_code": 127}


def test_the_command_runs_where_no_daemon_answers_too(daemon: StubDaemon, ctl: Ctl) -> None:
    result = ctl("--socket", f"{daemon.path}.none", "heartbeat", "nightly", "--", "sh", "-c", "exit 3")

    assert result.exit == 3
    assert "heartbeat nightly" in result.err


def test_two_things_at_once_are_refused(hearing: StubDaemon, ctl: Ctl) -> None:
    assert ctl("heartbeat", "nightly", "--start", "--fail").exit == 2
    assert said(hearing) == []


def test_without_a_name_it_lists_what_was_said(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.HEARTBEATS}", PageOf([JOB]))

    listed, as_json = ctl("heartbeat"), ctl("heartbeat", "--json")

    assert "nightly" in listed.out
    assert "61 s" in listed.out
    assert json.loads(as_json.out)["items"][0]["name"] == "nightly"

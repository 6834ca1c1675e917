"""By a signal; the restart of a unit is tried where systemd runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from probed.actions.free_deleted_space import FreeDeletedSpace
from probed.actions.registry import build_actions
from probed.config.actions import ActionsSettings, FreeDeletedSpaceSettings
from probed.errors import ActionFailed, ActionRefused, ParameterError
from probed.helper.process import Process, handles, same
from tests.actions.living import PROGRAM, job, named, until
from tests.factories import make_finding
from tests.real.filesystems import tmpfs

MIB = 2**20
REOPENS = """
log = open({path!r}, 'rb')
def reopen(*_):
    global log
    log.close()
    log = open('/dev/null', 'rb')
signal.signal(signal.SIGHUP, reopen)
while True: time.sleep(600)
"""
TAKES_NO_NOTICE = (
    "log = open({path!r}, 'rb')\nsignal.signal(signal.SIGHUP, lambda *_: None)\nwhile True: time.sleep(600)"
)


def make_action(**signals: str) -> FreeDeletedSpace:
    signals = signals or {PROGRAM: "HUP"}
    settings = FreeDeletedSpaceSettings(min_size=MIB, signals=signals)  # type: ignore[arg-type]
    action = build_actions(ActionsSettings(free_deleted_space=settings)).get("free_deleted_space")
    assert isinstance(action, FreeDeletedSpace)
    return action


@contextmanager
def holder(folder: Path, programs: Path, code: str = REOPENS) -> Iterator[Process]:
    """A process that has 5 MiB open that nobody else sees any more."""
    file = folder / "big.log"
    file.write_bytes(b"x" * 5 * MIB)
    with job(programs, code.format(path=str(file))) as process:
        until(lambda: handles(process.pid, signal.SIGHUP))
        file.unlink()
        yield process


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    with tmpfs(tmp_path / "var", "16m") as folder:
        yield folder


def test_the_room_comes_back_once_the_owner_reopens_its_files(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path) as process:
        action = make_action()
        call = action.call_for(make_finding(check="disk", object=str(full)), {})
        free_before = os.statvfs(full).f_bfree

        assert call
        ready, text = action.precondition(call.params), action.dry_run(call.params)
        done = action.execute(call.params)
        until(lambda: os.statvfs(full).f_bfree > free_before)
        seen = action.verify(call.params, done)

        assert call.params == named(process)
        assert (ready.holds, ready.snapshot["way"]) == (True, "SIGHUP")
        assert text == (
            f"would free 5.0 MiB of deleted files that {PROGRAM} (pid {process.pid}) has open, by SIGHUP: "
            f"{full}/big.log (5.0 MiB)"
        )
        assert (seen.holds, seen.detail) == (True, "5.0 MiB of 5.0 MiB are free")
        assert same(process.pid, process.start_time)


def test_an_owner_that_takes_no_notice_is_not_verified(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path, TAKES_NO_NOTICE) as process:
        action = make_action()

        seen = action.verify(named(process), action.execute(named(process)))

        assert (seen.holds, seen.detail) == (False, "0 B of 5.0 MiB are free")
        assert not action.verify(named(process), None).holds


def test_room_that_another_one_holds_too_is_not_verified(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path) as process, open(f"/proc/{process.pid}/fd/{_descriptor(process, 'big.log')}", "rb"):
        action = make_action()
        done = action.execute(named(process))
        until(lambda: not _descriptor(process, "big.log"))

        assert not action.verify(named(process), done).holds


def test_a_program_without_a_handler_would_end_and_is_left_alone(tmp_path: Path, full: Path) -> None:
    file = full / "big.log"
    file.write_bytes(b"x" * 5 * MIB)
    with job(tmp_path, f"log = open({str(file)!r}, 'rb')\ntime.sleep(600)") as process:
        until(lambda: _descriptor(process, "big.log"))
        file.unlink()

        with pytest.raises(ActionRefused, match="does not handle SIGHUP"):
            make_action().execute(named(process))
        assert same(process.pid, process.start_time)


def test_who_has_neither_a_signal_nor_a_unit_is_left_alone(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path) as process:
        action = make_action(other="HUP")

        assert action.call_for(make_finding(check="disk", object=str(full)), {}) is None
        assert "no signal to reopen its files" in action.precondition(named(process)).reason
        with pytest.raises(ActionRefused):
            action.execute(named(process))


def test_the_number_of_an_ended_process_is_somebody_elses(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path) as process:
        earlier = {"pid": process.pid, "start_time": process.start_time - 1}
        action = make_action()

        assert not action.precondition(earlier).holds
        with pytest.raises(ActionRefused, match="has ended"):
            action.execute(earlier)
        assert _descriptor(process, "big.log")


def test_room_of_another_file_system_does_not_help_the_full_one(tmp_path: Path, full: Path) -> None:
    with holder(full, tmp_path), tmpfs(tmp_path / "other") as other:
        assert make_action().call_for(make_finding(check="disk", object=str(other)), {}) is None


def test_little_room_is_not_worth_it(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        ready = make_action().precondition(named(process))

        assert (ready.holds, ready.reason) == (False, f"{PROGRAM} (pid {process.pid}) holds 0 B of deleted files")


def test_it_is_irreversible() -> None:
    assert not make_action().reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        make_action().roll_back({}, {})
    with pytest.raises(ParameterError):
        make_action().validate({"pid": 5, "start_time": 5, "way": "restart"})


def _descriptor(process: Process, name: str) -> str:
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it is closed in this very moment
            if name in os.readlink(each):
                return each.name
    return ""

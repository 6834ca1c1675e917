from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from probed.helper.command import RUNNER, Ended, run, succeed
from probed.helper.done import OperationFailed


def test_a_program_gets_a_fixed_environment_and_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/tmp/theirs.so")
    monkeypatch.setenv("PATH", f"/tmp/theirs:{os.environ['PATH']}")

    ended = run(["sh", "-c", "env; cat; pwd; echo no >&2; exit 3"], deadline_s=60)

    assert ended.exit_code == 3
    assert "LC_ALL=C.UTF-8\n" in ended.output
    assert "theirs" not in ended.output
    assert ended.output.endswith("/\nno\n")


def test_a_program_that_closes_its_output_is_waited_for() -> None:
    assert run(["sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 4"], deadline_s=60).exit_code == 4


@pytest.mark.alone
def test_at_its_deadline_it_is_killed_with_what_it_started(tmp_path: Path) -> None:
    began = time.monotonic()

    ended = run(["sh", "-c", f"sleep 60 & echo $! >{tmp_path}/pid; wait"], deadline_s=0.5)

    assert ended.exit_code is None
    assert time.monotonic() - began < 50
    assert _is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.alone
def test_what_it_leaves_behind_holds_nobody_up(tmp_path: Path) -> None:
    began = time.monotonic()

    ended = run(["sh", "-c", f"sleep 60 & echo $! >{tmp_path}/pid"], deadline_s=300)

    assert ended.exit_code == 0
    assert time.monotonic() - began < 50
    assert _is_gone(int((tmp_path / "pid").read_text()))


def test_of_a_flood_only_the_end_is_kept() -> None:
    ended = run(["sh", "-c", "head -c 3000000 /dev/zero; echo end"], deadline_s=120, kept_bytes=1000)

    assert (ended.exit_code, len(ended.output)) == (0, 1000)
    assert ended.output.endswith("end\n")


def test_a_program_that_does_not_exist_does_not_end_or_ends_badly_is_a_failure() -> None:
    with pytest.raises(OperationFailed, match="no-such-program cannot be started"):
        run(["no-such-program"], deadline_s=60)
    with pytest.raises(OperationFailed, match=r"sleep 9 did not end within 0\.1 s"):
        succeed(["sleep", "9"], deadline_s=0.1)
    with pytest.raises(OperationFailed, match="exit code 1"):
        succeed(["false"], deadline_s=60)


def test_whoever_carries_an_operation_out_may_start_its_programs_in_his_own_way() -> None:
    replaced = RUNNER.set(lambda argv, deadline_s, kept_bytes: Ended(0, f"{argv[0]} {deadline_s:g}"))
    try:
        assert succeed(["true"], deadline_s=7) == "true 7"
    finally:
        RUNNER.reset(replaced)


def _is_gone(pid: int) -> bool:
    """Killed; whoever adopted it may not have fetched it yet."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    os.kill(pid, 9)
    return False

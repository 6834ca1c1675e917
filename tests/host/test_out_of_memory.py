from __future__ import annotations

from pathlib import Path

from probed.agent.child import running
from probed.host.command import run_command
from probed.host.out_of_memory import FIRST, let_go_first

SCORE = ["sh", "-c", "sleep 0.2; cat /proc/self/oom_score_adj"]


def test_the_program_of_a_check_goes_before_the_daemon() -> None:
    assert run_command(SCORE, deadline_s=60.0).stdout.strip() == FIRST
    assert Path("/proc/self/oom_score_adj").read_text().strip() != FIRST


async def test_the_models_program_goes_before_the_daemon(tmp_path: Path) -> None:
    async with running(SCORE, env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, stdin=b"", marker="m") as child:
        assert (await child.read()).decode().strip() == FIRST


def test_a_process_that_has_ended_is_no_fault() -> None:
    let_go_first(2**22 + 1)

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from probed.agent.probes.kernel_log import PROBE
from probed.errors import NotHere
from probed.host import kernel_log
from tests.agent.probes.asking import ask, rows_of
from tests.conftest import require


def say(text: str, priority: int = 4) -> None:
    """In the kernel's buffer, as a program of root's may."""
    require("the kernel's buffer, to write into it", present=os.access(kernel_log.KMSG, os.W_OK))
    with open(kernel_log.KMSG, "w") as buffer:
        buffer.write(f"<{priority}>{text}\n")


async def test_what_stands_in_the_kernels_buffer_is_told_newest_first() -> None:
    say("cortex test: disk sda is failing, token=hunter2hunter2", 3)
    say("cortex test: second", 4)

    rows = rows_of(await ask(PROBE, contains="CORTEX TEST", lines=2))

    assert [(row["priority"], row["message"]) for row in rows] == [
        ("warning", "cortex test: second"),
        ("err", "cortex test: disk sda is failing, token=***secret***"),
    ]
    assert rows[0]["time"][:10] in (time.strftime("%Y-%m-%d", time.gmtime(time.time() - each)) for each in (0, 86400))
    assert [row["priority"] for row in rows_of(await ask(PROBE, contains="cortex test", priority="err", lines=1))] == [
        "err"
    ]


@pytest.mark.parametrize("contains", ["token=h", "hunter3"])
async def test_what_is_masked_cannot_be_asked_for_letter_by_letter(contains: str) -> None:
    say("cortex test: token=hunter3hunter3", 3)

    assert (await ask(PROBE, contains=contains))["rows"] == []


async def test_where_the_buffer_may_not_be_read_the_journal_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_log, "KMSG", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="the kernel's log"):
        await ask(PROBE)

"""The demonstration tells its whole story with nothing but loopback, and leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ONLY_LOOPBACK = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "demo")
DEMO = (sys.executable, "-P", "-m", "probed", "demo", "--pace", "0")
STORY = (
    "demo: ok (mode act)",
    "L1: a worker hangs",
    "verified  continue_process",
    "L2: the shop dies",
    "advice        approve; risk high, irreversible",
    "the demonstration says yes",
    "approved: run_script name='start-shop'",
    "L3: the log complains",
    "the model calls log_file:",
    "the log says: connection to payments:443 refused",
    'silenced object="payments:443"',
    "start-shop started it anew; since then the port answers [e1].",
    "The same report, byte for byte.",
    "sudo ./install.sh",
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """An environment whose temporary folder is the test's own; nothing of the demonstration may be left there."""
    yield {**os.environ, "TMPDIR": str(tmp_path), "NO_COLOR": "1"}
    assert list(tmp_path.iterdir()) == []
    assert _users_of(tmp_path) == []


def test_the_whole_story_without_a_network(place: Mapping[str, str]) -> None:
    told = subprocess.run(
        [*ONLY_LOOPBACK, *DEMO],
        env=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )

    assert told.returncode == 0, told.stdout
    found = [told.stdout.find(words) for words in STORY]
    assert -1 not in found, [words for words, at in zip(STORY, found, strict=True) if at < 0]
    assert found == sorted(found)
    assert "injection attempt" in told.stdout
    assert "Traceback" not in told.stdout


@pytest.mark.parametrize("how", ["ctrl-c", "term"])
def test_it_can_be_ended_in_the_middle(how: str, place: Mapping[str, str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(DEMO[0], DEMO, dict(place))
    seen = b""
    while b"L1:" not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, b"\x03") if how == "ctrl-c" else os.kill(pid, signal.SIGTERM)
    seen += _rest_of(terminal)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert b"nothing of it is left" in seen
    assert b"Traceback" not in seen


def _rest_of(terminal: int) -> bytes:
    seen = b""
    try:
        while chunk := os.read(terminal, 4096):
            seen += chunk
    except OSError:  # the terminal's other end is closed
        pass
    return seen


def _users_of(folder: Path) -> list[str]:
    """Processes that name the folder; one that was just ended may take a moment."""
    for _ in range(50):
        found = [text for text in map(_command_line, _pids()) if re.search(re.escape(f"{folder}/"), text)]
        if not found:
            return []
        time.sleep(0.1)
    return found


def _pids() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def _command_line(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""

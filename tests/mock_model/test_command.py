"""`cortexctl mock-model`, as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.mock_model.test_server import REQUEST, post

CTL = [sys.executable, "-m", "cortexctl", "mock-model"]


def test_it_serves_a_script_until_it_is_told_to_end() -> None:
    argv = [*CTL, "--script", "report"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            answer = json.loads(post(server.stdout.readline().strip(), REQUEST))
        finally:
            server.send_signal(signal.SIGINT)
            _, told = server.communicate(timeout=20)

    assert answer["content"][0]["name"] == "report"
    assert server.returncode == 0
    assert "1: turn 1, 5 characters: calls report" in told
    assert "agent: {backend: anthropic, base_url: " in told


def test_it_lists_what_comes_with_it() -> None:
    done = subprocess.run([*CTL, "--list"], capture_output=True, text=True, timeout=20, check=True)

    assert "investigate            One probe, then a report.\n" in done.stdout


def test_a_script_that_cannot_be_used_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("answers:\n  - sya: hello\n")
    argv = [*CTL, "--script", str(tmp_path / "bad.yaml")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)

    assert done.returncode == 2
    assert "bad.yaml:2: answers.0.sya: is not known here; did you mean 'say'?" in done.stderr

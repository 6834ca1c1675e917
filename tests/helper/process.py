"""The real helper, activated as systemd does it, on a socket of the test's."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import probed.helper.__main__
from probed.helper.done import Done
from probed.helper.protocol import Outcome, Request, answer_of, read_line, request_line

MAIN = Path(probed.helper.__main__.__file__)
POLICY = """
peers = ["root"]
[never]
units = ["ssh*"]
containers = []
paths = []
[operations.sync_clock]
[operations.clean_files]
roots = ["/srv/scratch"]
least_age_s = 60
"""
ACTIVATE = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&0'


@dataclass
class Helper:
    process: subprocess.Popen[bytes]
    path: Path
    policy: Path
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.path))
        return connection

    def say(self, line: bytes) -> tuple[Outcome, Done]:
        """Raises ValueError where the connection ends without an answer."""
        with self.connect() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
                connection.sendall(line)
            return answer_of(read_line(connection, 10))

    def ask(self, operation: str, deadline_s: float = 60.0, **params: object) -> tuple[Outcome, Done]:
        return self.say(request_line(Request(operation, params, deadline_s)))

    def children(self) -> list[str]:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()


@contextlib.contextmanager
def helper(policy: str = POLICY, program: str = "") -> Iterator[Helper]:
    """`program`: what runs in the helper's place, as `python -c` takes it; it gets the arguments of the real one."""
    with tempfile.TemporaryDirectory(prefix="cortex-helper-") as name:
        folder = Path(name)
        (folder / "policy.toml").write_text(policy)
        path = folder / "helper.sock"
        python = [sys.executable, "-I", "-S", *(["-c", program] if program else [str(MAIN)])]
        with socket.socket(socket.AF_UNIX) as listener, (folder / "log").open("wb") as log:
            listener.bind(str(path))
            listener.listen(64)
            process = subprocess.Popen(
                ["bash", "-c", ACTIVATE, "bash", *python, "--policy", str(folder / "policy.toml")],
                stdin=listener.fileno(),
                stderr=log,
                cwd=folder,
            )
        try:
            yield Helper(process, path, folder / "policy.toml", folder / "log")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

"""A real OpenSSH server, and a client whose logins it refuses."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.host.log_lines import Line
from probed.host.logins import Login, logins
from tests.conftest import require
from tests.real.packages import program
from tests.real.servers import free_port

USER = "root"


class Server:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.log = folder, port, folder / "log"

    def login(self, user: str, *options: str) -> subprocess.Popen[bytes]:
        """With a wrong password, or with a key; it stays until it is refused or ended."""
        ask = self.folder / "ask"
        ask.write_text("#!/bin/sh\necho hunter2\n")
        ask.chmod(0o700)
        env = {**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        command = ["ssh", "-N", "-F", "none", "-p", str(self.port), "-o", "StrictHostKeyChecking=no", *options]
        known = ["-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=2", f"{user}@127.0.0.1"]
        null = subprocess.DEVNULL
        return subprocess.Popen([*command, *known], env=env, stdin=null, stdout=null, stderr=null)

    def try_to_log_in(self, user: str, *options: str) -> None:
        with self.login(user, *options) as client:
            client.wait(120)

    def logins(self) -> list[Login]:
        lines = [Line(text.strip(), 5.0, "ssh.service", "sshd") for text in self.log.read_text().splitlines()]
        return list(logins(lines))

    def wait_for(self, number: int) -> list[Login]:
        end = time.monotonic() + 120
        while len(found := self.logins()) < number and time.monotonic() < end:
            time.sleep(0.05)
        return found


@pytest.fixture
def server() -> Iterator[Server]:
    require("root, for an SSH server", present=os.geteuid() == 0)
    sshd = program("sshd", "openssh-server")
    Path("/run/sshd").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = Server(folder, free_port())
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True, timeout=120)
        (folder / "keys").write_text((folder / "user.pub").read_text())
        lines = (f"HostKey {folder}/host", "PidFile none", "UsePAM no", "PermitRootLogin yes", "StrictModes no")
        ways = ("PasswordAuthentication yes", "KbdInteractiveAuthentication no", f"AuthorizedKeysFile {folder}/keys")
        (folder / "config").write_text(
            "\n".join((*lines, *ways, f"Port {made.port}", "ListenAddress 127.0.0.1")) + "\n"
        )
        with subprocess.Popen([sshd, "-D", "-f", folder / "config", "-E", made.log], stderr=subprocess.PIPE) as process:
            try:
                end = time.monotonic() + 120
                while "listening" not in (made.log.read_text() if made.log.exists() else "") and time.monotonic() < end:
                    time.sleep(0.05)
                yield made
            finally:
                process.terminate()
                process.wait(60)


def test_refused_and_accepted_logins_are_read_as_the_server_writes_them(server: Server) -> None:
    server.try_to_log_in(USER, "-o", "PubkeyAuthentication=no")
    assert server.wait_for(2) == [Login("127.0.0.1", USER, 5.0)] * 2

    server.try_to_log_in("no-such-user", "-o", "PubkeyAuthentication=no")
    assert server.wait_for(4)[2:] == [Login("127.0.0.1", "", 5.0)] * 2

    server.try_to_log_in(
        USER, "-o", "BatchMode=yes", "-o", "PreferredAuthentications=publickey", "-o", "IdentitiesOnly=yes"
    )
    assert server.wait_for(5)[4:] == [Login("127.0.0.1", USER, 5.0)]

    with server.login(USER, "-i", str(server.folder / "user")) as client:
        accepted = server.wait_for(6)[5:]
        client.kill()
    assert accepted == [Login("127.0.0.1", USER, 5.0, succeeded=True)]

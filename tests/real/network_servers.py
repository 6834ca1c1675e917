"""Servers of Debian's packages on ports of loopback; nothing of them is left behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import require
from tests.real.packages import program
from tests.real.servers import free_port, until_it_listens

READY_WITHIN_S = 120.0


@contextlib.contextmanager
def _running(argv: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_it_listens(port, process, READY_WITHIN_S)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def memcached() -> Iterator[int]:
    server, port = program("memcached", "memcached"), free_port()
    with _running([server, "-u", "nobody", "-l", "127.0.0.1", "-U", "0", "-p", str(port)], port):
        yield port


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    server, port = program("mosquitto", "mosquitto"), free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser nobody\n")
    with _running([server, "-c", str(settings)], port):
        yield port


@contextlib.contextmanager
def sshd(folder: Path) -> Iterator[int]:
    require("root, for sshd", present=os.geteuid() == 0)
    server, port = program("sshd", "openssh-server"), free_port()
    keygen = program("ssh-keygen", "openssh-client")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder / "host_key"], check=True)
    options = [f"Port={port}", "ListenAddress=127.0.0.1", f"HostKey={folder / 'host_key'}", "PidFile=none", "UsePAM=no"]
    argv = [server, "-D", "-e", "-f", "/dev/null", *(word for each in options for word in ("-o", each))]
    with _running(argv, port):
        yield port


@contextlib.contextmanager
def slapd(folder: Path) -> Iterator[int]:
    """A directory with nothing in it."""
    server, port = program("slapd", "slapd"), free_port()
    settings = folder / "slapd.conf"
    settings.write_text(f"pidfile {folder}/slapd.pid\n")
    with _running([server, "-d", "0", "-f", str(settings), "-h", f"ldap://127.0.0.1:{port}/"], port):
        yield port

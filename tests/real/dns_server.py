"""Debian's dnsmasq on a port of loopback, for the names that a test gives it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator

from tests.real.packages import program
from tests.real.servers import free_port

READY_WITHIN_S = 10.0


@contextlib.contextmanager
def dns_server(*options: str) -> Iterator[int]:
    """Its port; `options` are dnsmasq's, as in `--host-record=www.test,192.0.2.1`."""
    dnsmasq, port = program("dnsmasq", "dnsmasq-base"), free_port()
    alone = (
        "--conf-file=/dev/null",
        "--keep-in-foreground",
        "--no-resolv",
        "--no-hosts",
        "--bind-interfaces",
        "--user=",
    )
    process = subprocess.Popen(
        [dnsmasq, *alone, "--pid-file=", "--listen-address=127.0.0.1", f"--port={port}", *options],
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "dnsmasq ended"
            assert time.monotonic() < end, "dnsmasq does not listen"
            time.sleep(0.05)
        else:
            return

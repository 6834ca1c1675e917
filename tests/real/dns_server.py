"""Debian's dnsmasq on a port of loopback, for the names that a test gives it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from tests.real.packages import program
from tests.real.servers import free_port, until_it_listens

READY_WITHIN_S = 60.0


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
        until_it_listens(port, process, READY_WITHIN_S)
        yield port
    finally:
        process.terminate()
        process.wait(10)

from __future__ import annotations

import os
import socket

from probed.agent.probes.sockets import PROBE
from tests.agent.probes.asking import ask, rows_of


async def test_a_listening_socket_is_told_with_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        (row,) = rows_of(await ask(PROBE, port=port))

    assert (row["protocol"], row["address"], row["pid"]) == ("tcp", "127.0.0.1", os.getpid())


async def test_a_port_nobody_listens_on_is_an_empty_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert rows_of(await ask(PROBE, port=port)) == []

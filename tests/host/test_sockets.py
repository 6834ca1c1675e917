from __future__ import annotations

import os
import socket

from probed.host import sockets


def test_listening_sockets_are_told_with_their_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        ports = {"tcp": server.getsockname()[1], "udp": datagrams.getsockname()[1]}

        found = {(each.protocol, each.port): each for each in sockets.listening()}

    for protocol, port in ports.items():
        assert found[protocol, port].address == "127.0.0.1"
        assert found[protocol, port].pid == os.getpid()
        assert found[protocol, port].process
        assert found[protocol, port].user


def test_a_connection_is_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        own_port = client.getsockname()[1]

        assert own_port not in {each.port for each in sockets.listening() if each.protocol == "tcp"}

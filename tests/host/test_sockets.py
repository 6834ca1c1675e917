from __future__ import annotations

import errno
import os
import socket

import pytest

from probed.host import sockets
from probed.host.listening_tcp import listening_tcp
from probed.host.sockets import Listener
from tests.real.users import as_nobody


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


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::", "0.0.0.0"])
def test_the_kernel_asked_directly_says_the_same_as_its_table(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        asked = _at(server)
        monkeypatch.setattr(sockets, "listening_tcp", _refused)

        assert asked == _at(server)
        assert [each.address for each in asked] == [address]


def _at(server: socket.socket) -> list[Listener]:
    return [each for each in sockets.listening() if each.port == server.getsockname()[1] and each.pid == os.getpid()]


def _refused(family: socket.AddressFamily) -> tuple[object, ...]:
    raise OSError(errno.EAFNOSUPPORT, "as in a sandbox without netlink")


def test_whoever_asks_is_told_whose_sockets_they_are() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, as_nobody():
        [found] = [each for each in listening_tcp(socket.AF_INET) if each.port == server.getsockname()[1]]

    assert (found.uid, found.inode > 0) == (0, True)


def test_more_than_one_answer_of_the_kernel_is_read_to_its_end() -> None:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(150)]
    try:
        found = {each.port for each in listening_tcp(socket.AF_INET)}
        assert {each.getsockname()[1] for each in servers} <= found
    finally:
        for each in servers:
            each.close()


def test_a_family_that_there_is_not_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        listening_tcp(99)  # type: ignore[arg-type]

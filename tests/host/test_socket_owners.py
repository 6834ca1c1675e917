"""Who holds a socket is remembered, and nobody who takes it over is missed; the processes are real ones."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from probed.host import socket_owners
from probed.host.socket_owners import KnownOwners, Owner, Owners, search

Run = Callable[..., "subprocess.Popen[bytes]"]
SLEEP = ("sleep", "60")
TAIL = ("tail", "-f", "-n1", "/etc/passwd")
READY = "import os, sys; open('/proc/self/comm', 'w').write('mine'); print(flush=True); input(); "
BECOMES_TAIL = (sys.executable, "-c", f"{READY} os.execvp('tail', {TAIL!r})")
CLOSES = (sys.executable, "-c", f"{READY} os.close(int(sys.argv[1])); print(flush=True); input()")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def run(server: socket.socket) -> Iterator[Run]:
    """A program that is handed the socket; one of ours is ready then."""
    begun: list[subprocess.Popen[bytes]] = []

    def one(*argv: str) -> subprocess.Popen[bytes]:
        held, pipe = server.fileno(), subprocess.PIPE
        begun.append(process := subprocess.Popen(argv, pass_fds=[held], stdin=pipe, stdout=pipe))
        if argv[0] == sys.executable:
            assert process.stdout
            process.stdout.readline()
        return process

    yield one
    for process in begun:
        end(process)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Collection[int]]:
    made: list[Collection[int]] = []
    real = socket_owners._search

    def count(inodes: Collection[int]) -> object:
        made.append(inodes)
        return real(inodes)

    monkeypatch.setattr(socket_owners, "_search", count)
    return made


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def go_on(process: subprocess.Popen[bytes]) -> None:
    """Comes back when it has."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"\n")
    process.stdin.flush()
    process.stdout.readline()


def inode(of: socket.socket) -> int:
    return os.fstat(of.fileno()).st_ino


def pids(found: Owners, of: int) -> set[int]:
    return {each.pid for each in found.get(of, ())}


def anybody(inode: int, owner: Owner) -> bool:
    return True


def test_everybody_who_holds_it_is_told_with_name_and_user(server: socket.socket, run: Run) -> None:
    other = run(*SLEEP)

    found = {each.pid: each for each in search([inode(server)])[inode(server)]}

    assert set(found) == {os.getpid(), other.pid}
    assert found[other.pid].process == "sleep"
    assert found[other.pid].user


def test_of_several_of_one_program_and_user_the_oldest_is_told(server: socket.socket, run: Run) -> None:
    first, second = run(*SLEEP), run(*SLEEP)

    assert pids(search([inode(server)]), inode(server)) == {os.getpid(), min(first.pid, second.pid)}


def test_as_long_as_who_is_known_holds_it_nobody_is_searched(
    server: socket.socket, run: Run, searches: list[Collection[int]]
) -> None:
    known = KnownOwners()
    known.of([inode(server)], anybody)
    run(*SLEEP)

    assert pids(known.of([inode(server)], anybody), inode(server)) == {os.getpid()}
    assert len(searches) == 1


def test_where_those_who_are_known_do_not_suffice_everybody_is_told(server: socket.socket, run: Run) -> None:
    known = KnownOwners()
    known.of([inode(server)], anybody)
    other = run(*SLEEP)

    found = known.of([inode(server)], lambda inode, owner: owner.process == "sleep")

    assert pids(found, inode(server)) == {os.getpid(), other.pid}


def test_who_takes_it_over_is_seen_when_who_was_known_ends(server: socket.socket, run: Run) -> None:
    known, first = KnownOwners(), run(*SLEEP)
    known.of([inode(server)], anybody)
    heir = run(*TAIL)
    end(first)

    assert pids(known.of([inode(server)], anybody), inode(server)) == {os.getpid(), heir.pid}


def test_who_closes_it_holds_it_no_more_though_the_process_goes_on(server: socket.socket, run: Run) -> None:
    known, first = KnownOwners(), run(*CLOSES, str(server.fileno()))
    assert pids(known.of([inode(server)], anybody), inode(server)) == {os.getpid(), first.pid}
    go_on(first)

    assert pids(known.of([inode(server)], anybody), inode(server)) == {os.getpid()}


def test_a_process_that_becomes_another_program_is_seen(server: socket.socket, run: Run) -> None:
    known, changing = KnownOwners(), run(*BECOMES_TAIL)
    known.of([inode(server)], anybody)
    go_on(changing)

    found = {each.process for each in known.of([inode(server)], anybody)[inode(server)]}

    assert "tail" in found


def test_what_nobody_seems_to_hold_is_searched_twice_and_what_is_new_at_once(
    server: socket.socket, searches: list[Collection[int]]
) -> None:
    known, nobodys = KnownOwners(), 2**40
    for _ in range(4):
        assert known.of([nobodys], anybody) == {}
    assert len(searches) == 2

    assert pids(known.of([nobodys, inode(server)], anybody), inode(server)) == {os.getpid()}


def test_a_socket_that_has_gone_is_forgotten(server: socket.socket) -> None:
    known, gone = KnownOwners(), inode(server)
    known.of([gone], anybody)

    assert known.of([], anybody) == {}


def test_the_whole_name_of_a_program_is_told(server: socket.socket, run: Run, tmp_path: Path) -> None:
    long = tmp_path / "a-program-with-a-long-name"
    long.symlink_to("/bin/sleep")
    run(str(long), "60")

    assert "a-program-with-a-long-name" in {each.process for each in search([inode(server)])[inode(server)]}

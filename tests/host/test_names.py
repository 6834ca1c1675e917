from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from probed.daemon.event_loop import EventLoop
from probed.host import names
from probed.host.names import Lookup, connect, look_up
from tests.real.servers import free_port, serving


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """One that knows no name before the event is set; addresses need none."""
    answers, ask = threading.Event(), Lookup.answers

    def slow(self: Lookup, more_flags: int = 0) -> names.Answers:
        if not more_flags:
            answers.wait(20)
            if self.host != "localhost":
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return ask(self, more_flags)

    monkeypatch.setattr(Lookup, "answers", slow)
    yield answers
    answers.set()
    for thread in lookups():
        thread.join(10)


def lookups() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "name"]


def test_a_name_and_an_address_are_connected_to() -> None:
    with serving(lambda connection: None) as port:
        for host in ("localhost", "127.0.0.1"):
            connect(host, port, 5.0).close()


def test_a_refused_connection_and_an_unknown_name_are_said() -> None:
    with pytest.raises(ConnectionRefusedError):
        connect("127.0.0.1", free_port(), 5.0)
    with pytest.raises(socket.gaierror):
        connect("no-such-host.invalid", 80, 20.0)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_no_host_can_have_is_as_unknown_as_others(host: str) -> None:
    with pytest.raises(socket.gaierror, match="no name that a host can have"):
        connect(host, 80, 5.0)


def test_an_address_of_a_family_that_the_kernel_lacks_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda connection: None) as port:
        lacking = (65_000, socket.SOCK_STREAM, 0, "", ("::1", port, 0, 0))
        there = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
        monkeypatch.setattr(Lookup, "answers", lambda lookup, more_flags=0: [lacking, there])

        connect("app.example", port, 5.0).close()


def test_a_lookup_that_gets_no_thread_fails_and_is_tried_anew_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        with pytest.raises(socket.gaierror, match="can't start new thread"):
            look_up(Lookup("localhost", 80)).result(0)

    assert look_up(Lookup("localhost", 80)).result(60)


def test_a_resolver_that_never_answers_is_waited_for_no_longer_than_the_deadline(resolver: threading.Event) -> None:
    with pytest.raises(socket.gaierror, match=r"no resolver said within 0\.1 s which address it has"):
        connect("app.example", 80, 0.1)


def test_the_same_name_is_looked_up_by_one_thread_and_further_names_by_a_bounded_number(
    resolver: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_LOOKUPS", 3)

    waiting = [look_up(Lookup(host, 80)) for host in ("localhost", "localhost", "ip6-localhost", "c.invalid")]
    with pytest.raises(OSError, match="3 other names wait for the resolver already"):
        look_up(Lookup("d.invalid", 80))

    assert len(lookups()) == 3
    resolver.set()
    assert waiting[0].result(60) == waiting[1].result(60)
    with pytest.raises(socket.gaierror, match="unknown"):
        waiting[3].result(60)
    assert look_up(Lookup("localhost", 80)).result(60)


def test_the_event_loop_goes_on_and_has_its_threads_while_names_hang(resolver: threading.Event) -> None:
    async def many() -> str:
        loop = asyncio.get_running_loop()
        hanging = [asyncio.create_task(loop.getaddrinfo(f"{number}.invalid", 80)) for number in range(30)]
        await asyncio.sleep(0)
        said = await asyncio.wait_for(asyncio.to_thread(lambda: "here"), 60)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        return said

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        assert runner.run(many()) == "here"

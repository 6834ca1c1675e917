"""What the checks say of a real Redis server."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Observation
from probed.errors import CheckFailed
from tests.checks.looking import REGISTRY, judged, look
from tests.real.databases import redis
from tests.real.servers import free_port

Client = Any
MB = 1_000_000


@contextmanager
def server(*options: str) -> Iterator[tuple[int, Client]]:
    with redis(*options) as port, Redis(port=port) as client:
        yield port, client


@pytest.fixture
def plain() -> Iterator[tuple[int, Client]]:
    with server() as started:
        yield started


def looks(check: str, params: dict[str, object]) -> Callable[[], dict[str, Observation]]:
    """Each call looks again, with what the last look remembered; by the object, without its place."""
    bound, known = REGISTRY.bind(CheckCall(check, params)), dict[str, object]()

    def again() -> dict[str, Observation]:
        answer, memory = bound.look_since(dict(known))
        known.clear()
        known.update(memory)
        place = f" at 127.0.0.1:{params['port']}"
        return {item.object.removesuffix(place): item for item in answer if isinstance(item, Observation)}

    return again


def test_a_server_with_room_is_healthy(plain: tuple[int, Client]) -> None:
    for check in ("redis_memory", "redis_slow_log", "redis_keys"):
        assert {judged(each) for each in looks(check, {"port": plain[0]})().values()} == {None}


def fill(client: Client) -> None:
    for number in range(100):
        client.set(f"more-{number}", b"x" * MB)


def test_a_store_that_is_full_is_told_and_so_are_the_writes_that_it_refuses() -> None:
    with server("--maxmemory", "3mb") as (port, client):
        look_again = looks("redis_memory", {"port": port, "warning": "50%", "clear": "40%"})
        client.set("first", b"x" * MB)
        before = look_again()
        with pytest.raises(OutOfMemoryError):
            fill(client)
        after, later = look_again(), look_again()

    assert judged(before["memory"]) is not None
    assert before["memory"].evidence["is_maxmemory"] is True
    assert judged(before["writes"]) is None
    assert judged(after["writes"]) is Severity.CRITICAL
    assert judged(later["writes"]) is None


def test_a_cache_may_be_full() -> None:
    with server("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru") as (port, client):
        for number in range(40):
            client.set(f"page:{number}", b"x" * 100_000)
        seen = looks("redis_memory", {"port": port})()

    memory = seen["memory"]
    assert memory.value is not None
    assert memory.value > 80
    assert memory.evidence["evicted_keys"] != 0
    assert {judged(each) for each in seen.values()} == {None}


def test_slow_commands_are_counted_since_the_last_look_with_their_keys_and_no_values(
    plain: tuple[int, Client],
) -> None:
    port, client = plain
    client.config_set("slowlog-log-slower-than", 0)
    client.set("old", "x")
    look_again = looks("redis_slow_log", {"port": port, "slower_than": "0ms", "warning": 3})
    first = look_again()["slow log"]
    for number in range(3):
        client.set(f"key-{number}", "the secret value")
    second = look_again()["slow log"]
    client.config_set("slowlog-log-slower-than", 10_000_000)
    look_again()
    third = look_again()["slow log"]

    assert first.value == 0
    assert judged(second) is Severity.WARNING
    assert "SET key-1" in repr(second.evidence["slowest"])
    assert "secret" not in repr(second)
    assert judged(third) is None


def test_a_server_that_was_started_anew_counts_its_slow_commands_anew() -> None:
    port = free_port()
    look_again = looks("redis_slow_log", {"port": port, "slower_than": "0ms", "warning": 1})
    for _ in range(2):
        with redis("--slowlog-log-slower-than", "0", port=port) as own, Redis(port=own) as client:
            client.set("key", "x")
            seen = look_again()["slow log"]

    assert judged(seen) is Severity.WARNING


def test_a_slow_log_that_is_switched_off_is_said(plain: tuple[int, Client]) -> None:
    plain[1].config_set("slowlog-log-slower-than", -1)

    [answer] = look("redis_slow_log", {"port": plain[0]})

    assert isinstance(answer, Absent)
    assert "switched off" in answer.what


def test_big_keys_are_found_bit_by_bit_and_forgotten_once_they_are_gone(plain: tuple[int, Client]) -> None:
    port, client = plain
    with client.pipeline() as pipe:
        for number in range(900):
            pipe.set(f"small:{number}", number)
        pipe.execute()
    client.rpush("queue", *(b"x" * 1000 for _ in range(2000)))
    client.set(b"\xff\x00blob", b"x" * 2 * MB)
    look_again = looks("redis_keys", {"port": port, "warning": "1MB", "keys": 300})

    rounds = [look_again() for _ in range(8)]
    told = {name for each in rounds[-1].values() if judged(each) for name in [each.object.split(" ")[0]]}
    client.unlink("queue")
    gone = [look_again() for _ in range(5)][-1]

    assert told == {"queue", r"\xff\x00blob"}
    assert all(int(str(each["database 0"].evidence["looked_at"])) < 700 for each in rounds), "never all at once"
    assert "the list queue takes" in repr(rounds[-1])
    assert {each.object.split(" ")[0] for each in gone.values() if judged(each)} == {r"\xff\x00blob"}


def test_keys_that_are_meant_to_be_big_and_those_of_other_databases_do_not_count(plain: tuple[int, Client]) -> None:
    port, client = plain
    client.set("cache:a", b"x" * 2 * MB)
    client.execute_command("SELECT", 3)
    client.set("other", b"x" * 2 * MB)

    here = looks("redis_keys", {"port": port, "warning": "1MB", "exclude": "cache:*"})()
    there = looks("redis_keys", {"port": port, "warning": "1MB", "database": 3})()

    assert [each for each in here.values() if judged(each)] == []
    assert [each.object for each in there.values() if judged(each)] == [f"other in database 3 at 127.0.0.1:{port}"]


@pytest.mark.parametrize("check", ["redis_memory", "redis_slow_log", "redis_keys"])
def test_what_a_user_may_not_ask_is_said_and_a_server_that_is_not_there_is_no_answer(
    plain: tuple[int, Client], tmp_path: Any, check: str
) -> None:
    port, client = plain
    client.execute_command("ACL", "SETUSER", "cortex", "on", ">pass", "~*", "+ping")
    secret = tmp_path / "password"
    secret.write_text("pass")
    secret.chmod(0o600)

    [answer] = look(check, {"port": port, "username": "cortex", "password_file": str(secret)})

    assert isinstance(answer, Absent)
    assert "for cortex" in answer.what
    with pytest.raises(CheckFailed):
        look(check, {"port": free_port()})
    with pytest.raises(CheckFailed, match="does not let this client in"):
        look(check, {"port": port, "username": "nobody", "password_file": str(secret)})


def test_clients_for_whom_there_is_no_place_are_told_once() -> None:
    with server("--maxclients", "4") as (port, client):
        client.ping()
        look_again = looks("redis_state", {"port": port})
        before = look_again()["clients"]
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]
        while not client.info("stats")["rejected_connections"]:
            time.sleep(0.02)
        for each in held:
            each.close()
        while client.info("clients")["connected_clients"] > 1:
            time.sleep(0.02)
        refused, after = look_again()["clients"], look_again()["clients"]

    assert [judged(each) for each in (before, refused, after)] == [None, Severity.WARNING, None]


def test_a_save_that_failed_is_critical_until_one_works(plain: tuple[int, Client]) -> None:
    port, client = plain
    look_again = looks("redis_state", {"port": port})
    client.set("key", "value")
    in_the_way = Path(client.config_get("dir")["dir"]) / "dump.rdb"
    (in_the_way / "full").mkdir(parents=True)
    _saved(client)
    failed = look_again()["saving"]
    (in_the_way / "full").rmdir()
    in_the_way.rmdir()
    _saved(client)

    assert judged(failed) is Severity.CRITICAL
    assert "its snapshot" in failed.summary
    assert judged(look_again()["saving"]) is None


def _saved(client: Client) -> None:
    client.bgsave()
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.02)


def test_a_replica_whose_primary_is_away_is_critical_where_that_lasts() -> None:
    with server() as (primary, _):
        with server("--replicaof", "127.0.0.1", str(free_port())) as (port, _):
            away = looks("redis_state", {"port": port, "link_for": "90s"})()["replication"]
        with server("--replicaof", "127.0.0.1", str(primary)) as (port, client):
            while client.info("replication")["master_link_status"] != "up":
                time.sleep(0.05)
            linked = looks("redis_state", {"port": port})()["replication"]
        alone = looks("redis_state", {"port": primary})()

    assert judged(away) is Severity.CRITICAL
    assert away.threshold
    assert away.threshold.for_s == 90
    assert judged(linked) is None
    assert "replication" not in alone

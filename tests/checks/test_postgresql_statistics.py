"""What the checks say of a real PostgreSQL server with real sessions on it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import psycopg
import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Observation
from probed.errors import CheckFailed
from probed.host.postgresql_statistics import without_literals
from tests.checks.looking import REGISTRY, judged, look, observations
from tests.real.databases import Postgres, postgres

Session = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres("shared_preload_libraries=pg_stat_statements", "max_connections=20") as started:
        with session(started) as admin:
            admin.execute("CREATE EXTENSION pg_stat_statements")
            admin.execute("CREATE ROLE stranger LOGIN")
            admin.execute("CREATE TABLE orders (id int PRIMARY KEY, state text, total int)")
            admin.execute("INSERT INTO orders SELECT n, 'open', n FROM generate_series(1, 3000) n")
        yield started


@contextlib.contextmanager
def session(server: Postgres, name: str = "shop") -> Iterator[Session]:
    with psycopg.connect(
        host=str(server.folder),
        port=server.port,
        user=server.user,
        dbname="postgres",
        autocommit=True,
        application_name=name,
    ) as found:
        yield found


def at(server: Postgres, **more: object) -> dict[str, object]:
    return {"host": str(server.folder), "port": server.port, "user": server.user, **more}


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def looks(check: str, params: dict[str, object]) -> Callable[[], dict[str, Observation]]:
    """Each call looks again, with what the last look remembered."""
    bound, known = REGISTRY.bind(CheckCall(check, params)), dict[str, object]()

    def again() -> dict[str, Observation]:
        answer, memory = bound.look_since(dict(known))
        known.clear()
        known.update(memory)
        return {item.object: item for item in answer if isinstance(item, Observation)}

    return again


def test_taken_connections_are_counted_with_who_has_them(server: Postgres) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(session(server, "pool"))
        [seen] = observations("postgresql_connections", at(server)).values()

    assert judged(seen) is Severity.WARNING
    assert seen.evidence["limit"] == 17
    assert seen.evidence["clients"] == {f"{server.user} pool": 15}
    assert seen.evidence["states"] == {"idle": 15}


def test_a_server_that_has_no_connection_left_is_critical_though_it_lets_nobody_look(server: Postgres) -> None:
    with session(server) as admin:
        admin.execute("CREATE ROLE looker LOGIN IN ROLE pg_monitor")
    with contextlib.ExitStack() as stack:
        for _ in range(17):
            stack.enter_context(session(server, "pool"))
        asked = at(server) | {"user": "looker", "critical": "off"}
        [seen] = observations("postgresql_connections", asked).values()

    assert judged(seen) is Severity.CRITICAL
    assert seen.summary.startswith("no connection is left")


@pytest.mark.parametrize("check", ["postgresql_connections", "postgresql_queries", "postgresql_statements"])
def test_a_user_who_sees_only_itself_is_told_so_and_nothing_looks_healthy(server: Postgres, check: str) -> None:
    [answer] = look(check, at(server) | {"user": "stranger"})

    assert answer == Absent("what others do on the server, for stranger", "GRANT pg_monitor TO stranger")


def test_a_member_of_pg_monitor_sees_enough_and_may_write_nothing(server: Postgres) -> None:
    with session(server) as admin:
        admin.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor")
    for check in ("postgresql_connections", "postgresql_queries", "postgresql_statements", "postgresql_indexes"):
        assert not [each for each in look(check, at(server) | {"user": "watcher"}) if isinstance(each, Absent)]


def test_a_server_that_is_not_there_is_no_answer_here(server: Postgres) -> None:
    """`postgresql` tells of it, once."""
    with pytest.raises(CheckFailed):
        look("postgresql_connections", at(server) | {"host": "/nowhere"})


@contextlib.contextmanager
def running(server: Postgres, *queries: str, name: str = "shop") -> Iterator[int]:
    """The pid of a session in which the last of the queries goes on until the end."""
    with session(server, name) as busy:
        pid = busy.info.backend_pid

        def work() -> None:
            with contextlib.suppress(psycopg.Error):
                for query in queries:
                    busy.execute(query)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield pid
        finally:
            with session(server) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            thread.join()


def of_queries(server: Postgres, **params: object) -> dict[str, Observation]:
    found = observations("postgresql_queries", at(server, **params))
    return {name.removesuffix(f" at {server.folder}:{server.port}"): each for name, each in found.items()}


def worst(observation: Observation) -> dict[str, Any]:
    sessions = observation.evidence["sessions"]
    assert isinstance(sessions, list)
    return dict(sessions[0])


def test_nothing_that_runs_long_is_healthy(server: Postgres) -> None:
    assert [judged(each) for each in of_queries(server).values()] == [None, None, None]


def test_a_query_that_takes_too_long_is_told_without_its_values(server: Postgres) -> None:
    with running(server, "SELECT pg_sleep(60), 'card 4111'") as pid:
        until(lambda: bool(of_queries(server)["query"].value))
        seen = of_queries(server, warning="1ms")["query"]

    assert judged(seen) is Severity.WARNING
    assert worst(seen)["pid"] == pid
    assert worst(seen)["query"] == "SELECT pg_sleep(?), ?"
    assert "4111" not in repr(seen)


def test_a_backup_may_take_as_long_as_it_wants(server: Postgres) -> None:
    with running(server, "SELECT pg_sleep(60)", name="pg_dump") as pid:
        until(lambda: bool(of_queries(server, exclude=[])["query"].value))

        assert judged(of_queries(server, warning="1ms")["query"]) is None
        assert worst(of_queries(server, exclude=[])["query"])["pid"] == pid


def test_a_transaction_that_nobody_ends_and_who_waits_for_its_lock_are_told(server: Postgres) -> None:
    with session(server, "forgotten") as holder:
        holder_pid = holder.info.backend_pid
        holder.execute("BEGIN")
        holder.execute("UPDATE orders SET state = 'paid' WHERE id = 1")
        with running(server, "UPDATE orders SET state = 'sent' WHERE id = 1"):
            until(lambda: bool(of_queries(server)["lock"].value))
            seen = of_queries(server, idle_in_transaction="1ms", locked="1ms")

    assert judged(seen["idle in transaction"]) is Severity.WARNING
    assert worst(seen["idle in transaction"])["application"] == "forgotten"
    assert judged(seen["lock"]) is Severity.WARNING
    assert worst(seen["lock"])["blocked_by"] == [holder_pid]
    assert f"a lock of pid {holder_pid}" in seen["lock"].summary


def test_statements_are_judged_by_their_mean_since_the_last_look(server: Postgres) -> None:
    with session(server) as shop:
        look_again = looks("postgresql_statements", at(server, warning="20ms", calls=3))
        for _ in range(3):
            shop.execute("SELECT pg_sleep(0.03)")
        first = look_again()
        quiet = look_again()
        for _ in range(3):
            shop.execute("SELECT pg_sleep(0.03)")
        [slow] = [each for each in look_again().values() if judged(each)]

    assert [judged(each) for each in (*first.values(), *quiet.values()) if judged(each)] == []
    assert slow.evidence["calls"] == 3
    assert slow.evidence["query"] == "SELECT pg_sleep($1)"
    assert judged(slow) is Severity.WARNING


def test_few_calls_say_nothing(server: Postgres) -> None:
    with session(server) as shop:
        look_again = looks("postgresql_statements", at(server, warning="20ms", calls=5))
        shop.execute("SELECT pg_sleep(0.03)")
        look_again()
        shop.execute("SELECT pg_sleep(0.03)")

        assert [each for each in look_again().values() if judged(each)] == []


def test_without_the_extension_the_statements_are_said_to_be_missing(server: Postgres) -> None:
    [answer] = look("postgresql_statements", at(server, dbname="template1"))

    assert answer == Absent("pg_stat_statements in template1", "CREATE EXTENSION pg_stat_statements")


def test_an_index_that_was_not_built_to_its_end_is_a_warning(server: Postgres) -> None:
    with session(server) as shop:
        with pytest.raises(psycopg.errors.UniqueViolation):
            shop.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON orders (state)")
        found = looks("postgresql_indexes", at(server))()
        shop.execute("DROP INDEX broken")

    [seen] = [each for each in found.values() if judged(each)]
    assert seen.object == f"public.broken in postgres at {server.folder}:{server.port}"
    assert judged(seen) is Severity.WARNING


def test_an_index_that_nobody_reads_is_a_hint_once_it_was_counted_for_long(server: Postgres) -> None:
    with session(server) as shop:
        shop.execute("CREATE INDEX idle ON orders (total)")
        early = looks("postgresql_indexes", at(server, min_size=1))()
        found = looks("postgresql_indexes", at(server, min_size=1, unused_for="0s"))()
        shop.execute("DROP INDEX idle")

    assert [each for each in early.values() if judged(each)] == []
    told = {name.split(" ")[0]: judged(each) for name, each in found.items() if judged(each)}
    assert told == {"public.idle": Severity.INFO}, "the primary key keeps rows unique"


def test_a_large_table_that_is_read_from_end_to_end_again_and_again_is_a_hint(server: Postgres) -> None:
    with session(server) as shop:
        shop.execute("ANALYZE orders")
        look_again = looks("postgresql_indexes", at(server, min_rows=1000, scans=10))
        first = look_again()
        for _ in range(12):
            shop.execute("SELECT count(*) FROM orders WHERE total > 5")
        shop.execute("SELECT pg_stat_force_next_flush()")
        [seen] = [each for each in look_again().values() if judged(each)]

    assert [each for each in first.values() if judged(each)] == []
    assert seen.object.startswith("public.orders in postgres")
    assert judged(seen) is Severity.INFO
    assert seen.evidence["sequential_scans"] == 12


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT * FROM t WHERE a = 'it''s 5' AND b=12", "SELECT * FROM t WHERE a = ? AND b=?"),
        (r"SELECT E'a\'b', x1", "SELECT ?, x1"),
        (r"SELECT 'C:\', 'secret'", "SELECT ?, ?"),
        ("SELECT \"it's\", 'secret' -- it's\n, 5 /* don't */", 'SELECT "it\'s", ? , ?'),
        ("SELECT $$secret$$, $tag$ other $tag$", "SELECT ?, ?"),
        ("SELECT $1 FROM t", "SELECT $1 FROM t"),
        ("UPDATE u SET password = 'cut off in the mid", "UPDATE u SET password = ?"),
        ("SELECT\n  1.5", "SELECT ?"),
    ],
)
def test_values_are_left_out_of_queries(query: str, shown: str) -> None:
    assert without_literals(query) == shown


def test_transaction_numbers_are_counted_with_what_holds_vacuum_up(server: Postgres) -> None:
    """A real count of a young server against tiny bounds: two billions of them would take days."""
    name = f"postgres at {server.folder}:{server.port}"
    with session(server) as holder, session(server) as admin:
        holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT txid_current()")
        for _ in range(5):
            admin.execute("SELECT txid_current()")
        healthy = observations("postgresql_wraparound", at(server))[name]
        tiny = {"warning": "0.000001%", "critical": "50%", "clear": "off"}
        near = observations("postgresql_wraparound", at(server, **tiny))[name]

    assert judged(healthy) is None
    assert judged(near) is Severity.WARNING
    held = cast(list[dict[str, object]], near.evidence["held_by"])
    assert any(str(each["what"]).startswith("session ") for each in held)

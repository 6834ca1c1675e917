from __future__ import annotations

import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import create_engine

from probed.errors import NewerMonitor
from probed.monitor.migrate import Migration, known_migrations, migrate
from probed.monitor.sqlite import open_monitor
from tests.factories import NOW, HandClock, make_observation, measured
from tests.monitor.tables import METADATA

KNOWN = known_migrations()
BROKEN = Migration("m20990101_0000_broken", ("CREATE TABLE half (id INTEGER)", "CREATE TABLE half (id INTEGER)"))


def rows(path: Path, sql: str) -> Sequence[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def schema(path: Path) -> dict[str, object]:
    """What SQLite itself says about each table and index."""
    found: dict[str, object] = {}
    for kind, name, table, sql in rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if kind == "table" and name != "migrations":
            found[f"table {name}"] = (
                rows(path, f"PRAGMA table_xinfo({name})"),
                sorted(row[2:] for row in rows(path, f"PRAGMA foreign_key_list({name})")),
                sorted(row[1:] for row in rows(path, f"PRAGMA index_list({name})")),
                "WITHOUT ROWID" in str(sql),
            )
        elif kind == "index" and table != "migrations":
            found[f"index {name}"] = (rows(path, f"PRAGMA index_xinfo({name})"), " ".join(str(sql).split()))
    return found


def test_the_migrations_make_the_schema_that_the_tables_declare(tmp_path: Path) -> None:
    migrate(tmp_path / "migrated.db", NOW, KNOWN)
    engine = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    METADATA.create_all(engine)
    engine.dispose()

    migrated, declared = schema(tmp_path / "migrated.db"), schema(tmp_path / "declared.db")
    assert len(declared) > 40
    assert migrated == declared


async def test_rows_of_the_first_version_survive_the_way_to_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, KNOWN[:1])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO settings VALUES ('mode', '\"act\"')")
        database.execute(
            "INSERT INTO runs (id, inspection, trigger, state, created_at, document_hash, reason, cost_usd)"
            " VALUES ('0a', 'disks', 'schedule', 'ok', 0, '', '', 0.5)"
        )

    monitor = await open_monitor(path, HandClock())

    run = await monitor.run("0a")
    assert (run.inspection, run.cost_usd, run.by) == ("disks", 0.5, "")
    async with monitor.transaction() as tx:
        assert await tx.settings.get("mode") == "act"
        await tx.samples.add("disk", [make_observation(value=1.0)], NOW)
    assert await measured(monitor, "disk", "/srv", NOW) == [(NOW, 1.0)]
    await monitor.close()


async def test_what_checks_knew_before_it_was_kept_in_pieces_is_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, [known for known in KNOWN if known.name < "m20261201_0950"])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("""INSERT INTO memories VALUES ('security', 'files', 0, '{"at": 1}')""")

    monitor = await open_monitor(path, HandClock())

    assert await monitor.memories("security") == {("files", 0): ('{"at": 1}',)}
    await monitor.close()


async def test_ends_that_a_group_has_still_to_tell_are_not_settled_by_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, [known for known in KNOWN if known.name < "m20261120_0900"])
    with closing(sqlite3.connect(path)) as database, database:
        for key, next_flush_at in (("awake", 9), ("asleep", None)):
            database.execute("INSERT INTO alert_groups VALUES (?, '{}', ?, '[]', '[]', 5)", (key, next_flush_at))
        for id_, key, state, ends_at in (
            ("open", "awake", "firing", None),
            ("told", "awake", "resolved", 4),
            ("not told", "awake", "resolved", 6),
            ("over", "asleep", "resolved", 6),
        ):
            database.execute(
                "INSERT INTO alerts (id, labels, annotations, severity, peak, summary, starts_at, updated_at,"
                " ends_at, group_key, state, acknowledged_by)"
                " VALUES (?, '{}', '{}', 'warning', 'warning', '', 0, 0, ?, ?, ?, '')",
                (id_, ends_at, key, state),
            )

    monitor = await open_monitor(path, HandClock())

    async with monitor.transaction() as tx:
        assert [alert.id for alert in await tx.alerts.of_group("{}:{}")] == ["open", "not told"]
    await monitor.close()


def test_a_copy_is_kept_before_an_existing_database_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, KNOWN[:1])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO settings VALUES ('mode', '\"act\"')")

    migrate(path, NOW, KNOWN)

    copy = tmp_path / f"monitor.db.before-{KNOWN[1].name}"
    assert rows(copy, "SELECT name, value FROM settings") == [("mode", '"act"')]
    assert rows(copy, "SELECT name FROM migrations") == [(KNOWN[0].name,)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.tmp*"))


def test_a_new_database_and_one_that_is_up_to_date_need_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"

    migrate(path, NOW, KNOWN)
    migrate(path, NOW, KNOWN)

    assert not list(tmp_path.glob("*before*"))
    assert rows(path, "SELECT name, checksum, applied_at FROM migrations ORDER BY name") == [
        (migration.name, migration.checksum, NOW.isoformat()) for migration in KNOWN
    ]


def test_names_begin_with_the_time_that_orders_them() -> None:
    assert len(KNOWN) >= 2
    for migration in KNOWN:
        time = migration.name.removeprefix("m")[:13]
        assert (time[:8] + time[9:]).isdigit()
        assert time[8] == "_"


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"

    with pytest.raises(sqlite3.OperationalError, match="half already exists"):
        migrate(path, NOW, [*KNOWN, BROKEN])

    migrate(path, NOW, KNOWN)
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []


def test_a_migration_may_not_leave_rows_that_refer_to_nothing(tmp_path: Path) -> None:
    orphan = Migration("m20990101_0000_orphan", ("INSERT INTO samples (series_id, at, value) VALUES (77, 0, 0)",))

    with pytest.raises(Exception, match="refer to nothing"):
        migrate(tmp_path / "monitor.db", NOW, [*KNOWN, orphan])

    assert rows(tmp_path / "monitor.db", "SELECT * FROM samples") == []


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, KNOWN)

    with pytest.raises(NewerMonitor, match=rf"{path} .* the migration {KNOWN[1].name}, which only a newer version"):
        migrate(path, NOW, KNOWN[:1])

    migrate(path, NOW, KNOWN)


def test_a_database_whose_migration_was_another_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    migrate(path, NOW, [replace(KNOWN[0], statements=(*KNOWN[0].statements, "SELECT 1"))])

    with pytest.raises(NewerMonitor, match="differs from the one of this version"):
        migrate(path, NOW, KNOWN)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE theirs (id INTEGER)")

    with pytest.raises(NewerMonitor, match="another program"):
        migrate(path, NOW, KNOWN)

    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]

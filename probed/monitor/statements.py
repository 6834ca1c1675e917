"""SQL texts with named parameters, made of the columns of a table.

What a table is stands in `probed.monitor.tables`, as SQLModel classes: migrations have to add up to them. The daemon
works without those, because SQLAlchemy would take a third of its memory and half of its start.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every column but the row's own number is a parameter of the column's name."""
        return tuple(column for column in self.columns if column != "seq")


def table(name: str, columns: str) -> Table:
    """`columns`: their names with blanks between, in the order of the migrations."""
    return Table(name, tuple(columns.split()))


def select_from(of: Table, *conditions: str, order: str = "", what: str = "*") -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {what} FROM {of.name}{where}" + (f" ORDER BY {order}" if order else "")  # noqa: S608 (no value)


def select_by(of: Table, *columns: str) -> str:
    return select_from(of, *(f"{_quoted(column)} = :{column}" for column in columns))


def insert_into(of: Table) -> str:
    names, values = map(_quoted, of.parameters), (f":{column}" for column in of.parameters)
    return f"INSERT INTO {of.name} ({', '.join(names)}) VALUES ({', '.join(values)})"  # noqa: S608 (no value)


def upsert_into(of: Table, *key: str, fixed: frozenset[str] = frozenset()) -> str:
    """`fixed`: what never changes, so that its indexes need not be written again."""
    kept = fixed.union(key)
    changed = (f"{_quoted(column)} = excluded.{_quoted(column)}" for column in of.parameters if column not in kept)
    return f"{insert_into(of)} ON CONFLICT ({', '.join(map(_quoted, key))}) DO UPDATE SET {', '.join(changed)}"


def update_version(of: Table, fixed: frozenset[str]) -> str:
    """Update all but the `fixed` columns, if the row still has the version that was read; its next one is stored."""
    changed = [column for column in of.parameters if column not in fixed | {"id", "version"}]
    values = ", ".join([*(f"{_quoted(column)} = :{column}" for column in changed), "version = version + 1"])
    return f"UPDATE {of.name} SET {values} WHERE id = :key AND version = :read_version"  # noqa: S608 (no value)


def _quoted(column: str) -> str:
    """Some are words of SQL, too."""
    return f'"{column}"'

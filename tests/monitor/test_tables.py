"""What the statements take a table for is what it is."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

from probed import monitor
from probed.monitor.statements import (
    Table,
    insert_into,
    select_by,
    select_from,
    table,
    update_version,
    upsert_into,
)
from tests.monitor.tables import METADATA


def named() -> Iterator[Table]:
    """Those that the repositories work with."""
    for module in pkgutil.iter_modules(monitor.__path__):
        if not module.ispkg:
            for value in vars(import_module(f"{monitor.__name__}.{module.name}")).values():
                if isinstance(value, Table):
                    yield value


@pytest.mark.parametrize("of", {each.name: each for each in named()}.values(), ids=lambda of: of.name)
def test_a_table_has_the_columns_that_its_statements_name(of: Table) -> None:
    assert of.columns == tuple(column.name for column in METADATA.tables[of.name].columns)


def test_a_statement_for_each_purpose() -> None:
    of = table("cases", "seq id check stage version")

    assert insert_into(of) == (
        'INSERT INTO cases ("id", "check", "stage", "version") VALUES (:id, :check, :stage, :version)'
    )
    assert upsert_into(of, "id", "check") == (
        insert_into(of) + ' ON CONFLICT ("id", "check") DO UPDATE SET "stage" = excluded."stage", '
        '"version" = excluded."version"'
    )
    assert update_version(of, frozenset({"check"})) == (
        'UPDATE cases SET "stage" = :stage, version = version + 1 WHERE id = :key AND version = :read_version'
    )
    assert select_by(of, "id", "check") == 'SELECT * FROM cases WHERE "id" = :id AND "check" = :check'
    assert select_from(of, "stage = 'told'", order="seq DESC", what="id") == (
        "SELECT id FROM cases WHERE stage = 'told' ORDER BY seq DESC"
    )

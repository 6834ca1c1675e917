"""docs/coverage.md: what stands there of Cortex is so, every alarm of the peers has its place, and the sums are right.

The peers' alarms lie in tests/peers as they were read, with the command.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from probed.checks.registry import BUILT_IN
from probed.config.documents import load_documents
from tests.checks.looking import REGISTRY

TREE = Path(__file__).parents[1]
PAGE = (TREE / "docs" / "coverage.md").read_text()
PEERS = {"Netdata": 1, "node_exporter and its mixin": 2, "Monit": 3, "Glances": 4}
"""With the column."""
LISTS = {
    "Netdata": ("netdata", "netdata-newer"),
    "node_exporter and its mixin": ("node_exporter",),
    "Monit": ("monit",),
    "Glances": ("glances",),
}
NONE = "–"
ASKED = ("named", "ready")


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]

    @property
    def fault(self) -> str:
        return self.cells[0]

    @property
    def checks(self) -> list[str]:
        return re.findall(r"`(\w+)`", self.cells[5])

    @property
    def by_itself(self) -> str:
        return self.cells[6].strip("`")

    def names(self, peer: str) -> list[str]:
        return re.findall(r"`([^`]+)`", self.cells[PEERS[peer]])

    def is_told_unasked_by(self, peer: str) -> bool:
        cell = self.cells[PEERS[peer]]
        return cell != NONE and any(not each.startswith("*") for each in cell.split(", "))


ROWS = [
    Row(tuple(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.partition("\n## ")[2].splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| what is wrong"))
]


def alarms(peer: str) -> list[str]:
    lines = [line for name in LISTS[peer] for line in (TREE / f"tests/peers/{name}.txt").read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def looked_at(folder: str) -> dict[str, set[str]]:
    usable, broken = load_documents(TREE / folder, REGISTRY)
    assert not broken
    return {each.id: {call.check for call in each.checks} for each in usable}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_what_stands_there_of_cortex_is_so(row: Row) -> None:
    assert len(row.cells) == 7
    assert set(row.checks) <= set(BUILT_IN)
    match row.by_itself:
        case "–":
            assert row.cells[5] == NONE
        case "named":
            assert row.checks
        case "ready":
            assert set(row.checks) <= {name for names in looked_at("inspections/ready").values() for name in names}
        case "every document":
            assert row.cells[5] == "every check"
        case document:
            assert set(row.checks) <= looked_at("inspections")[document]


@pytest.mark.parametrize("peer", PEERS)
def test_every_alarm_of_a_peer_has_its_row_and_no_row_names_another(peer: str) -> None:
    placed = Counter(name for row in ROWS for name in row.names(peer))

    assert sorted(placed) == sorted(set(alarms(peer)))
    assert [name for name, count in placed.items() if count > 1] == []


def test_every_check_has_its_row() -> None:
    assert set(BUILT_IN) - {name for row in ROWS for name in row.checks} == set()


@pytest.mark.parametrize("peer", PEERS)
def test_the_sums_of_a_peer_are_right(peer: str) -> None:
    unasked = sum(row.is_told_unasked_by(peer) for row in ROWS)
    never = sum(row.cells[PEERS[peer]] == NONE for row in ROWS)

    assert f"| {peer} | {unasked} | {len(ROWS) - unasked - never} | {never} |" in PAGE


def test_the_sums_of_cortex_are_right() -> None:
    never = sum(row.by_itself == NONE for row in ROWS)
    asked = sum(row.by_itself in ASKED for row in ROWS)

    assert f"| Cortex | {len(ROWS) - never - asked} | {asked} | {never} |" in PAGE


def test_the_sentence_counts_as_the_tables_do() -> None:
    alone = sum(all(cell == NONE for cell in row.cells[1:5]) for row in ROWS)
    missed = sum(row.cells[5] == NONE for row in ROWS)
    unasked = [row for row in ROWS if any(map(row.is_told_unasked_by, PEERS))]
    late = sum(row.by_itself in ASKED for row in unasked)

    said = " ".join(PAGE.split())
    assert f"Of {len(ROWS)} rows, {alone} are seen by Cortex alone, and {missed} by a peer and not by Cortex." in said
    assert f"{late} are told by a peer without being asked, and by Cortex only where" in said


def test_no_row_is_seen_by_nobody() -> None:
    assert [row.fault for row in ROWS if all(cell == NONE for cell in row.cells[1:6])] == []

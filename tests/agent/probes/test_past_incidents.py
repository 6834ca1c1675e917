from __future__ import annotations

from datetime import UTC, datetime, timedelta

from probed.agent.probes.past_incidents import probe
from probed.core.case import Stage
from tests.agent.probes.asking import ask, rows_of
from tests.api.fakes import FakeQueries
from tests.factories import make_case

NOW = datetime.now(UTC)
GONE = make_case(
    id="c1",
    check="disk",
    object="/srv",
    opened_at=NOW - timedelta(days=2),
    resolved_at=NOW - timedelta(days=1),
    stage=Stage.RESOLVED,
    outlook="clean_files freed 3 GiB",
    summary="full, token=hunter2hunter2",
)
OPEN = make_case(id="c2", check="systemd_unit", object="nginx.service", opened_at=NOW - timedelta(hours=1))
OLD = make_case(id="c0", check="disk", object="/srv", opened_at=NOW - timedelta(days=90))
PROBE = probe(FakeQueries(all_cases=[OPEN, GONE, OLD]))


async def test_problems_are_told_with_what_was_done_about_them() -> None:
    rows = rows_of(await ask(PROBE))

    assert [row["id"] for row in rows] == ["c2", "c1"]
    assert (rows[1]["resolved"] is not None, rows[1]["what was done"]) == (True, "clean_files freed 3 GiB")
    assert "hunter2" not in str(rows)


async def test_every_argument_narrows_the_question() -> None:
    assert [row["id"] for row in rows_of(await ask(PROBE, check="disk", days=365))] == ["c1", "c0"]
    assert [row["id"] for row in rows_of(await ask(PROBE, object="nginx"))] == ["c2"]
    assert [row["id"] for row in rows_of(await ask(PROBE, open_only=True, check="disk", days=30))] == []

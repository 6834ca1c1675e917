"""Whatever is sent to the API: no answer is a failure of ours, none stays away, and each is as it is described.
The long form is `bench/fuzz.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from probed.api.routes import alertmanager
from tests.api import fuzzing
from tests.api.fuzzing import Campaign, Served, alertmanagers_document, served


@pytest.mark.no_cover
def test_no_request_is_answered_by_a_failure_or_by_what_is_not_described(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        campaign = Campaign(app, first_seed=1)
        tally = campaign.run(least=600, each=8)

    asked = {operation.label for operation in campaign.operations}
    assert tally.faults == {}
    assert set(tally.requests) == asked
    assert len(tally.reached) > 0.7 * len(asked), asked - tally.reached


@pytest.mark.no_cover
def test_nor_is_one_to_alertmanagers_api(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        campaign = Campaign(app, 1, alertmanagers_document())
        tally = campaign.run(least=150, each=20)

    assert tally.faults == {}
    assert len(tally.requests) == len(alertmanager.ENDPOINTS)
    assert {"POST /api/v2/alerts", "GET /api/v2/alerts"} <= tally.reached


def of_channels(app: Served) -> Campaign:
    campaign = Campaign(app, first_seed=1)
    campaign.operations = [found for found in campaign.operations if found.label == "GET /api/v1/channels"]
    return campaign


def test_a_handler_that_breaks_is_a_fault(tmp_path: Path) -> None:
    async def broken() -> None:
        raise KeyError("x")

    with served(tmp_path, channels=broken) as app:
        tally = of_channels(app).run(least=1, each=2)

    assert [key for key in tally.faults if key.startswith("GET /api/v1/channels: ")]


def test_a_handler_that_never_answers_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "HANGS_AFTER_S", 0.5)

    async def hanging() -> None:
        await asyncio.Event().wait()

    with served(tmp_path, channels=hanging) as app:
        tally = of_channels(app).run(least=1, each=2)

    assert tally.faults
    assert "GET /api/v1/channels: ReadTimeout" in tally.faults

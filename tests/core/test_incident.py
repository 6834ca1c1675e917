from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core import incident
from probed.core.incident import Entry, Kind, shortened
from tests.factories import NOW


def entry(number: int, kind: Kind = Kind.ALERT) -> Entry:
    return Entry(NOW + timedelta(minutes=number), kind, f"entry {number}")


def test_a_long_timeline_keeps_its_beginning_its_end_and_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident, "MOST_ENTRIES", 4)
    timeline = [entry(number, Kind.ACTION if number == 5 else Kind.ALERT) for number in range(10)]

    texts = [each.text for each in shortened(timeline)]

    left_out = "5 entries until 2026-11-20 06:07 are left out here"
    assert texts == ["entry 0", "entry 1", left_out, "entry 5", "entry 8", "entry 9"]
    assert shortened(timeline[:4]) == timeline[:4]

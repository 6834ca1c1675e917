"""A short form of the soak; the long one is `python -m bench.soak`, and only that says whether anything leaks."""

from __future__ import annotations

from pathlib import Path

from bench.soak import SAMPLES, Soak


def test_a_soak_measures_what_the_daemon_takes_while_everything_goes_on(tmp_path: Path) -> None:
    outcome = Soak(tmp_path, seconds=6.0, rate=20.0).run()

    assert len(outcome.samples) == SAMPLES
    assert outcome.samples[-1].events > outcome.samples[0].events
    assert outcome.accepted
    assert not outcome.refused
    assert not outcome.rows_left
    assert outcome.kept < 1
    assert "per million events" in str(outcome)

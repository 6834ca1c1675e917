"""A short form of the kill campaign; the long one is `python -m bench.kill`."""

from __future__ import annotations

import os
from pathlib import Path

from bench.kill import Campaign
from tests.conftest import require


def test_killed_at_any_moment_nothing_is_lost_and_no_action_runs_twice(tmp_path: Path) -> None:
    require("root, for a mount namespace", present=os.geteuid() == 0)

    tally = Campaign(tmp_path, kills=8, seed=2, fault_every_s=4).run()

    assert tally.accepted
    assert tally.silences
    assert tally.faults
    assert tally.messages
    assert tally.is_clean, str(tally)

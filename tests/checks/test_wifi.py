"""A table as the kernel writes it (net/wireless/wext-proc.c): no test machine has a radio."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import wireless
from tests.checks.looking import judged, look, observations

HEAD = (
    "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
    " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(wireless, "WIRELESS", tmp_path / "wireless")
    return tmp_path / "wireless"


def test_a_weak_signal_is_told_and_a_good_one_is_not(table: Path) -> None:
    table.write_text(
        f"{HEAD} wlan0: 0000   58.  -52.  -256        0      0      0      0      7        0\n"
        " wlan1: 0000   20.  -86.  -256        0      0      0      0      7        0\n"
    )

    found = observations("wifi")

    assert {name: judged(each) for name, each in found.items()} == {"wlan0": None, "wlan1": Severity.WARNING}
    assert found["wlan0"].value == -52
    assert set(observations("wifi", {"exclude": "wlan1"})) == {"wlan0"}


def test_a_driver_that_tells_no_level_and_a_host_without_a_radio_have_none(table: Path) -> None:
    assert look("wifi") == (Absent("wireless link"),)

    table.write_text(f"{HEAD} wlan0: 0000    0     0     0        0      0      0      0      0        0\n")
    assert look("wifi") == (Absent("wireless link"),)

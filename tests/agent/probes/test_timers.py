from __future__ import annotations

from pathlib import Path

import pytest

from probed.agent.probes.timers import PROBE
from probed.errors import NotHere
from probed.host import systemd
from tests.agent.probes.asking import ask, rows_of
from tests.host.scripted import Scripted

SHOWN = """\
Id=apt-daily.timer
Unit=apt-daily.service
LoadState=loaded
ActiveState=active
SubState=waiting
UnitFileState=enabled
ConditionResult=yes
LastTriggerUSec=Tue 2026-12-01 06:12:00 UTC
NextElapseUSecRealtime=Wed 2026-12-02 06:12:00 UTC
TimersCalendar={ OnCalendar=*-*-* 06,18:00:00 ; next_elapse=Wed 2026-12-02 06:00:00 UTC }

Id=backup.timer
Unit=backup.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled
"""


async def test_those_in_trouble_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path))
    Scripted(tmp_path, monkeypatch).answer("systemctl", SHOWN)

    failed, waiting = rows_of(await ask(PROBE))

    assert (failed["timer"], failed["sub"], failed["last"]) == ("backup.timer", "failed", None)
    assert waiting["last"] == "2026-12-01T06:12:00Z"
    assert waiting["next"] == "2026-12-02T06:12:00Z"
    assert waiting["calendar"] == "*-*-* 06,18:00:00"
    assert [row["timer"] for row in rows_of(await ask(PROBE, name="apt"))] == ["apt-daily.timer"]


async def test_a_host_without_systemd_has_no_timers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "none"))

    with pytest.raises(NotHere, match="systemd"):
        await ask(PROBE)

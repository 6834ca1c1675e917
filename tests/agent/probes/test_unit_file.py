from __future__ import annotations

from pathlib import Path

import pytest

from probed.agent.probes.unit_file import PROBE, without_values
from probed.errors import NotHere, ParameterError
from probed.host import systemd
from tests.agent.probes.asking import ask, rows_of
from tests.host.scripted import Scripted

UNIT = """\
# /etc/systemd/system/app.service
[Service]
ExecStart=/usr/bin/app --token=hunter2hunter2 --port 80
Environment=PORT=80 "PASS=a b c" 'X=hunter2'
Environment=LONG=hunter2 \\
    MORE=hunter2
SetCredential=db:hunter2
SetCredential=multi:one \\
  hunter2
LoadCredential=key:/etc/app/key
Restart=always

# /etc/systemd/system/app.service.d/override.conf
[Service]
MemoryMax=1G
"""
SHOWN = [
    "Environment= PORT=***value*** PASS=***value*** X=***value***",
    "SetCredential=db:***value***",
    "Restart=always",
    "# /etc/systemd/system/app.service.d/override.conf",
    "MemoryMax=1G",
]


async def test_the_file_and_what_was_dropped_in_are_shown_without_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path))
    scripted = Scripted(tmp_path, monkeypatch)
    scripted.answer("systemctl", UNIT)

    answer = await ask(PROBE, unit="app")
    text = [row["text"] for row in rows_of(answer)]

    assert "hunter2" not in str(answer)
    assert [line.replace("= ", "=") in [each.replace("= ", "=") for each in text] for line in SHOWN] == [True] * 5
    assert "cat --no-pager -- app.service" in scripted.calls("systemctl")[0]


@pytest.mark.parametrize("comment", ["# a comment", "; a comment", "  # a comment"])
def test_values_behind_a_comment_in_the_middle_are_hidden_too(comment: str) -> None:
    """As systemd reads it: the line before goes on behind the comment."""
    lines = ["Environment=A=1 \\", comment, "  B=hunter2 \\", comment, "  C=hunter2", "User=ann"]

    told = list(without_values(lines))

    assert "hunter2" not in str(told)
    assert told[-1] == "User=ann"


def test_what_is_no_assignment_is_hidden_as_a_whole() -> None:
    assert list(without_values(["Environment=hunter2", "environment = A=hunter2"])) == [
        "Environment=***value***",
        "environment =A=***value***",
    ]


@pytest.mark.parametrize("unit", ["", "--root=/", "-x", "a b", "$(id)", "a/b", "*", "../x", "a\nb"])
async def test_what_is_no_units_name_is_refused(unit: str) -> None:
    with pytest.raises(ParameterError):
        await ask(PROBE, unit=unit)


async def test_a_host_without_systemd_has_no_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "none"))

    with pytest.raises(NotHere, match="systemd"):
        await ask(PROBE, unit="app")

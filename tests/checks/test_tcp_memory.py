from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import tcp
from tests.checks.looking import judged, look, observations


def test_this_host_has_enough_of_it() -> None:
    found = observations("tcp_memory")

    assert {name: judged(each) for name, each in found.items()} == {"memory": None, "orphans": None}
    assert found["memory"].value is not None


def test_near_the_kernels_bounds_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as the kernel writes them: the bounds are the whole machine's."""
    (tmp_path / "sockstat").write_text("sockets: used 300\nTCP: inuse 12 orphan 3300 tw 4 alloc 20 mem 96000\n")
    (tmp_path / "tcp_mem").write_text("50000\t75000\t100000\n")
    (tmp_path / "tcp_max_orphans").write_text("4096\n")
    monkeypatch.setattr(tcp, "NET", tmp_path)
    monkeypatch.setattr(tcp, "SYSCTL", tmp_path)

    found = observations("tcp_memory")

    assert found["memory"].value == 96
    assert judged(found["memory"]) is Severity.CRITICAL
    assert judged(found["orphans"]) is Severity.WARNING


def test_a_network_of_its_own_does_not_see_the_bounds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sockstat").write_text("TCP: inuse 12 orphan 0 tw 4 alloc 20 mem 9\n")
    monkeypatch.setattr(tcp, "NET", tmp_path)
    monkeypatch.setattr(tcp, "SYSCTL", tmp_path / "nothing")

    (absent,) = look("tcp_memory")

    assert absent == Absent("the bounds of TCP's memory, which belong to the host")

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks import cpu_quota, since_last_look
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import cgroup
from tests.checks.looking import judged, look, observations
from tests.conftest import require


@contextlib.contextmanager
def group(quota_us: int) -> Iterator[Path]:
    """A real one, in either layout of the hierarchy, that is allowed so much of each tenth of a second."""
    require("root, for a control group", present=os.geteuid() == 0)
    root = next((each for each in (Path(cgroup.ROOT, "cpu"), Path(cgroup.ROOT)) if each.is_dir()), Path(cgroup.ROOT))
    folder = root / f"cx-quota-{os.getpid()}"
    try:
        folder.mkdir()
        if (folder / "cpu.cfs_quota_us").exists():
            (folder / "cpu.cfs_quota_us").write_text(str(quota_us))
        else:
            (folder / "cpu.max").write_text(f"{quota_us} 100000")
    except OSError as error:
        require(f"a control group with a quota ({error})", present=False)
    try:
        yield folder
    finally:
        folder.rmdir()


def test_a_real_group_that_uses_up_its_quota_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu_quota._window.forget()
    monkeypatch.setattr(since_last_look, "NEAREST_S", 0.0)
    with group(10_000) as folder:
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            (folder / "cgroup.procs").write_text(str(busy.pid))
            look("cpu_quota")
            while True:  # until others let it have so much of the processors
                time.sleep(1)
                found = observations("cpu_quota", {"control_groups": f"/{folder.name}"})[f"/{folder.name}"]
                if judged(found):
                    break
            left_out = look("cpu_quota", {"control_groups": f"/{folder.name}", "exclude": "/cx-*"})
        finally:
            busy.kill()
            busy.wait()

    assert judged(found) is Severity.WARNING
    assert left_out == (Absent("control group with a processor quota"),)


def test_the_unified_layout_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as the kernel writes them: a machine has one layout, and this one may have the other."""
    monkeypatch.setattr(cgroup, "ROOT", str(tmp_path))
    monkeypatch.setattr(since_last_look, "NEAREST_S", 0.0)
    cpu_quota._window.forget()
    for name, quota in (("web.service", "50000 100000"), ("free.service", "max 100000")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cpu.max").write_text(f"{quota}\n")
        (tmp_path / name / "cpu.stat").write_text("usage_usec 9\nnr_periods 100\nnr_throttled 0\nthrottled_usec 0\n")
    look("cpu_quota")
    (tmp_path / "web.service" / "cpu.stat").write_text("usage_usec 9\nnr_periods 200\nnr_throttled 40\n")

    found = observations("cpu_quota")
    cpu_quota._window.forget()

    assert {name: each.value for name, each in found.items()} == {"/web.service": 40}
    assert judged(found["/web.service"]) is Severity.WARNING

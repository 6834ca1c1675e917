"""ZFS is no part of the kernel: what `zpool status` prints is written in the form of OpenZFS 2.1 (Debian 12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import zfs
from tests.checks.looking import judged, look, observations

STATUS = """\
  pool: backup
 state: DEGRADED
status: One or more devices is currently being resilvered.  The pool will
\tcontinue to function, possibly in a degraded state.
action: Wait for the resilver to complete.
  scan: resilver in progress since Sun Nov 29 09:13:02 2026
\t1.51T scanned at 612M/s, 812G issued at 329M/s, 3.02T total
config:

\tNAME             STATE     READ WRITE CKSUM
\tbackup           DEGRADED     0     0     0
\t  mirror-0       DEGRADED     0     0     0
\t    sda          ONLINE       0     0     0
\t    replacing-1  DEGRADED     0     0     0
\t      sdb        OFFLINE      0     0     0
\t      sdc        ONLINE       0     0     0  (resilvering)

errors: No known data errors

  pool: lost
 state: ONLINE
status: One or more devices has experienced an error resulting in data
\tcorruption.  Applications may be affected.
  scan: scrub repaired 0B in 05:13:19 with 3 errors on Sun Nov  8 05:37:21 2026
config:

\tNAME        STATE     READ WRITE CKSUM
\tlost        ONLINE       0     0     0
\t  sdd       ONLINE       0     0     6

errors: 3 data errors, use '-v' for a list

  pool: rpool
 state: ONLINE
  scan: scrub repaired 0B in 00:02:11 with 0 errors on Sun Nov  8 00:26:12 2026
config:

\tNAME        STATE     READ WRITE CKSUM
\trpool       ONLINE       0     0     0
\t  mirror-0  ONLINE       0     0     0
\t    sde     ONLINE       0     0     0
\t    sdf     ONLINE       0     0     0

errors: No known data errors

  pool: tank
 state: DEGRADED
status: One or more devices could not be used because the label is missing or
\tinvalid.  Sufficient replicas exist for the pool to continue
\tfunctioning in a degraded state.
config:

\tNAME                      STATE     READ WRITE CKSUM
\ttank                      DEGRADED     0     0     0
\t  raidz1-0                DEGRADED     0     0     0
\t    sdg                   ONLINE       0     0     0
\t    sdh                   ONLINE       0     0     0
\t    12345678901234567890  UNAVAIL      0     0     0  was /dev/sdi1

errors: No known data errors

  pool: worn
 state: ONLINE
status: One or more devices has experienced an unrecoverable error.
config:

\tNAME        STATE     READ WRITE CKSUM
\tworn        ONLINE       0     0     0
\t  mirror-0  ONLINE       0     0     0
\t    sdj     ONLINE       0     0     0
\t    sdk     ONLINE       3     0    17

errors: No known data errors
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The states that the kernel's module tells, and no `zpool`."""
    monkeypatch.setattr(zfs, "KSTAT", tmp_path)
    monkeypatch.setattr(zfs, "_asked", lambda: "")
    for name, state in {"backup": "DEGRADED", "lost": "ONLINE", "rpool": "ONLINE", "tank": "DEGRADED"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "state").write_text(f"{state}\n")
    return tmp_path


def told(host: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Observation]:
    (host / "worn").mkdir()
    (host / "worn" / "state").write_text("ONLINE\n")
    monkeypatch.setattr(zfs, "_asked", lambda: STATUS)
    return observations("zfs")


@pytest.mark.parametrize(
    ("name", "severity", "says"),
    [
        ("rpool", None, "is whole"),
        ("tank", Severity.CRITICAL, "is DEGRADED: raidz1-0, 12345678901234567890"),
        ("backup", Severity.WARNING, "is DEGRADED, a device is being replaced"),
        ("lost", Severity.CRITICAL, "has lost data: 3 data errors"),
        ("worn", Severity.WARNING, "is whole, but devices make errors: sdk"),
    ],
)
def test_a_pool_is_told_by_what_it_lacks(
    host: Path, monkeypatch: pytest.MonkeyPatch, name: str, severity: Severity | None, says: str
) -> None:
    found = told(host, monkeypatch)[name]

    assert judged(found) is severity
    assert says in found.summary


def test_without_zpool_the_kernels_module_tells_the_state(host: Path) -> None:
    (host / "tank" / "state").write_text("SUSPENDED\n")

    assert {name: judged(each) for name, each in observations("zfs").items()} == {
        "backup": Severity.CRITICAL,
        "lost": None,
        "rpool": None,
        "tank": Severity.CRITICAL,
    }


def test_a_pool_can_be_left_out(host: Path) -> None:
    assert list(observations("zfs", {"pools": ["rpool", "tank"], "exclude": "tank"})) == ["rpool"]


def test_a_host_without_zfs_or_without_pools_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zfs, "KSTAT", tmp_path)
    assert look("zfs") == (Absent("ZFS pool"),)

    monkeypatch.setattr(zfs, "KSTAT", tmp_path / "nothing")
    assert look("zfs") == (Absent("ZFS"),)


def test_a_pool_that_is_named_ought_to_be_imported(host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(observations("zfs", {"pools": ["rpool", "vault"]})["vault"]) is Severity.CRITICAL

    monkeypatch.setattr(zfs, "KSTAT", tmp_path / "nothing")
    assert judged(observations("zfs", {"pools": "vault"})["vault"]) is Severity.CRITICAL


def test_counts_that_are_shortened_are_read_too() -> None:
    (pool,) = zfs.parsed("  pool: x\n state: ONLINE\nconfig:\n\n\tx  ONLINE 0 0 0\n\t  sda  ONLINE 0 0 1.2K\n")

    assert [each.errors for each in pool.devices] == [(0, 0, 1)]

"""The disk under the monitor fails while the daemon runs: it watches on, says so once, and goes on by itself."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.filesystems import ext4, mounted, tmpfs
from tests.real.packages import program
from tests.real.post_box import PostBox, post_box

CANNOT, AGAIN = "cannot persist", "can be written again"


@pytest.fixture
def box() -> Iterator[PostBox]:
    with post_box() as opened:
        yield opened


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with tmpfs(tmp_path / "disk", "24m") as folder:
        folder.chmod(0o700)
        yield folder


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """A file that is inspected."""
    path = tmp_path / "watched"
    path.write_text("here")
    return path


@pytest.fixture
def daemon(tmp_path: Path, disk: Path, watched: Path, box: PostBox) -> Iterator[RealDaemon]:
    with make_daemon(tmp_path, disk, watched, box) as running:
        swept(running)
        yield running


def make_daemon(tmp_path: Path, disk: Path, watched: Path, box: PostBox) -> RealDaemon:
    """One that keeps its state on `disk`, looks at a file each second and tells the box."""
    url = tmp_path / "url"
    url.write_text(f"json://127.0.0.1:{box.port}")
    url.chmod(0o600)
    config = {
        "monitor": {"path": str(disk / "monitor.db")},
        "backup": {"dir": str(tmp_path / "backups")},
        "channels": {"phone": {"apprise_url_file": str(url)}},
        "alerts": {"route": {"group_wait": "0s", "group_interval": "1s"}},
    }
    running = RealDaemon(tmp_path, config)
    running.document("load", "schedule: every 1s\nchecks: [load]")
    running.document("files", f"schedule: every 1s\nchecks:\n  - file: {{path: {watched}}}")
    return running


def swept(daemon: RealDaemon) -> None:
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)


def findmnt(place: Path) -> str:
    done = subprocess.run(["findmnt", "-no", "SOURCE", place], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repair(image: Path) -> None:
    """Once nothing holds it any more."""
    end = time.monotonic() + 120
    while subprocess.run([program("losetup", "mount"), "-j", image], capture_output=True, check=True).stdout:
        assert time.monotonic() < end, f"{image} is still in use"
        time.sleep(0.1)
    subprocess.run([program("e2fsck", "e2fsprogs"), "-fy", image], capture_output=True, check=False)


def fill_up(disk: Path) -> Path:
    """To the last byte, whoever else writes; returns what takes the room."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    return ballast


def told(box: PostBox, words: str) -> list[str]:
    texts = [posted.body.decode() for posted in box.posted]
    return [text for text in texts if words in text]


def finding(name: str) -> dict[str, Any]:
    found = {"check": "any", "object": name, "severity": "warning", "summary": f"{name} is down"}
    return {"source": "test", "verdict": "warning", "summary": "s", "findings": [found]}


def goes_on(daemon: RealDaemon, box: PostBox, name: str) -> None:
    """It takes reports in, tells what is in them, and runs its inspections."""
    daemon.wait_until(lambda: daemon.get("/readyz")[0] == 200, 180)
    assert daemon.post("/api/v1/reports", finding(name))[0] == 201
    daemon.wait_until(lambda: told(box, f"{name} is down"), 180)
    runs = len(daemon.items("runs?inspection=load"))
    daemon.wait_until(lambda: len(daemon.items("runs?inspection=load")) > runs, 180)


def test_a_full_disk_is_said_once_and_what_comes_is_refused_until_there_is_room(
    daemon: RealDaemon, box: PostBox, disk: Path
) -> None:
    ballast = fill_up(disk)
    daemon.wait_until(lambda: told(box, CANNOT), 180)

    status, answer = daemon.post("/api/v1/reports", finding("while full"))
    assert status == 503
    assert "cannot write the monitor" in answer["error"]["message"]
    assert daemon.get("/readyz")[0] == 503
    assert daemon.get("/healthz")[0] == 200
    assert daemon.ctl("status").returncode in (1, 4)
    ballast.unlink()
    daemon.wait_until(lambda: told(box, AGAIN), 180)

    goes_on(daemon, box, "after")
    assert (len(told(box, CANNOT)), len(told(box, AGAIN))) == (1, 1)
    assert daemon.ctl("intents", "verify").returncode == 0


def test_a_file_system_that_becomes_read_only_is_said_and_after_its_repair_nothing_is_lost(
    tmp_path: Path, box: PostBox, watched: Path
) -> None:
    place, image = tmp_path / "disk", tmp_path / "image"
    with ext4(place, image, 48):
        place.chmod(0o700)
    with mounted("-o", "loop,errors=remount-ro", image, place):
        daemon = make_daemon(tmp_path, place, watched, box)
        with daemon:
            swept(daemon)
            assert daemon.post("/api/v1/reports", finding("before"))[0] == 201
            device = Path(findmnt(place)).name
            Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("the test")
            daemon.wait_until(lambda: told(box, CANNOT), 180)
            watched.unlink()
            daemon.wait_until(lambda: told(box, "found while nothing can be recorded"), 180)
            assert daemon.kill(signal.SIGTERM) == 0
    repair(image)

    with mounted("-o", "loop", image, place), daemon:
        goes_on(daemon, box, "after")
        assert {alert["labels"]["object"] for alert in daemon.items("alerts")} >= {"before", "after"}
        assert daemon.ctl("intents", "verify").returncode == 0


def test_what_comes_up_while_nothing_can_be_recorded_is_told_all_the_same_and_once(
    daemon: RealDaemon, box: PostBox, disk: Path, watched: Path
) -> None:
    ballast = fill_up(disk)
    daemon.wait_until(lambda: told(box, CANNOT), 180)

    watched.unlink()
    daemon.wait_until(lambda: told(box, "found while nothing can be recorded"), 180)
    time.sleep(4)  # further looks find the same

    assert len(told(box, "found while nothing can be recorded")) == 1
    assert "Traceback" not in daemon.log
    ballast.unlink()
    daemon.wait_until(lambda: [alert["labels"]["object"] for alert in daemon.items("alerts")] == [str(watched)], 180)


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_start_that_cannot_write_ends_with_the_reason_and_a_later_one_succeeds(
    tmp_path: Path, disk: Path, watched: Path, box: PostBox, fault: str
) -> None:
    daemon = make_daemon(tmp_path, disk, watched, box)
    ballast = fill_up(disk) if fault == "full" else disk / "none"
    if fault == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

    daemon.launch()

    assert daemon.process
    assert daemon.process.wait(30) == 1
    assert "Traceback" not in daemon.log
    assert str(disk) in daemon.log.splitlines()[-1]
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    ballast.unlink(missing_ok=True)
    with daemon:
        swept(daemon)

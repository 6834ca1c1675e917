"""The checklist of a host that is left alone, each line broken alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.daemon.lock import StateLock
from probed.doctor import production, sandbox
from tests.doctor.test_doctor import a_secret, bot_api, silent, telegram, world
from tests.doctor.world import World
from tests.real.post_box import post_box

__all__ = ["bot_api", "silent", "telegram", "world"]
LINES = ["told by", "second way", "sign of life", "backups elsewhere", "hardening", "sandbox", "kept journal"]
ANALYZED = "→ Overall exposure level for cortex-probed.service: {} OK"


@pytest.fixture
def host(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One that may be left alone."""
    analyzes(world, "1.8")
    confined(tmp_path)
    monkeypatch.setattr(sandbox, "PROC", tmp_path / "proc")
    journal = tmp_path / "journal"
    journal.mkdir()
    monkeypatch.setattr(production, "JOURNAL", journal)
    elsewhere = Path("/dev/shm") / tmp_path.name  # another file system than that of the test's folder
    shutil.copytree(world.state / "backups", elsewhere)
    elsewhere.chmod(0o700)
    with post_box() as box:
        world.write_config(
            channels={"mail": {"apprise_url_file": a_secret(world, "mail-url", "mailto://ann:x@example.org")}},
            heartbeat={"url": box.url},
            backup={"dir": str(elsewhere)},
        )
        with StateLock(world.state):  # this process stands for the daemon
            yield world
    shutil.rmtree(elsewhere)


def analyzes(world: World, exposure: str) -> None:
    world.program("systemd-analyze", f"#!/bin/sh\necho '{ANALYZED.format(exposure)}'\n")


def confined(folder: Path, **changes: str) -> None:
    """What the kernel says of the daemon's process."""
    said = {"Uid": "990\t990\t990\t990", "CapEff": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} | changes
    status = folder / "proc" / str(os.getpid()) / "status"
    status.parent.mkdir(parents=True, exist_ok=True)
    status.write_text("".join(f"{name}:\t{value}\n" for name, value in said.items()))


def test_a_host_that_may_be_left_alone_passes_every_line(host: World) -> None:
    lines = host.examine(production=True)

    assert list(lines)[-len(LINES) :] == LINES
    assert {line.status for line in lines.values()} == {"pass"}, lines
    assert not set(LINES) & set(host.examine())


def test_nobody_is_told(host: World) -> None:
    host.write_config(channels={}, telegram={})

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("told by", "fail")


def test_there_is_but_one_way_to_tell(host: World) -> None:
    host.write_config(channels={})

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("second way", "warn")
    assert "only telegram" in bad.detail


def test_nobody_outside_would_notice(host: World) -> None:
    host.write_config(heartbeat={})

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("sign of life", "warn")


def test_backups_lie_on_the_disk_of_the_database(host: World) -> None:
    host.write_config(backup={})

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("backups elsewhere", "warn")
    assert "backup.dir" in bad.remedy


def test_the_unit_was_weakened(host: World) -> None:
    analyzes(host, "6.3")

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("hardening", "warn")
    assert "exposure 6.3" in bad.detail


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Uid": "0\t0\t0\t0"}, "runs as root"),
        ({"CapEff": "00000000a80425fb"}, "has capabilities"),
        ({"NoNewPrivs": "0"}, "may gain privileges"),
        ({"Seccomp": "0"}, "may use every system call"),
    ],
)
def test_the_daemon_runs_outside_its_sandbox(host: World, tmp_path: Path, changes: dict[str, str], words: str) -> None:
    confined(tmp_path, **changes)

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("sandbox", "warn")
    assert words in bad.detail


def test_of_a_daemon_that_does_not_run_no_sandbox_is_spoken(host: World, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "proc")

    assert "sandbox" not in host.examine(production=True)


def test_logs_are_lost_with_a_restart(host: World, tmp_path: Path) -> None:
    (tmp_path / "journal").rmdir()

    bad = host.only_bad_line(production=True)

    assert (bad.name, bad.status) == ("kept journal", "warn")
    assert bad.remedy.startswith("mkdir ")

"""The two lines about backups, each broken alone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.doctor.test_doctor import bot_api, silent, telegram, world
from tests.doctor.world import World

__all__ = ["bot_api", "silent", "telegram", "world"]
RECIPIENT = "age1" + "q" * 58


def start_anew(world: World) -> None:
    shutil.rmtree(world.state / "backups")


def test_backups_that_are_off(world: World) -> None:
    world.write_config(backup={"enabled": False})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("backups", "warn", "set backup.enabled to true")


def test_no_backup_at_all(world: World) -> None:
    start_anew(world)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("backups", "warn")
    assert "cortexctl backup create" in bad.remedy


def test_only_old_backups(world: World) -> None:
    start_anew(world)
    world.back_up(ago=timedelta(hours=4))

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("backups", "fail")
    assert "the newest 4h" in bad.detail


def test_a_backup_that_could_not_be_restored(world: World) -> None:
    start_anew(world)
    world.back_up(fault="it cannot be decompressed")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("restore", "fail")
    assert "it cannot be decompressed" in bad.detail


def test_no_backup_was_tried_out_for_weeks(world: World) -> None:
    start_anew(world)
    world.back_up(ago=timedelta(days=15))
    folder = world.state / "backups"
    [drilled] = folder.glob("*.gz")
    world.back_up_without_a_drill()

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("restore", "warn", "cortexctl backup verify latest")
    assert drilled.name in bad.detail


def test_backups_that_only_others_can_open(world: World) -> None:
    world.program("age", "#!/bin/sh\n")
    world.write_config(backup={"encrypt_to": RECIPIENT})

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("restore", "warn")
    assert "--identity FILE" in bad.remedy


def test_encryption_without_its_program(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, *more: None if name == "age" else found(name, *more))
    world.write_config(backup={"encrypt_to": RECIPIENT, "identity_file": str(identity(world.folder))})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("backups", "fail", "apt-get install age")


def identity(folder: Path) -> Path:
    path = folder / "identity"
    path.write_text("AGE-SECRET-KEY-1")
    path.chmod(0o600)
    return path


def test_an_identity_that_others_can_read(world: World) -> None:
    identity(world.folder).chmod(0o644)
    world.write_config(backup={"encrypt_to": RECIPIENT, "identity_file": str(world.folder / "identity")})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("backups", "fail", f"chmod 600 {world.folder}/identity")

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from probed.config import trust
from probed.config.trust import distrust, trusted_uids
from tests.conftest import require

ANN, BOB, TEAM, UNUSED = 1000, 1001, 2000, 2001


@pytest.fixture(autouse=True)
def accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root, Ann and Bob, each with a group of their own, and a team in which Ann and Bob are."""
    users = {"root": 0, "ann": ANN, "bob": BOB}
    groups = {0: [], ANN: [], BOB: [], TEAM: ["ann", "bob"], UNUSED: []}
    monkeypatch.setattr(
        pwd, "getpwall", lambda: [SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=uid) for name, uid in users.items()]
    )
    monkeypatch.setattr(grp, "getgrgid", lambda gid: SimpleNamespace(gr_mem=groups[gid]))
    monkeypatch.setattr(
        pwd, "getpwuid", lambda uid: SimpleNamespace(pw_name={ANN: "ann", BOB: "bob"}.get(uid, "nobody"))
    )


def judged(
    monkeypatch: pytest.MonkeyPatch, owner: int, group: int, mode: int, *, daemon: int = 0, program: int = 0
) -> str:
    monkeypatch.setattr(trust, "trusted_uids", lambda: frozenset({0, daemon, program}))
    status = os.stat_result((mode, 0, 0, 1, owner, group, 0, 0, 0, 0))
    return distrust(status, Path("/x"))


@pytest.mark.parametrize("mode", [0o100644, 0o100600, 0o040755])
@pytest.mark.parametrize("owner", [0, ANN])
def test_what_root_or_the_daemons_user_alone_can_change_is_trusted(
    monkeypatch: pytest.MonkeyPatch, owner: int, mode: int
) -> None:
    assert judged(monkeypatch, owner, TEAM, mode, daemon=ANN) == ""


def test_the_checkout_of_another_user_is_trusted_as_its_program_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, ANN, ANN, 0o100664, daemon=0, program=ANN) == ""
    assert judged(monkeypatch, ANN, ANN, 0o100644, daemon=0, program=0).startswith("belongs to another user")


def test_a_file_of_another_user_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = judged(monkeypatch, BOB, BOB, 0o100644, daemon=ANN)

    assert fault == f"belongs to another user (bob); type: chown {os.geteuid()} /x"


@pytest.mark.parametrize("mode", [0o100646, 0o100666, 0o040777, 0o041777])
def test_what_everybody_can_change_is_not_trusted(monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    assert judged(monkeypatch, 0, 0, mode) == "can be changed by others; type: chmod go-w /x"


@pytest.mark.parametrize(
    ("owner", "group", "is_trusted"),
    [(ANN, ANN, True), (0, 0, True), (ANN, 0, True), (ANN, TEAM, False), (ANN, BOB, False), (ANN, UNUSED, False)],
)
def test_a_group_may_write_when_nobody_else_is_in_it(
    monkeypatch: pytest.MonkeyPatch, owner: int, group: int, is_trusted: bool
) -> None:
    assert (judged(monkeypatch, owner, group, 0o100664, daemon=ANN) == "") is is_trusted


def test_a_group_that_nobody_knows_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, 0, 4711, 0o100664) != ""


def test_in_a_sticky_folder_others_cannot_replace_what_is_ours(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)

    assert distrust(tmp_path.stat(), tmp_path, sticky_is_enough=True) == ""
    assert distrust(tmp_path.stat(), tmp_path) != ""


def test_a_sticky_folder_of_another_user_is_no_protection(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    tmp_path.chmod(0o1777)
    os.chown(tmp_path, 65534, -1)

    assert "belongs to another user (nobody)" in distrust(tmp_path.stat(), tmp_path, sticky_is_enough=True)


def test_root_the_own_user_and_the_programs_owner_are_trusted() -> None:
    assert trusted_uids() == {0, os.geteuid(), Path(trust.__file__).stat().st_uid}

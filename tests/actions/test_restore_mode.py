from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from probed.actions.registry import build_actions
from probed.actions.restore_mode import RestoreMode
from probed.config.actions import ActionsSettings, RestoreModeSettings, RightfulSettings
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ActionRefused, ParameterError
from tests.factories import make_finding

NOBODY = 65534


def make_action(path: Path, owner: str = "root", group: str = "root", mode: str = "0640") -> RestoreMode:
    baseline = {str(path): RightfulSettings(owner=owner, group=group, mode=mode)}
    action = build_actions(ActionsSettings(restore_mode=RestoreModeSettings(baseline=baseline))).get("restore_mode")
    assert isinstance(action, RestoreMode)
    return action


def make_key(folder: Path, mode: int = 0o666, uid: int = NOBODY) -> tuple[Path, dict[str, object]]:
    folder.mkdir(exist_ok=True)
    key = folder / "key"
    key.write_text("secret")
    os.chown(key, uid, uid)
    key.chmod(mode)
    return key, {"path": str(key)}


def rights(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


def test_owner_group_and_mode_are_what_they_should_be(tmp_path: Path) -> None:
    key, call = make_key(tmp_path)
    action = make_action(key)

    ready, text = action.precondition(call), action.dry_run(call)
    seen = action.verify(call, action.execute(call))

    assert ready.holds
    assert text == f"would change {key}: owner nobody → root, group nogroup → root, mode 0666 → 0640"
    assert rights(key) == (0, 0, 0o640)
    assert seen.holds
    assert action.precondition(call).reason == f"{key} is as it should be"


def test_a_mode_that_is_changed_again_at_once_is_not_verified(tmp_path: Path) -> None:
    key, call = make_key(tmp_path)
    action = make_action(key)
    done = action.execute(call)
    key.chmod(0o644)

    seen = action.verify(call, done)

    assert (seen.holds, seen.detail) == (False, f"{key}: mode 0644 → 0640")


def test_it_is_rolled_back_to_what_the_snapshot_says(tmp_path: Path) -> None:
    key, call = make_key(tmp_path, mode=0o600, uid=0)
    action = make_action(key, mode="0644")
    snapshot = action.precondition(call).snapshot
    action.execute(call)

    action.roll_back(call, snapshot)
    again = action.roll_back(call, snapshot)

    assert rights(key) == (0, 0, 0o600)
    assert again.detail == f"{key} is as it was"


def test_what_somebody_has_set_since_is_left_as_it_is(tmp_path: Path) -> None:
    key, call = make_key(tmp_path, mode=0o666, uid=0)
    action = make_action(key)
    snapshot = action.precondition(call).snapshot
    action.execute(call)
    key.chmod(0o600)

    with pytest.raises(ActionFailed, match="left as it is: somebody else gave it mode 0600 since"):
        action.roll_back(call, snapshot)

    assert rights(key) == (0, 0, 0o600)


def test_what_was_done_by_half_is_put_back(tmp_path: Path) -> None:
    key, call = make_key(tmp_path, mode=0o666)
    action = make_action(key)
    snapshot = action.precondition(call).snapshot
    os.chown(key, 0, 0)  # and the mode is still the old one

    action.roll_back(call, snapshot)

    assert rights(key) == (NOBODY, NOBODY, 0o666)


def test_of_a_file_that_is_gone_nothing_is_put_back(tmp_path: Path) -> None:
    key, call = make_key(tmp_path, mode=0o666)
    action = make_action(key)
    snapshot = action.precondition(call).snapshot
    action.execute(call)
    key.unlink()

    assert action.roll_back(call, snapshot).detail == f"nothing to put back: there is no {key} any more"


def test_a_file_that_took_its_place_does_not_get_the_rights_of_before(tmp_path: Path) -> None:
    key, call = make_key(tmp_path, mode=0o666, uid=0)
    action = make_action(key)
    ready = action.precondition(call)
    action.execute(call)
    (tmp_path / "new").write_text("another secret")
    (tmp_path / "new").chmod(0o666)
    (tmp_path / "new").rename(key)

    again = action.precondition(call)
    key.chmod(0o640)

    assert again.snapshot != ready.snapshot
    with pytest.raises(ActionFailed, match="is another file than before"):
        action.roll_back(call, ready.snapshot)
    assert rights(key) == (0, 0, 0o640)


def test_numbers_of_those_who_have_names_mean_the_same(tmp_path: Path) -> None:
    key, call = make_key(tmp_path)
    action = make_action(key, owner="0", group="0", mode="640")

    seen = action.verify(call, action.execute(call))

    assert seen.holds, seen.detail
    assert not action.precondition(call).holds


def test_a_folder_has_rights_too(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o777)
    action = make_action(tmp_path / "spool", mode="1755")

    action.execute({"path": str(tmp_path / "spool")})

    assert rights(tmp_path / "spool") == (0, 0, 0o1755)


# --- whom it gives nothing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [{"path": "/etc/shadow"}, {}, {"path": ["/etc/shadow"]}, {"path": "KEY", "mode": "0666"}, {"path": "KEY", "x": 1}],
)
def test_nothing_but_the_baseline_counts(tmp_path: Path, params: dict[str, object]) -> None:
    key, _ = make_key(tmp_path)
    given = {name: str(key) if value == "KEY" else value for name, value in params.items()}

    with pytest.raises(ParameterError):
        make_action(key).validate(given)


@pytest.mark.parametrize("manner", ["link", "hard link", "folder", "pipe"])
def test_no_other_file_gets_them(tmp_path: Path, manner: str) -> None:
    victim, _ = make_key(tmp_path / "outside", mode=0o600, uid=0)
    key = tmp_path / "etc" / "key"
    action = make_action(key, owner="nobody", mode="0644")
    if manner == "folder":
        key.parent.symlink_to(victim.parent)
    else:
        key.parent.mkdir()
        make = {"link": lambda: key.symlink_to(victim), "hard link": lambda: os.link(victim, key)}
        make.get(manner, lambda: os.mkfifo(key))()

    with pytest.raises(ActionRefused):
        action.execute({"path": str(key)})

    assert rights(victim) == (0, 0, 0o600)


def test_what_somebody_else_could_have_put_there_is_not_made_roots(tmp_path: Path) -> None:
    key, call = make_key(tmp_path / "home")
    os.chown(key.parent, NOBODY, NOBODY)

    with pytest.raises(ActionRefused, match="belongs to uid 65534"):
        make_action(key).execute(call)
    assert rights(key) == (NOBODY, NOBODY, 0o666)


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_a_folder_that_others_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    key, call = make_key(tmp_path / "open")
    key.parent.chmod(mode)

    with pytest.raises(ActionRefused, match="may be written to by others"):
        make_action(key).execute(call)


def test_nobody_gets_the_rights_of_another(tmp_path: Path) -> None:
    key, call = make_key(tmp_path)

    with pytest.raises(ActionRefused, match="somebody else's rights"):
        make_action(key, mode="4755").execute(call)


# --- findings ---------------------------------------------------------------------------------------------------------


def test_a_finding_about_a_file_of_the_baseline_is_helped(tmp_path: Path) -> None:
    key, call = make_key(tmp_path)
    action = make_action(key)
    wanted = {**call, "owner": "root", "group": "root", "mode": "0640"}

    assert action.call_for(make_finding(check="file", object=str(key)), {}) == ActionCall("restore_mode", wanted)
    assert action.call_for(make_finding(check="file", object="/etc/passwd"), {}) is None
    assert action.call_for(make_finding(check="disk", object="/"), {}) is None

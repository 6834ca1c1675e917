"""What no request moves the cleaning to, whatever the policy and the daemon let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.helper.done import OperationFailed, OperationRefused
from probed.helper.operations import OPERATIONS
from probed.helper.stale_files import Selection, StaleFiles
from tests.actions.trees import make_file, open_to_all
from tests.real.filesystems import tmpfs
from tests.real.users import as_nobody

clean_files = OPERATIONS["clean_files"]


def request(*roots: Path | str, **more: object) -> dict[str, object]:
    return {"roots": [str(root) for root in roots], "pattern": "*", "older_than_s": 60.0, **more}


def test_old_files_go_and_the_figures_say_so(tmp_path: Path) -> None:
    old, new = make_file(tmp_path / "cache" / "old", size=8192), make_file(tmp_path / "cache" / "new", age_s=0)

    done = clean_files(request(tmp_path / "cache"))

    assert not old.exists()
    assert new.exists()
    assert (done.after["removed_files"], done.after["removed_bytes"]) == (1, 8192)


@pytest.mark.parametrize("root", ["/", "/etc", "/usr/lib", "/var/lib", "/home", "/root/.ssh"])
def test_the_system_itself_is_never_cleaned(root: str) -> None:
    with pytest.raises(OperationRefused):
        clean_files(request(root, pattern="cortex-test-nothing-is-named-so"))


def test_a_root_that_is_reached_through_a_link_is_refused(tmp_path: Path) -> None:
    victim = make_file(tmp_path / "outside" / "sub" / "old")
    (tmp_path / "cache").symlink_to(tmp_path / "outside")

    for root in (tmp_path / "cache", tmp_path / "cache" / "sub"):
        with pytest.raises(OperationFailed):
            clean_files(request(root))
    assert victim.exists()


def test_a_root_on_another_mount_than_the_policys_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    with tmpfs(tmp_path / "cache" / "mounted") as mount:
        victim = make_file(mount / "sub" / "old")

        with pytest.raises(OperationFailed, match="another mount"):
            clean_files(request(mount / "sub", allowed=[str(tmp_path / "cache")]))
        assert victim.exists()


def test_an_age_below_a_second_counts_as_one(tmp_path: Path) -> None:
    new = make_file(tmp_path / "cache" / "new", age_s=0)

    with pytest.raises(OperationFailed, match="no such files"):
        clean_files(request(tmp_path / "cache", older_than_s=-5.0))
    assert new.exists()


def test_a_look_for_root_counts_what_our_own_user_could_not_remove() -> None:
    with open_to_all() as folder:
        make_file(folder / "cache" / "old")
        with as_nobody():
            selection = Selection((str(folder / "cache"),), "*", 60.0, allowed=(str(folder / "cache"),))
            own = [file.name for file in StaleFiles(selection).select()]
            roots = [file.name for file in StaleFiles(selection, uid=0).select()]

    assert (own, roots) == ([], ["old"])

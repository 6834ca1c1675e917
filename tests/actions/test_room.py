"""`vacuum_journal`, `clean_package_cache` and `sync_clock`: their parameters and findings. What they do is tried on a
real machine, in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.actions import clean_package_cache, vacuum_journal
from probed.actions.registry import build_actions
from probed.config.actions import ActionsSettings
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ParameterError
from probed.helper.programs import PackageManager
from probed.ports import Action
from tests.factories import make_finding
from tests.real.filesystems import tmpfs

MIB = 2**20
KEEP = {"size_bytes": 512 * MIB}


def action(name: str) -> Action:
    return build_actions(ActionsSettings()).get(name)


@pytest.mark.parametrize("size", [0, -1, 99 * MIB, "99MiB", "all", True, None, [1], "1" * 400])
def test_less_of_the_journal_than_the_configuration_says_never_stays(size: object) -> None:
    with pytest.raises(ParameterError, match="size_bytes"):
        action("vacuum_journal").validate({"size_bytes": size})


def test_sizes_are_taken_as_people_write_them() -> None:
    assert action("vacuum_journal").validate({}) == KEEP
    assert action("vacuum_journal").validate({"size_bytes": "200MiB"}) == {"size_bytes": 200 * MIB}
    with pytest.raises(ParameterError, match="vacuum_journal knows size_bytes"):
        action("vacuum_journal").validate({"vacuum_time": "1s"})


def test_a_full_file_system_is_helped_where_the_journal_lies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tmpfs(tmp_path / "var") as var, tmpfs(tmp_path / "srv") as srv:
        (var / "journal").mkdir()
        monkeypatch.setattr(vacuum_journal, "JOURNALS", (str(var / "journal"), str(srv / "missing")))
        vacuum = action("vacuum_journal")

        on_it = vacuum.call_for(make_finding(check="disk", object=str(var)), {"size_bytes": "200MiB"})

        assert on_it == ActionCall("vacuum_journal", {"size_bytes": 200 * MIB})
        assert vacuum.call_for(make_finding(check="disk", object=str(srv)), {}) is None
        assert vacuum.call_for(make_finding(check="memory"), {}) is None


def test_a_small_journal_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "system.journal").write_bytes(b"x" * MIB)
    monkeypatch.setattr(vacuum_journal, "JOURNALS", (str(tmp_path),))
    vacuum = action("vacuum_journal")

    ready = vacuum.precondition(KEEP)

    assert (ready.holds, ready.reason) == (False, "the journal has 1.0 MiB")
    assert vacuum.dry_run(KEEP).endswith(f"({tmp_path}), which has 1.0 MiB: nothing would go")


def test_so_much_is_left_in_each_folder_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As journalctl does it."""
    disk, memory = tmp_path / "var", tmp_path / "run"
    monkeypatch.setattr(vacuum_journal, "JOURNALS", (str(disk), str(memory), str(tmp_path / "missing")))
    for folder in (disk, memory):
        folder.mkdir()
        (folder / "system.journal").write_bytes(b"x" * 80 * MIB)
    vacuum = action("vacuum_journal")

    assert not vacuum.precondition({"size_bytes": 100 * MIB}).holds
    seen = vacuum.verify({"size_bytes": 100 * MIB}, None)
    assert (seen.holds, seen.detail) == (True, f"the journal has 80 MiB in {disk}, 80 MiB in {memory} of 100 MiB")
    (disk / "system@1.journal").write_bytes(b"x" * 40 * MIB)
    assert vacuum.precondition({"size_bytes": 100 * MIB}).holds
    assert vacuum.dry_run({"size_bytes": 100 * MIB}).endswith("about 20 MiB would go")
    assert not vacuum.verify({"size_bytes": 100 * MIB}, None).holds


def test_a_full_file_system_is_helped_where_packages_were_downloaded_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tmpfs(tmp_path / "var", "8m") as var, tmpfs(tmp_path / "srv") as srv:
        manager = PackageManager("true", (str(var),), ("true",))
        monkeypatch.setattr(clean_package_cache, "PACKAGE_MANAGERS", (manager,))
        clean = action("clean_package_cache")

        assert clean.call_for(make_finding(check="disk", object=str(var)), {}) == ActionCall("clean_package_cache", {})
        assert clean.call_for(make_finding(check="inodes", object=str(var)), {}) is not None
        assert clean.call_for(make_finding(check="disk", object=str(srv)), {}) is None
        assert clean.precondition({}).reason == "there are 0 B of downloaded packages"
        (var / "a.deb").write_bytes(b"x" * 2 * MIB)
        assert clean.precondition({}).holds
        assert clean.dry_run({}) == f"would run true: 2.0 MiB in {var}"


@pytest.mark.parametrize("name", ["vacuum_journal", "clean_package_cache", "sync_clock"])
def test_they_are_irreversible(name: str) -> None:
    assert not action(name).reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action(name).roll_back({}, {})


@pytest.mark.parametrize("name", ["clean_package_cache", "sync_clock"])
def test_what_takes_no_parameters_takes_none(name: str) -> None:
    with pytest.raises(ParameterError, match="knows no parameter"):
        action(name).validate({"path": "/etc"})


def test_a_clock_is_put_right_where_a_finding_says_that_it_is_wrong() -> None:
    sync = action("sync_clock")

    assert sync.call_for(make_finding(check="clock", object="clock"), {}) == ActionCall("sync_clock", {})
    assert sync.call_for(make_finding(check="http", object="api"), {}) is None

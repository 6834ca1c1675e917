from __future__ import annotations

import _ctypes
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ParameterError
from probed.helper import stale_files
from probed.helper.stale_files import StaleFiles, open_root
from tests.actions.trees import DAY_S, make_action, make_file, open_to_all, params
from tests.factories import make_finding
from tests.real.filesystems import mounted, tmpfs
from tests.real.users import NOBODY, as_nobody

MIB = 2**20


# --- it helps ---------------------------------------------------------------------------------------------------------


def test_a_full_file_system_has_room_again(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "srv", "8m") as root:
        make_file(root / "old" / "deep" / "core.1", size=6 * MIB)
        new = make_file(root / "new", size=MIB, age_s=DAY_S)
        action = make_action(root)

        ready = action.precondition(params(root))
        done = action.execute(params(root))
        seen = make_action(root).verify(params(root), done)

        assert ready.holds
        assert seen.holds, seen.detail
        assert not (root / "old" / "deep" / "core.1").exists()
        assert new.exists()
        assert done.detail.startswith("removed 1 files named * below")
        assert (done.after["removed_files"], done.after["removed_bytes"]) == (1, 6 * MIB)
        assert _number(done.after["free_bytes"]) - _number(done.before["free_bytes"]) == 6 * MIB


def test_empty_files_are_verified_by_the_inodes_they_give_back(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "spool", inodes=100) as root:
        for number in range(90):
            make_file(root / f"{number}.eml", size=0)
        action = make_action(root)

        done = action.execute(params(root))
        seen = action.verify(params(root), done)

        assert seen.holds
        assert seen.detail == "90 more inodes are free than before, 90 empty files were removed"


def test_the_oldest_files_go_first_where_the_amount_is_bounded(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    files = [make_file(root / f"{age}.log", size=MIB, age_s=age * DAY_S) for age in (10, 30, 20, 40)]
    action = make_action(root)

    action.execute(params(root, max_bytes=2 * MIB + 4096))

    assert [file.name for file in files if file.exists()] == ["10.log", "20.log"]


def test_files_of_one_age_do_not_exceed_the_bound_together(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    old = [make_file(root / name, size=MIB) for name in ("a", "b", "c")]
    for file in old:
        os.utime(file, (1, 1))

    make_action(root).execute(params(root, max_bytes=2 * MIB))

    assert len([file for file in old if file.exists()]) == 1


def test_several_roots_are_cleaned_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_file(tmp_path / name / "old")
    action = make_action(tmp_path / "a", tmp_path / "b")
    call = action.call_for(make_finding(check="disk", object=_mount_point(tmp_path)), {})

    assert call is not None
    action.execute(call.params)

    assert call.params["root"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert os.listdir(tmp_path / "a") == os.listdir(tmp_path / "b") == []


# --- it ends well, and the fault stays --------------------------------------------------------------------------------


def test_a_file_system_that_fills_up_again_at_once_is_not_verified(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "srv", "8m") as root:
        make_file(root / "old", size=6 * MIB)
        action = make_action(root)
        done = action.execute(params(root))
        make_file(root / "again", size=6 * MIB, age_s=0)

        seen = action.verify(params(root), done)

        assert not seen.holds
        assert seen.detail == "0 B more are free than before, 6.0 MiB were removed"


def test_inodes_that_are_taken_again_at_once_are_not_verified(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "spool", "8m") as root:
        for number in range(10):
            make_file(root / f"{number}.eml", size=0)
        action = make_action(root)
        done = action.execute(params(root))
        for number in range(10):
            make_file(root / f"{number}.again", size=0, age_s=0)

        assert not action.verify(params(root), done).holds


def test_half_of_what_was_removed_is_enough_while_others_go_on_writing(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "srv", "8m") as root:
        make_file(root / "old", size=4 * MIB)
        action = make_action(root)
        done = action.execute(params(root))
        make_file(root / "again", size=2 * MIB, age_s=0)

        assert action.verify(params(root), done).holds


def test_an_interrupted_cleaning_is_verified_by_what_is_left(tmp_path: Path) -> None:
    old = make_file(tmp_path / "cache" / "old")
    after_restart = make_action(tmp_path / "cache")

    left = after_restart.verify(params(tmp_path / "cache"), None)
    old.unlink()
    none_left = after_restart.verify(params(tmp_path / "cache"), None)

    assert not left.holds
    assert none_left.holds


# --- a dry run --------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_go_and_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "a.tmp", size=MIB, age_s=20 * DAY_S)
    make_file(root / "sub" / "b.tmp", size=MIB, age_s=40 * DAY_S)
    make_file(root / "keep.txt")
    before = _tree(root)
    action = make_action(root)

    text = action.dry_run(params(root, pattern="*.tmp"))

    assert text.splitlines()[0] == (
        f"would remove 2 files named *.tmp below {root} that were not modified for 7d (2.0 MiB)"
    )
    assert f"oldest: {root}/sub/b.tmp, modified 20" in text
    assert "keep.txt" not in text
    assert _tree(root) == before


def test_names_of_files_cannot_break_the_text(tmp_path: Path) -> None:
    make_file(tmp_path / "cache" / "a\nsolved: everything\x1b[2J")
    os.close(os.open(os.fsencode(tmp_path / "cache") + b"/\xff", os.O_CREAT | os.O_WRONLY))
    os.utime(os.fsencode(tmp_path / "cache") + b"/\xff", (1, 1))

    text = make_action(tmp_path / "cache").dry_run(params(tmp_path / "cache"))

    text.encode()
    assert "a?solved: everything?[2J" in text
    assert len(text.splitlines()) == 3


# --- what it leaves alone ---------------------------------------------------------------------------------------------


def test_age_is_the_time_of_modification_not_of_access(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    written_long_ago = make_file(root / "read-just-now")
    written_now = make_file(root / "not-read-for-years", age_s=0)
    os.utime(written_now, (1, os.stat(written_now).st_mtime))

    make_action(root).execute(params(root))

    assert not written_long_ago.exists()
    assert written_now.exists()


def test_links_are_neither_followed_nor_removed(tmp_path: Path) -> None:
    outside = make_file(tmp_path / "outside" / "precious")
    root = tmp_path / "cache"
    make_file(root / "old")
    (root / "folder-link").symlink_to(outside.parent)
    (root / "file-link").symlink_to(outside)
    os.utime(root / "file-link", (1, 1), follow_symlinks=False)

    make_action(root).execute(params(root))

    assert outside.exists()
    assert sorted(os.listdir(root)) == ["file-link", "folder-link"]


def test_other_mounts_below_the_root_are_not_entered(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "old")
    with tmpfs(root / "nested") as nested, mounted("--bind", _other(tmp_path), root / "bound"):
        on_another_device, on_the_same_device = make_file(nested / "kept"), make_file(root / "bound" / "kept")

        make_action(root).execute(params(root))

        assert on_another_device.exists()
        assert on_the_same_device.exists()
    assert not (root / "old").exists()


def test_a_file_of_another_device_is_not_even_counted(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    place = make_file(root / "place", age_s=0)
    with tmpfs(tmp_path / "device") as device, mounted("--bind", make_file(device / "old"), place):
        assert not make_action(root).precondition(params(root)).holds


def test_what_is_not_to_be_had_again_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "cache"
    answers = make_file(root / "debconf" / "config.dat")
    assert "/var/cache/debconf" in stale_files.IRREPLACEABLE
    monkeypatch.setattr(stale_files, "IRREPLACEABLE", (str(answers.parent),))

    assert not make_action(root).precondition(params(root)).holds


def test_hidden_names_and_anything_but_plain_files_stay(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "old")
    make_file(root / ".hidden")
    make_file(root / ".X11-unix" / "X0")
    os.mkfifo(root / "fifo")
    os.utime(root / "fifo", (1, 1))

    make_action(root).execute(params(root))

    assert sorted(os.listdir(root)) == [".X11-unix", ".hidden", "fifo"]
    assert (root / ".X11-unix" / "X0").exists()


def test_a_file_with_another_hard_link_would_free_nothing_and_stays(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    file = make_file(root / "linked")
    os.link(file, tmp_path / "elsewhere")

    ready = make_action(root).precondition(params(root))

    assert not ready.holds
    assert ready.reason.endswith("left alone: 1 with further hard links")


def test_a_file_that_another_process_has_open_stays(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    file, idle = make_file(root / "in-use"), make_file(root / "idle")
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; f = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()", file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"

        done = make_action(root).execute(params(root))

        assert file.exists()
        assert not idle.exists()
        assert "left alone: 1 open" in done.detail
        assert holder.stdin is not None
        holder.stdin.close()


# --- races ------------------------------------------------------------------------------------------------------------


def test_a_file_that_another_process_has_in_its_memory_stays(tmp_path: Path) -> None:
    """As a library that was unpacked there."""
    root = tmp_path / "unpacked"
    library = make_file(root / "a library.so")
    shutil.copy(_ctypes.__file__, library)
    os.utime(library, (0, 0))
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print('mapped', flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", code, str(library)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"mapped\n"

        ready = make_action(root).precondition(params(root))

        child.communicate()
    assert not ready.holds
    assert "left alone: 1 open" in ready.reason


def test_a_folder_swapped_for_a_link_leads_nowhere(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "sub" / "core")
    victim = make_file(tmp_path / "outside" / "core")
    files = StaleFiles(make_action(root)._allowed.parse(params(root))).select()
    found = next(files)

    (root / "sub").rename(tmp_path / "moved-away")
    (root / "sub").symlink_to(victim.parent)
    removed = found.remove()
    files.close()

    assert not removed
    assert victim.exists()
    assert (tmp_path / "moved-away" / "core").exists()


def test_a_folder_swapped_for_a_link_before_it_is_opened_is_not_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "cache"
    make_file(root / "sub" / "core")
    make_file(tmp_path / "outside" / "core")
    look = stale_files._status

    def look_and_swap(entry: os.DirEntry[str]) -> os.stat_result | None:
        seen = look(entry)
        if entry.name == "sub":
            (root / "sub").rename(tmp_path / "moved-away")
            (root / "sub").symlink_to(tmp_path / "outside")
        return seen

    monkeypatch.setattr(stale_files, "_status", look_and_swap)

    assert list(StaleFiles(make_action(root)._allowed.parse(params(root))).select()) == []


@pytest.mark.parametrize("change", ["written", "replaced", "linked"])
def test_a_file_that_changed_since_it_was_seen_stays(tmp_path: Path, change: str) -> None:
    root = tmp_path / "cache"
    file = make_file(root / "core")
    files = StaleFiles(make_action(root)._allowed.parse(params(root))).select()
    found = next(files)

    if change == "written":
        os.utime(file)
    elif change == "replaced":
        make_file(tmp_path / "other").rename(file)
    else:
        file.unlink()
        file.symlink_to(make_file(tmp_path / "target"))

    assert not found.remove()
    assert file.exists()
    files.close()


def test_nothing_outside_goes_while_folders_and_links_change_places(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    victims = [make_file(tmp_path / "outside" / f"core.{number}") for number in range(50)]
    stop = threading.Event()
    swapper = threading.Thread(target=_swap_until, args=(stop, root / "sub", tmp_path / "aside", tmp_path / "outside"))
    action = make_action(root)
    removed = 0
    make_file(root / "sub" / "core.0")
    swapper.start()
    try:
        for _ in range(60):
            for number in range(20):
                make_file(tmp_path / "new" / f"core.{number}")
            _drop_into(tmp_path / "new", root / "more")
            try:
                action.execute(params(root))
                removed += 1
            except ActionFailed:
                continue
    finally:
        stop.set()
        swapper.join(5)

    assert removed > 0
    assert all(victim.exists() for victim in victims)


def test_a_root_that_became_a_link_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "cache" / "app"
    make_file(root / "old")
    victim = make_file(tmp_path / "outside" / "old")
    action = make_action(tmp_path / "cache")
    call = params(root)
    assert action.precondition(call).holds

    root.rename(tmp_path / "cache" / "before")
    root.symlink_to(victim.parent)

    with pytest.raises(ParameterError, match="is not below"):
        action.execute(call)
    with pytest.raises(OSError, match="app"), open_root(str(root), [str(root.parent)]):
        pass
    assert victim.exists()


@pytest.mark.parametrize("source", ["tmpfs", "bind"])
def test_what_is_mounted_below_a_configured_root_is_none_of_its_files(tmp_path: Path, source: str) -> None:
    root = tmp_path / "cache"
    root.mkdir()
    other = tmp_path / "other"
    other.mkdir()
    action = make_action(root)
    arguments = ("--bind", other) if source == "bind" else ("-t", "tmpfs", "tmpfs")
    with mounted(*arguments, root / "mounted"):
        victim = make_file(root / "mounted" / "sub" / "old")
        for given in (root / "mounted", victim.parent):
            ready = action.precondition(params(given))

            assert not ready.holds
            assert "is on another mount than the folder of actions.clean_files.roots above it" in ready.reason
            with pytest.raises(ActionFailed, match="another mount"):
                action.dry_run(params(given))
            with pytest.raises(ActionFailed, match="another mount"):
                action.execute(params(given))
        assert victim.exists()


def test_a_mount_point_that_is_configured_itself_is_cleaned(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    with tmpfs(root / "mounted") as mount:
        inside, outside = make_file(mount / "sub" / "old"), make_file(root / "old")
        action = make_action(root, mount)
        call = action.call_for(make_finding(check="disk", object=str(mount)), {})

        assert call == ActionCall("clean_files", params(mount))
        action.execute(params(mount / "sub"))

        assert not inside.exists()
        assert outside.exists()


def test_what_is_mounted_after_the_question_was_asked_is_not_cleaned(tmp_path: Path) -> None:
    root = tmp_path / "cache" / "app"
    make_file(root / "old")
    action = make_action(tmp_path / "cache")
    assert action.precondition(params(root)).holds

    with tmpfs(root):
        victim = make_file(root / "old")

        with pytest.raises(ActionFailed, match="another mount"):
            action.execute(params(root))
        assert victim.exists()


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_one_call_removes_a_bounded_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "cache"
    for number in range(5):
        make_file(root / str(number))
    monkeypatch.setattr(stale_files, "MAX_FILES", 3)

    done = make_action(root).execute(params(root))

    assert len(os.listdir(root)) == 2
    assert done.detail.endswith("stopped after 3 files")


def test_one_call_takes_a_bounded_time(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "old")
    files = StaleFiles(make_action(root)._allowed.parse(params(root)), within_s=0)

    assert list(files.select()) == []
    assert files.cut_short == "stopped after 0 seconds"


def test_a_tree_without_end_is_left_at_some_depth(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    deep = make_file(root.joinpath(*["d"] * (stale_files.MAX_DEPTH + 1)) / "old")
    shallow = make_file(root.joinpath(*["d"] * stale_files.MAX_DEPTH) / "old")

    make_action(root).execute(params(root))

    assert deep.exists()
    assert not shallow.exists()


# --- it refuses -------------------------------------------------------------------------------------------------------


def test_nothing_to_remove_is_no_case_for_cleaning(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "new", age_s=0)
    action = make_action(root)

    ready = action.precondition(params(root))

    assert not ready.holds
    assert ready.reason == f"there are no files named * below {root} that were not modified for 7d to remove"
    assert action.dry_run(params(root)) == ready.reason
    with pytest.raises(ActionFailed, match="there are no such files to remove"):
        action.execute(params(root))


def test_the_snapshot_names_the_folder_and_stays_the_same_while_files_come_and_go(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    make_file(root / "old")
    action = make_action(root)
    asked = action.precondition(params(root)).snapshot

    make_file(root / "another")
    later = action.precondition(params(root)).snapshot
    root.rename(tmp_path / "before")
    make_file(root / "old")
    other = action.precondition(params(root)).snapshot

    assert asked == later
    assert asked != other


def test_without_the_right_to_remove_the_reason_says_so() -> None:
    with open_to_all() as folder:
        file = make_file(folder / "cache" / "old")
        action = make_action(file.parent)

        with as_nobody():
            ready = action.precondition(params(file.parent))

        assert not ready.holds
        assert ready.reason.endswith(f"left alone: 1 that uid {NOBODY} may not remove")
        assert file.exists()


def test_in_a_sticky_folder_only_own_files_may_go() -> None:
    with open_to_all() as folder:
        others, own = make_file(folder / "shared" / "others"), make_file(folder / "shared" / "own")
        own.parent.chmod(0o1777)
        os.chown(own, NOBODY, NOBODY)
        action = make_action(own.parent)

        with as_nobody():
            done = action.execute(params(own.parent))

        assert done.detail.startswith("removed 1 files")
        assert others.exists()
        assert not own.exists()


def test_a_folder_that_may_not_be_read_is_counted() -> None:
    with open_to_all() as folder:
        make_file(folder / "cache" / "private" / "old")
        (folder / "cache" / "private").chmod(0o700)
        action = make_action(folder / "cache")

        with as_nobody():
            ready = action.precondition(params(folder / "cache"))

        assert ready.reason.endswith("left alone: 1 in folders that may not be read")


def test_a_root_that_may_not_be_read_is_named() -> None:
    with open_to_all() as folder:
        root = make_file(folder / "cache" / "old").parent
        root.chmod(0o700)
        action = make_action(root)

        with as_nobody():
            assert action.precondition(params(root)).reason == f"{root}: Permission denied"
            assert action.verify(params(root), None).detail == f"{root}: Permission denied"
            for act in (action.dry_run, action.execute):
                with pytest.raises(ActionFailed, match="Permission denied"):
                    act(params(root))


def test_a_file_that_cannot_be_removed_is_a_failure(tmp_path: Path) -> None:
    file = make_file(tmp_path / "cache" / "busy")
    with (
        mounted("--bind", file, file),
        pytest.raises(ActionFailed, match="no file could be removed: 1 Device or resource busy"),
    ):
        make_action(file.parent).execute(params(file.parent))


def test_a_root_that_is_gone_is_named(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    root.mkdir()
    action = make_action(root)
    root.rmdir()

    with pytest.raises(ParameterError, match="No such file or directory"):
        action.precondition(params(root))


# --- which finding it fits --------------------------------------------------------------------------------------------


def test_a_finding_gets_the_roots_that_lie_on_its_mount(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "srv", "8m") as mount:
        inside, elsewhere = mount / "cache", tmp_path / "elsewhere"
        inside.mkdir()
        elsewhere.mkdir()
        action = make_action(inside, elsewhere, pattern="*.tmp")

        call = action.call_for(make_finding(check="disk", object=str(mount)), {})

    expected = {"root": str(inside), "pattern": "*.tmp", "older_than_s": 7 * DAY_S}
    assert call == ActionCall("clean_files", expected)


def test_the_documents_own_parameters_win_and_become_canonical(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "srv", "8m") as mount:
        (mount / "cache").mkdir()
        action = make_action(mount)
        fixed = {"root": f"{mount}/cache/", "pattern": "*.tmp", "older_than": "1h30m", "max_bytes": "1MiB"}

        call = action.call_for(make_finding(check="inodes", object=str(mount)), fixed)

        expected = {"root": f"{mount}/cache", "pattern": "*.tmp", "older_than_s": 5400.0, "max_bytes": MIB}
        assert call == ActionCall("clean_files", expected)
        assert action.validate(call.params) == call.params


def test_a_root_on_another_file_system_does_not_help_the_full_one(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    with tmpfs(tmp_path / "full", "8m") as mount:
        action = make_action(tmp_path)

        assert action.call_for(make_finding(object=str(mount)), {"root": str(tmp_path / "cache")}) is None
        assert action.call_for(make_finding(object=str(mount)), {}) is None
        assert action.call_for(make_finding(object="nfs:/away\0"), {}) is None


def test_other_findings_do_not_concern_it(tmp_path: Path) -> None:
    assert make_action(tmp_path).call_for(make_finding(check="memory", object="memory"), {}) is None


def test_of_a_proposal_only_the_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "cache" / "app").mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    action = make_action(tmp_path, pattern="*.tmp")
    wild = {"root": str(tmp_path / "cache" / "app"), "pattern": "*", "older_than": 1}
    elsewhere = ActionCall("clean_files", {"root": str(tmp_path / "logs")})

    call = action.call_for(
        make_finding(proposed_action=ActionCall("clean_files", wild)), {"root": str(tmp_path / "cache")}
    )

    expected = {"root": str(tmp_path / "cache" / "app"), "pattern": "*.tmp", "older_than_s": 7 * DAY_S}
    assert call == ActionCall("clean_files", expected)
    nameless = action.call_for(make_finding(proposed_action=ActionCall("clean_files")), {})
    assert nameless == ActionCall("clean_files", {**expected, "root": str(tmp_path)})
    with pytest.raises(ParameterError, match="is not below"):
        action.call_for(make_finding(proposed_action=elsewhere), {"root": str(tmp_path / "cache")})


# --- helpers of these tests -------------------------------------------------------------------------------------------


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _tree(root: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_ino) for path in root.rglob("*"))


def _other(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    return tmp_path / "other"


def _mount_point(path: Path) -> str:
    while not os.path.ismount(path):
        path = path.parent
    return str(path)


def _drop_into(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in source.iterdir():
        file.rename(target / file.name)


def _swap_until(stop: threading.Event, place: Path, aside: Path, outside: Path) -> None:
    """The folder in its place becomes a link to the outside and a folder again, for as long as it takes."""
    while not stop.is_set():
        place.rename(aside)
        place.symlink_to(outside)
        place.unlink()
        aside.rename(place)


@pytest.mark.parametrize(("folder", "cleaned"), [("cache/pages", "cache/pages"), (".", "cache"), ("other", None)])
def test_a_folder_that_is_too_full_is_cleaned_where_files_may_go(
    folder: str, cleaned: str | None, tmp_path: Path
) -> None:
    for name in ("cache/pages", "other"):
        (tmp_path / name).mkdir(parents=True)
    finding = make_finding(check="folder", object=f"{tmp_path / folder} size")

    call = make_action(tmp_path / "cache").call_for(finding, {})

    assert (call and call.params["root"]) == (str(tmp_path / cleaned) if cleaned else None)

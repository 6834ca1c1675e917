from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import baselines, packages
from probed.host.baselines import State
from probed.host.file_digests import Reader
from probed.host.file_origins import GONE
from probed.host.log_lines import as_mapping, as_number
from tests.checks.looking import Watcher, judged
from tests.conftest import require
from tests.real.packages import program
from tests.real.users import as_nobody

WARNING, INFO = Severity.WARNING, Severity.INFO


@pytest.fixture(autouse=True)
def no_package_is_being_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another test, on this machine."""
    monkeypatch.setattr(packages, "are_changing", lambda: False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "settings"
    (folder / "deep").mkdir(parents=True)
    for name in ("one", "two", "deep/three"):
        (folder / name).write_text(f"this is {name}\n")
        (folder / name).chmod(0o644)
    (folder / "link").symlink_to("one")
    return folder


def watcher(tree: Path, **params: object) -> Watcher:
    made = Watcher("file_integrity", {"paths": str(tree), **params})
    assert made.findings() == {}
    return made


def test_what_is_as_it_was_is_healthy(tree: Path) -> None:
    watching = watcher(tree)
    (tree / "one").touch()
    os.utime(tree / "two", (0, 0))

    seen = watching.look()["files"]

    assert judged(seen) is None
    assert seen.evidence["files"] == 6


def test_added_removed_and_changed_are_told_apart_until_it_is_undone(tree: Path) -> None:
    watching = watcher(tree)
    (tree / "new").write_text("new")
    (tree / "two").unlink()
    (tree / "deep/three").write_text("this is else!\n")

    for _ in range(2):
        seen = watching.look()
        assert seen[f"{tree}/new"].evidence["kind"] == "added"
        assert seen[f"{tree}/two"].evidence["kind"] == "removed"
        assert seen[f"{tree}/deep/three"].summary.endswith("three was changed: content")
        assert {judged(each) for each in seen.values()} == {WARNING}

    (tree / "new").unlink()
    (tree / "two").write_text("this is two\n")
    (tree / "deep/three").write_text("this is deep/three\n")
    assert watching.findings() == {}


def test_a_change_that_hides_behind_the_old_size_and_time_is_seen(tree: Path) -> None:
    watching = watcher(tree)
    before = (tree / "one").stat()
    (tree / "one").write_text("THIS is one\n")
    os.utime(tree / "one", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert watching.findings() == {f"{tree}/one": WARNING}


def test_even_one_that_left_every_time_as_it_was_is_seen_when_all_is_read_again(tree: Path) -> None:
    """The time of the last change cannot be set back here: what is remembered is set instead."""
    watching = watcher(tree)
    (tree / "one").write_text("THIS is one\n")
    found, files = (tree / "one").stat(), watching.known["files"]
    assert isinstance(files, dict)
    before = State.of(files[f"{tree}/one"])
    stamped = replace(before, size=found.st_size, modified_ns=found.st_mtime_ns, changed_ns=found.st_ctime_ns)
    files[f"{tree}/one"] = stamped.text
    let_pass(watching, baselines.AGAIN_WITHIN_S)

    assert [watching.findings() for _ in range(3)] == [{f"{tree}/one": WARNING}] * 3
    (tree / "one").write_text("this is one\n")
    assert watching.findings() == {}


def let_pass(watching: Watcher, seconds: float) -> None:
    watching.known = {**watching.known, "at": as_number(watching.known["at"]) - seconds}


def test_what_nothing_speaks_of_is_read_again_in_turn_within_a_quarter_of_an_hour(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        (tree / f"more{number}").touch()
    watching = watcher(tree)
    read = [reading(watching, monkeypatch, after_s=30.0) for _ in range(30)]

    assert max(map(len, read)) <= 3
    assert {path for look in read for path in look} == {str(path) for path in [tree, *tree.rglob("*")]}
    assert len(reading(watching, monkeypatch, after_s=-60.0)) == len([tree, *tree.rglob("*")])


def reading(watching: Watcher, monkeypatch: pytest.MonkeyPatch, after_s: float) -> list[str]:
    """What the next look reads."""
    paths: list[str] = []
    digest = Reader.digest

    def noted(self: Reader, path: str, found: os.stat_result) -> str:
        paths.append(path)
        return digest(self, path, found)

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "digest", noted)
        let_pass(watching, after_s)
        assert watching.findings() == {}
    return paths


def test_mode_owner_and_where_a_link_leads_count(tree: Path) -> None:
    require("root, to give a file away", present=os.geteuid() == 0)
    watching = watcher(tree)
    (tree / "one").chmod(0o4755)
    os.chown(tree / "two", 65534, 65534)
    (tree / "link").unlink()
    (tree / "link").symlink_to("two")
    (tree / "deep").chmod(0o777)

    seen = watching.look()

    assert seen[f"{tree}/one"].summary.endswith("changed: mode 0644 → 4755")
    assert "owner root → nobody" in seen[f"{tree}/two"].summary
    assert seen[f"{tree}/link"].summary.endswith("changed: content")
    assert "mode 0755 → 0777" in seen[f"{tree}/deep"].summary


def test_what_is_left_out_does_not_count_and_many_changes_are_few_findings(tree: Path) -> None:
    watching = watcher(tree, exclude=["*.swp"])
    (tree / "one.swp").write_text("")
    assert watching.findings() == {}

    for number in range(100):
        (tree / f"new{number:03}").touch()
    seen = watching.look()
    assert len(seen) == 21
    assert "80 more files differ: 80 added" in seen["other files"].summary


def test_much_is_read_over_several_looks(tree: Path) -> None:
    for number in range(10):
        (tree / f"large{number}").write_bytes(bytes(100_000))
    watching = Watcher("file_integrity", {"paths": str(tree), "max_bytes": 300_000})
    notes = [item for item in watching.answer() if isinstance(item, Absent)]
    assert "not read yet" in notes[0].what
    (tree / "large9").write_bytes(bytes(100_001))

    findings = [watching.findings() for _ in range(6)]

    assert findings == [{f"{tree}/large9": WARNING}] * 6
    assert not [item for item in watching.answer() if isinstance(item, Absent)]
    (tree / "large0").write_bytes(b"x" * 100_000)
    assert len(watching.findings()) == 2


def test_a_tree_that_changes_as_a_whole_is_told_and_can_be_remembered(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST_DIFFERING", 10)
    for number in range(50):
        (tree / f"many{number:02}").write_text("before")
    watching = watcher(tree)
    for number in range(50):
        (tree / f"many{number:02}").write_text("changed")

    for _ in range(2):
        assert "30 more files differ: 30 changed" in watching.look()["other files"].summary
        assert len(as_mapping(watching.known["differing"])) == 10


def test_more_files_than_are_counted_are_said_and_none_of_them_is_new(tree: Path) -> None:
    watching = Watcher("file_integrity", {"paths": str(tree), "max_files": 3})
    answer = watching.answer()
    assert any(isinstance(item, Absent) and "beyond the first 3" in item.what for item in answer)
    (tree / "deep/three").unlink()

    assert [severity for severity in watching.findings().values() if severity] == []


def test_a_baseline_that_is_too_large_to_be_remembered_says_what_helps(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "MOST_REMEMBERED", 3 * (len(str(tree)) + 110))

    [note] = [item for item in Watcher("file_integrity", {"paths": str(tree)}).answer() if isinstance(item, Absent)]

    assert note == Absent(
        "files beyond the first 3, and which are new", "name fewer `paths`: more of them cannot be remembered"
    )


def test_files_that_may_not_be_read_are_said_and_are_not_taken_for_removed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        closed = Path(folder, "closed")
        closed.mkdir(0o755)
        (closed / "file").write_text("x")
        watching = watcher(Path(folder))
        closed.chmod(0o700)
        watching.look()
        watching.known = {}
        watching.look()
        with as_nobody():
            answer = watching.answer()
    assert any(isinstance(item, Absent) and "closed" in item.what for item in answer)
    assert not [item for item in answer if not isinstance(item, Absent) and judged(item)]


def test_a_file_that_may_not_be_read_is_said_at_each_look() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for number in range(20):
            Path(folder, f"open{number}").touch()
        Path(folder, "secret").touch(0o600)
        watching = Watcher("file_integrity", {"paths": folder})
        with as_nobody():
            answers = [watching.answer() for _ in range(4)]

    assert all(any(isinstance(item, Absent) and "secret" in item.what for item in answer) for answer in answers)


# --- packages -----------------------------------------------------------------------------------------------------


class Packaged:
    """A folder with a package that the real dpkg has installed there."""

    def __init__(self, folder: Path) -> None:
        require("root, to install a package into a folder", present=os.geteuid() == 0)
        program("dpkg-deb", "dpkg")
        self.root, self._sources = folder / "root", folder / "sources"
        (self.root / "var/lib/dpkg/updates").mkdir(parents=True)
        (self.root / "var/lib/dpkg/info").mkdir()
        for name in ("status", "available"):
            (self.root / "var/lib/dpkg" / name).touch()

    def install(self, version: str, *, drops: Sequence[str] = (), **files: str) -> None:
        """Names as in `usr_bin_demo`. What is below /etc is the package's settings; it may drop such of before."""
        source = self._sources / version
        (source / "DEBIAN").mkdir(parents=True)
        lines = (
            "Package: demo",
            f"Version: {version}",
            "Architecture: all",
            "Maintainer: x <x@y.example>",
            "Description: x",
        )
        (source / "DEBIAN/control").write_text("\n".join(lines) + "\n")
        sums, settings = "", "".join(f"remove-on-upgrade {path}\n" for path in drops)
        for name, text in files.items():
            path = source / name.replace("_", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if name.startswith("etc"):
                settings += f"/{name.replace('_', '/')}\n"
                continue
            done = subprocess.run(
                ["md5sum", name.replace("_", "/")], cwd=source, capture_output=True, text=True, check=True
            )
            sums += done.stdout
        (source / "DEBIAN/md5sums").write_text(sums)
        (source / "DEBIAN/conffiles").write_text(settings)
        self._do("dpkg-deb", "--build", "--root-owner-group", str(source), f"{source}.deb")
        self._do("dpkg", f"--root={self.root}", "--install", f"{source}.deb")

    def purge(self) -> None:
        self._do("dpkg", f"--root={self.root}", "--purge", "demo")

    def _do(self, *command: str) -> None:
        env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def packaged(tmp_path: Path) -> Packaged:
    made = Packaged(tmp_path)
    made.install("1", usr_bin_demo="one", usr_bin_gone="gone", etc_demo="settings")
    return made


def test_an_upgrade_is_noted_as_such_and_counts_from_then_on(packaged: Packaged) -> None:
    root = packaged.root
    watching = watcher(root, exclude=f"{root}/var/*", root=str(root))

    packaged.install("2", usr_bin_demo="two", usr_bin_new="new", etc_demo="settings")

    seen = watching.look()
    assert {name: judged(each) for name, each in seen.items()} == {"packages": INFO}
    assert seen["packages"].evidence["files"] == {
        f"{root}/usr/bin/demo": "demo",
        f"{root}/usr/bin/new": "demo",
        f"{root}/usr/bin/gone": "removed with a package",
    }
    assert watching.findings() == {}


def test_settings_that_go_with_their_package_are_noted_and_those_that_somebody_removed_are_not(
    packaged: Packaged,
) -> None:
    root = packaged.root
    packaged.install("2", etc_demo="settings", etc_old="x", etc_deep_more="x", etc_deep_needed="x")
    (root / "etc/own").write_text("an administrator's")
    (root / "etc/kept").touch()
    watching = watcher(root, exclude=f"{root}/var/*", root=str(root))
    (root / "etc/own").unlink()
    (root / "etc/deep/needed").unlink()

    packaged.install("3", drops=["/etc/old"], etc_demo="settings", etc_deep_more="x", etc_deep_needed="x")

    by_hand = {f"{root}/etc/own": WARNING, f"{root}/etc/deep/needed": WARNING}
    assert watching.findings() == {**by_hand, "packages": INFO}
    assert watching.findings() == by_hand
    packaged.purge()
    gone = ("demo", "deep", "deep/more", "deep/needed")
    assert watching.look()["packages"].evidence["files"] == {f"{root}/etc/{name}": GONE for name in gone}
    assert watching.findings() == {f"{root}/etc/own": WARNING}


def test_links_that_packages_make_beside_their_lists_are_theirs_while_packages_change(packaged: Packaged) -> None:
    root = packaged.root
    watching = watcher(root, exclude=f"{root}/var/*", root=str(root))
    (root / "usr/bin/editor").symlink_to("/etc/alternatives/editor")
    os.utime(root / "var/lib/dpkg/status", (0, 0))
    assert watching.findings() == {f"{root}/usr/bin/editor": WARNING}

    packaged.install("2", usr_bin_demo="two", etc_demo="settings")

    assert watching.look()["packages"].evidence["files"] == {
        f"{root}/usr/bin/demo": "demo",
        f"{root}/usr/bin/gone": "removed with a package",
        f"{root}/usr/bin/editor": "a link that packages make",
    }


def test_what_no_package_brought_is_a_warning_beside_it(packaged: Packaged) -> None:
    root = packaged.root
    watching = watcher(root, exclude=f"{root}/var/*", root=str(root))

    packaged.install("2", usr_bin_demo="two", etc_demo="settings")
    (root / "usr/bin/demo").write_text("an intruder's")
    (root / "usr/bin/other").write_text("an intruder's")
    (root / "etc/demo").chmod(0o666)

    found = watching.findings()
    assert found == {
        f"{root}/usr/bin/demo": WARNING,
        f"{root}/usr/bin/other": WARNING,
        f"{root}/etc/demo": WARNING,
        "packages": INFO,
    }


def test_while_packages_are_being_changed_nothing_is_judged(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = watcher(tree)
    (tree / "one").unlink()
    monkeypatch.setattr(packages, "are_changing", lambda: True)
    [note] = watching.answer()
    assert isinstance(note, Absent)

    monkeypatch.setattr(packages, "are_changing", lambda: False)
    assert watching.findings() == {f"{tree}/one": WARNING}

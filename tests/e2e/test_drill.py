"""Fire drills as a user starts them: in real namespaces, with real private daemons."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from probed.drill.command import Wish, main
from probed.drill.fault import faults_in
from probed.drill.places import SHIPPED
from probed.drill.world import PLACES
from tests.conftest import require
from tests.drill.folders import DOCUMENT, fault_folder
from tests.real.users import NOBODY

BIN = Path(sys.executable).parent
TREE = Path(__file__).parents[2]
UNKNOWN_GROUP = 54321
REPRESENTATIVE = ("disk-full", "port-taken", "dns-dead", "failed-unit", "container-restart-loop", "page-cache")


def drilled(
    *arguments: str | Path, before: Sequence[str | Path] = (), **options: Any
) -> subprocess.CompletedProcess[str]:
    command = [*before, BIN / "cortexctl", "drill", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)


def rows(done: subprocess.CompletedProcess[str]) -> Mapping[str, Mapping[str, Any]]:
    assert done.stdout, done.stderr
    return {row["fault"]: row for row in json.loads(done.stdout)["rows"]}


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage of what runs in a world is not taken: it would be written into this tree, which is read-only there."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A private TMPDIR; afterwards it is empty, nothing is mounted where worlds are made, and none of them lives on."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    mounts, others = mounts_of_worlds(), namespaces()
    yield folder
    until(lambda: namespaces() <= others)
    assert not list(folder.iterdir())
    assert mounts_of_worlds() == mounts


def mounts_of_worlds() -> list[str]:
    points = [line.split(" ")[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in points if any(point == each or point.startswith(f"{each}/") for each in PLACES[:-1])]


def namespaces() -> set[str]:
    """The user namespaces in which drills are played now."""
    found = set()
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and b"probed.drill.stage" in Path(f"/proc/{name}/cmdline").read_bytes():
                found.add(os.readlink(f"/proc/{name}/ns/user"))
        except OSError:
            continue
    return found - {os.readlink("/proc/self/ns/user")}


def until(holds: Callable[[], bool], within_s: float = 120.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(0.05)


def processes_in(names: set[str]) -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit() and _user_namespace(name) in names]


def _user_namespace(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/user")
    except OSError:
        return ""


def test_faults_of_each_kind_are_seen_and_a_control_stays_quiet(leaves_nothing: Path) -> None:
    done = drilled("--json", *REPRESENTATIVE)

    found = rows(done)
    assert list(found) == list(REPRESENTATIVE)
    assert done.returncode == 0, found
    assert [found[name]["seen"] for name in REPRESENTATIVE] == [True, True, True, True, True, False]
    assert [found[name]["level"] for name in REPRESENTATIVE] == ["L1", "L3", "L3", "L2", "L3", None]
    assert all(found[name]["seconds"] > 0 for name in REPRESENTATIVE[:-1])
    assert not any(row["false_alarms"] for row in found.values())
    assert "systemctl show" in found["failed-unit"]["recorded"]


def test_without_its_check_a_row_turns_red_and_says_what_was_said_instead(tmp_path: Path) -> None:
    folder = tmp_path / "dns-dead"
    shutil.copytree(SHIPPED / "dns-dead", folder)
    document = folder / "inspection.md"
    document.write_text(document.read_text().replace("dns: {name: shop.example.org, timeout: 1s}", "memory: {}"))

    done = drilled("--from", folder, "--limit", "4s")

    assert done.returncode == 1
    assert "dns-dead  no!" in done.stdout
    assert "all checks passed" in done.stdout
    assert "the bar does not hold" in done.stdout


def test_without_its_check_the_row_of_each_shipped_fault_turns_red(tmp_path: Path) -> None:
    faults = [fault for fault in faults_in(SHIPPED) if not fault.truth.is_control]
    for fault in faults:
        folder = shutil.copytree(fault.folder, tmp_path / fault.name)
        _, head, prose = fault.document.split("---\n", 2)
        keys = {**yaml.safe_load(head), "schedule": "every 1s", "checks": [{"file": {"path": "/etc/passwd"}}]}
        (folder / "inspection.md").write_text(f"---\n{yaml.safe_dump(keys)}---\n{prose}")

    found = rows(drilled("--from", tmp_path, "--json", "--limit", "2s", "--jobs", "6"))

    assert set(found) == {fault.name for fault in faults}
    assert not [name for name, row in found.items() if row["seen"] or row["state"] == "broken"]


def test_a_fault_of_ones_own_is_drilled_and_a_control_that_alarms_is_red(tmp_path: Path) -> None:
    fault_folder(tmp_path, "mine", document=DOCUMENT.replace("every 1s", "every 1h"))
    fault_folder(
        tmp_path, "goes-on", inject='touch "$1/flag"; sleep 3600', document=DOCUMENT.replace("/srv/drill", "$1")
    )
    fault_folder(tmp_path, "quiet", truth="control: true\nwithin: 4s\n")
    fault_folder(tmp_path, "cannot", inject="echo install foo >&2; exit 77")
    fault_folder(tmp_path, "fails", inject="echo no such thing >&2; exit 3")

    found = rows(done := drilled("--from", tmp_path, "--json"))

    assert done.returncode == 1
    assert (found["mine"]["seen"], found["mine"]["component"]) == (True, "file /srv/drill/flag")
    assert found["goes-on"]["seen"]
    assert found["quiet"]["false_alarms"] == 1
    assert (found["cannot"]["state"], found["cannot"]["note"]) == ("impossible", "install foo")
    assert found["fails"]["note"] == "inject ended with exit code 3: no such thing"


def test_faults_of_four_files_are_judged_by_what_they_break(tmp_path: Path) -> None:
    """One that also makes what it breaks, a healthy state that takes its time, a full root, a job that speaks."""

    def fault(name: str, inject: str, check: str, truth: str, actions: str = "{}") -> None:
        document = f"---\nid: {name}\nschedule: every 1s\nchecks: [{check}]\nactions: {actions}\n---\n"
        fault_folder(tmp_path, name, inject=inject, clean=":", truth=truth, document=document)

    fault(
        "grows",
        "yes 'a line of the shop' | head -c 20M >/var/log/shop.log",
        "{file: {path: /var/log/shop.log, max_size: 10MB}}",
        "component: file /var/log/shop.log\nlevel: L1\nright_actions: [rotate_log]\n",
        "{L1: [rotate_log]}",
    )
    fault(
        "comes-up",
        'sh -c "sleep 0.5; exec python3 -m http.server 8080 --bind 127.0.0.1" >/dev/null 2>&1 &',
        "{tcp_port: {port: 8080}}",
        "control: true\nwithin: 4s\n",
    )
    fault(
        "root-full",
        "cat /dev/zero >/var/log/fill || true",
        "{disk: {mounts: [/]}}",
        "component: disk /\nlevel: L3\n",
    )
    fault(
        "job-failed",
        "cortexctl heartbeat nightly --fail",
        "{heartbeat: {name: nightly}}",
        "component: heartbeat nightly\nlevel: L3\n",
    )

    found = rows(drilled("--from", tmp_path, "--json"))

    assert {name: row["level"] for name, row in found.items() if row["seen"]} == {
        "grows": "L1",
        "root-full": "L3",
        "job-failed": "L3",
    }, found
    assert not any(row["false_alarms"] for row in found.values()), found


def test_what_a_fault_does_stays_in_its_world(tmp_path: Path, leaves_nothing: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    reaches = f"""touch {outside}/reached 2>/dev/null && exit 3
touch /usr/bin/reached 2>/dev/null && exit 4
echo 1 2>/dev/null >/proc/sys/vm/swappiness && exit 5
touch /sys/reached 2>/dev/null && exit 6
[ ! -e /dev/kmsg ] || exit 7
kill -0 {os.getpid()} 2>/dev/null && exit 8
mount -o remount,bind,rw /usr 2>/dev/null && exit 9
mount -o remount,bind,rw /sys 2>/dev/null && exit 10
umount -l /proc/sys 2>/dev/null && exit 11
mount -t proc none /mnt 2>/dev/null && exit 12
touch /etc/reached /tmp/reached "$1/flag\""""
    fault_folder(tmp_path / "faults", "reaches", inject=reaches)

    found = rows(drilled("--from", tmp_path / "faults", "--json"))

    assert found["reaches"]["seen"], found
    assert not Path("/etc/reached").exists()
    assert not Path("/tmp/reached").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["ctrl-c", "term", "kill"])
def test_nothing_is_left_when_it_is_ended_in_the_middle(
    number: signal.Signals, tmp_path: Path, leaves_nothing: Path
) -> None:
    fault_folder(tmp_path / "faults", "long", inject="trap '' TERM INT HUP; setsid sleep 3600 & sleep 3600")
    before = namespaces()
    started = subprocess.Popen(
        [BIN / "cortexctl", "drill", "--from", tmp_path / "faults"], stderr=subprocess.PIPE, cwd="/"
    )
    until(lambda: len(processes_in(namespaces() - before)) >= 5)
    worlds = namespaces() - before
    started.send_signal(number)
    started.communicate(timeout=30)

    until(lambda: not processes_in(worlds))
    assert started.returncode in (130, -signal.SIGKILL)


@pytest.mark.parametrize("which", ["inject", ".", ".."])
def test_root_drills_no_fault_that_others_could_change(which: str, tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    folder = fault_folder(tmp_path / "faults", "mine")
    (open_to_others := folder / which).chmod(0o777)

    done = drilled("--from", folder)

    assert done.returncode == 5
    assert f"can be changed by others; type: chmod go-w {open_to_others.resolve()}" in done.stderr


def test_a_fault_that_belongs_to_an_ordinary_user_is_drilled_by_root_too(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    folder = fault_folder(tmp_path / "faults", "mine")
    for path in (folder, *folder.iterdir()):
        os.chown(path, NOBODY, UNKNOWN_GROUP)
        path.chmod(path.stat().st_mode | 0o020)

    assert rows(drilled("--from", folder, "--json"))["mine"]["seen"]


def test_where_nothing_can_be_written_it_drills_all_the_same_and_says_that_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fault_folder(tmp_path, "mine")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    wish = Wish((), folder, None, None, as_json=False, lists=False, keeps=False)

    assert main(wish) == 0
    assert main(replace(wish, keeps=True)) == 5
    assert "nothing can be kept: No such file or directory" in capsys.readouterr().err


def test_a_host_on_which_cortex_is_installed_drills_too(tmp_path: Path) -> None:
    require("root, to add a group for a moment", present=os.geteuid() == 0)
    groups = tmp_path / "group"
    groups.write_text(Path("/etc/group").read_text() + "cortex:x:54321:\n")
    fault_folder(tmp_path / "faults", "mine")

    adds = f'mount --bind {groups} /etc/group; exec "$@"'
    done = drilled("--from", tmp_path / "faults", "--json", before=["unshare", "--mount", "sh", "-c", adds, "sh"])

    assert rows(done)["mine"]["seen"], done.stdout


def test_a_host_that_allows_no_namespaces_says_so_and_what_would() -> None:
    forbid = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'

    done = drilled("dns-dead", before=["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"])

    assert done.returncode == 5
    assert "nothing can be drilled here" in done.stderr
    assert "sysctl user.max_user_namespaces=" in done.stderr


def test_names_and_folders_that_are_wrong_are_told(tmp_path: Path) -> None:
    assert "did you mean 'disk-full'?" in (unknown := drilled("disk-ful")).stderr
    assert "no such folder" in (missing := drilled("--from", tmp_path / "nowhere")).stderr
    assert (unknown.returncode, missing.returncode) == (2, 2)
    assert "disk-full " in drilled("--list").stdout
    assert json.loads(drilled("--list", "--json").stdout)["faults"]


def test_what_the_private_daemon_wrote_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    fault_folder(tmp_path / "faults", "mine")

    done = drilled("--from", tmp_path / "faults", "--keep")

    kept = Path(done.stderr.rpartition("kept: ")[2].strip())
    assert {"probed.log", "monitor.db", "inject.log"} <= {path.name for path in (kept / "mine").iterdir()}


def test_an_ordinary_user_drills_too(tmp_path: Path) -> None:
    require("root, to become somebody else", present=os.geteuid() == 0)

    done = drilled("--json", "disk-full", "read-only-remount", "port-taken", before=as_nobody(tmp_path), cwd="/")

    found = rows(done)
    assert done.returncode == 0, found
    assert all(row["seen"] for row in found.values())


def as_nobody(folder: Path) -> list[str | Path]:
    """Where the interpreter or this tree lies in root's own folder, nobody sees it all the same, by a mount."""
    script = folder / "as_nobody"
    hidden = [each for each in dict.fromkeys((sys.base_prefix, str(TREE), sys.prefix)) if each.startswith("/root/")]
    lines = ["set -e", "mount -t tmpfs none /mnt"]
    for number, path in enumerate(hidden):
        lines += [f"mkdir /mnt/{number}", f"mount --rbind {path} /mnt/{number}"]
    lines += ["mount -t tmpfs -o mode=0755 none /root"] if hidden else []
    for number, path in enumerate(hidden):
        lines += [f"[ -e {path} ] || {{ mkdir -p {path}; mount --rbind /mnt/{number} {path}; }}"]
    lines += [f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups env TMPDIR=/var/tmp HOME=/ "$@"']
    script.write_text("\n".join(lines))
    return ["unshare", "--mount", "sh", script]

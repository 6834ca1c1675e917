"""A private root folder, changed by the real programs for accounts."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import accounts
from tests.checks.looking import Watcher
from tests.conftest import require
from tests.real.packages import program
from tests.real.users import as_nobody

WARNING, CRITICAL, INFO = Severity.WARNING, Severity.CRITICAL, Severity.INFO


class Host:
    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("etc/sudoers.d", "home/ann/.ssh"):
            (root / folder).mkdir(parents=True)
        self.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n")
        self.write("etc/group", "root:x:0:\nsudo:x:27:ann\ndocker:x:998:\nann:x:1000:\n")
        self.write("etc/shadow", "root:*:1:0:99999:7:::\nann:$6$x$y:1:0:99999:7:::\n")
        self.write("etc/gshadow", "root:*::\nsudo:*::ann\ndocker:!::\nann:!::\n")
        self.write("etc/login.defs", "UID_MIN 1000\nSYS_UID_MIN 100\nGID_MIN 1000\nSYS_GID_MIN 100\n")
        self.write(
            "etc/sudoers", "# remarks\nDefaults env_reset\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n"
        )

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def do(self, name: str, *arguments: str) -> None:
        command = [program(name, "passwd"), "--root", str(self.root), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=30)

    def key(self, user: str = "ann", *, options: str = "") -> str:
        """A new one that lets in; its fingerprint."""
        with tempfile.TemporaryDirectory() as folder:
            made = [
                program("ssh-keygen", "openssh-client"),
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                "her laptop",
                "-f",
                "key",
            ]
            subprocess.run(made, cwd=folder, check=True, timeout=30)
            with (self.root / f"home/{user}/.ssh/authorized_keys").open("a") as file:
                file.write(options + Path(folder, "key.pub").read_text())
            shown = subprocess.run(
                ["ssh-keygen", "-lf", "key.pub"], cwd=folder, check=True, capture_output=True, text=True
            )
        return shown.stdout.split()[1]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    require("root, to change accounts in a folder", present=os.geteuid() == 0)
    return Host(tmp_path)


@pytest.fixture
def watching(host: Host) -> Watcher:
    host.key()
    made = Watcher("accounts", {"root": str(host.root)})
    assert made.findings() == {}
    assert made.findings() == {}
    return made


def test_a_new_user_is_told_until_they_are_gone_or_it_is_learned_anew(host: Host, watching: Watcher) -> None:
    host.do("useradd", "--shell", "/bin/bash", "eve")
    assert watching.findings() == {"user eve": WARNING}
    assert watching.findings() == {"user eve": WARNING}
    host.do("userdel", "eve")
    assert watching.findings() == {}

    host.do("useradd", "--shell", "/bin/bash", "eve")
    assert watching.findings() == {"user eve": WARNING}
    watching.known = {}
    assert watching.findings() == {}


def test_a_user_of_a_package_is_noted_once_and_told_when_it_may_log_in(host: Host, watching: Watcher) -> None:
    host.do("useradd", "--system", "--shell", "/usr/sbin/nologin", "redis")
    assert watching.findings() == {"user redis": INFO}
    assert watching.findings() == {}

    host.do("usermod", "--shell", "/bin/sh", "redis")
    assert watching.findings() == {"user redis": WARNING}


def test_a_new_member_of_a_powerful_group_is_told(host: Host, watching: Watcher) -> None:
    host.do("usermod", "--append", "--groups", "docker", "ann")
    assert watching.findings() == {"ann in docker": WARNING}

    host.do("usermod", "--groups", "sudo", "ann")
    assert watching.findings() == {}


def test_who_has_a_powerful_group_for_their_own_is_a_member(host: Host, watching: Watcher) -> None:
    host.do("usermod", "--gid", "docker", "ann")
    assert watching.findings() == {"ann in docker": WARNING}


def test_a_second_root_and_an_empty_password_are_critical_at_the_first_look_too(host: Host) -> None:
    host.do("useradd", "--non-unique", "--uid", "0", "--shell", "/bin/bash", "toor")
    host.do("usermod", "--password", "", "ann")

    assert Watcher("accounts", {"root": str(host.root)}).findings() == {
        "user toor": CRITICAL,
        "password of ann": CRITICAL,
    }


def test_a_user_who_gets_another_number_is_told(host: Host, watching: Watcher) -> None:
    host.do("usermod", "--uid", "1234", "ann")
    assert watching.findings() == {"user ann": WARNING}


def test_a_new_rule_of_sudo_is_told_as_it_stands(host: Host, watching: Watcher) -> None:
    host.write("etc/sudoers.d/README.off", "ann ALL=(ALL) ALL\n")
    assert watching.findings() == {}
    host.write("etc/sudoers.d/ann", "# for a moment\nann ALL=(ALL) \\\n  NOPASSWD: ALL\n")

    seen = watching.look()["sudo rule ann ALL=(ALL) NOPASSWD: ALL"]

    assert seen.severity is WARNING
    assert "/etc/sudoers.d/ann" in seen.summary


def test_a_new_ssh_key_is_told_with_its_fingerprint_and_only_once(host: Host, watching: Watcher) -> None:
    fingerprint = host.key(options='from="192.0.2.1",no-pty ')

    assert watching.findings() == {f"key {fingerprint} of ann": WARNING}
    (seen,) = watching.look().values()
    assert "her laptop" in seen.summary


def test_what_can_be_left_out_is_left_out(host: Host) -> None:
    watching = Watcher("accounts", {"root": str(host.root), "ignore": "ev*", "keys": False, "sudoers": False})
    watching.look()
    host.do("useradd", "--groups", "sudo", "eve")
    host.key()

    assert watching.findings() == {}


@pytest.fixture
def open_host() -> Iterator[Host]:
    """Others can enter it."""
    require("root, to change accounts in a folder", present=os.geteuid() == 0)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = Host(Path(folder))
        for path in ("etc/shadow", "etc/sudoers", "home/ann/.ssh"):
            (made.root / path).chmod(0o700)
        yield made


def test_what_may_not_be_read_is_said_and_is_not_new_when_it_can_be(open_host: Host) -> None:
    open_host.key()
    watching = Watcher("accounts", {"root": str(open_host.root)})
    with as_nobody():
        notes = [item for item in watching.answer() if isinstance(item, Absent)]

    assert {"shadow" in note.what for note in notes} == {True, False}
    assert len(notes) == 3
    assert all(note.remedy for note in notes)
    assert watching.findings() == {}
    open_host.key()
    assert len(watching.findings()) == 1
    with as_nobody():
        watching.answer()
    assert len(watching.findings()) == 1


def test_where_sudos_rules_may_not_be_read_a_file_of_them_that_changes_is_told(open_host: Host) -> None:
    (open_host.root / "etc/sudoers").chmod(0o440)
    (open_host.root / "etc/sudoers.d").chmod(0o755)
    watching = Watcher("accounts", {"root": str(open_host.root)})
    with as_nobody():
        assert watching.findings() == {}
        assert watching.findings() == {}
    open_host.write("etc/sudoers.d/eve", "eve ALL=(ALL) ALL\n")
    open_host.write("etc/sudoers", "%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n")

    for _ in range(2):
        with as_nobody():
            told = {name: each.summary for name, each in watching.look().items()}
        assert told["sudo rules in /etc/sudoers.d/eve"].startswith("/etc/sudoers.d/eve is new")
        assert told["sudo rules in /etc/sudoers"].startswith("/etc/sudoers has changed")

    (open_host.root / "etc/sudoers.d/eve").unlink()
    with as_nobody():
        assert list(watching.findings()) == ["sudo rules in /etc/sudoers"]


def test_where_the_names_of_sudos_files_are_hidden_their_folder_stands_for_them(open_host: Host) -> None:
    (open_host.root / "etc/sudoers.d").chmod(0o750)
    watching = Watcher("accounts", {"root": str(open_host.root)})
    with as_nobody():
        assert watching.findings() == {}
    open_host.write("etc/sudoers.d/eve", "eve ALL=(ALL) ALL\n")

    with as_nobody():
        assert list(watching.findings()) == ["sudo rules in /etc/sudoers.d"]


def test_this_hosts_own_accounts_can_be_read() -> None:
    assert "root" in [user.name for user in accounts.users()]
    assert "root" in accounts.members(["root"])["root"]

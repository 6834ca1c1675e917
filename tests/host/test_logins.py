"""Lines as OpenSSH 9.2, dropbear 2022.83, sudo 1.9.13, su and login of Debian 12 write them."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from probed.errors import NotHere
from probed.host import login_records
from probed.host.log_lines import Line
from probed.host.logins import Login, logins
from tests.real.packages import program


def read(*texts: str, of: str = "sshd") -> list[Login]:
    return list(logins(Line(text, 5.0, "ssh.service", of) for text in texts))


def failed(source: str, user: str = "", times: int = 1) -> Login:
    return Login(source, user, 5.0, times=times)


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("sshd", "Failed password for root from 203.0.113.5 port 4242 ssh2", failed("203.0.113.5", "root")),
        ("sshd", "Failed password for invalid user hunter2 from 203.0.113.5 port 4242 ssh2", failed("203.0.113.5")),
        (
            "sshd-session",
            "Failed keyboard-interactive/pam for ann from ::ffff:203.0.113.5 port 1 ssh2",
            failed("203.0.113.5", "ann"),
        ),
        (
            "sshd",
            "message repeated 4 times: [ Failed password for root from 2001:db8::1:2:3:4 port 42 ssh2]",
            failed("2001:db8::/64", "root", 4),
        ),
        (
            "sshd",
            "Connection closed by authenticating user ann 203.0.113.5 port 42 [preauth]",
            failed("203.0.113.5", "ann"),
        ),
        ("sshd", "Disconnected from invalid user  203.0.113.5 port 42 [preauth]", failed("203.0.113.5")),
        ("dropbear", "Bad password attempt for 'root' from 203.0.113.5:4242", failed("203.0.113.5", "root")),
        ("dropbear", "Login attempt for nonexistent user from 203.0.113.5:4242", failed("203.0.113.5")),
        (
            "sudo",
            "     ann : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
            failed("sudo ann", "ann", 3),
        ),
        (
            "sudo",
            "     ann : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
            failed("sudo ann", "ann"),
        ),
        ("su", "FAILED SU (to root) ann on pts/0", failed("su ann", "ann")),
        ("login", "FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure", failed("login /dev/tty1")),
        (
            "sshd",
            "Accepted publickey for ann from 203.0.113.5 port 4242 ssh2: ED25519 SHA256:abc",
            Login("203.0.113.5", "ann", 5.0, succeeded=True),
        ),
        (
            "dropbear",
            "Password auth succeeded for 'root' from 203.0.113.5:4242",
            Login("203.0.113.5", "root", 5.0, succeeded=True),
        ),
    ],
)
def test_who_failed_and_who_did_not(program: str, text: str, expected: Login) -> None:
    assert read(text, of=program) == [expected]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("sshd", "Failed publickey for ann from 203.0.113.5 port 42 ssh2: RSA SHA256:abc"),
        ("sshd", "Failed none for invalid user ann from 203.0.113.5 port 42 ssh2"),
        ("sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5"),
        ("sudo", "     ann : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/echo user NOT in sudoers ;"),
        ("cron", "Failed password for root from 203.0.113.5 port 4242 ssh2"),
    ],
)
def test_what_is_no_attempt_does_not_count(program: str, text: str) -> None:
    assert read(text, of=program) == []


def test_a_connection_that_failed_and_was_closed_counts_once() -> None:
    attempts = read(
        "Failed password for root from 203.0.113.5 port 42 ssh2",
        "Connection closed by authenticating user root 203.0.113.5 port 42 [preauth]",
    )
    assert len(attempts) == 1


def test_a_name_that_looks_like_an_address_accuses_nobody_else() -> None:
    [attempt] = read("Failed password for invalid user x from 198.51.100.1 port 22 ssh2 from 203.0.113.5 port 42 ssh2")
    assert attempt.source == "203.0.113.5"


@pytest.mark.parametrize("head", ["Dec  1 06:00:00 host", "2026-12-01T06:00:00.123456+00:00 host"])
def test_lines_of_a_file_say_themselves_which_program_it_was(head: str) -> None:
    line = f"{head} sshd[4711]: Failed password for root from 203.0.113.5 port 42 ssh2"

    assert list(logins([Line(line, 5.0, "/var/log/auth.log")])) == [failed("203.0.113.5", "root")]
    assert list(logins([Line(f"{head} kernel: oh", 5.0, "/var/log/auth.log"), Line("", 5.0, "x")])) == []


def record(kind: int, user: str, address: str, at: float) -> bytes:
    """As glibc lays them out on x86_64."""
    name, host = user.encode(), address.encode()
    ip = bytes(map(int, address.split("."))) + bytes(12)
    return struct.pack(
        "<hxxi32s4s32s256shhiii16s20x", kind, 7, b"ssh:notty", b"ssh", name, host, 0, 0, 0, int(at), 0, ip
    )


def test_without_a_log_the_records_of_the_system_tell_it(tmp_path: Path) -> None:
    program("lastb", "util-linux")
    now = time.time()
    failures, successes = tmp_path / "btmp", tmp_path / "wtmp"
    failures.write_bytes(b"".join(record(6, "hunter2", "203.0.113.5", now - age) for age in (500, 50, 40)))
    successes.write_bytes(record(7, "ann", "203.0.113.5", now - 30))

    found = login_records.logins_between(now - 100, now, str(failures), str(successes))

    assert [(each.source, each.user, each.succeeded) for each in found] == [
        ("203.0.113.5", "", False),
        ("203.0.113.5", "", False),
        ("203.0.113.5", "ann", True),
    ]
    assert login_records.logins_between(now, now + 100, str(failures), str(successes)) == ()


def test_records_that_may_not_be_read_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotHere) as told:
        login_records.logins_between(0, 1, f"{tmp_path}/nothing", f"{tmp_path}/nothing")
    assert told.value.remedy

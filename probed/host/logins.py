"""Who tried to log in and did not succeed, and who did, as sshd, dropbear, sudo, su and login say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from probed.host.log_lines import Line

PROGRAMS = ("sshd", "sshd-session", "dropbear", "sudo", "su", "login")
LONGEST_USER = 64

SYSLOG = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\S{10,40}) \S{1,255} ([\w./-]{1,64})(?:\[\d{1,10}\])?: (.*)"
)
REPEATED = re.compile(r"message repeated (\d{1,6}) times: \[ (.*)\]")
# The name is what somebody typed, and may look like the rest of such a line: the last address counts.
FAILED = re.compile(
    r"Failed (?:password|keyboard-interactive/pam|gssapi-with-mic) for (invalid user )?(.*)"
    r" from (\S+) port (\d+)(?: ssh2)?"
)
CLOSED = re.compile(
    r"(?:Connection (?:closed|reset) by|Disconnected from) (authenticating|invalid) user (.*)"
    r" (\S+) port (\d+) \[preauth\]"
)
ACCEPTED = re.compile(r"Accepted \S+ for (.*) from (\S+) port (\d+)(?: ssh2)?(?:: .*)?")
DROPBEAR_FAILED = re.compile(
    r"(?:Bad PAM password attempt|Bad password attempt|Login attempt) for (nonexistent user|'.*') from (\S+):(\d+)"
)
DROPBEAR_ACCEPTED = re.compile(
    r"(?:PAM password|Password|Pubkey) auth succeeded for '(.*?)' (?:with .* )?from (\S+):(\d+)"
)
SUDO_FAILED = re.compile(
    r"\s*(\S{1,64}) : (?:(\d{1,3}) incorrect password attempts?|user NOT in sudoers|command not allowed) ;"
)
SU_FAILED = re.compile(r"FAILED SU \(to (.*)\) (\S{1,64}) on \S+")
LOGIN_FAILED = re.compile(r"FAILED LOGIN (?:SESSION |\(\d+\) )(?:on '(\S+)'|from (\S+)) FOR '?(.*?)'?, .*")


@dataclass(frozen=True, slots=True)
class Login:
    source: str
    """The address (of IPv6 its network of 64 bits, for whoever has one has all of it), or of this host the program and
    user."""
    user: str
    """Empty where there is no such user: then it may be a password in the wrong place."""
    at: float
    succeeded: bool = False
    times: int = 1


def logins(lines: Iterable[Line]) -> Iterator[Login]:
    """In their order; a connection that was refused after it had failed counts once."""
    failed: set[tuple[str, str]] = set()
    for line in lines:
        program, text = _split(line)
        times = 1
        if repeated := REPEATED.fullmatch(text):
            times, text = int(repeated[1]), repeated[2]
        if program in ("sshd", "sshd-session"):
            yield from _sshd(text, line.at, times, failed)
        elif program == "dropbear":
            yield from _dropbear(text, line.at, times)
        elif program in PROGRAMS:
            yield from _local(program, text, line.at, times)


def _split(line: Line) -> tuple[str, str]:
    if line.program:
        return line.program, line.text
    match = SYSLOG.fullmatch(line.text)
    return (match[1], match[2]) if match else ("", "")


def _sshd(text: str, at: float, times: int, failed: set[tuple[str, str]]) -> Iterator[Login]:
    if match := FAILED.fullmatch(text):
        failed.add((match[3], match[4]))
        yield Login(source_of(match[3]), "" if match[1] else _user(match[2]), at, times=times)
    elif match := CLOSED.fullmatch(text):
        if (match[3], match[4]) not in failed:
            yield Login(source_of(match[3]), "" if match[1] == "invalid" else _user(match[2]), at, times=times)
    elif match := ACCEPTED.fullmatch(text):
        yield Login(source_of(match[2]), _user(match[1]), at, succeeded=True)


def _dropbear(text: str, at: float, times: int) -> Iterator[Login]:
    if match := DROPBEAR_FAILED.fullmatch(text):
        yield Login(
            source_of(match[2]), _user(match[1].strip("'")) if match[1].startswith("'") else "", at, times=times
        )
    elif match := DROPBEAR_ACCEPTED.fullmatch(text):
        yield Login(source_of(match[2]), _user(match[1]), at, succeeded=True)


def _local(program: str, text: str, at: float, times: int) -> Iterator[Login]:
    if program == "sudo" and (match := SUDO_FAILED.match(text)):
        yield Login(f"sudo {match[1]}", match[1], at, times=times * int(match[2] or 1))
    elif program == "su" and (match := SU_FAILED.fullmatch(text)):
        yield Login(f"su {match[2]}", match[2], at, times=times)
    elif program == "login" and (match := LOGIN_FAILED.fullmatch(text)):
        yield Login(source_of(match[2]) if match[2] else f"login {match[1]}", "", at, times=times)


def source_of(address: str) -> str:
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return address[:LONGEST_USER]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _user(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:LONGEST_USER])

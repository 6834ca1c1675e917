"""What may be asked about by name: what the operator's settings list, and what inspections in force name themselves."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from probed.config.agent import ProbeSettings
from probed.core.inspection import Inspection
from probed.host.shown_files import fits, is_below

HOSTS_FILE = "/etc/hosts"
NAMING = ("host", "name", "server", "url", "server_name")
"""Parameters of checks that name a host."""
NEVER = ("shadow", "key", "secret", "password", "passwd-", "token", "credential", "private", ".netrc", ".pgpass")
"""Parts of the names of files that hold what nobody is shown."""
METADATA = frozenset({"fd00:ec2::254", "100.100.100.200"})
OWN = frozenset({"localhost", "127.0.0.1", "::1"})


def _nothing_in_force() -> Iterable[Inspection]:
    return ()


@dataclass(frozen=True, slots=True)
class Reach:
    settings: ProbeSettings = field(default_factory=ProbeSettings)
    inspections: Callable[[], Iterable[Inspection]] = _nothing_in_force

    def shows_log(self, path: str) -> bool:
        return is_below(path, self.settings.log_roots)

    def shows_config(self, path: str) -> bool:
        return fits(path, self.settings.config_files) and not holds_secrets(path)

    def shows_certificate(self, path: str) -> bool:
        named = (*self._named("path", "tls_certificate"), *self._named("paths", "tls_certificate"))
        return fits(path, (*self.settings.certificate_files, *named))

    def url(self, asked: str) -> str | None:
        """The URL that is really to be fetched; None where it is out of reach. What a check names is named without its
        query and password, which may be secret."""
        for known in self._named("url", "http"):
            if asked in (known, public(known)):
                return known
        return asked if any(_covers(entry, asked) for entry in self.settings.http_allow) else None

    def knows_host(self, host: str) -> bool:
        return host in OWN or host in self._hosts() or self._is_listed(host)

    def may_be_asked(self, host: str, address: str) -> bool:
        """Whether anything may be sent to this address, to which the host's name has led."""
        if tells_secrets(address):
            return host == address
        return not is_private(address) or self.may_be_private(host)

    def may_be_private(self, host: str) -> bool:
        """Whether its address may be one of a network of one's own: where it is named by itself, not by a pattern."""
        entries = self.settings.http_allow
        return host in OWN or host in self._hosts() or any(host_of(each) == host for each in entries)

    def resolves(self, name: str) -> bool:
        asked = name.rstrip(".").lower()
        here = {socket.gethostname().lower(), *_in_hosts_file(), *self._hosts()}
        is_local = "." not in asked or asked in here or self._is_listed(asked)
        return is_local or any(fnmatchcase(asked, each.lower()) for each in self.settings.dns_allow)

    def _is_listed(self, host: str) -> bool:
        return any(fnmatchcase(host, host_of(entry)) for entry in self.settings.http_allow)

    def _hosts(self) -> frozenset[str]:
        return frozenset(host for name in NAMING for value in self._named(name) if (host := host_of(value)))

    def _named(self, parameter: str, check: str = "") -> Iterator[str]:
        for inspection in self.inspections():
            for call in inspection.checks:
                value = call.params.get(parameter) if check in ("", call.check) else None
                yield from (str(each) for each in (value if isinstance(value, list | tuple) else (value,)) if each)


def holds_secrets(path: str) -> bool:
    lowered = path.lower()
    return any(part in lowered for part in NEVER)


def public(url: str) -> str:
    """Without user, password, query and fragment."""
    parts = _split(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl() if parts else ""


def is_private(address: str) -> bool:
    return not _plain(address).is_global


def tells_secrets(address: str) -> bool:
    """Where machines of a cloud are told who they are, and with which keys: on their own link, as a rule."""
    plain = _plain(address)
    return plain.is_link_local or str(plain) in METADATA


def _plain(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.partition("%")[0])
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _covers(entry: str, asked: str) -> bool:
    """An entry is the beginning of a URL, a host with or without a port, or a pattern of hosts."""
    parts = _split(asked)
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or not _stays(parts):
        return False
    if "://" in entry:
        known = _split(entry)
        return bool(
            known
            and (known.scheme, known.netloc) == (parts.scheme, parts.netloc)
            and (parts.path == known.path or parts.path.startswith(os.path.join(known.path, "")))
        )
    port = entry.rpartition(":")[2] if ":" in entry.rpartition("]")[2] else ""
    host_fits = fnmatchcase(parts.hostname or "", host_of(entry))
    return host_fits and (not port or port == str(parts.port or {"http": 80, "https": 443}[parts.scheme]))


def _stays(parts: SplitResult) -> bool:
    """Whether every server takes the path for what it seems to be, however it reads it: no way up, no sign that stands
    for another one twice over, no backslash, which some take for a slash."""
    try:
        path = unquote(parts.path, errors="strict")
    except UnicodeDecodeError:
        return False
    return path.isprintable() and not any(sign in f"{parts.netloc}{path}" for sign in ("..", "%", "\\"))


def host_of(text: str) -> str:
    """Of a URL, `host:port`, or a host itself; empty where that is none."""
    if "://" not in text and text.count(":") > 1 and not text.startswith("["):
        return text.lower()  # an address of IPv6
    parts = _split(text if "://" in text else f"any://{text}")
    return (parts.hostname or "").lower() if parts else ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_whole = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts if is_whole else None


def _in_hosts_file() -> set[str]:
    try:
        with open(HOSTS_FILE, errors="replace") as file:
            lines = [line.partition("#")[0].split() for line in file]
    except OSError:
        return set()
    return {name.lower() for words in lines for name in words[1:]}

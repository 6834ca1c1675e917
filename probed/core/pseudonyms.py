"""Names that stand for e-mail addresses, IP addresses and whatever else is not to leave, and the way back.

`10.0.0.7` leaves as `ip-1-x7k2m9` and comes back as `10.0.0.7`: the same name for the same text throughout a run. The
last part is drawn for the run, so that no text of the host's can look like one of its names; what looks like one and
was never given stays as it is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from probed.core.regex import Regex

NONCE_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
"""Without vowels: it is no word."""
NONCE_LENGTH = 6
LONGEST_NAME = 40

EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}+@(?:[\w-]{1,63}+\.){1,8}"
    r"(?!(?:service|socket|timer|mount|automount|target|path|slice|scope|device|swap|d)\b)[A-Za-z]{2,24}+\b(?!@)"
)
"""But for the instances of systemd's units, such as `getty@tty1.service`."""
IPV4 = re.compile(r"(?:(?<![A-Za-z0-9.])|(?<=\\[nrt]))(?:\d{1,3}\.){3}\d{1,3}+(?![\w]|\.\d)")
IPV4_IN_NAME = re.compile(r"(?<![\w-])ip-(?:\d{1,3}-){3}\d{1,3}+(?![\w-])")
"""As clouds name their hosts."""
IPV6 = re.compile(r"(?<![0-9A-Fa-f:.])(?=[0-9A-Fa-f]*+:)[0-9A-Fa-f:]{2,39}+(?:(?:\.\d{1,3}){3}+)?+(?![\w:]|\.\d)")
ESCAPED_BREAK = re.compile(r"\\[nrt]\Z")
"""In a text within a text an address may follow one at once."""


class Kind(StrEnum):
    EMAIL = "mail"
    IP = "ip"
    HOST = "host"
    NAME = "name"
    """What a pattern of the operator's names."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is hidden."""

    emails: bool = True
    addresses: bool = True
    hosts: tuple[str, ...] = ()
    """Names of hosts, and domains with all that is below them."""
    patterns: tuple[Regex, ...] = ()
    kept_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    kept: frozenset[str] = frozenset()
    """Texts that stay, in small letters."""


class Pseudonyms:
    """Of one run, whose probes look at once in threads of their own; nothing of it is kept."""

    def __init__(self, hiding: Hiding, nonce: str) -> None:
        self._hiding, self._nonce = hiding, nonce
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._naming = Lock()
        self._own = re.compile(rf"((?:{'|'.join(Kind)})-\d{{1,9}}-{nonce})", re.IGNORECASE)
        self._steps = tuple(self._rules())

    def hide(self, text: str) -> str:
        """What is hidden already stays as it is."""
        for step in self._steps:
            text = step(text)
        return text

    def reveal(self, text: str) -> str:
        if self._nonce not in text.lower():
            return text
        return self._own.sub(lambda match: self._texts.get(match[0].lower(), match[0]), text)

    def _rules(self) -> Iterator[Callable[[str], str]]:
        hiding = self._hiding
        for pattern in hiding.patterns:
            yield self._outside_names(pattern.compiled, Kind.NAME)
        if hiding.emails:
            yield self._where("@", self._outside_names(EMAIL, Kind.EMAIL))
        if hiding.hosts:
            yield self._outside_names(_of_hosts(hiding.hosts), Kind.HOST)
        if hiding.addresses:
            yield self._where(":", self._hide_ipv6)
            yield self._where(".", self._outside_names(IPV4, Kind.IP, self._is_ipv4))
            yield self._where("ip-", self._outside_names(IPV4_IN_NAME, Kind.IP, self._is_ipv4_in_name))

    @staticmethod
    def _where(sign: str, rule: Callable[[str], str]) -> Callable[[str], str]:
        return lambda text: rule(text) if sign in text else text

    def _outside_names(
        self, pattern: re.Pattern[str], kind: Kind, is_meant: Callable[[str], bool] = lambda _: True
    ) -> Callable[[str], str]:
        def name(match: re.Match[str]) -> str:
            return self._name_for(kind, match[0]) if is_meant(match[0]) else match[0]

        return lambda text: self._between_names(text, lambda part: pattern.sub(name, part))

    def _between_names(self, text: str, rule: Callable[[str], str]) -> str:
        if self._nonce not in text:
            return rule(text)
        parts = self._own.split(text)
        parts[::2] = map(rule, parts[::2])
        return "".join(parts)

    def _hide_ipv6(self, text: str) -> str:
        return self._between_names(text, lambda part: IPV6.sub(self._ipv6_name, part))

    def _ipv6_name(self, match: re.Match[str]) -> str:
        """Where a single colon stands before or behind the address, it belongs to what is around it."""
        text, before = match[0], match.string[: match.start()][-2:]
        end = len(text) - int(text[-1:] == ":" and text[-2:] != "::")
        is_apart = not re.search(r"[A-Za-z0-9_]\Z", before) or ESCAPED_BREAK.match(before)
        begins = [0] if is_apart else []
        if text[text.find(":") :][:2] != "::":
            begins.append(text.find(":") + 1)
        for begin in begins:
            if self._is_hidden_address(text[begin:end]):
                return text[:begin] + self._name_for(Kind.IP, text[begin:end]) + text[end:]
        return text

    def _is_ipv4(self, text: str) -> bool:
        numbers = [int(part) for part in text.split(".")]
        return max(numbers) < 256 and self._is_hidden_address(".".join(map(str, numbers)))

    def _is_ipv4_in_name(self, text: str) -> bool:
        return self._is_ipv4(text.removeprefix("ip-").replace("-", "."))

    def _is_hidden_address(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return not any(address in network for network in self._hiding.kept_networks)

    def _name_for(self, kind: Kind, text: str) -> str:
        if not text or text.lower() in self._hiding.kept:
            return text
        with self._naming:
            if text not in self._names:
                name = self._names[text] = f"{kind}-{len(self._names) + 1}-{self._nonce}"
                self._texts[name] = text
            return self._names[text]


class Revealing:
    """A stream that is revealed as it comes, though a name may come in pieces."""

    def __init__(self, reveal: Callable[[str], str]) -> None:
        self._reveal, self._held = reveal, ""

    def feed(self, text: str) -> str:
        """As much as can be told; what may be the beginning of a name is held back."""
        text = self._held + text
        end = len(text)
        while end and end > len(text) - LONGEST_NAME and (text[end - 1].isalnum() or text[end - 1] == "-"):
            end -= 1
        self._held = text[end:]
        return self._reveal(text[:end])

    def finish(self) -> str:
        rest, self._held = self._reveal(self._held), ""
        return rest


def _of_hosts(hosts: Sequence[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(host) for host in sorted(hosts, key=len, reverse=True))
    return re.compile(rf"(?<![\w.-])(?:[\w-]{{1,63}}+\.){{0,8}}(?:{names})(?![\w-]|\.\w)", re.IGNORECASE)

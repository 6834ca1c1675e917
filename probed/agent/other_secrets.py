"""Secrets that no issuer has marked: by how random they look, and by where they stand in a command or a file."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

COMMANDS = re.compile(
    r"""
    (?:\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[\s=]{1,3}|\bhttpie?\b[^\n]{0,300}?\s-a\s)['"]?[^\s:'"]{1,64}:(?P<user>[^\s'"]{3,})
    | \bsshpass\s{1,3}-p\s{0,3}(?:'(?P<quoted>[^'\n]{1,200})'|"(?P<quoted2>[^"\n]{1,200})"|(?P<bare>[^\s'"]{1,200}))
    | \b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n]{0,300}?\s-p(?P<mysql>[^\s'"]{2,200})
    | \bredis-cli\b[^\n]{0,300}?\s(?:-a|--pass)\s{1,3}(?P<redis>[^\s'"]{1,200})
    | \bldap(?:search|modify|add|whoami|delete)\b[^\n]{0,300}?\s-w\s{0,3}(?P<ldap>[^\s'"]{1,200})
    | \s-U\s{0,3}[\w\\.-]{1,64}%(?P<samba>[^\s'"]{1,200})
    | \bpass:(?P<openssl>[^\s'"]{4,200})
    | \blogin\s{1,3}\S{1,100}\s{1,3}password\s{1,3}(?P<netrc>\S{1,200})
    | "auth"\s{0,3}:\s{0,3}"(?P<docker>[A-Za-z0-9+/=]{8,})"
    """,
    re.VERBOSE,
)
SIGNS = ("curl", "http", "sshpass", "mysql", "maria", "redis-cli", "ldap", "-U", "pass:", "login", '"auth"')
MARKED = re.compile(
    r"(?<![A-Za-z0-9])(?:[a-z][a-z0-9]{0,11}_){0,2}?(?:live|secret|sec|prod|pat|token|apikey)_"
    r"(?P<secret>[A-Za-z0-9]{12,}+)"
    r"|(?<![A-Za-z0-9_-])[a-z][a-z0-9]{1,9}_(?:[a-z0-9]{1,8}_)?"
    r"(?P<lower>[a-z0-9]{28,}+)(?![A-Za-z0-9.])"
    r"|(?<![A-Za-z0-9_-])key-(?P<key>[a-f0-9]{32})(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9_-])[A-Z]{2,10}-(?P<upper>[A-Z0-9]{24,}+)(?![A-Za-z0-9])"
)
HOOK = re.compile(
    r"https?://(?:hooks?\.[^\s/\"']{1,100}|[^\s/\"']{1,100}/(?:api/)?(?:web)?hooks?)/(?P<hook>[^\s\"'?#,]{12,}+)"
)
RUN = re.compile(r"(?<![\w-])(?!_Z|sha(?:256|384|512)-)[\w-]{20,}+", re.ASCII)
"""But for the names that compilers give to functions, and sums."""
PUBLIC = re.compile(
    r"(?:SHA256:|MD5:|sha(?:256|384|512)[-:=]|base64,|\b(?:ssh|ecdsa|sk)-[\w@.-]{2,40} |(?:fingerprint|digest)\W{1,4})"
    r"[A-Za-z0-9+/]{0,1000}\Z|-----BEGIN (?:CERTIFICATE|PUBLIC KEY)(?:[^-]|-(?!----END))*+\Z",
    re.IGNORECASE,
)
"""What stands before letters that look random, and are there for everybody to see."""
SHORTEST_RUN = 20
LEAST_ENTROPY, LEAST_CHANGES = 3.4, 0.42
"""Bits for each character; how often a letter, a capital and a digit follow one another. Words in capitals and small
letters change less often than chance does."""


def mask_other_secrets(text: str) -> str:
    if any(sign in text for sign in SIGNS):
        text = COMMANDS.sub(_masked, HOOK.sub(_masked_hook, text))
    if "_" in text or "-" in text:
        text = MARKED.sub(_masked_if_random, text)
    return RUN.sub(_masked_run, text)


def _masked(match: re.Match[str]) -> str:
    return _with_mask(match, match.lastgroup or "")


def _with_mask(match: re.Match[str], group: str) -> str:
    if match[group].startswith("***"):
        return match[0]
    begin, end = match.start(group) - match.start(), match.end(group) - match.start()
    return f"{match[0][:begin]}***secret***{match[0][end:]}"


def _masked_hook(match: re.Match[str]) -> str:
    return _with_mask(match, "hook") if sum(letter.isdigit() for letter in match["hook"]) > 3 else match[0]


def _masked_if_random(match: re.Match[str]) -> str:
    group = match.lastgroup or ""
    kinds = Counter(_kinds(match[group]))
    return _with_mask(match, group) if sum(count > 1 for count in kinds.values()) > 1 else match[0]


def _masked_run(match: re.Match[str]) -> str:
    run = match[0]
    if not _is_random(run) or PUBLIC.search(match.string[max(match.start() - 1200, 0) : match.start()]):
        return run
    return "***secret***"


def _is_random(run: str) -> bool:
    run = run.replace("_", "").replace("-", "")
    kinds = _kinds(run)
    counts = Counter(kinds)
    if len(run) < SHORTEST_RUN or min(counts["a"], counts["A"]) < 3 or counts["0"] < 1:
        return False
    changes = sum(left != right for left, right in pairwise(kinds))
    return changes >= LEAST_CHANGES * (len(run) - 1) and _entropy(run) >= LEAST_ENTROPY


def _kinds(run: str) -> list[str]:
    return ["a" if letter.islower() else "A" if letter.isupper() else "0" for letter in run]


def _entropy(text: str) -> float:
    """Shannon's, in bits for each character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)

"""A command without its secrets: what stands where programs commonly take a password has no shape of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from probed.core.redaction import mask

HIDDEN = "***secret***"
LONGEST = 4000
MOST_READ = 8192
GOES_ON = "\x1f"
"""White space that stands for the end of a line behind a backslash."""
DEEPEST = 4
"""Quotes within quotes."""

NAMES = (
    r"pass|passw(?:or)?d|passphrase|passcode|pwd|psk|secret|token|key|auth|authorization|bearer|cookie|credentials?"
    r"|community|(?<![a-z])pw"
)
NAMED = re.compile(rf"(?i)(?P<kept>[\"']?-{{1,2}}[\w.-]{{0,60}}?(?:{NAMES})(?:[=:]|\Z))(?P<secret>.*)", re.DOTALL)
"""An option with such a name: its value stands behind it, or is the next word."""
KEYWORD = re.compile(r"(?i)password|passphrase|psk|[\w.-]+[.-]psk|requirepass|masterauth|<<<")
"""A word of its own before a password."""
FLAGS = "[fgikjLnNqsSv46OJR#]{0,8}"
"""Of curl and others, that stand before one with a value."""
USER_OPTION = rf"-{FLAGS}[uU]|-a|--?(?:user|username|proxy-user|(?:\w+-)?creds)"
USER = r"[\"']?[^:%,=\s]{1,100}?[:%,](?!//)"
"""`ann:…` of curl, `DOMAIN\\ann%…` of Samba, `ann,…` of lftp."""
BEFORE_A_USER, OF_A_USER = re.compile(USER_OPTION), re.compile(rf"(?P<kept>{USER})(?P<secret>.+)", re.DOTALL)
ENDINGS = "pem|key|crt|cer|pub|p12|pfx|jks|json|conf|txt|gpg|ya?ml"
REFERENCE = re.compile(r"[\"']?\$(?:[A-Za-z_]\w*|\{[^}]*\})[\"']?")
"""To a variable of the shell."""
HARMLESS = re.compile(
    rf"(?i)[\"']?(?:(?:/|\./|\.\./|~).*|true|false|yes|no|none|basic|digest|sha\d+|md5|\d{{1,2}}|[\w.-]+\.(?:{ENDINGS}))"
    rf"[\"']?|{REFERENCE.pattern}|",
    re.DOTALL,
)
"""A path, a switch: no secret, unless it is a bad one."""

WITHIN = tuple(
    re.compile(rf"(?P<kept>{kept})(?P<secret>.+)", re.DOTALL)
    for kept in (
        rf"(?i:(?:-H|--header=)?[\"']?[\w-]{{0,60}}?(?:{NAMES})\s?:\s?)(?!//)",
        rf"[\"']?(?:-{FLAGS}[uU]|(?:{USER_OPTION})=){USER}",
        r"(?:-[eE]|--?(?:env|setenv|build-arg)=)?[\"']?(?!(?:PATH|LANG|LC_[A-Z]+|TZ|HOME|SHELL|TERM|USER)=)"
        r"[A-Z_][A-Z0-9_]*\+?=",
        r"--from-literal=[^=]+=",
        r"[\"']?pass:",
        r"[\"']?(?:-o)?(?i:pass|pw)=",
        r"<<<",
        r"/p:",
    )
)
"""Headers, users, variables, whose values are not told of any process; OpenSSL's, those of a mount and of any setting,
the shell's, FreeRDP's."""
BEHIND = tuple(
    (re.compile(programs), re.compile(rf"(?P<kept>[\"']?(?:{options}))(?P<secret>.+)", re.DOTALL))
    for programs, options in (
        (r"(?:mysql|mariadb)[\w-]*|sshpass|mongo\w*|cqlsh|cypher-shell|user(?:add|mod)|rdesktop|login|7z\w*|rar", "-p"),
        (r"sqlcmd|bcp|isql|tsql|ipmitool|zip|unzip|mosquitto_\w+|ssh-keygen", "-P"),
        (r"rar|unrar", "-h?p"),
        (r"ldap\w+", "-w"),
        (r"snmp\w+", "-[AXc]"),
        (r"curl", "-[bE]"),
        (r"nsupdate|dig", "-y"),
        (r"sqlplus|expdp|impdp|sqlldr|rman", r"\w+/"),
    )
)
"""Programs, and their options that a password stands right behind."""
BEFORE = tuple(
    (re.compile(programs), re.compile(options))
    for programs, options in (
        (r"sshpass|mongo\w*|cqlsh|cypher-shell|user(?:add|mod)|rdesktop|login|ncftp\w*", "-p"),
        (r"sqlcmd|bcp|isql|tsql|ipmitool|zip|unzip|mosquitto_\w+|ssh-keygen", "-P"),
        (r"ssh-keygen", "-N"),
        (r"redis-cli", "(?i:-a|auth)"),
        (r"ldap\w+", "-w"),
        (r"ldappasswd", "-[as]"),
        (r"snmp\w+", "-[AXc]"),
        (r"openssl", "-[kK]"),
        (r"curl", "-[bE]"),
        (r"nsupdate|dig", "-y"),
        (r"vault", "login"),
    )
)
"""The same with a space between."""
PROGRAM = re.compile("|".join(f"(?:{programs.pattern})" for programs, _ in (*BEHIND, *BEFORE)))
LAST, ALL_BUT_THE_FIRST = slice(-1, None), slice(1, None)
BEHIND_A_SIGN = (
    ("htpasswd", re.compile(r"-\w*b\w*"), LAST),
    ("openssl", re.compile("passwd"), LAST),
    ("rabbitmqctl", re.compile("add_user|change_password|authenticate_user"), ALL_BUT_THE_FIRST),
    ("mc", re.compile("alias|host|add"), ALL_BUT_THE_FIRST),
)
"""Programs, a word of theirs, and which of those behind it are passwords."""
REDIRECTION = re.compile(r"\d*(?:<|>)[<>&|]*(?P<whereto>.*)", re.DOTALL)
SIGNS = re.compile(r"[:=%,<]")
"""One of them stands between what is no secret and what is."""
SAID = (
    re.compile(
        r"\b(?:echo|printf)\s(?P<secret>[^|\n]{1,1000}?)(?=\s{0,9}\|[^|\n]{0,200}?"
        r"(?:\b(?:chpasswd|smbpasswd|passwd|cryptsetup|kinit)\b|sudo\s(?:[^|\n]{0,40}?\s)?-\w{0,8}S|-stdin\b|-fd[ =]0))"
    ),
    re.compile(r"(?i)\bidentified\s(?:with\s\S{1,100}\s)?by\s(?:password\s)?(?P<secret>'[^']+'|\"[^\"]+\")"),
)
"""What is told to a program that asks for a password; what is one in SQL."""
WORDS = re.compile(
    r"""(?:[^\s"'|;&()`\\]|\\.|(?<=[<>])&|"(?:[^"\\]|\\.)*+"|'[^']*+')++|\s++|.""",
    re.DOTALL,
)
QUOTED = re.compile(r"""(?P<before>[^"']*)(?P<quote>["'])(?P<text>.*)(?P=quote)""", re.DOTALL)


def masked_command(arguments: Sequence[str]) -> str:
    """Of a process, as one line."""
    return mask(" ".join(_masked(_bounded(arguments), 0)))[:LONGEST]


def masked_shell(text: str) -> str:
    """Of a text that a shell reads; a line that ends in a backslash goes on with the next."""
    joined = text[:MOST_READ].replace(GOES_ON, " ").replace("\\\n", GOES_ON)
    return mask(_masked_text(joined, 0)).replace(GOES_ON, "\\\n")[:LONGEST]


def _bounded(arguments: Iterable[str]) -> list[str]:
    found, room = list[str](), MOST_READ
    for argument in arguments:
        if room <= 0:
            break
        found.append(argument[:room])
        room -= len(argument) + 1
    return found


def _masked_text(text: str, depth: int) -> str:
    for pattern in SAID:
        text = pattern.sub(lambda found: found[0].replace(found["secret"], HIDDEN), text)
    commands = groupby(WORDS.findall(text), key=_ends_a_command)
    return "".join(word for ends, words in commands for word in (words if ends else _spaced(list(words), depth)))


def _ends_a_command(word: str) -> bool:
    return word in "|;&()`" or (word.isspace() and "\n" in word)


def _spaced(words: Sequence[str], depth: int) -> Iterator[str]:
    shown = iter(_masked([word for word in words if not word.isspace()], depth))
    return (word if word.isspace() else next(shown) for word in words)


def _masked(words: Sequence[str], depth: int) -> list[str]:
    """One command, word by word."""
    shown: list[str] = []
    behind = dict[re.Pattern[str], None]()
    before = dict[re.Pattern[str], None]()
    hide: Callable[[str], str | None] = _nothing
    for word in words:
        hidden = hide(word)
        name = word.replace("=", "/").rpartition("/")[2].strip("\"'")
        if PROGRAM.fullmatch(name):
            behind |= dict.fromkeys(options for programs, options in BEHIND if programs.fullmatch(name))
            before |= dict.fromkeys(options for programs, options in BEFORE if programs.fullmatch(name))
        hide = _nothing if hidden else _of_the_next(word, before)
        shown.append(hidden or _within(word, behind, depth))
    for place in _behind_a_sign(words):
        shown[place] = HIDDEN
    return shown


def _behind_a_sign(words: Sequence[str]) -> Iterator[int]:
    """The places of the passwords that nothing but their place tells."""
    names = [word.rpartition("/")[2] for word in words]
    for program, sign, which in BEHIND_A_SIGN:
        if program in names:
            places = iter(_places(words))
            if any(sign.fullmatch(words[place]) for place in places):
                yield from list(places)[which]


def _places(words: Sequence[str]) -> Iterator[int]:
    """Those of words that are no redirection."""
    is_target = False
    for place, word in enumerate(words):
        redirection = REDIRECTION.fullmatch(word)
        if not is_target and not redirection:
            yield place
        is_target = redirection is not None and not redirection["whereto"]


def _of_the_next(word: str, before: Iterable[re.Pattern[str]]) -> Callable[[str], str | None]:
    """What hides the word behind this one, where it is secret."""
    if any(options.fullmatch(word) for options in before):
        return _secret
    named = NAMED.fullmatch(word)
    if KEYWORD.fullmatch(word) or (named and named["kept"] == word and word[-1] not in "=:"):
        return _value
    if word == "--from-literal":
        return _setting
    return _user if BEFORE_A_USER.fullmatch(word) else _nothing


def _nothing(word: str) -> None:
    return None


def _secret(word: str) -> str:
    return word if REFERENCE.fullmatch(word) else HIDDEN


def _value(word: str) -> str | None:
    """The option may as well have none."""
    return None if word.startswith("-") else word if HARMLESS.fullmatch(word) else HIDDEN


def _user(word: str) -> str | None:
    found = OF_A_USER.fullmatch(word)
    return f"{found['kept']}{_secret(found['secret'])}" if found else None


def _setting(word: str) -> str | None:
    name, sign, _ = word.partition("=")
    return f"{name}={HIDDEN}" if sign else None


def _within(word: str, behind: Iterable[re.Pattern[str]], depth: int) -> str:
    named = NAMED.fullmatch(word)
    if named and not HARMLESS.fullmatch(named["secret"]):
        return named["kept"] + HIDDEN
    for pattern in (*behind, *(WITHIN if SIGNS.search(word) else ())):
        if found := pattern.fullmatch(word):
            return f"{found['kept']}{_secret(found['secret'])}"
    if depth == DEEPEST or not any(map(str.isspace, word)):
        return word
    quoted = QUOTED.fullmatch(word)
    if quoted is None or not any(map(str.isspace, quoted["text"])):
        return word if WORDS.fullmatch(word) else _masked_text(word, depth + 1)
    before, quote = quoted["before"], quoted["quote"]
    return f"{before}{quote}{_masked_text(quoted['text'], depth + 1)}{quote}"

"""Masking what looks like a credential, before a text leaves for a log, a person or a model.

It knows formats, not secrets: what looks like any other word passes. Where in doubt it masks a little too much. Every
pattern is linear in the text, whatever the text: what repeats is possessive or bounded, and begins where nothing of its
own kind stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES = (
    r"passw(?:or)?d|passphrase|(?<=[_;,&?])(?:pwd|pass)|secret(?:[_-]?(?:access[_-]?)?key(?:_base)?)?|token"
    r"|(?:api|access|account|private|signing|encryption)[_-]?key"
)
"""Names of settings that hold a secret, at the end of whatever stands before them (`DB_PASSWORD`)."""
VALUE = r"[^\s\"'`\\,;&<>(){}\[\]]"
"""A sign that the value of an assignment may have without quotes."""

IN_URL = (
    r"(?<=://)(?:[^\s/?#@:\"']{0,200}+:(?P<password_in_url>[^\s/?#@\"']{1,200}+)"
    r"|(?P<token_in_url>[^\s/?#@:\"']{16,200}+))(?=@)"
)
"""https://user:password@host, https://token@host"""

PATTERNS = (
    # A private key in PEM, also one that was cut off before its end.
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<private_key>(?:[^-]|-(?!----))++)",
    # Tokens that carry the mark of their issuer.
    r"(?<!\d)(?P<telegram>\d{6,12}:[\w-]{30,}+)",
    r"(?<![\w-])(?P<anthropic>sk-[\w-]{16,}+)",
    r"(?<![\w-])(?P<aws>(?:AKIA|ASIA)[A-Z0-9]{16})(?![\w-])",
    r"(?<![\w-])(?P<github>gh[pousr]_\w{20,}+|github_pat_\w{20,}+)",
    r"(?<![\w-])(?P<gitlab>glpat-[\w-]{20,}+)",
    r"(?<![\w-])(?P<slack>xox[a-z]-[\w-]{10,}+|xapp-[\w-]{10,}+)",
    r"(?<=hooks\.slack\.com/services/)(?P<slack_hook>[\w/]{10,}+)",
    r"(?<![\w-])(?P<google>AIza[\w-]{35})(?![\w-])",
    r"(?<![\w-])(?P<stripe>[sr]k_(?:live|test)_\w{10,}+)",
    r"(?<![\w-])(?P<jwt>eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+\.[\w-]*+)",
    IN_URL,
    # The same as Go's drivers of databases write it, and hashes of passwords as crypt(3) does.
    r"(?<![^\s\"'=(])[\w.+-]{1,64}+:(?P<password_in_dsn>[^\s@\"']{1,200}+)(?=@(?:tcp|unix)\()",
    r"(?<![\w$])\$(?:[1-7]|2[abxy]|g?y|apr1|scrypt|argon2\w{0,2})\$(?P<hash>[\w./$=,+-]{16,}+)",
    # Headers.
    r"(?i:\bauthorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|digest|bearer|negotiate|token)\s{1,3})"
    r"(?P<authorization>[^\s\"',\\]++)",
    r"(?i:\b(?:set-)?cookie:\s{0,3})(?P<cookie>[^\r\n\"'\\]++)",
    r"(?i:\bbearer\s)(?P<bearer>[\w.~+/=-]{8,}+)",
    # name=value, name="value", "name": "value", name: "value", password: value, token: value1, --password value
    rf"(?i:{NAMES})(?:[\"']?\s{{0,3}}=>?\s{{0,3}}|[\"']\s{{0,3}}:\s{{0,3}}|\s{{0,3}}:\s{{0,3}}(?=[\"']))"
    rf"(?:\"(?P<double_quoted>[^\"\r\n\\]++)|'(?P<single_quoted>[^'\r\n\\]++)|(?P<value>{VALUE}++))",
    # The same with quotes that were escaped, as in a JSON text within another, and the usual keys of a query.
    rf"(?i:{NAMES})(?:\\{{1,3}}[\"'])?\s{{0,3}}[:=]>?\s{{0,3}}\\{{1,3}}[\"'](?P<escaped>[^\"'\\\r\n]++)",
    rf"(?<=[?&])(?i:(?:x-(?:amz|goog)-)?(?:key|sig|signature|auth|code|sid))=(?P<query>{VALUE}++)",
    rf"(?i:passw(?:or)?d|passphrase):\s{{0,3}}(?P<password>{VALUE}++)",
    rf"(?i:{NAMES}):\s{{0,3}}(?P<with_digit>(?=[A-Za-z_./+-]{{0,40}}\d){VALUE}{{8,}}+)",
    rf"(?i:--(?:[a-z]{{1,20}}-)?(?:{NAMES})\s{{1,3}})(?P<option>(?!-){VALUE}++)",
)
SHAPES = re.compile("|".join(PATTERNS))
ONLY_IN_URL = re.compile(IN_URL)
WORDS = dict.fromkeys(("double_quoted", "single_quoted", "value", "escaped", "query", "with_digit", "option"), "secret")


SIGNS = (
    *("private key", "sk-", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"),
    *("xapp-", "hooks.slack.com", "aiza", "sk_", "rk_", "eyj", "authorization", "cookie", "bearer", "passw"),
    *(
        "passphrase",
        "pwd",
        "pass",
        "secret",
        "token",
        "key",
        "sig=",
        "signature=",
        "auth=",
        "code=",
        "sid=",
        "@tcp(",
        "@unix(",
    ),
)
"""Each pattern but those of Telegram, hashes and URLs wants one of these, in small letters: where none is, which is
nearly always, nothing else is looked for. What is no ASCII has letters that count as others, and is always looked
through."""
OF_TELEGRAM = re.compile(r"\d{6}:[\w-]{30}")
OF_HASH = re.compile(r"\$\w{1,8}\$")


def mask(text: str) -> str:
    """`DB_PASSWORD=hunter2` as `DB_PASSWORD=***secret***`; what is masked already stays as it is."""
    if _may_hold_a_secret(text):
        return SHAPES.sub(_masked, text)
    return ONLY_IN_URL.sub(_masked, text) if "://" in text else text


def _may_hold_a_secret(text: str) -> bool:
    """Beside those in URLs."""
    if not text.isascii() or OF_TELEGRAM.search(text) or ("$" in text and OF_HASH.search(text)):
        return True
    lowered = text.lower()
    return any(sign in lowered for sign in SIGNS)


def mask_within(value: object) -> object:
    """All texts of what JSON holds; the names of its fields stay."""
    match value:
        case str():
            return mask(value)
        case Mapping():
            return {name: mask_within(item) for name, item in value.items()}
        case list():
            return [mask_within(item) for item in value]
        case tuple():
            return tuple(mask_within(item) for item in value)
    return value


def _masked(match: re.Match[str]) -> str:
    name = match.lastgroup or ""
    before = match.string[match.start() : match.start(name)]
    return f"{before}***{WORDS.get(name, name)}***{match.string[match.end(name) : match.end()]}"

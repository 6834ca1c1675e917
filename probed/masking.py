"""`probed mask`: what somebody is about to hand to a stranger, without secrets.

What looks like a credential is masked everywhere; what stands in the secret files of the configuration, too, as far as
this user may read them; and the queries of addresses, where a key often is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path

from probed.config.secret import SecretCommand, read_private
from probed.core.redaction import mask
from probed.errors import ConfigError
from probed.offline import effective_settings

QUERY = re.compile(r"(?<=://)([^\s\"'<>?]{1,500}+\?)[^\s\"'<>]++")
PIECE = re.compile(r"[\w~+=.-]{12,}+")
"""What a secret of several parts is made of: an address with a key in it, a header."""
MIN_SECRET = 6
"""Whatever is shorter would mask ordinary words."""

Mask = Callable[[str], str]


def main(config: Path | None) -> int:
    """A JSON value from the standard input, as the same on the standard output, each text in it masked."""
    try:
        given = json.load(sys.stdin)
    except ValueError:
        print("probed: the standard input is no JSON", file=sys.stderr)
        return 2
    json.dump(masked(given, masking(_known_secrets(config))), sys.stdout)
    return 0


def masking(secrets: frozenset[str]) -> Mask:
    longest_first = sorted(secrets, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
    return lambda text: QUERY.sub(r"\1***query***", mask(known.sub("***secret***", text)))


def masked(value: object, mask_text: Mask) -> object:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [masked(item, mask_text) for item in value]
    if isinstance(value, dict):
        return {
            mask_text(name): "***secret***" if _is_secret(name, item) else masked(item, mask_text)
            for name, item in value.items()
        }
    return value


def _is_secret(name: str, value: object) -> bool:
    """By its name, as it would be in `DB_PASSWORD=…`."""
    return isinstance(value, str) and bool(value) and mask(f"{name}=x") != f"{name}=x"


def _known_secrets(config: Path | None) -> frozenset[str]:
    """What stands in the secret files, whole and in pieces. A file that cannot be read can be named nowhere, either."""
    try:
        settings = effective_settings(config)
    except ConfigError:
        return frozenset()
    found = set[str]()
    for secret in _secrets_below(settings):
        with suppress(ConfigError):
            content = read_private(secret, "").decode(errors="replace")
            found |= {line.strip() for line in content.splitlines()} | set(PIECE.findall(content))
    return frozenset(word for word in found if len(word) >= MIN_SECRET)


def _secrets_below(value: object, name: str = "") -> Iterator[Path | SecretCommand]:
    if isinstance(value, SecretCommand) or (isinstance(value, Path) and name.endswith("_file")):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _secrets_below(getattr(value, field.name), field.name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets_below(item, str(key))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _secrets_below(item, name)

"""The reference of the configuration: every key, what it takes, its default, and what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast, get_args, get_type_hints

from manual.kinds import default_of, kind_of
from manual.markdown import code, prose
from probed.config.key import key_of
from probed.config.reference import field_docstrings
from probed.config.settings import Settings

HOW_VALUES_ARE_WRITTEN = """\
Durations are written like `30s`, `5m`, `1h30m` or `7d`, sizes like `500MB` or `10GiB`, percentages like `80%`. A secret
is the path of a file of mode 0600, the bare name of a credential of systemd's, or `{secret_command: [/usr/bin/pass,
show, bot]}`. `null` means: not given. In a name, `NAME` stands for a name of your own, and `[]` for each entry of a
list."""
INTRO = f"""\
# Configuration

Every key of `/etc/cortex/config.yaml`, as the code that reads it says. [Configure it](../guide/configure.md) tells how
the file is used. `config.example.yaml` holds the same keys with their defaults, to copy from.

{HOW_VALUES_ARE_WRITTEN}
"""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    """Dotted; `NAME` stands for a name of the operator's, `[]` for each entry of a list."""
    kind: str
    default: str
    text: str


def settings(section: type[Any] = Settings, prefix: str = "", within: tuple[type[Any], ...] = ()) -> Iterator[Setting]:
    """Every key, also those of the entries of lists and maps; a section that holds itself (a route's routes) once."""
    hints, texts = get_type_hints(section, include_extras=True), field_docstrings(section)
    inherited = {
        name: text for base in reversed(section.__mro__[1:-1]) for name, text in field_docstrings(base).items()
    }
    for item in fields(section):
        name, hint = prefix + key_of(item.name), hints[item.name]
        if is_dataclass(hint):
            yield from settings(cast("type[Any]", hint), f"{name}.", within)
            continue
        text = texts.get(item.name) or inherited.get(item.name, "")
        yield Setting(name, kind_of(hint), default_of(item, hint), text)
        inner, suffix = _entry_of(hint)
        if inner and inner not in within:
            yield from settings(inner, f"{name}{suffix}.", (*within, inner))


def _entry_of(hint: Any) -> tuple[type[Any] | None, str]:
    """The section that each entry is, and how it is written behind the key."""
    found = next((each for each in get_args(hint) if is_dataclass(each)), None)
    origin = getattr(hint, "__origin__", None)
    suffix = {dict: ".NAME", tuple: "[]"}.get(origin, "") if origin else ""
    return (found, suffix) if isinstance(found, type) else (None, "")


def page() -> str:
    return "\n".join([INTRO, *(_section(name, rows) for name, rows in by_section().items())])


def by_section() -> dict[str, list[Setting]]:
    """What stands in no section is the section ""."""
    found: dict[str, list[Setting]] = {}
    for setting in settings():
        first, *below = re.split(r"\.|\[", setting.name, maxsplit=1)
        found.setdefault(first if below else "", []).append(setting)
    return found


def _section(name: str, rows: list[Setting]) -> str:
    head = f"## {name}" if name else "## In no section"
    return "\n\n".join([head, *map(_definition, rows)]) + "\n"


def _definition(setting: Setting) -> str:
    default = f"default {code(setting.default)}" if setting.default else "has to be given"
    return f"{code(setting.name)}\n:   {prose(setting.text)}\n\n    *{setting.kind}; {default}*"

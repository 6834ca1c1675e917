"""What a person likes: `dashboard.yaml` below the folder of the user's configuration.

    theme: cortex-light          # cortex-dark, cortex-light, cortex-contrast, cortex-16
    plain: true                  # as --plain
    keys:
      alert.acknowledge: f2      # the ids are those that a wrong one is answered with
      go.alerts: A,f3

A theme that was chosen in the dashboard is kept beside the user's state, and holds where the file names none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cortexctl.exits import Exit
from cortexctl.failure import Failure

if TYPE_CHECKING:
    from yaml import Node

NAMES = ("theme", "plain", "keys")


@dataclass(frozen=True, slots=True)
class Preferences:
    theme: str = ""
    """Empty: what the terminal can."""
    plain: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    """By the binding's id the key, or several with commas."""
    names_theme: bool = False
    """The file does, so that a chosen one holds until the end only."""


def config_file() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "cortex", "dashboard.yaml")


def theme_file() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state", "cortex", "dashboard.theme")


def read() -> Preferences:
    """Raises a Failure that names the file, the line, and what would be right."""
    try:
        text = config_file().read_text()
    except FileNotFoundError:
        return Preferences(kept_theme())
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{config_file()}: {error}", exit_=Exit.USAGE) from error
    liked = parsed(text)
    return liked if liked.theme else Preferences(kept_theme(), liked.plain, liked.keys)


def kept_theme() -> str:
    from cortexctl.tui import theme

    with suppress(OSError, UnicodeDecodeError):
        name = theme_file().read_text().strip()
        return name if name in theme.NAMES else ""
    return ""


def keep_theme(name: str) -> None:
    """Where nothing can be written, it holds until the end only."""
    with suppress(OSError):
        theme_file().parent.mkdir(parents=True, exist_ok=True)
        theme_file().write_text(f"{name}\n")


def parsed(text: str) -> Preferences:
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _wrong(line, str(error.problem)) from error
    except yaml.YAMLError as error:
        raise _wrong(1, str(error)) from error
    values: dict[str, Any] = {}
    for name, node in _members(root, "the file"):
        if name not in NAMES:
            raise _wrong(_line(node), f"{name}: there is no such setting; there are: {', '.join(NAMES)}")
        values[name] = {"theme": _theme, "plain": _plain, "keys": _keys}[name](node)
    return Preferences(**values, names_theme="theme" in values)


def _members(node: Node | None, what: str) -> Iterator[tuple[str, Node]]:
    import yaml

    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(_line(node), f"{what} has to be names with values")
    for key, value in node.value:
        yield str(key.value), value


def _theme(node: Node) -> str:
    from cortexctl.tui import theme

    if node.value not in theme.NAMES:
        raise _wrong(_line(node), f"theme: there is no {node.value!r}; there are: {', '.join(theme.NAMES)}")
    return str(node.value)


def _plain(node: Node) -> bool:
    if node.value not in ("true", "false"):
        raise _wrong(_line(node), f"plain: {node.value!r} is neither true nor false")
    return bool(node.value == "true")


def _keys(node: Node) -> dict[str, str]:
    from cortexctl.tui.keymap import fault

    members = dict(_members(node, "keys"))
    keys = {name: str(value.value) for name, value in members.items()}
    for name, value in members.items():
        if why := fault(keys, name):
            raise _wrong(_line(value), f"keys: {name}: {why}")
    return keys


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _wrong(line: int, why: str) -> Failure:
    return Failure(f"{config_file()}:{line}: {why}", exit_=Exit.USAGE)

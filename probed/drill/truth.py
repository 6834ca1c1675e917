"""What is true of a fault, as its `truth.yaml` says: which part it strikes and how, how far it climbs, what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from probed.config.nearest import nearest
from probed.config.values import seconds
from probed.config.yaml_tree import Tree, YamlProblem, parse_yaml
from probed.errors import ConfigError

LEVELS = ("L1", "L2", "L3")
QUIET = ("", "none", "null", "quiet", "healthy", "control", "ok", "l0")
"""Words for the level, or the component, of what must stay quiet."""
LIMIT_S, WATCH_S = 90.0, 6.0
KEYS = (
    "component",
    "mechanism",
    "level",
    "right_actions",
    "forbidden_actions",
    "also",
    "control",
    "recorded",
    "within",
)
OTHER_NAMES = {
    "right": "right_actions",
    "forbidden": "forbidden_actions",
    "healthy": "control",
    "timeout": "within",
    "limit": "within",
}


@dataclass(frozen=True, slots=True)
class Truth:
    components: tuple[str, ...]
    """Names of the part that has the fault, each as good as the others; empty for a healthy control."""
    level: str
    """`L1`, `L2`, `L3`; empty for a healthy control."""
    mechanism: str = ""
    right_actions: tuple[str, ...] = ()
    forbidden_actions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Components that suffer along with it: naming them is no false alarm."""
    recorded: str = ""
    """What of it is a recording rather than the real thing, and why."""
    within_s: float = LIMIT_S
    """How long it may take until it is seen; for a control, how long it is watched."""

    @property
    def is_control(self) -> bool:
        return not self.components


def read_truth(path: Path) -> Truth:
    """Raises ConfigError with file, line and reason."""
    try:
        tree = parse_yaml(path.read_text())
    except YamlProblem as problem:
        raise ConfigError(str(path), problem.line, problem.reason) from problem
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if tree.problems:
        raise ConfigError(str(path), tree.problems[0].line, tree.problems[0].reason)
    return _Reader(path, tree).truth()


@dataclass(slots=True)
class _Reader:
    path: Path
    tree: Tree

    def truth(self) -> Truth:
        entries = self._entries()
        level, components = self._level(entries), self._names(entries, "component")
        if self._is_control(entries, level, components):
            return self._made(entries, (), "", WATCH_S)
        if not components:
            self._fail("component", f"is missing: which part has the fault{self._meant(entries, 'component')}")
        if level.upper() not in LEVELS:
            said = f"{level!r} is none" if level else f"is missing{self._meant(entries, 'level')}"
            self._fail("level", f"{said}; write one of {', '.join(LEVELS)}, or control: true for what must stay quiet")
        return self._made(entries, components, level.upper(), LIMIT_S)

    def _made(self, entries: Mapping[str, object], components: tuple[str, ...], level: str, within_s: float) -> Truth:
        return Truth(
            components,
            level,
            mechanism=self._text(entries, "mechanism"),
            right_actions=self._names(entries, "right_actions"),
            forbidden_actions=self._names(entries, "forbidden_actions"),
            also=self._names(entries, "also"),
            recorded=self._text(entries, "recorded"),
            within_s=self._seconds(entries, within_s),
        )

    def _entries(self) -> Mapping[str, object]:
        """Keys that are not known here are somebody else's notes."""
        data = self.tree.data
        if not isinstance(data, dict):
            raise ConfigError(str(self.path), 1, "expected keys with values, as in `component: disk`")
        nested = data.get("actions")
        actions = nested if isinstance(nested, dict) else {}
        return {OTHER_NAMES.get(str(key), str(key)): value for key, value in {**actions, **data}.items()}

    def _level(self, entries: Mapping[str, object]) -> str:
        value = entries.get("level")
        return f"L{value}" if isinstance(value, int) and not isinstance(value, bool) else str(value or "").strip()

    def _is_control(self, entries: Mapping[str, object], level: str, components: Sequence[str]) -> bool:
        said = entries.get("control")
        if said is not None:
            if not isinstance(said, bool):
                self._fail("control", "is neither true nor false")
            return said
        named = [each.lower() for each in components]
        silent = level.lower() in QUIET and "level" in entries
        return silent or ("component" in entries and all(each in QUIET for each in named) and not level)

    def _names(self, entries: Mapping[str, object], key: str) -> tuple[str, ...]:
        value = entries.get(key)
        if isinstance(value, str):
            return (value.strip(),) if value.strip() else ()
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self._fail(key, "is neither a name nor a list of names")
        return tuple(str(each).strip() for each in value)

    def _text(self, entries: Mapping[str, object], key: str) -> str:
        value = entries.get(key)
        if isinstance(value, dict | list):
            self._fail(key, "is no text")
        return "" if value is None else " ".join(str(value).split())

    def _seconds(self, entries: Mapping[str, object], otherwise: float) -> float:
        if entries.get("within") is None:
            return otherwise
        try:
            return seconds(entries["within"])
        except ValueError as error:
            self._fail("within", str(error))

    def _meant(self, entries: Mapping[str, object], key: str) -> str:
        near = [each for each in entries if each not in KEYS and nearest(each, KEYS).endswith(f"{key!r}?")]
        return f"; is it {near[0]!r}?" if near else ""

    def _fail(self, key: str, reason: str) -> NoReturn:
        raise ConfigError(str(self.path), self.tree.line((key,)), f"{key}: {reason}")

"""The tree of routes: where an alert goes, and what makes alerts one group. As in Alertmanager (dispatch/route.go)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probed.core.group import Timing
from probed.core.matcher import Matcher, matches_all

ALL_LABELS = "..."


@dataclass(frozen=True, slots=True)
class Route:
    """With everything that it has inherited."""

    key: str
    """The matchers on the way from the root; numbered where another route has the same."""
    receiver: str
    timing: Timing
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    """Names of labels; `...`: all of them."""
    mute_times: tuple[str, ...] = ()
    active_times: tuple[str, ...] = ()
    continues: bool = False
    routes: tuple[Route, ...] = ()
    path: str = ""
    """The matchers as Alertmanager prints them, without numbers: `{}/{team="db"}`; empty: like the key."""

    def match(self, labels: Mapping[str, str]) -> Sequence[Route]:
        """The routes that take the alert, the deepest that match; empty where this one does not."""
        if not matches_all(self.matchers, labels):
            return ()
        found: list[Route] = []
        for route in self.routes:
            taken = route.match(labels)
            found += taken
            if taken and not route.continues:
                break
        return found or [self]

    def group_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        if ALL_LABELS in self.group_by:
            return dict(labels)
        return {name: labels[name] for name in self.group_by if name in labels}

    def group_key(self, group_labels: Mapping[str, str]) -> str:
        return f"{self.key}:{label_text(group_labels)}"

    def told_key(self, group_labels: Mapping[str, str]) -> str:
        """The group's key as programs know it from Alertmanager."""
        return f"{self.path or self.key}:{label_text(group_labels)}"

    def walk(self) -> Sequence[Route]:
        """This route and all below it."""
        return [self, *(below for route in self.routes for below in route.walk())]


def label_text(labels: Mapping[str, str]) -> str:
    """`{alertname="Down", host="db1"}`, as Go prints a label set."""
    return "{" + ", ".join(sorted(f"{name}={_quoted(value)}" for name, value in labels.items())) + "}"


def _quoted(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    known = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}.get(character)
    if known or character.isprintable():
        return known or character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

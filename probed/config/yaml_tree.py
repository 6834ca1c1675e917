"""YAML as the configuration and the documents use it: plain values, each with the line it was written on.

The words follow YAML 1.2 (`yes`, `on`, `12:30` and dates are texts), of which JSON is a subset. Anchors, aliases, tags
and several documents in one file are refused: nothing here needs them, and they can hide what a file says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from probed.errors import CortexError

MAX_DEPTH = 20
MAX_INTEGER = 2**63 - 1
MAX_INTEGER_DIGITS = 20
PREFIX = "tag:yaml.org,2002:"

Place = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""


class YamlProblem(CortexError):
    """The text is not YAML that can be used."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(slots=True)
class Tree:
    data: object = None
    """dict, list, str, int, float, bool or None, all the way down; keys are texts."""
    lines: dict[Place, int] = field(default_factory=dict)
    """The line of each key and list item, counted from 1."""
    written: dict[Place, str] = field(default_factory=dict)
    """What is no text, as it is written: `1.10`, `true`, `0x10`; nothing where it is empty."""
    problems: list[YamlProblem] = field(default_factory=list)
    """What is readable but wrong: a key given twice, a number that is too large."""

    def line(self, place: Place) -> int:
        """The line of the value, or of the nearest enclosing one that is written in the text."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def parse_yaml(text: str) -> Tree:
    """Raises YamlProblem where the text cannot be read at all; an empty text has no data."""
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_problem(error) from error
    except yaml.reader.ReaderError as error:
        raise YamlProblem(text.count("\n", 0, error.position) + 1, "a character that YAML does not allow") from error
    except (ValueError, OverflowError) as error:  # PyYAML turns an escape such as \UFFFFFFFF into these
        raise YamlProblem(1, f"not valid YAML: {error}") from error
    tree = Tree()
    if node is not None:
        tree.lines[()] = node.start_mark.line + 1
        tree.data = _value(tree, (), node)
    return tree


def _syntax_problem(error: yaml.MarkedYAMLError) -> YamlProblem:
    mark = error.problem_mark or error.context_mark
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return YamlProblem(mark.line + 1 if mark else 1, f"not valid YAML: {words}")


class _StrictLoader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlProblem(line, "anchors and aliases (&name, *name) are not used here; write the value out")
        if self.depth >= MAX_DEPTH:
            raise YamlProblem(line, "nested too deeply")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _StrictLoader.add_implicit_resolver(PREFIX + _tag, re.compile(rf"^(?:{_pattern})$"), _first)


def _value(tree: Tree, place: Place, node: yaml.Node) -> object:
    kind = node.tag.removeprefix(PREFIX)
    if isinstance(node, yaml.MappingNode) and kind == "map":
        return _mapping(tree, place, node)
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        return [_item(tree, (*place, index), item) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and kind in SCALARS:
        if kind != "str":
            tree.written[place] = "" if kind == "null" else node.value
        try:
            return SCALARS[kind](node.value)
        except ValueError as error:
            tree.problems.append(YamlProblem(node.start_mark.line + 1, str(error)))
            return None
    tree.problems.append(YamlProblem(node.start_mark.line + 1, f"the tag {node.tag} is not used here"))
    return None


def _item(tree: Tree, place: Place, node: yaml.Node) -> object:
    tree.lines[place] = node.start_mark.line + 1
    return _value(tree, place, node)


def _mapping(tree: Tree, place: Place, node: yaml.MappingNode) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            tree.problems.append(YamlProblem(line, "a key has to be a name"))
            continue
        key = _printable(key_node.value)
        if key in found:
            first = tree.lines[(*place, key)]
            tree.problems.append(YamlProblem(line, f"the key {key!r} is given twice; it was on line {first} already"))
            continue
        tree.lines[(*place, key)] = line
        found[key] = _value(tree, (*place, key), value_node)
    return found


def _printable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text(text: str) -> str:
    """JSON writes characters beyond U+FFFF as two escapes; PyYAML leaves the two halves."""
    if "\0" in text:
        raise ValueError("the character NUL is not used here")
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise ValueError("half of a surrogate pair is no character") from error


def _integer(text: str) -> int:
    number = int(text, 0 if text[:2] in ("0x", "0o") else 10) if len(text) <= MAX_INTEGER_DIGITS else MAX_INTEGER + 1
    if abs(number) > MAX_INTEGER:
        raise ValueError("the number is too large")
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("expected true or false")
    return text.lower() == "true"


SCALARS: Mapping[str, Callable[[str], object]] = {
    "str": _text,
    "int": _integer,
    "float": _float,
    "bool": _boolean,
    "null": lambda _: None,
}

"""The YAML between the `---` lines of a document; whoever reads it complains with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NoReturn, TypeVar, cast

from probed.config.nearest import nearest
from probed.config.yaml_tree import Place, Tree, YamlProblem, parse_yaml
from probed.errors import DocumentError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the front matter at its place. Every method raises DocumentError where the value does not fit."""

    path: str
    tree: Tree
    place: Place
    value: object

    @property
    def line(self) -> int:
        return self.tree.line(self.place)

    def fail(self, reason: str) -> NoReturn:
        named = f"{'.'.join(map(str, self.place))}: {reason}" if self.place else reason
        raise DocumentError(self.path, self.line, named)

    def mapping(self, known: Collection[str] | None = None) -> dict[str, Entry]:
        """The entries of a mapping; a key that is not `known` (None: any is) fails."""
        if not isinstance(self.value, dict):
            self.fail("expected keys with values")
        entries = {key: self._below(key, value) for key, value in self.value.items()}
        for key, entry in entries.items():
            if known is not None and key not in known:
                where = f" in {self.place[-1]!r}" if self.place else ""
                raise DocumentError(self.path, entry.line, f"unknown key {key!r}{where}; {nearest(key, known)}")
        return entries

    def items(self) -> list[Entry]:
        if not isinstance(self.value, list):
            self.fail("expected a list")
        return [self._below(index, value) for index, value in enumerate(self.value)]

    def named(self) -> tuple[str, Entry | None]:
        """A bare name, or a mapping of one name to what belongs to it."""
        if isinstance(self.value, str) and self.value:
            return self.value, None
        if not isinstance(self.value, dict) or len(self.value) != 1:
            self.fail("expected a name, or one name with its parameters")
        return next(iter(self.mapping().items()))

    def params(self) -> dict[str, object]:
        """The mapping as it is written; nothing counts as an empty one."""
        if self.value is None:
            return {}
        self.mapping()
        return cast("dict[str, object]", self.value)

    def text(self) -> str:
        if not isinstance(self.value, str):
            self.fail("expected a text; put it in quotes")
        return self.value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail("expected a number")
        return float(self.value)

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail("expected true or false")
        return self.value

    def one_of(self, known: Collection[str]) -> str:
        if self.value not in known:
            self.fail(f"expected {' or '.join(known)}, not {self.value!r}")
        return str(self.value)

    def parse(self, parser: Callable[[object], T]) -> T:
        """What `parser` makes of the value; its ValueError becomes the complaint."""
        try:
            return parser(self.value)
        except ValueError as error:
            self.fail(str(error))

    def _below(self, key: str | int, value: object) -> Entry:
        return Entry(self.path, self.tree, (*self.place, key), value)


def read_front_matter(text: str, path: str) -> tuple[Entry, str]:
    """The front matter and the body below it. Raises DocumentError."""
    front, body = _split(text, path)
    try:
        tree = parse_yaml(front)
    except YamlProblem as error:
        raise DocumentError(path, error.line, error.reason) from error
    for problem in tree.problems:
        raise DocumentError(path, problem.line, problem.reason)
    return Entry(path, tree, (), tree.data), body.strip()


def _split(text: str, path: str) -> tuple[str, str]:
    """In place of the first `---` the front matter has an empty line, so that its lines are those of the document."""
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != "---":
        raise DocumentError(path, 1, "has no front matter; its first line has to be ---")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(["", *lines[1:number]]), "\n".join(lines[number + 1 :])
    raise DocumentError(path, 1, "the front matter does not end; a line --- is missing")

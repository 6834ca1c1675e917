"""Regular expressions in time linear in the text, whatever the pattern: as in RE2, which Alertmanager uses.

Python's own parser reads the pattern; what it made becomes a machine whose states are all followed at once, so nothing
is ever tried twice. What such a machine cannot do (look-around, references back) is refused, as RE2 refuses it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_PATTERN = 1000
MOST_STATES = 1000
MOST_REPEATS = 1000
"""RE2's bound for `{n}`."""
MOST_REMEMBERED = 2000
POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\t\n\v\f\r ",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
CATEGORIES: dict[object, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: lambda c: "0" <= c <= "9",
    op.CATEGORY_NOT_DIGIT: lambda c: not "0" <= c <= "9",
    op.CATEGORY_SPACE: lambda c: c in "\t\n\f\r \v",
    op.CATEGORY_NOT_SPACE: lambda c: c not in "\t\n\f\r \v",
    op.CATEGORY_WORD: lambda c: c in WORD,
    op.CATEGORY_NOT_WORD: lambda c: c not in WORD,
}

Fits = Callable[[str], bool]
Spot = tuple[str, str]
"""The characters before and behind a place in the text; empty at its ends."""
States = frozenset[int]


@dataclass(slots=True)
class Regex:
    """Made by `compile_regex`; what it finds out on the way is remembered."""

    fits: dict[int, Fits] = field(default_factory=dict)
    """States that take a character; the next state is the following number."""
    jumps: dict[int, list[int]] = field(default_factory=dict)
    holds: dict[int, Callable[[Spot], bool]] = field(default_factory=dict)
    """States that are passed only at certain spots."""
    size: int = 0
    _steps: dict[tuple[States, Spot], States] = field(default_factory=dict)

    def covers(self, text: str) -> bool:
        """Whether it matches the whole text."""
        states: States = frozenset({0})
        before = ""
        for character in text:
            states = self._step(states, (before, character))
            if not states:
                return False
            before = character
        return self.size in self._closure(states, (before, ""))

    def _step(self, states: States, spot: Spot) -> States:
        """The states behind the character that follows the spot."""
        known = self._steps.get((states, spot))
        if known is None:
            fits, character = self.fits, spot[1]
            reached = self._closure(states, spot)
            known = frozenset(state + 1 for state in reached if state in fits and fits[state](character))
            if len(self._steps) >= MOST_REMEMBERED:
                self._steps.clear()
            self._steps[states, spot] = known
        return known

    def _closure(self, states: Iterable[int], spot: Spot) -> States:
        """With all states that are reached without taking a character."""
        reached, left = set(states), list(states)
        while left:
            state = left.pop()
            if state in self.jumps:
                following: Sequence[int] = self.jumps[state]
            elif state in self.holds and self.holds[state](spot):
                following = (state + 1,)
            else:
                continue
            fresh = [each for each in following if each not in reached]
            reached.update(fresh)
            left += fresh
        return frozenset(reached)


def compile_regex(pattern: str) -> Regex:
    """Raises ValueError with what is wrong with the pattern."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has {LONGEST_PATTERN} characters at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            tree = _parser.parse(_as_python(pattern), re.ASCII)
        regex = Regex()
        _Builder(regex).sequence(tree, tree.state.flags)
    except (re.error, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    except RecursionError:
        raise ValueError("the pattern is nested too deeply") from None
    return regex


def _as_python(pattern: str) -> str:
    """RE2's `[[:digit:]]` and `\\z`, which Python writes otherwise."""
    pattern = re.sub(r"\[:([a-z]{1,10}):\]", lambda found: POSIX.get(found[1], found[0]), pattern)
    return re.sub(r"\\(.)", lambda found: r"\Z" if found[1] == "z" else found[0], pattern, flags=re.DOTALL)


class _Builder:
    """Writes the machine's states one behind the other."""

    def __init__(self, regex: Regex) -> None:
        self._regex = regex

    def sequence(self, items: Any, flags: int) -> None:
        for kind, value in items:
            self._item(kind, value, flags)

    def _item(self, kind: object, value: Any, flags: int) -> None:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            self._regex.fits[self._next()] = _character(kind, value, flags)
        elif kind is op.SUBPATTERN:
            _, add, remove, inner = value
            self.sequence(inner, (flags | add) & ~remove)
        elif kind is op.BRANCH:
            self._branch(value[1], flags)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            self._repeat(value[0], value[1], value[2], flags)
        elif kind is op.AT:
            self._regex.holds[self._next()] = _place(value, flags)
        else:
            raise ValueError("look-around, references back and possessive parts are not used here")

    def _branch(self, choices: Sequence[Any], flags: int) -> None:
        fork = self._jump()
        ends = []
        for choice in choices:
            self._regex.jumps[fork].append(self._regex.size)
            self.sequence(choice, flags)
            ends.append(self._jump())
        for end in ends:
            self._regex.jumps[end].append(self._regex.size)

    def _repeat(self, least: int, most: Any, inner: Any, flags: int) -> None:
        is_endless = most is op.MAXREPEAT
        if least > MOST_REPEATS or (not is_endless and most > MOST_REPEATS):
            raise ValueError(f"a part is repeated {MOST_REPEATS} times at most")
        for _ in range(least):
            self.sequence(inner, flags)
        optional = [self._optional(inner, flags, again=is_endless) for _ in range(1 if is_endless else most - least)]
        for fork in optional:
            self._regex.jumps[fork].append(self._regex.size)

    def _optional(self, inner: Any, flags: int, *, again: bool) -> int:
        """Returns the fork that has still to be told where to go without it."""
        fork = self._jump()
        self._regex.jumps[fork].append(self._regex.size)
        self.sequence(inner, flags)
        if again:
            self._regex.jumps[self._jump()].append(fork)
        return fork

    def _jump(self) -> int:
        state = self._next()
        self._regex.jumps[state] = []
        return state

    def _next(self) -> int:
        if self._regex.size >= MOST_STATES:
            raise ValueError("the pattern is too large")
        self._regex.size += 1
        return self._regex.size - 1


def _character(kind: object, value: Any, flags: int) -> Fits:
    if kind is op.ANY:
        return (lambda c: True) if flags & re.DOTALL else (lambda c: c != "\n")
    fits = _in(value) if kind is op.IN else (lambda c: ord(c) == value)
    if flags & re.IGNORECASE:
        exact = fits
        fits = lambda c: any(exact(each) for each in {c, *_single(c.lower()), *_single(c.upper())})  # noqa: E731
    return (lambda c: not fits(c)) if kind is op.NOT_LITERAL or _is_negated(kind, value) else fits


def _single(text: str) -> Sequence[str]:
    return (text,) if len(text) == 1 else ()


def _is_negated(kind: object, value: Any) -> bool:
    return kind is op.IN and value[0][0] is op.NEGATE


def _in(items: Any) -> Fits:
    parts: list[Fits] = []
    for kind, value in items:
        if kind is op.LITERAL:
            parts.append(lambda c, code=value: ord(c) == code)  # type: ignore[misc]
        elif kind is op.RANGE:
            parts.append(lambda c, low=value[0], high=value[1]: low <= ord(c) <= high)  # type: ignore[misc]
        elif kind is op.CATEGORY:
            parts.append(CATEGORIES[value])
    return lambda c: any(part(c) for part in parts)


def _place(kind: object, flags: int) -> Callable[[Spot], bool]:
    if kind is op.AT_BEGINNING:
        return (lambda spot: spot[0] in ("", "\n")) if flags & re.MULTILINE else (lambda spot: not spot[0])
    if kind is op.AT_BEGINNING_STRING:
        return lambda spot: not spot[0]
    if kind is op.AT_END:
        return (lambda spot: spot[1] in ("", "\n")) if flags & re.MULTILINE else (lambda spot: not spot[1])
    if kind is op.AT_END_STRING:
        return lambda spot: not spot[1]
    wants_change = kind is op.AT_BOUNDARY
    return lambda spot: ((spot[0] in WORD) is not (spot[1] in WORD)) is wants_change

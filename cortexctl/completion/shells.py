"""How a shell says where the cursor is, and takes what fits."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from cortexctl.completion.complete import FILES, fitting
from cortexctl.text import one_line

DESCRIPTION = 60
"""Letters of what a word is."""
HARMLESS = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
"""What stands for itself also between quotes."""


def bash(line: str, point: str, word: str) -> list[str]:
    """bash breaks words at `=`, `@` and `:`, too, and takes only what comes behind; so it is the line that is read, and
    of what fits only that is given which stands for `word`, bash's own last piece."""
    line = line[: int(point)]
    *words, incomplete = words_of(line)[1:] or [""]
    taken = len(incomplete) - len(word) if word and incomplete.endswith(word) else 0
    if not word and incomplete[-1:] in "=@:":
        taken = len(incomplete)
    found = [fit[taken:] if fit != FILES else fit for fit, _ in fitting(words, incomplete)]
    typed = [each for each in found if each == one_line(each)]
    if is_within_quotes(line):
        return [each for each in typed if HARMLESS.fullmatch(each)]
    return [each if each == FILES else shlex.quote(each) for each in typed]


def is_within_quotes(line: str) -> bool:
    """At its end; what is quoted there once more would be outside of them."""
    quote, letters = "", iter(line)
    for letter in letters:
        if letter == "\\" and quote != "'":
            next(letters, "")
        elif letter in (quote or "'\""):
            quote = "" if quote else letter
    return bool(quote)


def words_of(line: str) -> list[str]:
    """As far as the cursor; the last one is empty behind a blank."""
    for closing in ("", "'", '"'):
        try:
            words = shlex.split(line + closing)
        except ValueError:
            continue
        return [*words, ""] if not closing and line[-1:].isspace() else words
    return line.split(" ")


def others(words: Sequence[str]) -> list[str]:
    """A line for each word that fits, with what it is behind a tab."""
    *before, incomplete = words or [""]
    return [f"{one_line(word)}\t{one_line(about)[:DESCRIPTION]}" for word, about in fitting(before, incomplete)]

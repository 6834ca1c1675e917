"""Secrets of common services, by the rules of gitleaks: what `mask` does not know. They are loaded when the first text
leaves for a model; each rule is compiled when one of its words occurs."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from typing import Any

END = r"""(?:[\x60'"\s;]|\\[nr]|$)"""
ENDS = r"(?:[^\w=+/-]|\\[nr]|$)"
"""Where a secret ends: also before a bracket, a comma, or what comes after it in an address."""
MOST_MEMORY_BYTES = 1 << 20
"""For one rule."""


@dataclass(slots=True, eq=False)
class Rule:
    id: str
    regex: str
    keywords: tuple[str, ...]
    """In small letters; where none of them occurs, the rule is not tried."""
    entropy: float = 0.0
    """What has less of it, in bits for each character, is a word or an example."""
    group: int = 0
    """That holds the secret; 0: the first that holds anything, or the whole."""
    _compiled: Any = field(default=None, init=False)

    @property
    def compiled(self) -> Any:
        if self._compiled is None:
            import re2

            options = re2.Options()
            options.max_mem, options.log_errors = MOST_MEMORY_BYTES, False
            self._compiled = re2.compile(self.regex.replace(END, ENDS), options)
        return self._compiled


def mask_service_secrets(text: str) -> str:
    words, by_word = _words()
    found = words.Match(text.lower())
    for rule in dict.fromkeys(rule for number in found or () for rule in by_word[number]):
        text = rule.compiled.sub(partial(_masked, rule), text)
    return text


@cache
def _words() -> tuple[Any, list[tuple[Rule, ...]]]:
    """A set of all keywords, and the rules of each of them, in its order."""
    import re2

    of_word: dict[str, list[Rule]] = {}
    for rule in rules():
        for word in rule.keywords:
            of_word.setdefault(word, []).append(rule)
    words = re2.Set.SearchSet()
    for word in of_word:
        words.Add(re2.escape(word))
    words.Compile()
    return words, list(map(tuple, of_word.values()))


@cache
def rules() -> tuple[Rule, ...]:
    content = tomllib.loads((files("probed.agent") / "gitleaks.toml").read_text())
    return tuple(Rule(**{**each, "keywords": tuple(each["keywords"])}) for each in content["rules"])


def _masked(rule: Rule, match: Any) -> str:
    whole = str(match.group(0))
    group = rule.group or next((number for number, each in enumerate(match.groups(), 1) if each), 0)
    secret = str(match.group(group))
    if _entropy(secret) < rule.entropy or secret.startswith("***"):
        return whole
    begin = match.start(group) - match.start(0)
    return f"{whole[:begin]}***{rule.id}***{whole[begin + len(secret) :]}"


def _entropy(text: str) -> float:
    """Shannon's, in bits for each character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)

"""How much two cases look alike: features as words, compared group by group, so that it can be said why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from probed.core.bucket import bucket, is_passing, word_of
from probed.core.finding import Evidence, Severity

WEIGHTS = {"object": 2, "severity": 1, "evidence": 6, "words": 2, "label": 1, "beside": 2, "host": 1}
"""Of the groups that at least one of two cases has anything in."""
MOST_OF_A_GROUP = 40
DEEPEST = 3
REMEMBERED = 1024
"""Cases whose features stay taken apart: each is compared again and again."""
WORD = re.compile(r"[a-z#{}_./-]{2,}")
RECOGNISED = "recognised"
"""What recall itself has added to a finding's evidence; no feature."""


@dataclass(frozen=True, slots=True)
class Likeness:
    score: float
    """0: nothing in common; 1: no difference."""
    differs: tuple[str, ...] = ()
    """Groups in which they are not the same."""


def features_of(
    object_: str,
    severity: Severity,
    summary: str,
    evidence: Evidence,
    labels: Mapping[str, str],
    beside: Iterable[str],
    host: str,
) -> tuple[str, ...]:
    """Each as `group:name=value`, in order. `beside`: checks that found something else at the same time."""
    groups: dict[str, Iterable[str]] = {
        "object": (f"name={object_[:200]}", f"shape={word_of(object_)}"),
        "severity": (str(severity),),
        "evidence": _facts(evidence, object_),
        "words": WORD.findall(word_of(summary, object_, longest=500)),
        "label": (f"{name}={value}" for name, value in labels.items()),
        "beside": beside,
        "host": (host,) if host else (),
    }
    return tuple(f"{group}:{each}" for group, found in groups.items() for each in sorted(set(found))[:MOST_OF_A_GROUP])


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    """Symmetric."""
    mine, theirs = _by_group(one), _by_group(other)
    total, common, differs = 0.0, 0.0, []
    for group, weight in WEIGHTS.items():
        here, there = mine.get(group, frozenset()), theirs.get(group, frozenset())
        if not here and not there:
            continue
        share = len(here & there) / len(here | there)
        total, common = total + weight, common + weight * share
        if share < 1:
            differs.append(group)
    return Likeness(common / total if total else 0.0, tuple(differs))


@lru_cache(maxsize=REMEMBERED)
def _by_group(features: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for feature in features:
        group, _, value = feature.partition(":")
        groups.setdefault(group, set()).add(value)
    return {group: frozenset(values) for group, values in groups.items()}


def _facts(value: object, object_: str, name: str = "", depth: int = 0) -> Iterator[str]:
    if isinstance(value, Mapping):
        if depth < DEEPEST:
            for key, each in value.items():
                if not is_passing(str(key)) and not (depth == 0 and key == RECOGNISED):
                    yield from _facts(each, object_, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        for each in value[:MOST_OF_A_GROUP]:
            yield from _facts(each, object_, f"{name}[]", depth + 1)
    elif name:
        yield f"{name}={bucket(name, value, object_)}"

"""Kinds of lines, mined from the lines themselves by Drain: what varies in a line does not count.

Drain (He and others, ICWS 2017) comes with the library drain3, which is loaded with the first line. Only its tree is
used: what it knows is kept as texts, not by its own pickling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from probed.core.redaction import mask
from probed.core.text import storable
from probed.host.log_lines import Line
from probed.host.logins import SYSLOG

SIMILAR = 0.6
"""Lines of a program with as many words are of one kind where so many of these are the same."""
DEPTH = 4
"""Kinds are told apart by the number of words and the program first."""
MOST_WORDS, LONGEST_WORD = 30, 40
MOST_PROGRAMS = 1000
MOST_CACHED = 5000

VARIES = "<v>"
"""In the place of a number, a path, an address, a value. None of Drain's own marks, for that counts as no likeness."""
QUOTED = re.compile(r"\"[^\"]{0,400}\"|'[^']{0,400}'|\([^()]{0,400}\)|\[[^\[\]]{0,400}\]")
NAMED = re.compile(r"([A-Za-z_.-]{1,30}[=:])\S+")
MESSAGE_FIELDS = ("msg", "message", "MESSAGE", "event", "error", "err", "text", "log")
LEVEL_FIELDS = ("level", "severity", "lvl", "levelname")


def words_of(text: str) -> list[str]:
    """What stays the same in a line, and marks for the rest; several in a row are one."""
    words: list[str] = []
    for word in QUOTED.sub(f" {VARIES} ", text).split():
        shown = _word(word)
        if shown != VARIES or words[-1:] != [VARIES]:
            words.append(shown)
        if len(words) == MOST_WORDS:
            break
    return words


def _word(word: str) -> str:
    if match := NAMED.fullmatch(word):
        return match[1] + VARIES
    if len(word) > LONGEST_WORD or "@" in word or word.count("/") > 1 or any(letter.isdigit() for letter in word):
        return VARIES
    return word if any(letter.isalpha() for letter in word) else VARIES


@dataclass(frozen=True, slots=True)
class Told:
    """A line without what stands around it."""

    program: str
    text: str
    level: str
    """As the line itself says it; empty where it does not."""


def told(line: Line) -> Told:
    program, text = line.program or line.source, line.text
    if not line.program and (match := SYSLOG.fullmatch(text)):
        program, text = match[1], match[2]
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except ValueError:
            fields = {}
        message = next((fields[name] for name in MESSAGE_FIELDS if isinstance(fields.get(name), str)), "")
        level = next((str(fields[name]) for name in LEVEL_FIELDS if name in fields), "")
        if message:
            return Told(_plain(program), message, level)
    return Told(_plain(program), text, "")


def _plain(program: str) -> str:
    """`kworker/0:1` and `kworker/3:2` are one."""
    return storable(re.sub(r"\d+", "", program)[:LONGEST_WORD].replace(" ", "_")) or "-"


@dataclass(slots=True)
class Kinds:
    most: int
    _drain: Any
    _order: dict[int, None] = field(default_factory=dict)
    """Which kinds were seen, the last one at the end."""
    _cache: dict[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Sequence[str], most: int) -> Kinds:
        from drain3.drain import Drain, LogCluster

        drain = Drain(depth=DEPTH, sim_th=SIMILAR, max_children=MOST_PROGRAMS, max_clusters=most)
        kinds = cls(most, drain)
        for number, template in enumerate(known[-most:], start=1):
            cluster = LogCluster(template.split(), number)
            drain.id_to_cluster[number] = cluster
            drain.add_seq_to_prefix_tree(drain.root_node, cluster)
            kinds._order[number] = None
        drain.clusters_counter = len(kinds._order)
        return kinds

    def add(self, line: Told) -> str:
        """The kind, where it was not known; else nothing."""
        key = (line.program, *words_of(line.text))
        if (number := self._cache.get(key)) is not None and number in self._drain.id_to_cluster:
            self._touch(number)
            return ""
        cluster, change = self._drain.add_log_message(" ".join((line.program, *words_of(storable(mask(line.text))))))
        if len(self._cache) < MOST_CACHED:
            self._cache[key] = cluster.cluster_id
        self._touch(cluster.cluster_id)
        return str(cluster.get_template()) if change == "cluster_created" else ""

    def known(self) -> list[str]:
        """As they are remembered: those that were not seen for longest first."""
        clusters = (
            self._drain.id_to_cluster.get(number) for number in self._order if number in self._drain.id_to_cluster
        )
        return [cluster.get_template() for cluster in clusters if cluster]

    def _touch(self, number: int) -> None:
        self._drain.id_to_cluster[number]
        self._order.pop(number, None)
        self._order[number] = None

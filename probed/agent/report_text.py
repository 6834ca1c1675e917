"""The report in what a program wrote: the one JSON object among its words that is one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from probed.agent import plain_json
from probed.errors import InvalidReport

MOST_TRIES = 1000
"""Braces that are tried; a text with more is none that holds a report."""


def report_in(text: str, mark: str) -> object:
    """`mark`: a key that every report has. Words around it, and a fence of Markdown, are let pass; two reports that say
    different things are none. Raises InvalidReport."""
    found: list[dict[str, object]] = []
    for each in _objects(text):
        if mark in each and each not in found:
            found.append(each)
    if not found:
        raise InvalidReport("report", f"is not there: the program wrote no JSON object with {mark!r}")
    if len(found) > 1:
        raise InvalidReport("report", f"is ambiguous: the program wrote {len(found)} that differ")
    return found[0]


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Those that stand in no other one."""
    start, tries = text.find("{"), 0
    while start >= 0:
        tries += 1
        if tries > MOST_TRIES:
            raise InvalidReport("report", "cannot be found: the program wrote too much that looks like JSON")
        try:
            found, end = _DECODER.raw_decode(text, start)
            plain_json.bounded(found)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start = text.find("{", end)


_DECODER = json.JSONDecoder(object_pairs_hook=plain_json.once)

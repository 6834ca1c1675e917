"""The report in what a program wrote: the one JSON object among its words that is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from probed.agent import plain_json
from probed.errors import InvalidReport

MOST_TRIES = 1000
"""Braces that are tried; a text with more is none that holds a report."""


def report_in(text: str, mark: str) -> object:
    """`mark`: a key that every report has. Words around it, and a fence of Markdown, are let pass; two reports that say
    different things are none, and nor is what stands within another object. Raises InvalidReport."""
    found: list[object] = []
    for each, words in _objects(text):
        if mark in each and (report := _plain(words)) not in found:
            found.append(report)
    if not found:
        raise InvalidReport("report", f"is not there: the program wrote no JSON object with {mark!r}")
    if len(found) > 1:
        raise InvalidReport("report", f"is ambiguous: the program wrote {len(found)} that differ")
    return found[0]


def _objects(text: str) -> Iterator[tuple[Mapping[str, object], str]]:
    """Those that stand in no other one, whatever that one says, with how they are written."""
    start, tries = text.find("{"), 0
    while start >= 0:
        tries += 1
        if tries > MOST_TRIES:
            raise InvalidReport("report", "cannot be found: the program wrote too much that looks like JSON")
        try:
            found, end = _DECODER.raw_decode(text, start)
        except RecursionError:
            raise InvalidReport("report", "cannot be found: the program wrote JSON that is nested too deeply") from None
        except ValueError:
            end = start + 1
        else:
            yield found, text[start:end]
        start = text.find("{", end)


def _plain(words: str) -> object:
    """Raises InvalidReport."""
    try:
        return plain_json.loads(words)
    except ValueError as error:
        raise InvalidReport("report", f"cannot be used: {error}") from error


_DECODER = json.JSONDecoder(parse_int=str)
"""Tells where an object ends; what can be used of it, others tell."""

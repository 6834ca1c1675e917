"""Whether the numbers that a model quotes stand in what it saw: a pure comparison, which never asks a model.

A claim is a number in a report's summary, in a finding's summary or in its evidence; dates, times of day, years and
numbers within names are none. It is supported where a record that it can mean holds it, rounded as it is written. It
can mean the records of what the finding cites (of everything, where it cites nothing): among them those that the clause
names, else those that the finding's object names, else all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from probed.core.finding import Finding, Grounding
from probed.core.grounds import TASK, Fact, Record, Source, cell_quantity, sources_of
from probed.core.investigation import Answer, Task
from probed.core.quantity import Kind, Quantity, quantities_in

CLAUSE = re.compile(r"[;!?\n]|,(?!\d)|\.(?=\s|$)|\b(?:while|whereas|but|and|against)\b", re.IGNORECASE)
LEANINGS = {"about": (-0.1, 0.1), "more": (0.0, 0.25), "less": (-0.25, 0.0)}
"""How far from a number what it stands for may be, as a share of it."""
MOST_CLAIMS = 200
MOST_SHARES = 20
"""Wholes, and parts of them, that one record has."""
DEPTH = 4
OF_WHOLE = re.compile(r"total|size|limit|max|capacity")
OF_USED = re.compile(r"used|current|held|rss|taken")


def grounded(answer: Answer, task: Task) -> Answer:
    """With what the comparison came to. Takes its time where there is much evidence: not for the event loop."""
    sources = sources_of(task, answer.evidence)
    findings = tuple(replace(each, grounding=of_finding(each, sources)) for each in answer.findings)
    parts = [of_summary(answer.summary, sources), *(each.grounding for each in findings if each.grounding)]
    return replace(answer, findings=findings, grounding=together(parts))


def of_finding(finding: Finding, sources: Mapping[str, Source]) -> Grounding:
    cites = tuple(name for name in dict.fromkeys(finding.cites) if name in sources)
    unknown = tuple(name for name in dict.fromkeys(finding.cites) if name not in sources)
    seen = [sources[name] for name in (*cites, TASK) if name in sources] if cites else list(sources.values())
    claims = [*_claims(finding.summary), *_claims_within(finding.evidence, finding)]
    return _grounding(claims, finding.object.lower(), seen, cites, unknown, finding.summary.lower())


def of_summary(summary: str, sources: Mapping[str, Source]) -> Grounding:
    return _grounding([*_claims(summary)], "", list(sources.values()), (), (), summary.lower())


def together(each: Iterable[Grounding]) -> Grounding:
    every = list(each)
    return Grounding(
        sum(one.claims for one in every),
        sum(one.supported for one in every),
        tuple(dict.fromkeys(text for one in every for text in one.unsupported)),
        tuple(dict.fromkeys(name for one in every for name in one.cites)),
        tuple(dict.fromkeys(name for one in every for name in one.unknown)),
    )


Claim = tuple[Quantity, str]
"""With the clause that it stands in."""


def _claims(text: str) -> Iterator[Claim]:
    ends = [*(match.start() for match in CLAUSE.finditer(text)), len(text)]
    for place, quantity in quantities_in(text):
        end = next(each for each in ends if each >= place)
        begin = max((each for each in ends if each < place), default=0)
        yield quantity, text[begin:end].lower()


def _claims_within(facts: Mapping[str, object], finding: Finding) -> Iterator[Claim]:
    for name, value in _named(facts, DEPTH):
        if isinstance(value, str):
            yield from ((quantity, value.lower()) for quantity, _ in _claims(value))
        else:
            yield cell_quantity(name, value), ""


def _named(value: object, depth: int, name: str = "") -> Iterator[tuple[str, str | float]]:
    if depth == 0 or isinstance(value, bool) or value is None:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _named(each, depth - 1, str(key))
    elif isinstance(value, str | int | float):
        yield name, value
    elif isinstance(value, Sequence):
        for each in value:
            yield from _named(each, depth - 1, name)


def _grounding(
    claims: Sequence[Claim],
    object_: str,
    sources: Sequence[Source],
    cites: tuple[str, ...],
    unknown: tuple[str, ...],
    text: str,
) -> Grounding:
    told = claims[:MOST_CLAIMS]
    names = {name for source in sources for name in source.by_name}
    scopes = dict[str, list[Record]]()
    missing = list[str]()
    for quantity, clause in told:
        if clause not in scopes:
            named = [{name for name in names if _mentions(words, name)} for words in (clause, object_, text)]
            scopes[clause] = [record for source in sources for record in _meant(source, named)]
        if not any(is_supported(quantity, record) for record in scopes[clause]):
            missing.append(quantity.text)
    return Grounding(len(told), len(told) - len(missing), tuple(dict.fromkeys(missing)), cites, unknown)


def _meant(source: Source, named: Sequence[Collection[str]]) -> Sequence[Record]:
    """The records of one source that a sentence can mean: `named` are the names in its clause, in the object, in all of
    it."""
    return next((found for names in named if (found := source.about(names))), source.records)


def _mentions(words: str, name: str) -> bool:
    start = words.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = words[start - 1 : start] if start else "", words[end : end + 1]
        if not _joins(before) and not (after.isalnum() or (after in "_-/" and after)):
            return True
        start = words.find(name, start + 1)
    return False


def _joins(letter: str) -> bool:
    return letter.isalnum() or letter in ("_", "-", "/", ".")


def is_supported(claim: Quantity, record: Record) -> bool:
    if claim.kind is Kind.WORD:
        return claim.text.lower() in record.words
    if claim.kind is Kind.COUNT and not claim.digit % 1 and _is_counted(claim, record):
        return True
    if any(_agrees(claim, fact.quantity) for fact in record.facts):
        return True
    return claim.kind is Kind.PERCENT and any(_is_close(claim, each) for each in _percents(record.facts))


def _is_counted(claim: Quantity, record: Record) -> bool:
    """So many there are of them, or it is a port, a code: a number that only says which."""
    return claim.face in record.tallies or (len(claim.text) > 2 and claim.text in record.words)


def _agrees(claim: Quantity, fact: Quantity) -> bool:
    if fact.kind is Kind.WORD:
        return claim.kind is Kind.COUNT and claim.face == fact.face and fact.face != 0
    if claim.kind is fact.kind:
        return any(_is_close(claim, value, scale) for scale in claim.scales for value in fact.values)
    if fact.kind is Kind.COUNT:  # nobody knows its unit
        is_share = claim.kind is Kind.PERCENT and 0 < fact.face <= 1
        faces = (fact.face, fact.face * 100) if is_share else (fact.face,)
        return any(_is_close(claim, face, scale) for face in faces for scale in claim.scales)
    return claim.kind is Kind.COUNT and _is_close(claim, fact.face)


def _is_close(claim: Quantity, value: float, scale: float = 1.0) -> bool:
    """Rounded to the last digit that is written, or cut off there. What is endless is close to nothing."""
    wanted, digit = claim.face * scale, claim.digit * scale
    if not math.isfinite(value) or not math.isfinite(wanted):
        return False
    off = abs(value) - abs(wanted)
    if (value < 0) != (wanted < 0) and abs(value) > digit:
        return False
    slack = 1e-6 * max(abs(value), abs(wanted))
    if claim.leaning:
        least, most = LEANINGS[claim.leaning]
        return least * abs(wanted) - digit <= off <= most * abs(wanted) + digit
    if not digit:  # a number of the report's evidence, which may have been rounded, too
        return abs(off) <= max(slack, 0.5 * _last_digit(claim.face) * scale)
    return -0.5 * digit - slack <= off < digit or abs(off) <= slack


def _last_digit(face: float) -> float:
    """Of a number that is no text: what its last decimal is worth; a whole number is exact."""
    decimals = len(f"{face:.10f}".rstrip("0").partition(".")[2])
    return 10.0**-decimals if decimals else 0.0


def _percents(facts: Sequence[Fact]) -> Iterator[float]:
    """What follows from a record at once: what is left of a whole, and the share of what is used."""
    for fact in facts:
        if fact.quantity.kind is Kind.PERCENT:
            yield 100 - fact.quantity.face
    wholes = [fact for fact in facts if OF_WHOLE.search(fact.name) and fact.quantity.values[0]][:MOST_SHARES]
    parts = [fact for fact in facts if OF_USED.search(fact.name)][:MOST_SHARES]
    for whole in wholes:
        for used in parts:
            if used.quantity.kind is whole.quantity.kind:
                yield 100 * used.quantity.values[0] / whole.quantity.values[0]

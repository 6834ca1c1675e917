"""A model's advice on a question, and the strict reading of it: whatever is not clearly advice is none."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from probed.core.action import Risk
from probed.core.redaction import mask

MOST_REASONS = 5
LONGEST_TEXT = 400
LONGEST_ANSWER = 20_000
FIELDS = frozenset({"recommendation", "risk", "reversible", "reasons", "alternatives"})


class Recommendation(enum.StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    MORE = "more"
    """It cannot tell; a person should find out more first."""


class NoAdvice(ValueError):
    """What the model said is no advice."""


@dataclass(frozen=True, slots=True)
class Advice:
    recommendation: Recommendation
    risk: Risk
    reversible: bool
    reasons: tuple[str, ...]
    alternatives: tuple[str, ...] = ()

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Advice:
        """Of what was read once and stored."""
        return cls(
            Recommendation(str(payload["recommendation"])),
            Risk(str(payload["risk"])),
            payload["reversible"] is True,
            tuple(cast(Sequence[str], payload["reasons"])),
            tuple(cast(Sequence[str], payload["alternatives"])),
        )


def read_advice(text: str) -> Advice:
    """The whole text has to be one JSON object with exactly the fields of an advice. Raises NoAdvice.

    No word of prose counts, so that neither `DISAPPROVE` nor `REJECT (do not APPROVE)` nor a line that somebody wrote
    into a log can be taken for a yes.
    """
    if len(text) > LONGEST_ANSWER:
        raise NoAdvice("it is too long")
    try:
        content = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NoAdvice(f"it is no JSON object: {error}") from error
    return advice_of(content)


def advice_of(content: object) -> Advice:
    """Raises NoAdvice: where a field is missing, unknown or of another kind, or where they contradict one another."""
    if not isinstance(content, dict) or set(content) != FIELDS:
        raise NoAdvice(f"it has to be one object with exactly {', '.join(sorted(FIELDS))}")
    reversible = content["reversible"]
    if not isinstance(reversible, bool):
        raise NoAdvice("reversible has to be true or false")
    advice = Advice(
        Recommendation(_one_of(content, "recommendation", Recommendation)),
        Risk(_one_of(content, "risk", Risk)),
        reversible,
        _texts(content, "reasons"),
        _texts(content, "alternatives"),
    )
    if not advice.reasons:
        raise NoAdvice("it gives no reason")
    return advice


def contradiction(advice: Advice, *, risk: Risk, reversible: bool) -> str:
    """Why the advice does not fit the action as the registry knows it; empty: it does."""
    if advice.reversible and not reversible:
        return "it calls reversible what is not"
    if advice.recommendation is Recommendation.APPROVE and advice.risk.rank < risk.rank:
        return f"it approves, and takes the risk for {advice.risk} where it is {risk}"
    return ""


def may_approve(advice: Advice, *, is_listed: bool, needs_one: bool, risk: Risk) -> bool:
    """Whether the advice is itself an approval: only for an action that the policy leaves to the model, that nobody has
    to confirm by typing or by two, and that the model itself holds for no riskier than it is."""
    return is_listed and needs_one and advice.recommendation is Recommendation.APPROVE and advice.risk.rank <= risk.rank


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key that stands twice says two things."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NoAdvice("a key stands there twice")
    return found


def _no_constant(word: str) -> object:
    raise NoAdvice(f"{word} is no JSON")


def _one_of(content: Mapping[str, object], field: str, known: type[enum.StrEnum]) -> str:
    value = content[field]
    if not isinstance(value, str) or value not in tuple(known):
        raise NoAdvice(f"{field} has to be one of {', '.join(known)}")
    return value


def _texts(content: Mapping[str, object], field: str) -> tuple[str, ...]:
    values = content[field]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise NoAdvice(f"{field} has to be a list of texts")
    lines = [" ".join(mask(str(value)).split()) for value in values[:MOST_REASONS]]
    return tuple(line[:LONGEST_TEXT] for line in lines if line)

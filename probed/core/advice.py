"""A model's advice on a question, and the strict reading of it: whatever is not clearly advice is none."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from probed.core.action import Risk
from probed.core.redaction import mask

MOST_REASONS = 5
LONGEST_TEXT = 400
FIELDS = frozenset({"recommendation", "risk", "reversible", "reasons", "alternatives"})
NO = re.compile(
    r"""
    \b(?:dis|un)-?\s?approv | \bveto
    | (?:\b(?:not|no|never|cannot)|n['’]t)\b (?:\W+\w+){0,3}? \W+ (?:approv|recommend|endors|authori[sz]|allowed|permit)
    | \b(?:do\ not|don['’]t|never|must\ not|mustn['’]t|should\ not|shouldn['’]t)\W+
      (?:be\W+)?(?:run|execut|perform|proceed|go\ ahead|carr|done|do\ (?:it|this))
    | \b(?:I|we|to|must|should|will|would|please|recommendation|advice|answer)\W+(?:(?:is|be|have|to|must)\W+){0,3}
      (?:reject|refuse|decline|deny|denied)
    | ^\W*(?:reject|refuse|decline|deny)(?:\W|$)
    | ^\W*(?:rejected|refused|declined|denied|no)(?:\W*$|[,.;:!]) | \bno\W*$
    | [不勿別别][^,.;,。;]{0,4}(?:批准|核准|同意|允许|允許|执行|執行|建议|建議|推荐|推薦|可行)
    | 未[^,.;,。;]{0,2}(?:批准|核准|同意|允许|允許)
    | (?:拒绝|拒絕|禁止|反对|反對)[^,.;,。;]{0,4}(?:批准|核准|执行|執行|操作|此|该|該|这|這)
    | (?:建议|建議|应|應|应该|應該|必须|必須)(?:拒绝|拒絕|反对|反對) | 驳回|駁回|否决|否決
    """,
    re.IGNORECASE | re.VERBOSE,
)


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
    if advice.recommendation is Recommendation.APPROVE and any(map(says_no, content["reasons"])):
        raise NoAdvice("it approves, and its reasons say no")
    return advice


def says_no(words: str) -> bool:
    """Whether they sound like a refusal, in English or Chinese. What is wrongly taken for one costs a person's look, so
    that it rather hears too many; no words at all can make an approval."""
    return NO.search(unicodedata.normalize("NFKC", words)) is not None


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

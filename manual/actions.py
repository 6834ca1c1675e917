"""The reference of the actions: what each says about itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manual.docstring import paragraphs
from manual.markdown import code, prose, table
from probed.actions.observed_action import SYMPTOMS
from probed.actions.registry import MODULES, build_actions
from probed.config.actions import ActionsSettings
from probed.core.inspection import duration_text

INTRO = """\
# Actions

What a document may let Cortex do about a finding. [Allow an action](../guide/actions.md) is the way to it,
[Actions](../actions.md) says what holds for all of them, and [Decisions](../decisions.md) who has to agree.

Risk `low`: at worst a short interruption of one object that is faulty already. `medium`: something that works may be
interrupted, or something may be lost that nobody should miss. `high`: work or data may be lost for good.
"""


@dataclass(frozen=True, slots=True)
class Shipped:
    name: str
    action: Any
    text: Sequence[str]
    """The paragraphs of its module's docstring: what it does, and its parameters."""

    @property
    def checks(self) -> frozenset[str]:
        """Whose findings it fits by themselves."""
        found: frozenset[str] = self.action.checks
        return found - SYMPTOMS if self.fits_symptoms else found

    @property
    def fits_symptoms(self) -> bool:
        """Findings that name no unit or container, where the document does."""
        return bool(self.action.checks >= SYMPTOMS)


def shipped() -> Sequence[Shipped]:
    registry = build_actions(ActionsSettings())
    actions = {name: registry.get(name) for name in MODULES}
    return [Shipped(name, each, paragraphs(sys.modules[MODULES[name]])) for name, each in actions.items()]


def page() -> str:
    return "\n".join([INTRO, *map(_section, shipped())])


def _section(shipped: Shipped) -> str:
    head, *rest = shipped.text
    what = head.partition(": ")[2]
    facts = table(("", ""), [(name, text) for name, text in _facts(shipped).items()])
    parts = [f"## `{shipped.name}` {{ #{shipped.name} }}", prose(what[:1].upper() + what[1:]), *map(prose, rest), facts]
    return "\n\n".join(parts)


def _facts(shipped: Shipped) -> Mapping[str, str]:
    action = shipped.action
    return {
        "Works on": action.object_kind,
        "May hit": action.blast_radius,
        "Risk": action.risk.value,
        "Can be undone": "yes" if action.reversible else "no",
        "Fits findings of": _fits(shipped),
        "At most": f"every {duration_text(action.cooldown_s)} on one object, {action.daily_cap} times a day",
    }


def _fits(shipped: Shipped) -> str:
    checks = _links(shipped.checks)
    if shipped.fits_symptoms:
        where = f"where the document names the {shipped.action.object_kind}, also {_links(SYMPTOMS)}"
        return f"{checks}; {where}"
    return checks or "whatever the document names it for"


def _links(checks: Iterable[str]) -> str:
    return ", ".join(f"[{code(check)}](checks.md#{check})" for check in sorted(checks))

"""The reference of the checks: their modules' docstrings, their parameters, and the actions that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from types import ModuleType
from typing import get_type_hints

from manual.actions import shipped
from manual.docstring import paragraphs
from manual.kinds import default_of, kind_of
from manual.markdown import code, prose, table
from probed.actions.observed_action import SYMPTOMS
from probed.checks.registry import BUILT_IN

INTRO = """\
# Checks

What an [inspection](../guide/inspections.md) can look at. A check that gets no answer is `unknown`, never "all is
well".

`warning` and `critical` say from where on a number is a finding, and `clear` beyond where it no longer is one; `off`
switches a bound off. `for` says how long a state must last before it counts. Of other packages:
[checks of your own](../plugins.md).
"""


def page() -> str:
    return "\n".join([INTRO, *(_section(name, import_module(module)) for name, module in sorted(BUILT_IN.items()))])


def parameters(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """Name as a document writes it, what it takes, and its default."""
    hints = get_type_hints(module.Params, include_extras=True)
    for item in fields(module.Params):
        hint = hints[item.name]
        yield item.name.removesuffix("_s"), kind_of(hint), default_of(item, hint)


def fitting() -> Mapping[str, list[str]]:
    """The actions that fit findings of a check by themselves, by its name."""
    found: dict[str, list[str]] = {}
    for action in shipped():
        for check in sorted(action.checks):
            found.setdefault(check, []).append(action.name)
    return found


def _section(name: str, module: ModuleType) -> str:
    head, *rest = paragraphs(module)
    rows = [(code(each), kind, code(default) or "has to be given") for each, kind, default in parameters(module)]
    fit = ", ".join(f"[`{action}`](actions.md#{action})" for action in fitting().get(name, [])) or "none by itself"
    more = ". Where the document names the unit or the container that is behind it, also their actions"
    parts = [
        f"## `{name}` {{ #{name} }}",
        prose(head),
        table(("parameter", "takes", "default"), rows),
        *map(prose, rest),
        f"Actions that fit: {fit}{more if name in SYMPTOMS else ''}.",
    ]
    return "\n\n".join(parts) + "\n"

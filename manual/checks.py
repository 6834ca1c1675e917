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

## What every check takes

| parameter | takes | what it does |
| --- | --- | --- |
| `looks` | `N of M` | a state counts once N of the newest M looks saw it, and no longer once fewer do |
| `overrides` | list | other bounds for some objects, or for some hours |
| `unusual` | on, off, number | a warning where it is not as at this hour in other weeks; a number: by so much |

An entry of `overrides` names `objects` (names and shell patterns, as the findings name them), `hours` (`start_time`,
`end_time`, `weekdays`, `location`), or both, and says what holds then: `warning`, `critical`, `clear`, `for`, or
`ignore: true`, with which the object is not looked at. Where several fit, the later ones win.

```yaml
checks:
  - disk:
      looks: 2 of 3
      overrides:
        - {objects: /srv/archive, warning: 97%, critical: 99%}
        - {objects: /srv/scratch, ignore: true}
  - load:
      overrides:
        - {hours: {start_time: "01:00", end_time: "05:00", weekdays: [saturday]}, warning: off, critical: off}
```
"""
DEFAULTS = """\
## Defaults at a glance

What is a finding without a word in the document. `pressure` has bounds for each resource; where a check has nothing
here, it knows itself what is wrong, or wants it from the document.
"""
JUDGING = ("warning", "critical", "clear", "for")
MEASURES = ("duration", "percentage", "size", "number", "whole number")
TECHNICAL = ("port", "timeout", "database", "journal", "count", "interval", "keys", "most", "max_bytes", "max_files")
"""Numbers that do not say what a finding is."""
EXAMPLE = "Example: - "


def page() -> str:
    sections = (_section(name, import_module(module)) for name, module in sorted(BUILT_IN.items()))
    return "\n".join([INTRO, DEFAULTS, _defaults(), *sections])


def example(module: ModuleType) -> str:
    """The item of a document's list of checks that its documentation shows."""
    return next(each for each in paragraphs(module) if each.startswith(EXAMPLE)).removeprefix(EXAMPLE)


def _defaults() -> str:
    rows = []
    for name, module in sorted(BUILT_IN.items()):
        known = {each: (kind, default) for each, kind, default in parameters(import_module(module))}
        given = {each: default for each, (_, default) in known.items() if default not in ("", "null")}
        cells = [code(given.get(each, "")) for each in JUDGING]
        further = [each for each in given if each not in (*JUDGING, *TECHNICAL) and known[each][0].startswith(MEASURES)]
        rows.append((f"[`{name}`](#{name})", *cells, ", ".join(code(f"{each}: {given[each]}") for each in further)))
    return table(("check", *JUDGING, "further"), rows) + "\n"


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
    rest = [each for each in rest if not each.startswith(EXAMPLE)]
    rows = [(code(each), kind, code(default) or "has to be given") for each, kind, default in parameters(module)]
    fit = ", ".join(f"[`{action}`](actions.md#{action})" for action in fitting().get(name, [])) or "none by itself"
    more = ". Where the document names the unit or the container that is behind it, also their actions"
    parts = [
        f"## `{name}` {{ #{name} }}",
        prose(head),
        table(("parameter", "takes", "default"), rows),
        *map(prose, rest),
        f"```yaml\nchecks:\n  - {example(module)}\n```",
        f"Actions that fit: {fit}{more if name in SYMPTOMS else ''}.",
    ]
    return "\n\n".join(parts) + "\n"

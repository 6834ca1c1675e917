"""The checks of a document as lines of YAML, and how they follow what was found without touching what a person wrote.

A line that discovery wrote is its own as long as it stands there as it was written. A line that a person changed or
removed is theirs, and what it was about is not proposed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from probed.discovery.proposal import Found


@dataclass(frozen=True, slots=True)
class Line:
    """One item below `checks:`, and what it watches."""

    text: str
    keys: tuple[str, ...]
    unit: str = ""
    """The service behind it, where there is one."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a document's list: `added` at its end, `replaced` by none or several where they stand."""

    added: tuple[Line, ...] = ()
    replaced: tuple[tuple[Line, tuple[Line, ...]], ...] = ()
    kept: tuple[Line, ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.added or self.replaced)

    @property
    def written(self) -> tuple[Line, ...]:
        """What discovery answers for once the step is done."""
        return (*self.kept, *(line for _, after in self.replaced for line in after), *self.added)


def lines_of(found: Iterable[Found]) -> list[Line]:
    """Those that only differ in a listed name share a line."""
    shared: dict[str, list[Found]] = {}
    for each in found:
        group = f"{each.check} {each.listed} {dict(each.params)}" if each.listed else each.key
        shared.setdefault(group, []).append(each)
    return [_line(group) for group in shared.values()]


def _line(group: Sequence[Found]) -> Line:
    first = group[0]
    params = {**({first.listed: [each.name for each in group]} if first.listed else {}), **first.params}
    why = first.why if len(group) == 1 else ""
    return Line(item_text(first.check, params, why), tuple(each.key for each in group), first.unit)


def item_text(check: str, params: Mapping[str, object], why: str = "") -> str:
    flow = yaml.safe_dump(
        {check: dict(params)}, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True
    )
    item = flow.strip().removeprefix("{").removesuffix("}")
    words = "".join(each if each.isprintable() else " " for each in why).split()  # it may name what others chose
    return f"  - {item}" + (f"    # {' '.join(words)}" if words else "")


def follow(
    found: Sequence[Found],
    known: Sequence[Line],
    present: frozenset[str],
    covered: frozenset[str],
    gone: frozenset[str] = frozenset(),
    *,
    is_blind: bool,
) -> Step:
    """`known`: what discovery wrote before; `present`: the document's lines now; `covered`: keys that other documents
    watch; `gone`: services that nobody wants any more; `is_blind`: what is not found may be there all the same."""
    now = {each.key: each for each in found if each.key not in covered}
    ever = {key for line in known for key in line.keys}
    kept, replaced = list[Line](), list[tuple[Line, tuple[Line, ...]]]()
    for line in known:
        if line.text not in present:
            kept.append(line)  # a person's by now: what it was about is not proposed again
            continue
        staying = [key for key in line.keys if key in now or (is_blind and line.unit not in gone)]
        if len(staying) == len(line.keys) and not _is_behind(line, now):
            kept.append(line)
        else:
            replaced.append((line, tuple(lines_of(now[key] for key in staying))))
    new = [each for key, each in now.items() if key not in ever and each.is_up]
    return Step(tuple(lines_of(new)), tuple(replaced), tuple(kept))


def _is_behind(line: Line, now: Mapping[str, Found]) -> bool:
    """Whether somebody has set otherwise meanwhile what the line goes by, as the times of a job."""
    found = [now[key] for key in line.keys if key in now and now[key].settled]
    if not found:
        return False
    [said] = yaml.safe_load(line.text)[0].values()
    return any(said.get(name) != each.params.get(name) for each in found for name in each.settled)

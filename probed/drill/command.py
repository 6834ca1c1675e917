"""`probed drill`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from probed.drill import namespaces
from probed.drill.campaign import Played, campaign
from probed.drill.fault import Fault, chosen, faults_in
from probed.drill.foreign import require_trust
from probed.drill.places import SHIPPED
from probed.drill.table import Row, bar, text
from probed.errors import NotFound, Refused

HOLDS, FAILS, USAGE, REFUSED = 0, 1, 2, 5
MOST_SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class Wish:
    names: Sequence[str]
    place: Path | None
    """A folder with foreign faults, or None for those that come with Cortex."""
    side_by_side: int | None
    limit_s: float | None
    as_json: bool
    lists: bool
    keeps: bool


def main(wish: Wish) -> int:
    """Exit code 1 where the bar does not hold, 2 where a name or a folder is wrong, 5 where nothing can be drilled.
    Raises ConfigError."""
    try:
        faults = chosen(faults_in(wish.place or SHIPPED), wish.names)
    except NotFound as unknown:
        print(f"probed: {unknown}", file=sys.stderr)
        return USAGE
    if wish.lists:
        print(_as_json(faults) if wish.as_json else _as_list(faults))
        return HOLDS
    try:
        if wish.place and os.geteuid() == 0:
            for fault in faults:
                require_trust(fault)
        namespaces.require()
        keep = _new_folder() if wish.keeps else None
    except Refused as refused:
        print(f"probed: {refused}", file=sys.stderr)
        return REFUSED
    side_by_side = min(wish.side_by_side or (os.cpu_count() or 1) + 1, MOST_SIDE_BY_SIDE)
    played = campaign(faults, side_by_side=side_by_side, limit_s=wish.limit_s, keep=keep, told=_tell)
    rows = [Row(each) for each in played]
    if wish.as_json:
        print(json.dumps({"rows": [row.data() for row in rows], "bar": bar(rows).data()}, indent=2))
    else:
        print(text(rows, sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
    return HOLDS if bar(rows).holds else FAILS


def _new_folder() -> Path:
    try:
        folder = tempfile.mkdtemp(prefix="cortex-drill-")
    except OSError as error:
        raise Refused(f"nothing can be kept: {error.strerror}") from error
    print(f"kept: {folder}", file=sys.stderr)
    return Path(folder)


def _tell(played: Played) -> None:
    if sys.stderr.isatty():
        print(f"{played.fault.name}: {' '.join(filter(None, Row(played).cells()[1:4]))}", file=sys.stderr)


def _as_list(faults: Sequence[Fault]) -> str:
    width = max(len(fault.name) for fault in faults)
    return "\n".join(f"{fault.name:{width}}  {_about(fault)}" for fault in faults)


def _about(fault: Fault) -> str:
    level = fault.truth.level or "quiet"
    recorded = " (recorded)" if fault.truth.recorded else ""
    return f"{level:5}  {fault.truth.mechanism or fault.title}{recorded}"


def _as_json(faults: Sequence[Fault]) -> str:
    return json.dumps({"faults": [{"fault": each.name, "title": each.title, **asdict(each.truth)} for each in faults]})

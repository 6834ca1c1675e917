"""Files against how they were when they were first looked at: content, owner and mode; added, removed, changed.

Parameters: `paths` (files, folders with all below them, shell patterns), `exclude` (shell patterns of paths),
`severity` (warning), `max_files` (10000), `max_bytes` (64MiB; read at one look, or within 15 minutes where nothing
speaks for a change), `root` (/; where another system's files lie), `for` (0s).

What has another time, size, owner or mode is read at once; the rest within 15 minutes once more, or as much of it as
`max_bytes` allow, so that in the end everything is read again and again, for times can be set. Until everything was
read once, that is said. Of files larger than 32 MiB the beginning, the end and the time count.

Only noted, and counted from then on, is what a package brought (dpkg, ucf or rpm says that the content is the
package's), what went with one that was removed or has dropped it (below /etc by the lists of dpkg and ucf), and what
the programs wrote that packages run (pam-auth-update, ldconfig, update-ca-certificates …), where the package manager
was at work within two minutes. What its keeper writes at any time, and looks so (/etc/resolv.conf of NetworkManager,
/etc/adjtime, an alternative that a package has brought), is as it was. A mode or owner that changed is told all the
same, and so is whatever lies elsewhere, and what somebody changed by hand meanwhile. While packages are being changed
nothing is judged.

A finding lasts until the file is as it was, or until `cortexctl inspections relearn ID --check file_integrity` says
that it is right. Whoever is root can change this host's lists of packages, and what Cortex remembers: against them only
a copy elsewhere helps. `restore_mode` fits where the mode changed and the configuration lays it down.

Example:
  - file_integrity: {paths: [/etc/ssh, /etc/pam.d, /usr/local/bin], exclude: ["*.bak"]}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from probed.checks.parameters import For, absolute, lasting
from probed.config.values import Names, Size
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.text import storable
from probed.host import baselines, package_files, packages
from probed.host.baselines import Baseline, Difference
from probed.host.file_origins import Origins, Search

MOST_FINDINGS = 20
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    paths: Annotated[tuple[Annotated[str, AfterValidator(absolute)], ...], Names, Field(min_length=1)]
    exclude: Annotated[tuple[str, ...], Names] = ()
    severity: Severity = Severity.WARNING
    max_files: Annotated[int, Field(ge=1, le=20_000)] = 10_000
    max_bytes: Annotated[int, Size, Field(ge=1)] = 64 * 2**20
    root: Annotated[str, AfterValidator(absolute)] = "/"
    for_s: For = 0.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    if packages.are_changing():
        return (Absent("what files are like, while packages are being changed", "look again when that is done"),), known
    now = time.time()
    baseline = Baseline.of(known)
    before = known.get("settings")
    settings = [str(path) for path in before] if isinstance(before, list) else []
    seen = baselines.compare(params.paths, params.exclude, baseline, params.max_files, params.max_bytes, now)
    has_changed = package_files.changed_since(baseline.looked_at, params.root)
    search = Search(params.root, settings, has_changed)
    origins = search.origins(seen.differences)
    for difference in seen.differences:
        if difference.path in origins:
            baseline.adopt(difference)
    if has_changed or before is None:
        settings = _settings(baseline, search)
    answer = list(_answer(origins, seen.number, params))
    return (*answer, *_notes(seen, baseline, params)), {**baseline.memory(now), "settings": settings}


def _settings(baseline: Baseline, search: Search) -> list[str]:
    """What packages name of the files below /etc; once it is gone nobody could tell any more."""
    inside = {path for each in baseline.files if (path := search.inside(each)).startswith(package_files.SETTINGS)}
    return sorted(inside & package_files.settings(search.root)) if inside else []


def _answer(origins: Origins, number: int, params: Params) -> Iterator[Observation]:
    for each in origins.own[:MOST_FINDINGS]:
        path = storable(each.path)
        yield _observation(path, f"{path} was {each.summary}", params.severity, each.facts, params)
    if more := origins.own[MOST_FINDINGS:]:
        shown = [f"{storable(each.path)}: {each.kind}" for each in more[:MOST_SHOWN]]
        yield _observation(
            "other files", f"{len(more)} more files differ: {_counts(more)}", params.severity, {"files": shown}, params
        )
    if origins.packaged:
        summary = f"packages changed {len(origins.packaged)} files"
        yield _observation("packages", summary, Severity.INFO, {"files": _shown(origins.packaged)}, params)
    if not origins.own and not origins.packaged:
        evidence = {"files": number, **({"kept": _shown(origins.kept)} if origins.kept else {})}
        yield _observation("files", f"{number} files are as they were", None, evidence, params)


def _shown(origins: Mapping[str, str]) -> dict[str, str]:
    return {storable(path): origin for path, origin in list(origins.items())[:MOST_SHOWN]}


def _observation(
    name: str, summary: str, severity: Severity | None, facts: Mapping[str, Any], params: Params
) -> Observation:
    return Observation(name, summary, threshold=lasting(params.for_s), severity=severity, evidence=facts)


def _counts(differences: Sequence[Difference]) -> str:
    kinds = [each.kind for each in differences]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("added", "removed", "changed") if kind in kinds)


def _notes(seen: baselines.Comparison, baseline: Baseline, params: Params) -> Iterator[Absent]:
    if seen.unread:
        what = f"what stands in {len(seen.unread)} files and folders, {storable(seen.unread[0])} among them"
        yield Absent(what, "let the daemon's user read them, or put them into `exclude`")
    if seen.is_cut:
        more = ", or raise `max_files`" if seen.number >= params.max_files else ": more of them cannot be remembered"
        yield Absent(f"files beyond the first {seen.number}, and which are new", f"name fewer `paths`{more}")
    if unlearned := baseline.unlearned():
        yield Absent(f"the content of {unlearned} files, not read yet", "they are read at the next looks")

"""Files against how they were when they were first looked at: content, owner and mode; added, removed, changed.

Parameters: `paths` (files, folders with all below them, shell patterns), `exclude` (shell patterns of paths),
`severity` (warning), `max_files` (10000), `max_bytes` (64MiB; read at one look), `root` (/; where another system's
files lie), `for` (0s).

What has another time, size, owner or mode is read at once; of the rest so much at each look that in the end everything
is read again and again, for times can be set. Until everything was read once, that is said. Of files larger than 32 MiB
the beginning, the end and the time count. What a package brought (dpkg or rpm says that the content is the package's)
is only noted, and counts from then on; so is what went with a package that was removed or has dropped it (below /etc by
dpkg's lists). A mode or owner that changed is told all the same, and so is whatever lies elsewhere. While packages are
being changed nothing is judged. A finding lasts until the file is as it was, or until `cortexctl inspections relearn ID
--check file_integrity` says that it is right. Whoever is root can change this host's lists of packages, and what Cortex
remembers: against them only a copy elsewhere helps. `restore_mode` fits where the mode changed and the configuration
lays it down.

Example:
  - file_integrity: {paths: [/etc/ssh, /etc/pam.d, /usr/local/bin], exclude: ["*.bak"]}
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from probed.checks.parameters import For, absolute, lasting
from probed.config.values import Names, Size
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.text import storable
from probed.host import baselines, package_files, packages
from probed.host.baselines import Baseline, Difference

MOST_FINDINGS = 20
MOST_SHOWN = 50
GONE = "removed with a package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    paths: Annotated[tuple[Annotated[str, AfterValidator(absolute)], ...], Names, Field(min_length=1)]
    exclude: Annotated[tuple[str, ...], Names] = ()
    severity: Severity = Severity.WARNING
    max_files: Annotated[int, Field(ge=1, le=20_000)] = 10_000
    max_bytes: Annotated[int, Size, Field(ge=1)] = 64 * 2**20
    root: Annotated[str, AfterValidator(absolute)] = "/"
    for_s: For = 0.0


@dataclass(slots=True)
class Verdict:
    """The differences, told apart by who made them."""

    packaged: dict[str, str] = field(default_factory=dict)
    """The package by path."""
    own: list[Difference] = field(default_factory=list)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    if packages.are_changing():
        return (Absent("what files are like, while packages are being changed", "look again when that is done"),), known
    now = time.time()
    baseline = Baseline.of(known)
    before = known.get("settings")
    settings = [str(path) for path in before] if isinstance(before, list) else []
    seen = baselines.compare(params.paths, params.exclude, baseline, params.max_files, params.max_bytes)
    has_changed = package_files.changed_since(baseline.looked_at, params.root)
    verdict = _verdict(seen.differences, settings, params.root, has_changed=has_changed)
    for difference in seen.differences:
        if difference.path in verdict.packaged:
            baseline.adopt(difference)
    if has_changed or before is None:
        settings = _settings(baseline, params.root)
    answer = list(_answer(verdict, seen.number, params))
    return (*answer, *_notes(seen, baseline, params)), {**baseline.memory(now), "settings": settings}


def _settings(baseline: Baseline, root: str) -> list[str]:
    """What packages name of the files below /etc; once it is gone nobody could tell any more."""
    inside = {path for each in baseline.files if (path := _inside(each, root)).startswith(package_files.SETTINGS)}
    return sorted(inside & package_files.settings(root)) if inside else []


def _inside(path: str, root: str) -> str:
    return "/" + path.removeprefix(root).lstrip("/")


def _verdict(differences: Sequence[Difference], settings: Collection[str], root: str, *, has_changed: bool) -> Verdict:
    """Modes and owners are nowhere in a package's sums."""
    candidates = [each for each in differences if each.is_of_content_only]
    inside = {each.path: _inside(each.path, root) for each in candidates}
    there = [inside[each.path] for each in candidates if each.kind != "removed"]
    shipped = package_files.as_shipped(there, root) if there else {}
    lost = {inside[each.path] for each in candidates if each.kind == "removed"}.intersection(settings)
    dropped = package_files.no_longer_brought(lost, root) if has_changed else frozenset()
    verdict = Verdict()
    for each in differences:
        path = inside.get(each.path, "")
        if path in shipped:
            verdict.packaged[each.path] = shipped[path]
        elif path in dropped:
            verdict.packaged[each.path] = GONE
        elif path and has_changed and (why := _came_along(each, path, root)):
            verdict.packaged[each.path] = why
        else:
            verdict.own.append(each)
    return verdict


def _came_along(difference: Difference, path: str, root: str) -> str:
    """What packages do beside their lists, while any of them was changed."""
    if difference.kind == "removed":
        return GONE if package_files.may_be_of_a_package(path) else ""
    return "a link that packages make" if package_files.is_link_of_a_package(path, root) else ""


def _answer(verdict: Verdict, number: int, params: Params) -> Iterator[Observation]:
    for each in verdict.own[:MOST_FINDINGS]:
        path = storable(each.path)
        yield _observation(path, f"{path} was {each.summary}", params.severity, each.facts, params)
    if more := verdict.own[MOST_FINDINGS:]:
        shown = [f"{storable(each.path)}: {each.kind}" for each in more[:MOST_SHOWN]]
        yield _observation(
            "other files", f"{len(more)} more files differ: {_counts(more)}", params.severity, {"files": shown}, params
        )
    if verdict.packaged:
        shown_packages = {storable(path): package for path, package in list(verdict.packaged.items())[:MOST_SHOWN]}
        summary = f"packages changed {len(verdict.packaged)} files"
        yield _observation("packages", summary, Severity.INFO, {"files": shown_packages}, params)
    if not verdict.own and not verdict.packaged:
        yield _observation("files", f"{number} files are as they were", None, {"files": number}, params)


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
        yield Absent(
            f"files beyond the first {seen.number}, and which are new", "name fewer `paths`, or raise `max_files`"
        )
    if unlearned := baseline.unlearned():
        yield Absent(f"the content of {unlearned} files, not read yet", "they are read at the next looks")

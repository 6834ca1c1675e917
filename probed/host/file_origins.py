"""Who changed a file, where that can be known: a package, or a program of the system that keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from stat import S_ISLNK

from probed.host import kept_files, package_files
from probed.host.baselines import Difference
from probed.host.package_runs import PackageRuns

GONE = "removed with a package"


@dataclass(slots=True)
class Origins:
    """The differences, told apart by who made them."""

    packaged: dict[str, str] = field(default_factory=dict)
    """By path the package, or what else came with one."""
    kept: dict[str, str] = field(default_factory=dict)
    """By path the program that writes it at any time."""
    own: list[Difference] = field(default_factory=list)
    """Whose nobody knows."""

    def __contains__(self, path: str) -> bool:
        return path in self.packaged or path in self.kept


@dataclass(frozen=True)
class Search:
    root: str
    settings: Collection[str]
    """What packages named below /etc at the last look."""
    has_changed: bool
    """Whether any package was, since then."""

    def origins(self, differences: Sequence[Difference]) -> Origins:
        """Modes and owners are nowhere in a package's sums."""
        candidates = {each.path: self.inside(each.path) for each in differences if each.is_of_content_only}
        of_lists, found = self._of_lists(differences, candidates), Origins()
        for each in differences:
            path = candidates.get(each.path, "")
            if package := of_lists.get(path) or (path and self._came_along(each, path)):
                found.packaged[each.path] = package
            elif path and (program := self._keeper(each, path)):
                found.kept[each.path] = program
            else:
                found.own.append(each)
        return found

    def inside(self, path: str) -> str:
        return "/" + path.removeprefix(self.root).lstrip("/")

    def _of_lists(self, differences: Sequence[Difference], candidates: Mapping[str, str]) -> Mapping[str, str]:
        """What the package managers' lists say themselves."""
        gone = {candidates[each.path] for each in differences if each.kind == "removed" and each.path in candidates}
        there = [path for path in candidates.values() if path not in gone]
        shipped = package_files.as_shipped(there, self.root) if there else {}
        lost = gone.intersection(self.settings) if self.has_changed else frozenset[str]()
        return {**dict.fromkeys(package_files.no_longer_brought(lost, self.root), GONE), **shipped}

    def _came_along(self, difference: Difference, path: str) -> str:
        """What packages do beside their lists, while any of them was changed."""
        if not self.has_changed:
            return ""
        before = difference.before
        if before and not difference.now and package_files.may_be_of_a_package(path, is_link=S_ISLNK(before.mode)):
            return GONE
        if difference.kind != "removed" and package_files.is_link_of_a_package(path, self.root):
            return "a link that packages make"
        program = kept_files.written_with_packages(path)
        packages = self._runs.at(_changed_at(difference)) if program and difference.now else ()
        return f"{program}, with {', '.join(packages)}" if packages else ""

    def _keeper(self, difference: Difference, path: str) -> str:
        return kept_files.written_by_itself(path, _changed_at(difference), self.root) if difference.now else ""

    @cached_property
    def _runs(self) -> PackageRuns:
        return PackageRuns(self.root)


def _changed_at(difference: Difference) -> float:
    """Seconds since 1970. Unlike the time of the content nobody can set it back."""
    return difference.now.changed_ns / 1e9 if difference.now else 0.0

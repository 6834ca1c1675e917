"""`clean_package_cache`: remove the packages that were downloaded to be installed.

Parameters: none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from probed.actions.freed_room import settle
from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.core.size import size_text
from probed.helper.programs import PACKAGE_MANAGERS, PackageManager
from probed.host.mounts import lie_on

LEAST_BYTES = 1_048_576
"""Less is not worth it."""


def build(settings: ActionsSettings, performer: Performer) -> CleanPackageCache:
    return CleanPackageCache(performer)


class CleanPackageCache(TypedAction):
    name = "clean_package_cache"
    title = "Remove downloaded packages"
    object_kind = "package cache"
    risk = Risk.LOW
    blast_radius = "packages that are installed already, or can be downloaded again"
    cooldown_s = 3600.0
    daily_cap = 6
    checks: ClassVar[frozenset[str]] = frozenset({"disk", "inodes"})

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        folders = [folder for manager in _here() for folder in manager.folders]
        return {} if any(lie_on(finding.object, folder) for folder in folders) else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, (), self.name)
        return {}

    def object_of(self, params: Mapping[str, object]) -> str:
        return "package cache"

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        here = _here()
        used, snapshot = _used(here), {"managers": [manager.program for manager in here]}
        return Precondition(used >= LEAST_BYTES, f"there are {size_text(used)} of downloaded packages", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        lines = [
            f"would run {' '.join(manager.clean)}: {size_text(manager.used_bytes)} in {', '.join(manager.folders)}"
            for manager in _here()
        ]
        return "\n".join(lines) or "there is no package manager here that keeps what it has installed"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._performer.perform("clean_package_cache", self.validate(params), deadline_s=self.deadline_s)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Half of it must be gone: another installation may have begun meanwhile."""
        here = _here()
        settle(folder for manager in here for folder in manager.folders)
        now = _used(here)
        before = sum(int(str(used)) for used in executed.before.values()) if executed else 2 * LEAST_BYTES
        return Verification(
            now * 2 <= before, f"{size_text(now)} of downloaded packages are left of {size_text(before)}"
        )


def _here() -> Sequence[PackageManager]:
    return [manager for manager in PACKAGE_MANAGERS if manager.is_here]


def _used(managers: Sequence[PackageManager]) -> int:
    return sum(manager.used_bytes for manager in managers)

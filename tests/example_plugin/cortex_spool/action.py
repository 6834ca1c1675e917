"""`retry_jobs`: have the failed jobs of a spool folder done once more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.errors import ActionFailed, ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    folders: tuple[str, ...] = ()
    """The only ones whose jobs may be retried."""


def build(settings: Settings, performer: Performer) -> RetryJobs:
    return RetryJobs(settings)


class RetryJobs(TypedAction):
    name = "retry_jobs"
    title = "Retry failed jobs"
    object_kind = "spool"
    risk = Risk.LOW
    blast_radius = "the failed jobs of one folder are done once more"
    settle_s = 0.5
    checks: ClassVar[frozenset[str]] = frozenset({"spool"})

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object]:
        return {"folder": finding.object}

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("folder",), self.name)
        if params.get("folder") not in self._settings.folders:
            raise ParameterError("folder", f"expected one of {', '.join(self._settings.folders) or 'none'}")
        return {"folder": params["folder"]}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["folder"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        failed = self._failed(params)
        return Precondition(bool(failed), f"{len(failed)} jobs have failed", {"failed": failed})

    def dry_run(self, params: Mapping[str, object]) -> str:
        return f"would retry {', '.join(self._failed(params))}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        failed = self._failed(params)
        for name in failed:
            path = os.path.join(self.object_of(params), name)
            os.rename(path, path.removesuffix(".failed") + ".job")
        return Executed(f"{len(failed)} jobs are waiting again")

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        failed = self._failed(params)
        return Verification(not failed, f"{len(failed)} jobs have failed")

    def _failed(self, params: Mapping[str, object]) -> list[str]:
        folder = self.object_of(self.validate(params))
        try:
            return sorted(name for name in os.listdir(folder) if name.endswith(".failed"))
        except OSError as error:
            raise ActionFailed(f"{folder}: {error.strerror}") from error

"""What the actions that run a configured program have in common."""

from __future__ import annotations

import abc
import hashlib
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import ClassVar

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import RenewalSettings, ScriptSettings
from probed.core.action import Executed, Precondition
from probed.core.redaction import mask
from probed.errors import ActionFailed, ParameterError
from probed.helper.programs import code_of, distrust_of

LONGEST_S = 600.0
MORE_S = 10.0


class NamedProgram(TypedAction):
    object_kind = "script"
    deadline_s = LONGEST_S + 2 * MORE_S
    setting: ClassVar[str]

    def __init__(
        self, programs: Mapping[str, ScriptSettings] | Mapping[str, RenewalSettings], performer: Performer
    ) -> None:
        self._programs, self._performer = programs, performer

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("name",), self.name)
        name = params.get("name")
        if not isinstance(name, str) or name not in self._programs:
            known = ", ".join(self._programs) or "none"
            raise ParameterError("name", f"expected the name of one of {self.setting}: {known}")
        return {"name": name}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["name"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        """A program that was replaced meanwhile is another one."""
        argv = self.settings(params).argv
        reason = self._reason_against(argv)
        snapshot = {
            **_named(argv),
            **self.facts(params),
            "files": [] if reason else list(map(_identity, code_of(argv))),
        }
        return Precondition(not reason, reason or f"{argv[0]} is there", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        settings = self.settings(params)
        return f"would run {_shown(settings.argv)}, for {min(settings.timeout, LONGEST_S):g} s at most"

    def settings(self, params: Mapping[str, object]) -> ScriptSettings | RenewalSettings:
        return self._programs[str(self.validate(params)["name"])]

    @abc.abstractmethod
    def facts(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """What beside the program itself a decision is bound to."""

    def run(self, params: Mapping[str, object]) -> Executed:
        settings, named = self.settings(params), self.validate(params)
        timeout_s = min(settings.timeout, LONGEST_S)
        own = {"argv": list(settings.argv), "timeout_s": timeout_s}
        try:
            done = self._performer.perform("run_program", named, deadline_s=timeout_s + MORE_S, own=own)
        except ActionFailed as error:
            raise type(error)(mask(str(error))) from error
        said = mask(str(done.after.get("said", "")))
        return Executed(done.detail, done.before, {**done.after, "said": said})

    @property
    def _is_ours(self) -> bool:
        return self._performer.uid == os.geteuid()

    def _reason_against(self, argv: tuple[str, ...]) -> str:
        if not argv:
            return f"{self.setting} says no program"
        return distrust_of(argv) if self._is_ours else ""


def _shown(argv: Sequence[str]) -> str:
    """As a shell would take it, without the secrets that may stand there."""
    return mask(shlex.join(argv))


def _named(argv: Sequence[str]) -> Mapping[str, object]:
    """What is shown may be equal where the secrets in it differ."""
    return {"argv": _shown(argv), "digest": hashlib.sha256("\0".join(argv).encode()).hexdigest()[:16]}


def _identity(path: str) -> Sequence[int]:
    try:
        status = os.stat(path)
    except OSError:
        return []
    return [status.st_ino, status.st_mtime_ns]

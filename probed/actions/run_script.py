"""`run_script`: run a program that the configuration names.

Parameters: `name` (one of `actions.scripts`; the document has to give it).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

from probed.actions.named_program import NamedProgram
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings, ScriptSettings
from probed.core.action import Executed, Risk, Verification
from probed.host.command import run_command

PROBE_S = 10.0
LOOKS = 2


def build(settings: ActionsSettings, performer: Performer) -> RunScript:
    return RunScript(settings.scripts, performer)


class RunScript(NamedProgram):
    name = "run_script"
    title = "Run a script"
    risk = Risk.HIGH
    blast_radius = "whatever the script does"
    fits_where_named = True
    setting = "actions.scripts"
    looks_apart_s = 2.0

    def facts(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return {}

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.run(params)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Without a probe the check that found the fault has the word; where nobody knows how the script ended, that is
        not enough."""
        probe = cast(ScriptSettings, self.settings(params)).probe
        if not probe:
            detail = "it ended well" if executed else "nobody knows how it ended"
            return Verification(executed is not None, detail, has_looked=False)
        for number in range(LOOKS):
            time.sleep(self.looks_apart_s if number else 0)
            if reason := _fault(probe):
                return Verification(False, reason)
        return Verification(True, f"{probe[0]} says so")


def _fault(probe: tuple[str, ...]) -> str:
    try:
        done = run_command(probe, deadline_s=PROBE_S)
    except OSError as error:
        return f"{probe[0]} cannot be started: {error.strerror}"
    if done.timed_out:
        return f"{probe[0]} gave no answer within {PROBE_S:g} s"
    return f"{probe[0]} ended with {done.exit_code}" if done.exit_code else ""

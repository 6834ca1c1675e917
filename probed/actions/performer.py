"""Who carries an operation out that may need root: this process, with what its own user may."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

from probed.core.action import Executed
from probed.errors import ActionFailed, ActionRefused, OutcomeUnknown
from probed.helper.command import ENVIRONMENT, RUNNER, Ended
from probed.helper.done import OperationFailed, OperationRefused, OperationUnclear
from probed.host.command import run_command

NOTHING: Mapping[str, object] = {}


class Performer(Protocol):
    @property
    def uid(self) -> int:
        """Whose rights it has."""

    def perform(
        self, operation: str, params: Mapping[str, object], *, deadline_s: float, own: Mapping[str, object] = NOTHING
    ) -> Executed:
        """Blocking. `own` is what the root helper takes from its policy and from nobody else (see `Operation`); where
        no helper is asked it counts, and it is never sent.

        Raises ActionRefused where nothing was done, ActionFailed where it did not work, OutcomeUnknown where nobody
        knows."""

    def refusal(self, operation: str, params: Mapping[str, object]) -> str:
        """Why a policy would refuse this, whatever the host is like, and what it lacks; empty: none would. Blocking.
        Raises ActionFailed where that cannot be asked."""


class OwnHands:
    @property
    def uid(self) -> int:
        return os.geteuid()

    def perform(
        self, operation: str, params: Mapping[str, object], *, deadline_s: float, own: Mapping[str, object] = NOTHING
    ) -> Executed:
        from probed.helper.operations import OPERATIONS  # loaded when something is done for the first time

        if operation not in OPERATIONS:
            raise ActionRefused(f"there is no operation {operation!r}")
        replaced = RUNNER.set(_run)
        try:
            done = OPERATIONS[operation]({**params, **own})
        except OperationRefused as error:
            raise ActionRefused(str(error)) from error
        except OperationFailed as error:
            raise ActionFailed(str(error)) from error
        except OperationUnclear as error:
            raise OutcomeUnknown(str(error)) from error
        finally:
            RUNNER.reset(replaced)
        return Executed(done.detail, done.before, done.after)

    def refusal(self, operation: str, params: Mapping[str, object]) -> str:
        return ""


def _run(argv: Sequence[str], deadline_s: float, kept_bytes: int) -> Ended:
    """As a child of the daemon, found by its PATH; it ends with the work that it is part of, and with the daemon."""
    fixed = {name: value for name, value in ENVIRONMENT.items() if name != "PATH"}
    done = run_command(argv, deadline_s=deadline_s, env=fixed, max_output_bytes=kept_bytes)
    return Ended(done.exit_code, done.stdout + done.stderr)

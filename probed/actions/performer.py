"""Who carries an operation out that may need root: this process, with what its own user may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from probed.core.action import Executed
from probed.errors import ActionFailed
from probed.helper.done import OperationFailed, OperationRefused
from probed.helper.operations import OPERATIONS


class Performer(Protocol):
    def perform(self, operation: str, params: Mapping[str, object], *, deadline_s: float) -> Executed:
        """Blocking. Raises ActionFailed."""


class OwnHands:
    def perform(self, operation: str, params: Mapping[str, object], *, deadline_s: float) -> Executed:
        try:
            done = OPERATIONS[operation](params)
        except (OperationRefused, OperationFailed) as error:
            raise ActionFailed(str(error)) from error
        return Executed(done.detail, done.before, done.after)

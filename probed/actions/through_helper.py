"""The root helper, asked over its socket; it decides by its own policy what it does."""

from __future__ import annotations

import os
import shlex
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from probed.actions.performer import NOTHING, OwnHands, Performer
from probed.core.action import Executed
from probed.core.deadline import ends_at
from probed.errors import ActionFailed, ActionRefused, OutcomeUnknown
from probed.helper.done import Done
from probed.helper.policy import DEFAULT_PATH
from probed.helper.protocol import (
    ALLOWED,
    MAX_DEADLINE_S,
    MAX_LINE_BYTES,
    Outcome,
    Request,
    answer_of,
    read_line,
    request_line,
)

CONNECT_S = 5.0
AGAIN_S = 0.02
GRACE_S = 5.0
"""How much longer than the operation its answer may take: systemd has to start the helper first."""
ROOT = 0


class ThroughHelper:
    uid = ROOT

    def __init__(self, path: Path) -> None:
        self._path = path

    def perform(
        self, operation: str, params: Mapping[str, object], *, deadline_s: float, own: Mapping[str, object] = NOTHING
    ) -> Executed:
        if "argv" in own:
            self._require_same_program(str(params.get("name")), own["argv"])
        return self._perform(operation, params, deadline_s)

    def refusal(self, operation: str, params: Mapping[str, object]) -> str:
        outcome, done = self._asked(ALLOWED, {"operation": operation, "params": dict(params)}, CONNECT_S)
        if outcome is Outcome.DONE:
            return ""
        return f"the root helper would refuse it: {done.detail}; {DEFAULT_PATH} lacks that in operations.{operation}"

    def allowed(self) -> Sequence[str]:
        """The operations that the policy allows. Raises ActionFailed."""
        operations = self._perform(ALLOWED, {}, CONNECT_S).after.get("operations")
        return [str(name) for name in operations] if isinstance(operations, list) else []

    def _require_same_program(self, name: str, argv: object) -> None:
        """What was shown and approved is what the configuration says; the policy alone says what is run."""
        programs = self._perform(ALLOWED, {}, CONNECT_S).after.get("programs")
        run = programs.get(name) if isinstance(programs, dict) else None
        if run is not None and run != argv:
            said, meant = (shlex.join(map(str, words)) if isinstance(words, list) else "?" for words in (run, argv))
            raise ActionRefused(f"{name} is {said} in the root helper's policy, and {meant} in the configuration")

    def _perform(self, operation: str, params: Mapping[str, object], deadline_s: float) -> Executed:
        outcome, done = self._asked(operation, params, deadline_s)
        if outcome is Outcome.REFUSED:
            raise ActionRefused(f"the root helper refused: {done.detail}")
        if outcome is Outcome.UNCLEAR:
            raise OutcomeUnknown(done.detail)
        if outcome is Outcome.FAILED:
            raise ActionFailed(done.detail)
        return Executed(done.detail, done.before, done.after)

    def _asked(self, operation: str, params: Mapping[str, object], deadline_s: float) -> tuple[Outcome, Done]:
        deadline_s = min(deadline_s, MAX_DEADLINE_S, ends_at() - time.monotonic() - GRACE_S)
        line = request_line(Request(operation, params, deadline_s))
        if deadline_s <= 0 or len(line) > MAX_LINE_BYTES:
            raise ActionRefused("there is no time left for it" if deadline_s <= 0 else "its parameters are too long")
        with self._connected() as connection:
            is_heard = _sent(connection, line)
            try:
                return answer_of(read_line(connection, deadline_s + GRACE_S))
            except (ValueError, OSError) as error:
                if not is_heard:
                    raise ActionRefused("the root helper hung up before it had heard everything") from error
                reason = str(error) or type(error).__name__
                raise OutcomeUnknown(f"nobody knows whether the root helper did it: {reason}") from error

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(CONNECT_S)
            _connect(connection, str(self._path))
        except OSError as error:
            connection.close()
            reason = error.strerror or "no answer"
            raise ActionRefused(f"the root helper cannot be asked at {self._path}: {reason}") from error
        return connection


def _connect(connection: socket.socket, path: str) -> None:
    """A queue that somebody fills is stood in, as a blocking connect would. Raises OSError."""
    until = time.monotonic() + CONNECT_S
    while True:
        try:
            connection.connect(path)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(AGAIN_S)
        else:
            return


def _sent(connection: socket.socket, line: bytes) -> bool:
    """One that turns us away does not read what we say, but its answer can be read all the same."""
    try:
        connection.sendall(line)
    except OSError:
        return False
    return True


class HelperOrOwnHands:
    """The helper where its socket is there, also one that comes later, else this process."""

    def __init__(self, path: Path) -> None:
        self._path, self._helper, self._own = path, ThroughHelper(path), OwnHands()

    @property
    def uid(self) -> int:
        return self._chosen.uid

    @property
    def _chosen(self) -> Performer:
        return self._helper if os.path.exists(self._path) else self._own

    def perform(
        self, operation: str, params: Mapping[str, object], *, deadline_s: float, own: Mapping[str, object] = NOTHING
    ) -> Executed:
        return self._chosen.perform(operation, params, deadline_s=deadline_s, own=own)

    def refusal(self, operation: str, params: Mapping[str, object]) -> str:
        return self._chosen.refusal(operation, params)


def build_performer(path: Path | None) -> Performer:
    return HelperOrOwnHands(path) if path else OwnHands()

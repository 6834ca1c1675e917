"""One connection to the helper: who asks, what is asked, whether it is allowed, and what became of it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.helper import journal
from probed.helper.command import RUNNER, Ended, start_and_read
from probed.helper.done import Done, OperationFailed, OperationRefused, OperationUnclear
from probed.helper.operations import OPERATIONS
from probed.helper.policy import Policy, load_policy
from probed.helper.protocol import ALLOWED, Outcome, Request, answer_line, read_line, request_of
from probed.helper.validators import validated

READ_S = 5.0
WRITE_S = 5.0
AFTER_DEADLINE_S = 2.0
"""What an operation has for its last words, when the programs that it started were ended in time."""
SHOWN = 1000
"""Characters of a request, or of what came of it, that stand in the log."""
MOST_BEGUN = 16_000
"""Characters of a request that is carried out: it stands in the log as a whole, and journald cuts longer lines."""


@dataclass(frozen=True, slots=True)
class Peer:
    pid: int
    uid: int

    def __str__(self) -> str:
        return f"uid {self.uid} (pid {self.pid})"


class Conversation:
    def __init__(self, connection: socket.socket, peer: Peer, policy: Path) -> None:
        self._connection, self._peer, self._policy = connection, peer, policy

    def turn_away(self, reason: str, *, quietly: bool = False) -> None:
        if not quietly:
            journal.warning(f"turned away {self._peer}: {reason}")
        self._answer(Outcome.REFUSED, Done(reason))

    def hold(self) -> None:
        """The process ends by SIGALRM if an operation takes longer than its deadline."""
        signal.setitimer(signal.ITIMER_REAL, READ_S + WRITE_S)
        try:
            request = request_of(read_line(self._connection, READ_S))
        except (ValueError, OSError) as error:
            self.turn_away(f"no request: {error}")
            return
        began_s = time.monotonic()
        outcome, done = self._outcome(request)
        took_s = time.monotonic() - began_s
        say = journal.info if outcome is Outcome.DONE else journal.warning
        say(f"{_shown(request)} for {self._peer}: {outcome} in {took_s:.2f} s: {done.detail[:SHOWN]}")
        self._answer(outcome, done)

    def _outcome(self, request: Request) -> tuple[Outcome, Done]:
        try:
            return Outcome.DONE, self._carry_out(request)
        except OperationRefused as error:
            return Outcome.REFUSED, Done(str(error))
        except OperationFailed as error:
            return Outcome.FAILED, Done(str(error))
        except OperationUnclear as error:
            return Outcome.UNCLEAR, Done(str(error))
        except Exception as error:  # noqa: BLE001 - recorded; whoever asked has to learn that it did not work
            journal.exception(f"{_shown(request)} broke")
            return Outcome.FAILED, Done(f"{type(error).__name__}: {error}")

    def _carry_out(self, request: Request) -> Done:
        policy = load_policy(self._policy)
        if request.operation == ALLOWED and not request.params:
            return _allowed(policy)
        if self._peer.uid not in policy.peers:
            raise OperationRefused(f"the policy does not hear uid {self._peer.uid}")
        if request.operation == ALLOWED:
            return _would(policy, request.params)
        params = validated(policy, request.operation, request.params)
        if request.operation not in OPERATIONS:
            raise OperationRefused(f"{request.operation} is not known to this version")
        if len(asked := _asked(request)) > MOST_BEGUN:
            raise OperationRefused("the request is too long for a line of the log")
        self._require_listener()
        journal.info(f"{asked} for {self._peer}: begins")
        _bound(request.deadline_s)
        return OPERATIONS[request.operation](params)

    def _require_listener(self) -> None:
        """What nobody waits for any more is not begun: the host may be another one by now."""
        with contextlib.suppress(BlockingIOError):
            self._connection.setblocking(False)
            if not self._connection.recv(1, socket.MSG_PEEK):
                raise OperationRefused("whoever asked has gone")

    def _answer(self, outcome: Outcome, done: Done) -> None:
        try:
            self._connection.settimeout(WRITE_S)
            self._connection.sendall(answer_line(outcome, done))
        except OSError as error:
            if outcome is not Outcome.REFUSED:
                journal.warning(f"{self._peer} did not take the answer: {error}")


def _allowed(policy: Policy) -> Done:
    """With what each program's name stands for, so that nobody approves another one than will be run."""
    programs = policy.operations.get("run_program", {}).get("programs", {})
    argvs = {name: program["argv"] for name, program in programs.items()}
    operations = sorted(policy.operations)
    return Done(", ".join(operations), after={"operations": operations, "programs": argvs})


def _would(policy: Policy, asked: Mapping[str, object]) -> Done:
    """Nothing is done, and nothing of the host is looked at. Raises OperationRefused where the policy would refuse."""
    operation, params = asked.get("operation"), asked.get("params")
    if not isinstance(operation, str) or not isinstance(params, dict):
        raise OperationRefused("an operation and its parameters are expected")
    validated(policy, operation, params)
    return Done(f"the policy allows {operation}")


def _bound(deadline_s: float) -> None:
    """Programs are ended at the deadline; what still goes on a little later ends with this process."""
    ends_at = time.monotonic() + deadline_s

    def start_in_time(argv: Sequence[str], program_s: float, kept_bytes: int) -> Ended:
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            raise OperationFailed(f"{argv[0]} was not started: the time is up")
        return start_and_read(argv, min(program_s, left_s), kept_bytes)

    RUNNER.set(start_in_time)
    signal.setitimer(signal.ITIMER_REAL, deadline_s + AFTER_DEADLINE_S)


def _shown(request: Request) -> str:
    return _asked(request)[:SHOWN]


def _asked(request: Request) -> str:
    return f"{request.operation[:64]!a} {json.dumps(dict(request.params))}"

"""The root helper's process: started by systemd when somebody connects, gone when nobody has for a while.

Each connection is served by a process of its own, forked from this one, which never runs an operation itself: so one
that hangs, crashes or takes too long, and whatever it started, is ended without harm to the others.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from probed.helper import journal
from probed.helper.command import ENVIRONMENT
from probed.helper.conversation import Conversation, Peer
from probed.helper.done import OperationRefused
from probed.helper.policy import load_policy

FIRST_FD = 3
"""See sd_listen_fds(3)."""
MAX_CONVERSATIONS = 16
"""Of all together; those that the policy hears have a place nevertheless."""
MAX_OF_ONE_USER = 8
"""So that nobody else's silence keeps the daemon from being heard."""
IDLE_S = 60.0
CROWD_S = 1.0
"""A crowd at the door is told of so often at the most: its noise must not push other lines out of the log."""
CREDENTIALS = struct.Struct("iII")


class NotActivated(Exception):
    def __str__(self) -> str:
        return "the helper is started by systemd, with one listening Unix socket: systemctl start cortex-helper.socket"


def inherited_socket(environ: Mapping[str, str]) -> socket.socket:
    """Raises NotActivated."""
    if environ.get("LISTEN_PID") != str(os.getpid()) or environ.get("LISTEN_FDS") != "1":
        raise NotActivated
    try:
        listener = socket.socket(fileno=FIRST_FD)
        is_listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise NotActivated from error
    if listener.family != socket.AF_UNIX or not is_listening:
        raise NotActivated
    listener.set_inheritable(False)
    return listener


def settle() -> None:
    """Nothing of whoever started us reaches an operation."""
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    os.chdir("/")
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Server:
    def __init__(self, listener: socket.socket, policy: Path, idle_s: float = IDLE_S) -> None:
        self._listener, self._policy, self._idle_s = listener, policy, idle_s
        self._under_way: dict[int, int] = {}
        """The uid for which each process is there."""
        self._stopping = False
        self._last_s = time.monotonic()
        self._told_s = -CROWD_S

    def serve(self) -> None:
        """Until it was idle for long enough, or told to stop; what is under way is waited for."""
        woken = _woken_by_signals(self._stop)
        while not self._is_over():
            watched = [woken] if self._stopping else [woken, self._listener.fileno()]
            ready, _, _ = select.select(watched, [], [], self._idle_s)
            if woken in ready:
                os.read(woken, 4096)
            self._reap()
            if self._listener.fileno() in ready:
                self._accept()

    def _is_over(self) -> bool:
        is_idle = time.monotonic() - self._last_s >= self._idle_s
        return not self._under_way and (self._stopping or is_idle)

    def _stop(self) -> None:
        self._stopping = True

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # it was given up again
            return
        self._last_s = time.monotonic()
        with connection:
            peer = _peer(connection)
            conversation = Conversation(connection, peer, self._policy)
            if self._is_full_for(peer):
                self._turn_away(conversation, "too many operations are under way already")
            else:
                self._begin(conversation, peer)

    def _turn_away(self, conversation: Conversation, reason: str) -> None:
        is_told = self._last_s - self._told_s < CROWD_S
        if not is_told:
            self._told_s = self._last_s
        conversation.turn_away(reason, quietly=is_told)

    def _begin(self, conversation: Conversation, peer: Peer) -> None:
        try:
            child = os.fork()
        except OSError as error:
            self._turn_away(conversation, f"no process can be started: {error.strerror}")
            return
        if child == 0:
            self._converse(conversation)
        self._under_way[child] = peer.uid

    def _is_full_for(self, peer: Peer) -> bool:
        uids = list(self._under_way.values())
        if uids.count(peer.uid) >= MAX_OF_ONE_USER:
            return True
        return len(uids) >= MAX_CONVERSATIONS and not self._is_heard(peer)

    def _is_heard(self, peer: Peer) -> bool:
        try:
            return peer.uid in load_policy(self._policy).peers
        except OperationRefused:
            return False

    def _converse(self, conversation: Conversation) -> NoReturn:
        """In the process of its own: it leads a group, so that all that it starts can be ended with it."""
        try:
            os.setsid()
            self._listener.close()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            conversation.hold()
        except BaseException:  # noqa: BLE001 - recorded; nothing may return into the server's loop
            journal.exception("a conversation broke off")
        finally:
            os._exit(0)

    def _reap(self) -> None:
        """Looked at first, and waited for when nothing of its group is left: until then its id is nobody else's."""
        for child in tuple(self._under_way):
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            del self._under_way[child]
            self._last_s = time.monotonic()
            if os.WIFSIGNALED(status):
                journal.warning(f"process {child} was ended by {signal.Signals(os.WTERMSIG(status)).name}")


def _peer(connection: socket.socket) -> Peer:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, uid, _ = CREDENTIALS.unpack(raw)
    return Peer(pid, uid)


def _woken_by_signals(stop: Callable[[], None]) -> int:
    """A file that can be read once a signal came."""
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader

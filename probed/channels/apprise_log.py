"""What Apprise says about a message. It answers True or False; the reason stands only in its log, with URLs and tokens,
which therefore goes nowhere else."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from probed.errors import ChannelError, MessageRefused

MOST_LINES = 50
LONGEST_REASON = 300
ERROR = re.compile(r"error=(\d{3})\b")
SMTP_ERROR = re.compile(r"[({ ](\d{3}),? b['\"]")
DETAIL = re.compile(r"^(?:Socket|I/O) Exception: (.*)", re.DOTALL)
SYSTEM_SAID = re.compile(r"\[Errno -?\d+\] [^'\")]+")
ACCOUNT = frozenset({401, 402, 403, 404, 405, 407, 410})
"""The service knows no such account, token or place: a person has to mend it."""
SMTP_MESSAGE = frozenset({552, 554})
"""Too large, or its content is not taken."""
NEVER_LEFT = ("refused", "resolve", "Name or service", "ConnectTimeout", "connect timeout", "unreachable", "No route")
NO_ANSWER = ("timed out", "Read timed", "reset by peer", "RemoteDisconnected", "aborted", "unexpectedly closed")


class _Capture(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.of_thread = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self.of_thread, "lines", None)
        if lines is None or len(lines) >= MOST_LINES:
            return
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text = f"{record.exc_info[1].__class__.__name__}: {record.exc_info[1]}"
        if record.levelno >= logging.WARNING or DETAIL.match(text):
            lines.append(text)


@cache
def _capture() -> _Capture:
    handler, logger = _Capture(), logging.getLogger("apprise")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.DEBUG)
    return handler


@contextlib.contextmanager
def captured() -> Iterator[Sequence[str]]:
    """The warnings of this thread, and the exceptions that it names; the list fills meanwhile."""
    capture, lines = _capture(), list[str]()
    capture.of_thread.lines = lines
    try:
        yield lines
    finally:
        del capture.of_thread.lines


def refusal(lines: Sequence[str], redact: Callable[[str], str], *, is_partial: bool) -> ChannelError:
    """What a failure means for the message. `is_partial`: it went to several people, so some may have it."""
    text = redact("; ".join(map(_short, lines)))[:LONGEST_REASON] or "Apprise gives no reason"
    code, whole = _code(lines), " ".join(lines)
    in_doubt = any(word in whole for word in NO_ANSWER) and not any(word in whole for word in NEVER_LEFT)
    if _is_accounts(code):
        return ChannelError(f"{text}; look at the URL in its file", transient=False)
    if code and not _is_passing(code):
        return MessageRefused(text)
    return ChannelError(text, transient=True, may_have_arrived=is_partial or (in_doubt and code is None))


def _short(line: str) -> str:
    """Of an exception around another one around a third only what the system said."""
    detail = DETAIL.match(line)
    said = SYSTEM_SAID.search(line) if detail else None
    return " ".join((said[0] if said else detail[1] if detail else line).split())


def _code(lines: Sequence[str]) -> int | None:
    """HTTP's or SMTP's, which do not mean the same: SMTP's as a negative number."""
    for line in reversed(lines):
        if found := ERROR.search(line):
            return int(found[1])
        if found := SMTP_ERROR.search(line):
            return -int(found[1])
    return None


def _is_accounts(code: int | None) -> bool:
    """Where SMTP refuses, it is mostly a login, a sender or a recipient."""
    return code in ACCOUNT or (code is not None and -600 < code <= -500 and -code not in SMTP_MESSAGE)


def _is_passing(code: int) -> bool:
    return code in (408, 425, 429) or code >= 500 or -500 < code < 0 or 200 <= code < 400

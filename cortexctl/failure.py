"""What went wrong, in words for a person, with what to type next."""

from __future__ import annotations

from cortexctl.exits import Exit


class Failure(Exception):
    """The command could not do what was asked."""

    exit = Exit.FAILED

    def __init__(self, message: str, next_step: str = "", *, exit_: Exit | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        if exit_ is not None:
            self.exit = exit_


class Unreachable(Failure):
    """No daemon listens, or it does not answer in time."""

    exit = Exit.UNREACHABLE


class TooSlow(Unreachable):
    """Something listens, and says nothing."""


class NoPermission(Failure):
    """The daemon is there; this user may not talk to it."""

    exit = Exit.REFUSED


class Garbled(Failure):
    """The answer is not one of a daemon of this version."""


class OtherVersion(Garbled):
    """The daemon is of another version than cortexctl."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "cortexctl version; after an upgrade: systemctl restart cortex-probed")


class Rejected(Failure):
    """The daemon answered that it will not or cannot: its own words, its code and the field that is wrong."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        named = TYPED.get(field, field)
        super().__init__(f"{named}: {message}" if field and field not in message else message)
        self.status, self.code, self.field = status, code, field
        self.exit = EXITS.get(status, Exit.FAILED)


TYPED = {
    "before": "--before",
    "comment": "--comment",
    "ends_at": "--for",
    "for_s": "--for",
    "matchers": "MATCHER",
    "note": "--note",
    "object_kind": "KIND",
    "revert_after_s": "--revert-after, in seconds",
    "starts_at": "--at",
    "state": "--state",
}
"""Fields of a request as the command line has them."""
EXITS = {
    400: Exit.USAGE,
    403: Exit.REFUSED,
    409: Exit.REFUSED,
    413: Exit.USAGE,
    415: Exit.USAGE,
    422: Exit.USAGE,
}

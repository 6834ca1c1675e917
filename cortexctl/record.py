"""JSON objects that can be read as the wire shapes they are."""

from __future__ import annotations

from typing import Any

from cortexctl.failure import OtherVersion


class Record(dict[str, Any]):
    """A JSON object whose members are attributes too.

    The callers cast it to a dataclass of `probed.wire`: checked by mypy as that shape, without the time it takes to
    import and to build the dataclasses. It stays the plain JSON object for output. A member named like a method of
    `dict` (`items`) must be read by its key.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise MissingMember(name) from None


class MissingMember(OtherVersion, AttributeError):
    def __init__(self, name: str) -> None:
        super().__init__(f"the daemon's answer has no `{name}`: the daemon and cortexctl are not of the same version")

"""The error tree. A class's docstring is its message; attributes carry the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probed.core.exchange import NOTHING
from probed.core.redaction import mask

if TYPE_CHECKING:
    from probed.core.investigation import Evidence


class CortexError(Exception):
    """Cortex could not do what was asked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ConfigError(CortexError):
    """The configuration cannot be used."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        path, reason = mask(path), mask(reason)  # somebody may have written a secret in the place of a file's name
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path, self.line, self.reason = path, line, reason


class NotReloaded(CortexError):
    """What is written now cannot be used; what was in force stays so."""


class DocumentError(CortexError):
    """The inspection document cannot be used."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        reason = mask(reason)
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.line, self.reason = path, line, reason


class ParameterError(CortexError):
    """A parameter of a check or an action is not usable."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field, self.reason = field, reason


class InvalidReport(CortexError):
    """The report does not have the shape of a report."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field, self.reason = field, reason


class NotFound(CortexError):
    """There is no such thing."""


class BrokenPlugin(NotFound):
    """What another package brings cannot be used: it is left out."""


class Conflict(CortexError):
    """It is not in a state in which that can be done."""


class Refused(CortexError):
    """That is not allowed."""


class Overloaded(CortexError):
    """Too much is waiting already; try again in a moment."""


class TooMany(Overloaded):
    """Whoever asks has asked for too much of it already."""


class DeadlineExceeded(CortexError):
    """No answer within the deadline."""


class NotHere(CortexError):
    """The host does not have it, or the daemon may not see it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} ({remedy})" if remedy else what)
        self.what, self.remedy = what, remedy


class HostFailed(CortexError):
    """The host gave no answer to a question about itself."""


class NoneLeft(HostFailed):
    """A server works, and has no connection left to give."""


class CheckFailed(CortexError):
    """The check could not be carried out; that is no answer, not a healthy one."""


class ActionFailed(CortexError):
    """The action could not be carried out."""


class ActionRefused(ActionFailed):
    """The action was not begun: it is not allowed, or nobody could be asked to do it."""


class OutcomeUnknown(ActionFailed):
    """Nobody knows whether the action was carried out: it is verified, and never repeated."""


class NoAnswer(CortexError):
    """The model gave no usable answer."""

    def __init__(self, reason: str, cost_usd: float = 0.0, *, over_budget: bool = False, is_away: bool = False) -> None:
        """`is_away`: no model spoke, and none will for anybody else who asks now."""
        super().__init__(reason)
        self.reason, self.cost_usd, self.over_budget, self.is_away = reason, cost_usd, over_budget, is_away
        self.transcript = ""
        """What was said until then, as JSON lines."""
        self.evidence: tuple[Evidence, ...] = ()
        """What the probes answered until then."""
        self.passed = NOTHING
        """Through the gateway, until then."""
        self.is_told = False
        """Cortex tells the reason by itself, once for all whom it concerns."""


class ChannelError(CortexError):
    """The message was not delivered."""

    def __init__(
        self, reason: str, *, transient: bool, retry_after_s: float | None = None, may_have_arrived: bool = False
    ) -> None:
        """`transient`: False where a person has to mend the channel first (a token, a chat, a right)."""
        super().__init__(reason)
        self.reason, self.transient, self.retry_after_s = reason, transient, retry_after_s
        self.may_have_arrived = may_have_arrived


class MessageRefused(ChannelError):
    """The channel works, but does not take this message in any form."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, transient=False)


class AlreadyRunning(CortexError):
    """Another daemon uses this state directory."""


class StaleVersion(CortexError):
    """Somebody else changed it in between."""


class CannotPersist(CortexError):
    """The monitor cannot be written: the disk is full, failing or read-only, or another program locks the file."""


class MonitorFailed(CortexError):
    """The monitor cannot be used."""


class CorruptMonitor(MonitorFailed):
    """The monitor's file is damaged."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} is damaged or no monitor: {reason}")
        self.path, self.reason = path, reason


class DamagedBackup(CortexError):
    """The backup cannot be restored."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the backup {name} cannot be restored: {reason}")
        self.name, self.reason = name, reason


class NewerMonitor(MonitorFailed):
    """The database was written by a newer version, or by another program."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} does not belong to this version of Cortex: {reason}")
        self.path, self.reason = path, reason

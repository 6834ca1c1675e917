"""What the checks of databases share: a password that stands nowhere but in its file, and how an answer is judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.checks.parameters import Bounds, DurationBound, Timeout, lasting
from probed.config.secret import Secret, SecretCommand, read_secret
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.errors import CheckFailed, ConfigError, NotHere


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBounds(Bounds):
    password_file: Secret | None = None
    timeout_s: Timeout = 5.0
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None


def password_of(secret: Path | SecretCommand | None) -> str:
    """Empty where none is needed. Raises NotHere where nobody has written it down yet; CheckFailed, which holds nothing
    of it."""
    if isinstance(secret, Path) and _is_not_there(secret):
        raise NotHere(
            f"the file {secret} with the password", "let it hold one word, with mode 600, of the daemon's user"
        )
    try:
        return "" if secret is None else read_secret(secret, "password_file")
    except ConfigError as error:
        raise CheckFailed(str(error)) from error


def _is_not_there(path: Path) -> bool:
    """False also where that may not be seen."""
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def answered(name: str, seconds: float, evidence: dict[str, object], params: DatabaseBounds) -> CheckAnswer:
    summary = f"{name} answered after {seconds:.3f} s"
    facts = {"seconds": round(seconds, 4), **evidence}
    return (Observation(name, summary, round(seconds, 4), "s", params.threshold, evidence=facts, boot_grace=True),)


def unanswered(name: str, reason: str, params: DatabaseBounds) -> CheckAnswer:
    return (
        Observation(
            name,
            f"{name} does not answer: {reason}",
            threshold=lasting(params.for_s),
            severity=Severity.CRITICAL,
            evidence={"error": reason, "timeout_s": params.timeout_s},
            boot_grace=True,
        ),
    )

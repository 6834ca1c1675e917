"""The `heartbeat` section: a sign of life to somebody who notices when it stays away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.config.secret import Secret
from probed.config.values import Duration, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatSettings:
    url: str | None = None
    """What is asked for (GET) while the daemon is really alive; without it and `url_file` there is no heartbeat."""
    url_file: Secret | None = None
    """File of mode 0600 that holds the URL, where the URL itself is a secret, as with Healthchecks."""
    every: Annotated[float, Duration, Positive] = 60.0
    """Time from one sign to the next."""
    timeout: Annotated[float, Duration, Positive] = 10.0
    """How long one answer may take."""
    missing_after: Annotated[float, Duration, Positive] = 300.0
    """No answer for so long is an alert on this host."""
    fail_path: str = ""
    """Appended to the URL while the daemon runs but is not ready, as `/fail` with Healthchecks; "": no sign at all."""

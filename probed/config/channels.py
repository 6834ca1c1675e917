"""The `channels` section: where else messages go, each under a name of the operator's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    apprise_url_file: Path | None = None
    """File of mode 0600 that holds one Apprise URL: mail, Slack, ntfy, PagerDuty and the rest."""

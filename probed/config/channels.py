"""The `channels` section: where else messages go, each under a name of the operator's."""

from __future__ import annotations

from dataclasses import dataclass

from probed.config.secret import Secret

KINDS = ("telegram", "journal", "webhook", "apprise")
"""Kinds of channels that come with Cortex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    apprise_url_file: Secret | None = None
    """File of mode 0600 that holds one Apprise URL: mail, Slack, ntfy, PagerDuty and the rest."""
    plugin: str | None = None
    """Or the channel of another package, by the name that `cortexctl channels kinds` gives it."""
    options: object = None
    """What that channel wants to know, under its own keys."""

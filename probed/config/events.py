"""The `events` section: what the host tells by itself, so that checks look at once and not only by their schedules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsSettings:
    enabled: bool = True
    """Whether anything that the host tells leads to a look; without it all goes by the schedules of the documents. Each
    source is listened to only while a check in force is concerned, and what does not work is looked at by schedule."""
    systemd: bool = True
    """Whether systemd's units tell over D-Bus that they have failed, or no longer have."""
    docker: bool = True
    """Whether the Docker engine tells of its containers."""
    journal: bool = True
    """Whether `journalctl` follows the journal for the checks that read it."""
    pressure: bool = True
    """Whether the kernel tells of stalls (pressure) for checks that need not wait for a minute."""
    files: bool = True
    """Whether inotify tells of the files that are watched."""
    network: bool = True
    """Whether the kernel tells of network links."""

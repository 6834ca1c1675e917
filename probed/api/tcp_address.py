"""Where programs reach Alertmanager's API over TCP, and what they have to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TcpAddress:
    host: str
    port: int
    token: str

"""The whole configuration, one dataclass a section. A field's docstring is its reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from probed.config.actions import ActionsSettings
from probed.config.agent import AgentSettings
from probed.config.alerts import AlertsSettings
from probed.config.api import ApiSettings
from probed.config.autonomy import AutonomySettings
from probed.config.backup import BackupSettings
from probed.config.channels import ChannelSettings
from probed.config.events import EventsSettings
from probed.config.heartbeat import HeartbeatSettings
from probed.config.inspections import InspectionsSettings
from probed.config.intents import IntentsSettings
from probed.config.log import LogSettings
from probed.config.maintenance import WindowSettings
from probed.config.monitor import MonitorSettings
from probed.config.people import PersonSettings
from probed.config.telegram import TelegramSettings
from probed.config.tracing import TracingSettings
from probed.config.values import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    mode: Literal["observe", "earned", "act"] = "observe"
    """`observe`: a known-safe fix is only named, never carried out by itself. `earned`: it is, once the action has
    earned that with this kind of object. `act`: it is."""
    language: Literal["en", "zh"] = "en"
    """The language of messages and of answers in a chat: English or Chinese."""
    host: str = ""
    """The name of this host in every message; empty: its host name."""
    api: ApiSettings = field(default_factory=ApiSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    inspections: InspectionsSettings = field(default_factory=InspectionsSettings)
    events: EventsSettings = field(default_factory=EventsSettings)
    agent: AgentSettings = field(default_factory=AgentSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)
    dependencies: dict[str, Annotated[tuple[str, ...], Names]] = field(default_factory=dict)
    """What depends on what: the object of an alert (`shop.service`, `/srv`, `http https://shop.example/`, `host`), and
    what it needs."""
    maintenance: tuple[WindowSettings, ...] = ()
    """Maintenance that comes again: what matches is not told then, and nothing is fixed by itself."""
    actions: ActionsSettings = field(default_factory=ActionsSettings)
    autonomy: AutonomySettings = field(default_factory=AutonomySettings)
    people: dict[str, PersonSettings] = field(default_factory=dict)
    """Who is who, by name, with the accounts of each: for actions that two different persons have to approve. Root is
    nobody; who became root is known by the user that logged in."""
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    """Where else messages go, each under a name of your own, as in {mail: {apprise_url_file: mail-url}}."""
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    intents: IntentsSettings = field(default_factory=IntentsSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    log: LogSettings = field(default_factory=LogSettings)

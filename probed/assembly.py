"""From settings to the engine's parts: small functions, each builds one thing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import time

from probed.actions.registry import build_actions
from probed.api.tcp_address import TcpAddress
from probed.checks.registry import CheckRegistry
from probed.config.actions import ActionsSettings
from probed.config.api import TcpSettings
from probed.config.defaults import resolved
from probed.config.documents import load_documents
from probed.config.escalation import EscalationSettings
from probed.config.events import EventsSettings
from probed.config.flapping import FlappingSettings
from probed.config.hours import hours_of, weekly_of
from probed.config.maintenance import WindowSettings
from probed.config.people import PersonSettings
from probed.config.quiet import QuietHoursSettings, StormSettings
from probed.config.receivers import receiver_channels
from probed.config.routing import routing_of
from probed.config.secret import read_private, read_secret
from probed.config.settings import Settings
from probed.core.autonomy import Terms
from probed.core.backup import Keep
from probed.core.dependency import Edge
from probed.core.escalation import EscalationStep
from probed.core.finding import Severity
from probed.core.flapping import FlapBounds
from probed.core.host_event import FOLLOWED, EventSource
from probed.core.hours import QuietHours
from probed.core.inspection import Inspection
from probed.core.maintenance import Fixes, RecurringWindow
from probed.core.matcher import parse_matchers
from probed.core.people import People, Person
from probed.core.permission import Mode, Permission, policy_source
from probed.core.storm import StormLimit
from probed.engine.backups import BackupPlan
from probed.engine.catalogue import Catalogue, Entry
from probed.engine.rules import Rules
from probed.host.topology import HostTopology
from probed.monitor.backups import BackupFolder
from probed.monitor.sealing import Seal
from probed.ports import Channel, Topology


def build_rules(settings: Settings, channels: Sequence[Channel]) -> Rules:
    names = tuple(channel.name for channel in channels)
    routing = routing_of(settings.alerts, {channel.name: channel.is_program for channel in channels})
    return Rules(
        host=settings.host,
        mode=Mode(settings.mode),
        policy={name: policy_source(word) for name, word in settings.actions.policy.items()},
        model_may_approve=settings.actions.model_may_approve,
        revert_after_s=settings.actions.revert_after,
        autonomy=Terms(settings.autonomy.rehearsals, settings.autonomy.threshold),
        people=People({name: _person(name, person) for name, person in settings.people.items()}),
        submitted=Permission(settings.actions.submitted),
        routing=routing,
        digest_at=time.fromisoformat(settings.alerts.digest_at),
        boot_grace_s=settings.inspections.boot_grace,
        analysis_lasts_s=settings.agent.analysis_lasts,
        recalls=settings.agent.recall,
        dependencies=tuple(Edge(node, need) for node, needs in settings.dependencies.items() for need in needs),
        correlates=settings.alerts.correlation.enabled and not routing.is_strict,
        root_wait_s=settings.alerts.correlation.wait,
        escalation=tuple(_escalation_step(settings, step, names) for step in settings.alerts.escalation),
        windows=tuple(_recurring(window) for window in settings.maintenance),
        weekly=weekly_of(settings.alerts.weekly_digest_at) if settings.alerts.weekly_digest_at else None,
        quiet=None if routing.is_strict else _quiet_hours(settings.alerts.quiet_hours),
        storm=None if routing.is_strict else _storm_limit(settings.alerts.storm),
        has_model=settings.agent.backend != "none",
        question_usd=math.inf if settings.agent.budget.question_usd is None else settings.agent.budget.question_usd,
        flapping=None if routing.is_strict else _flap_bounds(settings.alerts.flapping),
    )


def _escalation_step(settings: Settings, step: EscalationSettings, channels: Sequence[str]) -> EscalationStep:
    recipients = receiver_channels(settings.alerts.receivers, step.receiver) or (step.receiver,)
    known = tuple(name for name in recipients if name in channels)
    return EscalationStep(step.after, step.receiver, known, frozenset(map(Severity, step.severities)))


def _recurring(window: WindowSettings) -> RecurringWindow:
    matchers = tuple(matcher for text in window.matchers for matcher in parse_matchers(text))
    return RecurringWindow(window.name, hours_of(window), matchers, Fixes(window.fixes))


def _quiet_hours(quiet: QuietHoursSettings | None) -> QuietHours | None:
    return QuietHours(hours_of(quiet), frozenset(map(Severity, quiet.passes))) if quiet else None


def _storm_limit(storm: StormSettings) -> StormLimit | None:
    return StormLimit(storm.messages, storm.period) if storm.enabled else None


def _flap_bounds(flapping: FlappingSettings) -> FlapBounds | None:
    return FlapBounds(flapping.high, flapping.low) if flapping.enabled else None


def build_tcp_address(tcp: TcpSettings) -> TcpAddress | None:
    """Raises ConfigError where the token cannot be read."""
    if tcp.listen is None or tcp.token_file is None:
        return None
    host, _, port = tcp.listen.rpartition(":")
    return TcpAddress(host.strip("[]"), int(port), read_secret(tcp.token_file, "api.tcp.token_file"))


def build_topology(settings: Settings) -> Topology:
    correlation = settings.alerts.correlation
    return HostTopology(
        asks_systemd=correlation.enabled and correlation.systemd, asks_docker=correlation.enabled and correlation.docker
    )


def build_backup_folder(settings: Settings) -> BackupFolder:
    """Raises ConfigError where others can read the identity."""
    wanted, identity = settings.backup, b""
    if wanted.identity_file:
        identity = read_private(wanted.identity_file, "backup.identity_file")
    return BackupFolder(resolved(settings.monitor.path), resolved(wanted.dir), Seal(wanted.encrypt_to, identity))


def build_backup_plan(settings: Settings) -> BackupPlan:
    wanted = settings.backup
    keep = Keep(wanted.keep_hours, wanted.keep_days, wanted.keep_weeks)
    return BackupPlan(wanted.every, wanted.drill_every, wanted.stale_after, keep)


def enabled_sources(events: EventsSettings) -> frozenset[EventSource]:
    return frozenset(source for source in FOLLOWED if events.enabled and getattr(events, source.value))


def load_catalogue(settings: Settings) -> Catalogue:
    """Read the documents and bind their checks; blocking. Raises ConfigError when the folder cannot be read."""
    registry, actions = CheckRegistry(), build_actions(settings.actions)
    folder = resolved(settings.inspections.dir)
    inspections, broken = load_documents(folder, registry, actions.names(), actions.fault)
    return Catalogue({inspection.id: _entry(inspection, registry) for inspection in inspections}, broken)


def changed_for_restart(old: Settings, new: Settings) -> list[str]:
    """The sections that a reload cannot bring into force."""
    lasting = (
        "host",
        "language",
        "api",
        "monitor",
        "backup",
        "agent",
        "telegram",
        "heartbeat",
        "intents",
        "tracing",
        "log",
    )
    names = [name for name in lasting if getattr(old, name) != getattr(new, name)]
    if _built_from(old.actions) != _built_from(new.actions):
        names.append("actions")
    if (old.inspections.workers, old.inspections.concurrency) != (new.inspections.workers, new.inspections.concurrency):
        names.append("inspections")
    return names


def _built_from(actions: ActionsSettings) -> ActionsSettings:
    """Without what the rules read anew."""
    return replace(actions, policy={}, revert_after={}, submitted="ask")


def _entry(inspection: Inspection, registry: CheckRegistry) -> Entry:
    return Entry(inspection, [registry.bind(call) for call in inspection.checks])


def _person(name: str, settings: PersonSettings) -> Person:
    return Person(name, frozenset(settings.uids), frozenset(settings.telegram))

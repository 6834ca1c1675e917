"""Every line of the doctor, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from probed.config.settings import Settings
from probed.doctor import (
    agent,
    agent_sandbox,
    backups,
    channels,
    clock,
    configuration,
    daemon,
    events,
    helper,
    host,
    inspections,
    interpreter,
    plugins,
    service,
    state,
    telegram,
    tracing,
)
from probed.doctor.installation import Installation, read_installation
from probed.doctor.line import ASK_AS_ROOT, Answer, DoctorLine, fails
from probed.doctor.production import checklist

Look = Callable[[], Answer | None]
"""None: the line says nothing here, because another one has said it."""


def run_doctor(config: Path | None, *, production: bool = False) -> list[DoctorLine]:
    """Examine the installation; blocking, some tens of seconds at the worst. Works with and without a daemon."""
    return examine(read_installation(config), production=production)


def examine(installation: Installation, *, production: bool = False) -> list[DoctorLine]:
    """Without usable settings the lines that depend on them are left out."""
    looks = [*lines_of(installation)]
    if production and installation.settings:
        looks += checklist(installation.settings)
    answers = ((name, _answer(look)) for name, look in looks)
    return [DoctorLine(name, answer.status, answer.detail, answer.remedy) for name, answer in answers if answer]


def lines_of(installation: Installation) -> Iterator[tuple[str, Look]]:
    settings = installation.settings
    yield "python", interpreter.python
    yield "configuration", lambda: configuration.configuration(installation)
    yield "permissions", lambda: configuration.permissions(installation)
    if settings:
        yield from _lines_of_settings(installation, settings)
    yield "systemd", host.systemd
    yield "unit", service.unit
    yield "journal", host.journal
    yield "docker", host.docker
    yield "clock", clock.clock


def _lines_of_settings(installation: Installation, settings: Settings) -> Iterator[tuple[str, Look]]:
    yield "state directory", lambda: state.state_directory(settings)
    yield "database", lambda: state.database(settings)
    yield "backups", lambda: backups.backups(settings)
    yield "restore", lambda: backups.restore(settings)
    yield "daemon", lambda: daemon.daemon(installation, settings)
    yield "events", lambda: events.events(settings)
    yield "helper", lambda: helper.helper(settings)
    yield "inspections", lambda: inspections.inspections(settings)
    yield "plugins", lambda: plugins.plugins(settings)
    yield "agent", lambda: agent.agent(settings)
    yield "agent sandbox", lambda: agent_sandbox.agent_sandbox(settings)
    yield "telegram", lambda: telegram.telegram(settings)
    yield from channels.channels(settings)
    yield "heartbeat", lambda: channels.heartbeat(settings)
    yield "tracing", lambda: tracing.tracing(settings)


def _answer(look: Look) -> Answer | None:
    try:
        return look()
    except PermissionError as error:
        return fails(f"{error.filename}: {error.strerror}", ASK_AS_ROOT)
    except Exception as error:  # noqa: BLE001  # one line that cannot be looked at must not hide the others
        return fails(f"could not be looked at: {type(error).__name__}: {error}", "please report this as a bug")

"""The `actions` section: what may be done on this host at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from probed.config.values import Duration, Names, Size

SHIPPED = (
    "clean_files",
    "clean_package_cache",
    "compress_log",
    "continue_process",
    "enable_unit",
    "free_deleted_space",
    "ionice_process",
    "raise_model_budget",
    "reload_unit",
    "renew_certificate",
    "renice_process",
    "reset_failed_unit",
    "restart_container",
    "restart_unit",
    "restore_mode",
    "rotate_log",
    "run_script",
    "set_unit_property",
    "start_container",
    "start_unit",
    "stop_container",
    "stop_unit",
    "sync_clock",
    "terminate_process",
    "vacuum_journal",
)
"""The actions that come with Cortex. These names stay theirs, whatever other packages bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanFilesSettings:
    roots: Annotated[tuple[str, ...], Names] = ("/tmp", "/var/tmp", "/var/cache/apt/archives")
    """Folders below which files may be removed; nothing else ever is."""
    pattern: str = "*"
    """Names of the files that may go, as a shell pattern, where the document gives none."""
    older_than: Annotated[float, Duration] = 604800.0
    """Age by modification time, where the document gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsSettings:
    rotate: Annotated[tuple[str, ...], Names] = ("/var/log/*.log", "/var/log/*/*.log")
    """Logs that may be emptied once their content is kept in a compressed file beside them: paths, or shell patterns of
    which `*` fits no slash."""
    compress: Annotated[tuple[str, ...], Names] = (
        "/var/log/*.log.*",
        "/var/log/*/*.log.*",
    )
    """Logs that nobody writes any more and that may be replaced by a compressed file."""
    min_size: Annotated[int, Size] = 10_485_760
    """Smaller ones are not worth it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumJournalSettings:
    keep: Annotated[int, Size] = 536_870_912
    """How much of the journal stays, where the document says nothing."""
    least: Annotated[int, Size] = 104_857_600
    """So much always stays, whatever a document says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeDeletedSpaceSettings:
    min_size: Annotated[int, Size] = 52_428_800
    """Less room in deleted but open files is not worth it."""
    signals: dict[str, Literal["HUP", "USR1", "USR2"]] = field(
        default_factory=lambda: {"rsyslogd": "HUP", "nginx": "USR1"}
    )
    """The signal by which a program reopens its files; the units of others are restarted, as far as `units` lets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings:
    argv: Annotated[tuple[str, ...], Names]
    """The program by its absolute path, and its arguments. Nobody but root and the daemon's user may be able to change
    it. The root helper's policy has to say the same under this name."""
    timeout: Annotated[float, Duration] = 60.0
    """How long it may run; at most ten minutes."""
    probe: Annotated[tuple[str, ...], Names] = ()
    """A program that ends with 0 once the script has helped; without one the check that found the fault says; where
    none did, as with a submitted report, it is not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalSettings:
    argv: Annotated[tuple[str, ...], Names]
    """The program by its absolute path, and its arguments, as in `scripts`: [/usr/bin/certbot, renew, --quiet]."""
    timeout: Annotated[float, Duration] = 300.0
    """How long it may run; at most ten minutes."""
    path: str | None = None
    """The file that holds the certificate. Its new end tells whether the renewal helped."""
    host: str | None = None
    """Or the server that shows it."""
    port: int = 443
    """The server's port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightfulSettings:
    owner: str
    """Name or number."""
    group: str
    """Name or number."""
    mode: str
    """Octal and quoted, as in "0640"; neither setuid nor setgid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreModeSettings:
    baseline: dict[str, RightfulSettings] = field(default_factory=dict)
    """Whose file it is and who may do what with it, by its path; no other file ever gets another owner or mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesSettings:
    programs: Annotated[tuple[str, ...], Names] = ()
    """Programs whose processes may be continued, ended or slowed down, as shell patterns; without any none is. The
    first process, kernel threads, Cortex, sshd, logins and their shells never are."""
    users: Annotated[tuple[str, ...], Names] = ("*",)
    """Users whose processes these have to be, as shell patterns."""
    grace: Annotated[float, Duration] = 10.0
    """How long a process has to end by itself after SIGTERM, before SIGKILL; at most a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsSettings:
    allow: Annotated[tuple[str, ...], Names] = ("*.service",)
    """Units that actions may work on, as shell patterns; a name without a type is a service."""
    never: Annotated[tuple[str, ...], Names] = (
        "cortex*",
        "dbus*",
        "systemd-*",
        "ssh*",
        "dropbear*",
        "user@*",
        "user-runtime-dir@*",
        "*getty*",
        "autovt@*",
        "debug-shell*",
        "rescue*",
        "emergency*",
        "initrd-*",
        "*kexec*",
        "*halt*",
        "*poweroff*",
        "*reboot*",
        "*shutdown*",
    )
    """Units that no action works on, nor restarts, starts or stops along with another; without a type, those of every
    type. What systemd itself consists of (`systemd-*`) may be started along. PID 1's own and Cortex's are left alone in
    any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperSettings:
    socket: Path | None = None
    """Socket of the root helper, which carries out what needs root, within its own policy. Where nobody listens on it,
    actions have the rights of the daemon's user. Default: /run/cortex-helper.sock for the user `cortex`, else none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainersSettings:
    allow: Annotated[tuple[str, ...], Names] = ("*",)
    """Containers that actions may work on, as shell patterns."""
    never: Annotated[tuple[str, ...], Names] = ()
    """Containers that no action works on, by name or alias, nor takes the network away from. Cortex's are left alone in
    any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsSettings:
    policy: dict[str, Literal["automatic", "ask", "typed", "two_persons", "never"]] = field(default_factory=dict)
    """Upper bound for an action, whatever a document says; without an entry the document decides. `typed`: whoever
    approves types the name of the object. `two_persons`: two different ones of `people` have to approve. What has a
    high risk and is irreversible is typed in any case."""
    revert_after: dict[str, Annotated[float, Duration, Field(gt=0, le=86400)]] = field(default_factory=dict)
    """Actions that are rolled back so long after they helped, at most 24h, unless somebody confirms the change; those
    that are irreversible are not."""
    model_may_approve: Annotated[tuple[str, ...], Names] = ()
    """Actions that the model's advice may approve in a person's place, where the document allows them on L2 and nothing
    else wants a person; never what has to be typed or approved by two."""
    submitted: Literal["ask", "never"] = "ask"
    """What a report that another program submitted may propose at the most."""
    helper: HelperSettings = field(default_factory=HelperSettings)
    clean_files: CleanFilesSettings = field(default_factory=CleanFilesSettings)
    logs: LogsSettings = field(default_factory=LogsSettings)
    vacuum_journal: VacuumJournalSettings = field(default_factory=VacuumJournalSettings)
    free_deleted_space: FreeDeletedSpaceSettings = field(default_factory=FreeDeletedSpaceSettings)
    scripts: dict[str, ScriptSettings] = field(default_factory=dict)
    """Programs that `run_script` may run, by their names."""
    renewals: dict[str, RenewalSettings] = field(default_factory=dict)
    """Programs that `renew_certificate` may run, by their names."""
    restore_mode: RestoreModeSettings = field(default_factory=RestoreModeSettings)
    processes: ProcessesSettings = field(default_factory=ProcessesSettings)
    containers: ContainersSettings = field(default_factory=ContainersSettings)
    units: UnitsSettings = field(default_factory=UnitsSettings)
    plugins: dict[str, object] = field(default_factory=dict)
    """Settings of actions that other packages bring, each by its name and with the keys that it has."""

"""The `actions` section: what may be done on this host at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from probed.config.values import Duration, Names, Size


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
    rotate: Annotated[tuple[str, ...], Names] = ("/var/log/*.log", "/var/log/*/*.log", "/var/log/syslog")
    """Logs that may be emptied once their content is kept in a compressed file beside them: paths, or shell patterns of
    which `*` fits no slash."""
    compress: Annotated[tuple[str, ...], Names] = (
        "/var/log/*.[0-9]",
        "/var/log/*/*.[0-9]",
        "/var/log/*.log-*",
        "/var/log/*/*.log-*",
    )
    """Logs that nobody writes any more and that may be replaced by a compressed file."""
    min_size: Annotated[int, Size] = 10_485_760
    """Smaller ones are not worth it."""


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
    """Units that actions may work on, as shell patterns."""
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
    """Units that no action works on, nor restarts, starts or stops along with another; what systemd itself consists of
    (`systemd-*`) may be started along. PID 1's own and Cortex's are left alone in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperSettings:
    socket: Path | None = None
    """Socket of the root helper, which carries out what needs root, within its own policy. Where nobody listens on it,
    actions have the rights of the daemon's user. Default: /run/cortex-helper.sock for the user `cortex`, else none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsSettings:
    policy: dict[str, Literal["automatic", "ask", "typed", "two_persons", "never"]] = field(default_factory=dict)
    """Upper bound for an action, whatever a document says; without an entry the document decides. `typed`: whoever
    approves types the name of the object. `two_persons`: two different ones of `people` have to approve."""
    submitted: Literal["ask", "never"] = "ask"
    """What a report that another program submitted may propose at the most."""
    helper: HelperSettings = field(default_factory=HelperSettings)
    clean_files: CleanFilesSettings = field(default_factory=CleanFilesSettings)
    logs: LogsSettings = field(default_factory=LogsSettings)
    restore_mode: RestoreModeSettings = field(default_factory=RestoreModeSettings)
    processes: ProcessesSettings = field(default_factory=ProcessesSettings)
    units: UnitsSettings = field(default_factory=UnitsSettings)

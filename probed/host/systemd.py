"""systemd's units, asked through `systemctl`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere
from probed.host.command import Completed, run_command

BOOTED = "/run/systemd/system"
"""It exists if and only if systemd is the init system, see sd_booted(3)."""

DEPENDANTS = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")
"""The units of these properties are stopped and restarted with the unit, see systemd.unit(5)."""
CONFLICTS = ("Conflicts", "ConflictedBy")
"""A start of the unit stops those of these properties."""
PULLED = ("Requires", "BindsTo", "Wants", "Upholds")
"""A start of the unit starts those of these properties."""
WANTED_BY = ("WantedBy", "RequiredBy", "BoundBy", "UpheldBy")
"""The units of these properties want the unit up while they are."""
STARTED_AT_BOOT = ("enabled", "enabled-runtime", "generated")
"""States of the unit file that mean so."""

REQUIREMENTS = ("Requires", "Requisite", "BindsTo", "PartOf")
"""The units of these properties have to be up for the unit to be."""
CARRIERS = ("*.service", "*.mount")

TYPES = ("service", "socket", "target", "timer", "mount", "automount", "swap", "path", "slice", "scope", "device")

PROPERTIES = (
    "Id",
    "Description",
    "LoadState",
    "ActiveState",
    "SubState",
    "Result",
    "UnitFileState",
    "Type",
    "Restart",
    "NRestarts",
    "MainPID",
    "ExecMainCode",
    "ExecMainStatus",
    "InvocationID",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "TriggeredBy",
    "InactiveExitTimestampMonotonic",
    "StateChangeTimestampMonotonic",
    "ActiveExitTimestampMonotonic",
    "ExecMainExitTimestampMonotonic",
    "Names",
    *DEPENDANTS,
    *CONFLICTS,
    *PULLED,
    "PropagatesReloadTo",
    "CanStart",
    "CanStop",
    "CanReload",
    "ControlGroup",
    *(name for name in WANTED_BY if name not in DEPENDANTS),
)


@dataclass(frozen=True, slots=True)
class Unit:
    name: str
    description: str
    load_state: str
    """`loaded`, `not-found`, `masked`, `error`, `bad-setting`."""
    active_state: str
    """`active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`."""
    sub_state: str
    result: str
    """How it last ended: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` …"""
    unit_file_state: str
    """`enabled`, `disabled`, `static`, `masked` …; empty where there is no file."""
    type: str
    restart: str
    restarts: int
    main_pid: int
    """0 where none runs."""
    exec_main_code: int
    """How the main process ended: 1 it exited, 2 it was killed, 3 it was killed and dumped; 0 it has not."""
    exec_main_status: int
    """Its exit code, or the number of the signal."""
    invocation_id: str
    condition_failed: bool
    """systemd was asked to start it, and skipped it because one of its conditions does not hold."""
    triggered_by: tuple[str, ...]
    started_at_s: float
    """When it last left `inactive`, in monotonic seconds; 0 where it has not since boot."""
    changed_at_s: float
    """When its state last changed, in monotonic seconds; 0 where it has not since boot."""
    ended_by_itself: bool = False
    """It was up, and its main process ended before systemd began to stop it."""
    names: tuple[str, ...] = ()
    """Its name and its aliases."""
    dependants: tuple[str, ...] = ()
    """The units that a restart of this one restarts too, and a stop stops, as far as they are active."""
    conflicts: tuple[str, ...] = ()
    """The units that a start of this one stops, as far as they are active."""
    pulled: tuple[str, ...] = ()
    """The units that a start of this one starts, as far as they are not active."""
    wanted_by: tuple[str, ...] = ()
    """The units that want this one up, as far as they are active."""
    reloaded: tuple[str, ...] = ()
    """The units that a reload of this one reloads too."""
    can_start: bool = True
    can_stop: bool = True
    """False: systemd does neither on request."""
    can_reload: bool = False
    control_group: str = ""
    """Its path below the root of the hierarchy; empty where it has none."""


def is_running() -> bool:
    return os.path.isdir(BOOTED)


def require() -> None:
    """Raises NotHere where systemd is not this host's init system."""
    if not is_running():
        raise NotHere("systemd")


def unit_of(pid: int) -> str:
    """The service of the system that the process belongs to; empty where it belongs to none, or to a user's session."""
    return next((part for part in _groups(pid) if part.endswith(".service")), "")


def is_of_session(pid: int) -> bool:
    """Whether somebody who logged in started it, or it serves their login."""
    return any(part.startswith("session-") and part.endswith(".scope") for part in _groups(pid))


def _groups(pid: int) -> Sequence[str]:
    """systemd's slices, services and scopes around the process."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(errors="replace").splitlines()
    except OSError:
        return ()
    ways = [line.split(":", 2)[2].split("/") for line in lines if line.startswith("0::") or ":name=systemd:" in line]
    return [part for way in ways for part in way]


def full_name(name: str) -> str:
    """`nginx` as `nginx.service`; a name or pattern that ends in a type stays as it is."""
    return name if name.rpartition(".")[2] in TYPES else f"{name}.service"


def every_type(pattern: str) -> tuple[str, ...]:
    """A pattern for the units that one without a type means, beside itself."""
    return () if pattern.rpartition(".")[2] in TYPES else (f"{pattern}.*",)


def show(names: Sequence[str], *, of_user: bool = False, deadline_s: float = 5.0) -> tuple[Unit, ...]:
    """The units of these names, in their order; one that does not exist has the load state `not-found`.
    `of_user`: those of this user's own manager.

    Raises NotHere, HostFailed.
    """
    if not names:
        return ()
    manager = "--user" if of_user else "--system"
    asked = systemctl("show", manager, f"--property={','.join(PROPERTIES)}", "--", *names, deadline_s=deadline_s)
    units = tuple(_unit(block) for block in blocks(asked.stdout))
    if len(units) != len(names):
        raise HostFailed(f"systemctl show told of {len(units)} units where {len(names)} were asked for")
    return units


def restart_counts(patterns: Sequence[str], *, deadline_s: float = 5.0) -> Mapping[str, int]:
    """How often systemd has started each loaded unit again by itself; those that it never has are left out. Raises
    NotHere, HostFailed."""
    asked = systemctl("show", "--property=Id,NRestarts", "--", *patterns, deadline_s=deadline_s)
    found = {block.get("Id", ""): block.get("NRestarts", "") for block in blocks(asked.stdout)}
    return {name: int(count) for name, count in found.items() if count.isdigit() and count != "0"}


def list_units(patterns: Sequence[str] = (), *, states: Sequence[str] = (), deadline_s: float = 5.0) -> tuple[str, ...]:
    """Names of the loaded units that fit one of the shell patterns and are in one of the states (`failed`,
    `auto-restart` …); empty means any. Raises NotHere, HostFailed."""
    options = ["--all", "--plain", "--full", "--no-legend", *(f"--state={state}" for state in states)]
    asked = systemctl("list-units", *options, "--", *patterns, deadline_s=deadline_s)
    return tuple(line.split()[0] for line in asked.stdout.splitlines() if line.strip())


def install_section(name: str, *, deadline_s: float = 5.0) -> Mapping[str, tuple[str, ...]]:
    """What `systemctl enable` would go by: the words of each setting (`WantedBy`, `Alias`, `Also` …) below [Install] of
    the unit's file and what was dropped in. Raises NotHere, HostFailed."""
    asked = systemctl("cat", "--", name, deadline_s=deadline_s)
    found: dict[str, tuple[str, ...]] = {}
    section = ""
    for line in (line.strip() for line in asked.stdout.replace("\\\n", " ").splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Install]" and "=" in line and not line.startswith(("#", ";")):
            key, words = line.partition("=")[0].strip(), line.partition("=")[2].split()
            found[key] = (*found.get(key, ()), *words) if words else ()  # an empty value takes back what stood before
    return found


def file_state(name: str, *, deadline_s: float = 5.0) -> str:
    """Whether the unit is enabled, read from the disk: what `show` says is as old as systemd's last reload. Empty where
    there is no file that could tell. Raises NotHere, HostFailed."""
    asked = _ask("is-enabled", "--", name, deadline_s=deadline_s)  # it ends with 1 also where it says `disabled`
    return asked.stdout.strip()


def requirements(*, deadline_s: float = 10.0) -> Mapping[str, tuple[str, ...]]:
    """What each loaded service and mount cannot do without: what it requires or is bound to, and what it wants and is
    started after. Raises NotHere, HostFailed."""
    properties = ("Id", *REQUIREMENTS, "Wants", "After")
    asked = systemctl("show", f"--property={','.join(properties)}", "--", *CARRIERS, deadline_s=deadline_s)
    return {block["Id"]: _requirements(block) for block in blocks(asked.stdout) if block.get("Id")}


def _requirements(block: Mapping[str, str]) -> tuple[str, ...]:
    required = {name for each in REQUIREMENTS for name in block.get(each, "").split()}
    wanted = set(block.get("Wants", "").split()) & set(block.get("After", "").split())
    return tuple(sorted(name for name in required | wanted if name.endswith((".service", ".mount"))))


def mount_point(unit: str) -> str:
    """`srv-data.mount` as `/srv/data`, see systemd-escape(1)."""
    path = unit.removesuffix(".mount").replace("-", "/")
    return "/" + re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), path).strip("/")


def systemctl(verb: str, *arguments: str, deadline_s: float) -> Completed:
    asked = _ask(verb, *arguments, deadline_s=deadline_s)
    if asked.exit_code:
        raise HostFailed(f"systemctl {verb}: {asked.stderr.strip() or f'exit code {asked.exit_code}'}")
    return asked


def _ask(verb: str, *arguments: str, deadline_s: float) -> Completed:
    """Whatever its exit code is."""
    require()
    try:
        asked = run_command(
            ["systemctl", verb, "--no-pager", *arguments],
            deadline_s=deadline_s,
            env={
                "LC_ALL": "C",
                "TZ": "UTC",
                "SYSTEMD_COLORS": "0",
                "SYSTEMD_PAGER": "",
                "XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}",
            },
            max_output_bytes=8_388_608,
        )
    except OSError as error:
        raise HostFailed(f"systemctl cannot be started: {error.strerror}") from error
    if asked.timed_out:
        raise HostFailed(f"systemctl {verb} gave no answer within {deadline_s:g} s")
    return asked


def blocks(text: str) -> Iterable[Mapping[str, str]]:
    """`Name=value` lines; an empty line stands between two units."""
    for block in text.split("\n\n"):
        if block.strip():
            yield dict(line.split("=", 1) for line in block.strip().splitlines() if "=" in line)


def _unit(block: Mapping[str, str]) -> Unit:
    def number(name: str) -> int:
        text = block.get(name, "")
        return int(text) if text.isdigit() else 0

    def names(*properties: str) -> tuple[str, ...]:
        return tuple(sorted({name for each in properties for name in block.get(each, "").split()}))

    return Unit(
        name=block.get("Id", ""),
        description=block.get("Description", ""),
        load_state=block.get("LoadState", ""),
        active_state=block.get("ActiveState", ""),
        sub_state=block.get("SubState", ""),
        result=block.get("Result", ""),
        unit_file_state=block.get("UnitFileState", ""),
        type=block.get("Type", ""),
        restart=block.get("Restart", ""),
        restarts=number("NRestarts"),
        main_pid=number("MainPID"),
        exec_main_code=number("ExecMainCode"),
        exec_main_status=number("ExecMainStatus"),
        invocation_id=block.get("InvocationID", ""),
        condition_failed=block.get("ConditionResult") == "no" and number("ConditionTimestampMonotonic") > 0,
        triggered_by=tuple(block.get("TriggeredBy", "").split()),
        started_at_s=number("InactiveExitTimestampMonotonic") / 1e6,
        changed_at_s=number("StateChangeTimestampMonotonic") / 1e6,
        ended_by_itself=0 < number("ExecMainExitTimestampMonotonic") <= number("ActiveExitTimestampMonotonic"),
        names=tuple(block.get("Names", "").split()),
        dependants=names(*DEPENDANTS),
        conflicts=names(*CONFLICTS),
        pulled=names(*PULLED),
        wanted_by=names(*WANTED_BY),
        reloaded=names("PropagatesReloadTo"),
        can_start=block.get("CanStart") != "no",
        can_stop=block.get("CanStop") != "no",
        can_reload=block.get("CanReload") == "yes",
        control_group=block.get("ControlGroup", ""),
    )

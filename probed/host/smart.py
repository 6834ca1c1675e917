"""What disks say of their own health, as smartctl (version 7 and newer) prints it in JSON."""

from __future__ import annotations

import glob
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from probed.errors import HostFailed, NotHere
from probed.host.command import run_command
from probed.host.files import at_once

PATH = "/usr/sbin:/sbin:/usr/bin:/usr/local/sbin"
CANNOT_OPEN = 1 << 1
"""Bit of smartctl's exit status."""
DEADLINE_S = 15.0
"""Of one disk; one that does not answer does not keep the others."""
REMEDY = (
    "smartctl needs root: let a timer of root's write `smartctl --json --all DEVICE` of each disk into a file, and name"
    " the files in the parameter `files`"
)
REALLOCATED, PENDING, UNCORRECTABLE = 5, 197, 198
"""Numbers of ATA's attributes."""


@dataclass(frozen=True, slots=True)
class Health:
    device: str
    model: str
    serial: str
    passed: bool | None
    """The disk's own verdict; None: it gives none."""
    failing: tuple[str, ...]
    """Attributes that are below their threshold now."""
    reallocated: int
    """Sectors that were replaced by spare ones."""
    pending: int
    """Sectors that cannot be read, and are replaced when they are written."""
    uncorrectable: int
    used_percent: int | None
    """Of an SSD's life as its maker reckons it; can be more than 100."""
    spare_percent: int | None
    spare_threshold_percent: int
    critical_warning: int
    """NVMe's own bits."""
    failed_self_test: str
    asleep: bool
    """It was not woken for the question."""
    age_s: float = 0.0
    """Since it was asked."""


def ask_all() -> tuple[Health | HostFailed, ...]:
    """Every disk that smartctl finds. Raises NotHere, HostFailed."""
    if not (smartctl := shutil.which("smartctl", path=PATH)):
        raise NotHere("smartctl", "install smartmontools")
    found = _said([smartctl, "--json", "--scan"]).get("devices", [])
    return tuple(_asked(smartctl, str(each["name"]), str(each["type"])) for each in found)


def in_files(pattern: str) -> tuple[Health | HostFailed, ...]:
    """What was printed into files; with their age."""
    return tuple(_in_file(path) for path in sorted(glob.glob(pattern)))


def health_of(said: Mapping[str, Any], age_s: float = 0.0) -> Health:
    device = _dict(said, "device")
    attributes = {row["id"]: row for row in _dict(said, "ata_smart_attributes").get("table", [])}
    nvme = _dict(said, "nvme_smart_health_information_log")
    return Health(
        device=str(device.get("name", "?")),
        model=str(said.get("model_name") or said.get("scsi_model_name") or "?"),
        serial=str(said.get("serial_number", "")),
        passed=_dict(said, "smart_status").get("passed"),
        failing=tuple(row["name"] for row in attributes.values() if row.get("when_failed") == "now"),
        reallocated=_raw(attributes, REALLOCATED) or int(said.get("scsi_grown_defect_list", 0)),
        pending=_raw(attributes, PENDING),
        uncorrectable=_raw(attributes, UNCORRECTABLE) or int(nvme.get("media_errors", 0)),
        used_percent=nvme.get("percentage_used", said.get("scsi_percentage_used_endurance_indicator")),
        spare_percent=nvme.get("available_spare"),
        spare_threshold_percent=int(nvme.get("available_spare_threshold", 0)),
        critical_warning=int(nvme.get("critical_warning", 0)),
        failed_self_test=next(_failed_tests(said), ""),
        asleep=_is_asleep(said),
        age_s=age_s,
    )


def _asked(smartctl: str, device: str, kind: str) -> Health | HostFailed:
    try:
        said = _said([smartctl, "--json", "--all", "--nocheck=standby", f"--device={kind}", device])
    except HostFailed as error:
        return error
    if int(_dict(said, "smartctl").get("exit_status", 0)) & CANNOT_OPEN and not _is_asleep(said):
        if os.geteuid() != 0:
            raise NotHere("the disks' own health", REMEDY)
        return HostFailed(f"{device}: {_messages(said) or 'cannot be opened'}")
    return health_of({"device": {"name": device}, **said})


def _in_file(path: str) -> Health | HostFailed:
    try:
        with open(path, opener=at_once) as file:
            said, age_s = json.load(file), time.time() - os.fstat(file.fileno()).st_mtime
    except (OSError, ValueError) as error:
        return HostFailed(f"{path}: {error}")
    if not isinstance(said, dict) or "device" not in said:
        return HostFailed(f"{path} was not printed by smartctl --json")
    return health_of(said, age_s)


def _said(argv: list[str]) -> Mapping[str, Any]:
    """smartctl's exit status has bits for what the disk says, too: only what it prints counts."""
    try:
        asked = run_command(argv, deadline_s=DEADLINE_S, env={"LC_ALL": "C"})
    except OSError as error:
        raise HostFailed(f"smartctl cannot be started: {error.strerror}") from error
    if asked.timed_out:
        raise HostFailed(f"{argv[-1]} gave no answer within {DEADLINE_S:g} s")
    try:
        said = json.loads(asked.stdout)
    except ValueError:
        raise HostFailed(f"smartctl did not print JSON: {asked.stderr.strip() or asked.stdout[:200]}") from None
    return said if isinstance(said, dict) else {}


def _is_asleep(said: Mapping[str, Any]) -> bool:
    return "STANDBY" in _messages(said).upper()


def _messages(said: Mapping[str, Any]) -> str:
    return "; ".join(str(each.get("string", "")) for each in _dict(said, "smartctl").get("messages", []))


def _failed_tests(said: Mapping[str, Any]) -> Iterator[str]:
    """Of the newest self-test, whichever kind of disk it is of."""
    tests = _dict(_dict(_dict(said, "ata_smart_self_test_log"), "standard"), "table") or []
    for test in list(tests)[:1]:
        if test.get("status", {}).get("passed") is False:
            yield str(test["status"].get("string", "failed"))


def _raw(attributes: Mapping[int, Any], number: int) -> int:
    return int(attributes.get(number, {}).get("raw", {}).get("value", 0))


def _dict(of: Mapping[str, Any], name: str) -> Any:
    return of.get(name) or {}

"""What lines of the kernel's log tell of a fault: of which kind, how bad, and of which part of the host.

The texts are those of the kernel's sources, of 4.19 to 6.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from probed.core.finding import Severity

IGNORED_DEVICES = re.compile(r"(?:sr|fd)\d+")
"""Drives whose media are removed while they are read."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    severity: Severity
    pattern: re.Pattern[str]
    """Its first group, if it has one, is the part of the host."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    severity: Severity
    part: str
    line: str

    @property
    def object(self) -> str:
        return f"{self.kind} {self.part}".strip()


def _kind(name: str, severity: Severity, pattern: str) -> Kind:
    return Kind(name, severity, re.compile(pattern))


C, W = Severity.CRITICAL, Severity.WARNING
KINDS = (
    _kind("read-only", C, r"EXT4-fs \((\S+)\): Remounting filesystem read-only"),
    _kind("read-only", C, r"(?:BTRFS|F2FS).{0,40}\(?device (\S+?)[):].{0,60}forced readonly"),
    _kind("ext4", C, r"EXT[234]-fs error \(device (\S+?)\)"),
    _kind("ext4", C, r"Aborting journal on device (\S+?)-?\d*\."),
    _kind("ext4", C, r"JBD2: .{0,40}error.{0,40} on (\S+?)-\d+"),
    _kind("xfs", C, r"XFS \((\S+?)\): .{0,80}(?:orruption|I/O error|[Ss]hutting down|Internal error|shutdown)"),
    _kind("btrfs", C, r"BTRFS (?:critical|error) \(device (\S+?)(?: state \S+)?\)"),
    _kind("btrfs", W, r"BTRFS warning \(device (\S+?)(?: state \S+)?\): (?:csum failed|checksum)"),
    _kind("RAID", C, r"md/raid\S*: ?(?:Disk failure on |\S+: Disk failure on )(\S+?),"),
    _kind("RAID", C, r"md: super_written gets error=-?\d+"),
    _kind("I/O error", C, r"(?:critical (?:medium|target|space allocation|nexus) error), dev (\S+?),"),
    _kind("I/O error", C, r"I/O error(?: on dev(?:ice)?|, dev) (\S+?)[, ]"),
    _kind("I/O error", C, r"nvme (nvme\d+): (?:controller is down|Device not ready|Removing after probe failure)"),
    _kind("I/O error", W, r"nvme (nvme\d+): I/O .{0,40}timeout"),
    _kind(
        "I/O error",
        W,
        r"(ata\d+)(?:\.\d+)?: (?:failed command|SError: \{|hard resetting link|exception Emask 0x[1-9a-f])",
    ),
    _kind("memory error", C, r"EDAC (MC\d+): \d+ UE "),
    _kind("memory error", W, r"EDAC (MC\d+): \d+ CE "),
    _kind("memory error", C, r"Memory failure: 0x[0-9a-f]+: .{0,40}(?:Killing|recovery action)"),
    _kind("machine check", C, r"mce: \[Hardware Error\]: (CPU \d+): Machine Check(?: Exception)?: "),
    _kind(
        "machine check",
        W,
        r"\[Hardware Error\]: (?:Corrected error|Hardware error from APEI)|Machine check events logged",
    ),
    _kind("machine check", C, r"\[Hardware Error\]: (?:Uncorrected|event severity: (?:fatal|recoverable))"),
    _kind("lockup", C, r"BUG: soft lockup - (CPU#\d+) stuck"),
    _kind("lockup", C, r"[Ww]atchdog.{0,30}hard LOCKUP on (cpu \d+)"),
    _kind("lockup", W, r"rcu: INFO: rcu\w* (?:self-)?detected (?:expedited )?stalls?"),
    _kind("hung task", W, r"INFO: task (\S+?):\d+ blocked for more than \d+ seconds"),
    _kind("kernel bug", C, r"BUG: unable to handle|kernel BUG at |Oops: |BUG: kernel NULL pointer"),
    _kind("network card", W, r"NETDEV WATCHDOG: (\S+?)[ :].{0,60}timed out"),
    _kind("connection table", W, r"nf_conntrack: (?:nf_conntrack: )?table full, dropping packet"),
    _kind("too hot", W, r"mce: (CPU\d+): (?:Core|Package) temperature.{0,20} above threshold"),
)


def faults(lines: Iterator[str] | tuple[str, ...]) -> Iterator[Fault]:
    """Of each line the first kind that fits."""
    for line in lines:
        for kind in KINDS:
            if found := kind.pattern.search(line):
                part = next(iter(found.groups("")), "").rstrip(":,")
                if not IGNORED_DEVICES.fullmatch(part):
                    yield Fault(kind.name, kind.severity, part, line)
                break

"""Lines as kernels print them; those with a mark were said by the kernel of a test machine, the others are from reports
to the kernel's mailing lists and the bug trackers of distributions."""

from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.core.kernel_faults import faults

C, W = Severity.CRITICAL, Severity.WARNING


@pytest.mark.parametrize(
    ("line", "name", "severity"),
    [
        (
            "EXT4-fs error (device loop0): trigger_test_error:129: comm python: the test",
            "ext4 loop0",
            C,
        ),  # test machine
        ("EXT4-fs (sda1): Remounting filesystem read-only", "read-only sda1", C),
        ("Aborting journal on device sda1-8.", "ext4 sda1", C),
        ("blk_update_request: I/O error, dev sdb, sector 1953522944 op 0x0:(READ) flags 0x80700", "I/O error sdb", C),
        ("critical medium error, dev sda, sector 51249016 op 0x0:(READ) flags 0x0 phys_seg 1", "I/O error sda", C),
        ("Buffer I/O error on dev dm-0, logical block 29360112, async page read", "I/O error dm-0", C),
        ("ata3.00: exception Emask 0x10 SAct 0x0 SErr 0x4050002 action 0xe frozen", "I/O error ata3", W),
        ("nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10", "I/O error nvme0", C),
        ("nvme nvme0: I/O 22 QID 0 timeout, reset controller", "I/O error nvme0", W),
        ("XFS (dm-2): Corruption of in-memory data detected.  Shutting down filesystem", "xfs dm-2", C),
        ('XFS (sdc1): metadata I/O error in "xfs_trans_read_buf_map" at daddr 0x2 len 8 error 5', "xfs sdc1", C),
        ("BTRFS error (device sda3): bdev /dev/sda3 errs: wr 0, rd 1, flush 0, corrupt 0, gen 0", "btrfs sda3", C),
        ("BTRFS warning (device sdb1): csum failed root 5 ino 257 off 0 csum 0x1 expected csum 0x2", "btrfs sdb1", W),
        ("md/raid1:md0: Disk failure on sdb1, disabling device.", "RAID sdb1", C),
        ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0", "memory error MC0", W),
        ("EDAC MC1: 1 UE memory scrubbing error on CPU_SrcID#1_Ha#0_Chan#0", "memory error MC1", C),
        ("mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 5: be00000000800400", "machine check CPU 2", C),
        ("mce: [Hardware Error]: Machine check events logged", "machine check", W),
        ("watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [kworker/3:1:1234]", "lockup CPU#3", C),
        ("rcu: INFO: rcu_sched self-detected stall on CPU", "lockup", W),
        ("INFO: task jbd2/sda1-8:231 blocked for more than 120 seconds.", "hung task jbd2/sda1-8", W),
        ("BUG: unable to handle page fault for address: ffffb8ca0f2c7f00", "kernel bug", C),
        ("NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out", "network card eth0", W),
        ("nf_conntrack: nf_conntrack: table full, dropping packet", "connection table", W),
        ("mce: CPU4: Core temperature is above threshold, cpu clock is throttled", "too hot CPU4", W),
    ],
)
def test_a_complaint_is_told_by_its_kind_and_its_part_of_the_host(line: str, name: str, severity: Severity) -> None:
    (found,) = faults((line,))

    assert (found.object, found.severity) == (name, severity)


@pytest.mark.parametrize(
    "line",
    [
        "EXT4-fs (sda1): mounted filesystem 1f7c with ordered data mode. Quota mode: none.",
        "EXT4-fs (sda1): re-mounted. Opts: errors=remount-ro",
        "EXT4-fs (loop1): unmounting filesystem b9803c18-09e7-4c58-ae4e-7ec6c00d1b79.",
        "blk_update_request: I/O error, dev sr0, sector 0 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 0",
        "Buffer I/O error on dev fd0, logical block 0, async page read",
        "XFS (dm-0): Ending clean mount",
        "XFS (sda2): Unmounting Filesystem",
        "BTRFS info (device sda3): disk space caching is enabled",
        "ata1: SATA link up 6.0 Gbps (SStatus 133 SControl 300)",
        "ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x0",
        "mce: CPU0: Thermal monitoring enabled (TM1)",
        "mce: [Hardware Error]: TSC 0 ADDR 1ffffff MISC 0",
        "EDAC MC: Ver: 3.0.0",
        "traps: foo[1234] general protection fault ip:7f2c error:0 in libc.so.6",
        "md: data-check of RAID array md0",
        "Memory cgroup out of memory: Killed process 23295 (probed) total-vm:41272088kB",
        "nvme nvme0: 8/0/0 default/read/poll queues",
        "IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready",
        "perf: interrupt took too long (2503 > 2500), lowering kernel.perf_event_max_sample_rate to 79750",
        "ACPI Error: No handler for Region [ECRM]",
        "usb 1-1: device descriptor read/64, error -71",
    ],
)
def test_what_is_no_complaint_is_none(line: str) -> None:
    assert list(faults((line,))) == []

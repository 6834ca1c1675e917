from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.drill.fault import chosen, faults_in
from probed.drill.places import SHIPPED
from probed.errors import ConfigError, NotFound
from tests.drill.folders import fault_folder
from tests.real.packages import program

NAMED = (
    "deleted-open-file", "inode-exhaustion", "zombie-storm", "oom-kill", "swap-thrash", "runaway-log", "clock-offset",
    "failed-unit", "restart-loop", "certificate-expiring", "renewed-not-served", "descriptor-leak", "port-taken",
    "read-only-remount", "dns-dead", "d-state", "pid-limit", "container-restart-loop", "container-answers-500",
    "firewall-drop", "ephemeral-ports", "slow-leak", "stopped-process", "silent-backup", "permission-drift",
    "page-cache", "niced-backup", "old-oom",
)  # fmt: skip


def test_the_shipped_faults_are_whole_and_many_and_some_must_stay_quiet() -> None:
    faults = faults_in(SHIPPED)

    assert set(NAMED) <= {fault.name for fault in faults}
    assert sum(not fault.truth.is_control for fault in faults) >= 25
    assert sum(fault.truth.is_control for fault in faults) >= 3
    assert all(fault.truth.mechanism for fault in faults)


def test_what_is_recorded_says_so_and_by_which_command() -> None:
    for fault in faults_in(SHIPPED):
        assert (fault.folder / "recorded").is_dir() == bool(fault.truth.recorded), fault.name
        assert "`" in fault.truth.recorded or not fault.truth.recorded, fault.name


def test_the_document_of_each_shipped_fault_can_be_used_as_it_is(tmp_path: Path) -> None:
    for fault in faults_in(SHIPPED):
        (tmp_path / f"{fault.name}.md").write_text(fault.document)

    usable, broken = load_documents(tmp_path, CheckRegistry())

    assert not broken
    assert len(usable) == len(faults_in(SHIPPED))


def test_the_programs_of_the_shipped_faults_are_clean() -> None:
    folders = [fault.folder for fault in faults_in(SHIPPED)]
    programs = [path for each in folders for name in ("prepare", "inject", "clean") if (path := each / name).exists()]

    subprocess.run([program("shellcheck", "shellcheck"), *programs], check=True)


def test_a_folder_may_hold_faults_or_be_one(tmp_path: Path) -> None:
    one = fault_folder(tmp_path, "one")
    fault_folder(tmp_path, "two")

    assert [fault.name for fault in faults_in(tmp_path)] == ["one", "two"]
    assert [fault.name for fault in faults_in(one)] == ["one"]
    assert [fault.name for fault in chosen(faults_in(tmp_path), ["two"])] == ["two"]
    with pytest.raises(NotFound, match="did you mean 'one'"):
        chosen(faults_in(tmp_path), ["onne"])


def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path) -> None:
    def complaint() -> str:
        with pytest.raises(ConfigError) as caught:
            faults_in(tmp_path)
        return str(caught.value)

    assert "holds no fault" in complaint()
    folder = fault_folder(tmp_path, "odd")
    (folder / "inject").chmod(0o644)
    assert f"chmod +x {folder}/inject" in complaint() or os.geteuid() == 0
    (folder / "inject").unlink()
    assert "the program inject is missing" in complaint()
    (folder / "inject").write_text("")
    assert "is empty" in complaint()
    (folder / "inject").write_text("#!/bin/sh\n")
    (folder / "inject").chmod(0o755)
    (folder / "config.yaml").write_text("- 1\n")
    assert "expected sections" in complaint()
    (folder / "inspection.md").write_text("---\nid: x\n---\n")
    assert "'checks' is missing" in complaint()
    (folder / "inspection.md").unlink()
    assert "the file inspection.md is missing" in complaint()
    (folder / "truth.yaml").unlink()
    assert "the file truth.yaml is missing" in complaint()

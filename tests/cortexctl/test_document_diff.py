from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.inspection import VersionList, VersionShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

NEWEST = VersionShape("b3" * 32, "2026-03-01T00:00:00Z", None, "---\nid: disks\nevery: 1m\n---\nLook.\n")
BEFORE = replace(NEWEST, hash="b2" * 32, superseded_at="2026-03-01T00:00:00Z", text=NEWEST.text.replace("1m", "5m"))
FIRST = replace(BEFORE, hash="a1" * 32, text=NEWEST.text.replace("1m", "1h"))
WHERE = f"{paths.INSPECTIONS}/disks/versions"


@pytest.fixture
def host(daemon: StubDaemon) -> StubDaemon:
    daemon.answer(f"GET {WHERE}", VersionList([NEWEST, BEFORE, FIRST]))
    return daemon


def changed(out: str) -> list[str]:
    return [line for line in out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ((), ["-every: 5m", "+every: 1m"]),
        (("a1",), ["-every: 1h", "+every: 1m"]),
        (("a1", "b2"), ["-every: 1h", "+every: 5m"]),
    ],
)
def test_what_changed_from_one_version_to_another(
    host: StubDaemon, ctl: Ctl, words: tuple[str, ...], lines: list[str]
) -> None:
    result = ctl("inspections", "diff", "disks", *words)

    assert result.exit == Exit.OK
    assert changed(result.out) == lines


def test_a_run_names_the_version_that_it_worked_by(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"GET {paths.RUNS}/r7", replace(samples.RUN, id="r7", document_hash=FIRST.hash))

    assert changed(ctl("inspections", "diff", "disks", "r7").out) == ["-every: 1h", "+every: 1m"]

    host.answer(f"GET {paths.RUNS}/r7", replace(samples.RUN, id="r7", document_hash="gone"))
    lost = ctl("inspections", "diff", "disks", "r7")
    assert (lost.exit, lost.err) == (
        Exit.FAILED,
        "cortexctl: the version by which run r7 worked is not kept any more\n",
    )


def test_what_a_file_would_change(host: StubDaemon, ctl: Ctl, tmp_path: Path) -> None:
    file = tmp_path / "disks.md"
    file.write_text(NEWEST.text)
    same = ctl("inspections", "diff", "disks", "--file", str(file))
    assert (same.exit, same.out, same.err) == (Exit.OK, "", "no difference\n")

    file.write_text(NEWEST.text.replace("Look.", "Look \x1b[31mtwice."))
    assert changed(ctl("inspections", "diff", "disks", "--file", str(file)).out)[0] == "-Look."
    assert "\x1b" not in ctl("inspections", "diff", "disks", "--file", str(file)).out
    assert ctl("inspections", "diff", "disks", "--file", str(tmp_path / "none.md")).exit == Exit.USAGE
    assert ctl("inspections", "diff", "disks", "a1", "b2", "--file", str(file)).exit == Exit.USAGE


def test_what_no_document_can_be_is_not_compared(host: StubDaemon, ctl: Ctl, tmp_path: Path) -> None:
    endless = ctl("inspections", "diff", "disks", "--file", "/dev/zero")
    assert (endless.exit, endless.err) == (
        Exit.USAGE,
        "cortexctl: /dev/zero is larger than the 256 KiB of a document\n",
    )
    file = tmp_path / "latin.md"
    file.write_bytes(b"caf\xe9")
    assert ctl("inspections", "diff", "disks", "--file", str(file)).exit == Exit.USAGE


def test_an_ambiguous_beginning_and_a_single_version_are_said(daemon: StubDaemon, host: StubDaemon, ctl: Ctl) -> None:
    assert "b is the beginning of more than one version" in ctl("inspections", "diff", "disks", "b").err
    daemon.answer(f"GET {WHERE}", VersionList([NEWEST]))
    assert "only one version of disks is kept" in ctl("inspections", "diff", "disks").err


def test_the_versions_are_listed(host: StubDaemon, ctl: Ctl) -> None:
    lines = ctl("inspections", "versions", "disks").out.splitlines()
    assert [line.split()[0][:4] for line in lines[1:]] == ["b3b3", "b2b2", "a1a1"]
    assert lines[1].endswith("in force")

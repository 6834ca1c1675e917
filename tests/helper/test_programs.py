"""Which program of the system an operation turns to, and what no request moves it to run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from probed.helper import programs
from probed.helper.command import ENVIRONMENT
from probed.helper.done import OperationFailed, OperationRefused
from probed.helper.operations import OPERATIONS
from probed.helper.programs import PackageManager, distrust_of, used_bytes


class Programs:
    """A folder that is all of PATH; each program notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, name: str, exit_code: int = 0, *, said: str = "") -> None:
        script = self.folder / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.folder}/calls\necho {said}\nexit {exit_code}\n')
        script.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setitem(ENVIRONMENT, "PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Programs(tmp_path / "bin")


# --- the clock --------------------------------------------------------------------------------------------------------


def test_chronyd_is_asked_where_it_answers(host: Programs) -> None:
    host.add("chronyc", said="200 OK")
    host.add("systemctl")

    done = OPERATIONS["sync_clock"]({})

    assert (done.detail, done.after) == ("chronyd: 200 OK", {"by": "chronyd"})
    assert host.calls == ["chronyc -n tracking", "chronyc makestep"]


def test_timesyncd_is_restarted_where_chronyd_does_not_answer(host: Programs) -> None:
    host.add("chronyc", 1)
    host.add("systemctl")

    assert OPERATIONS["sync_clock"]({}).after == {"by": "systemd-timesyncd"}
    assert host.calls[-1] == "systemctl --no-ask-password restart systemd-timesyncd.service"


def test_ntpdate_is_the_last_resort(host: Programs) -> None:
    host.add("systemctl", 3)
    host.add("ntpdate-debian")

    assert OPERATIONS["sync_clock"]({}).after == {"by": "ntpdate"}


def test_where_nobody_keeps_the_time_nothing_is_done(host: Programs) -> None:
    host.add("systemctl", 3)

    with pytest.raises(OperationRefused, match="nobody keeps the time here"):
        OPERATIONS["sync_clock"]({})


# --- package caches ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "call"),
    [
        ("apt-get", "apt-get -q -o DPkg::Lock::Timeout=30 clean"),
        ("dnf", "dnf -q -y clean packages"),
        ("pacman", "pacman -Sc --noconfirm"),
        ("apk", "apk cache clean"),
    ],
)
def test_the_package_manager_that_is_here_cleans_its_own_cache(
    host: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, call: str
) -> None:
    (tmp_path / "cache").mkdir()
    here = [PackageManager(each.program, (str(tmp_path / "cache"),), each.clean) for each in programs.PACKAGE_MANAGERS]
    monkeypatch.setattr(programs, "PACKAGE_MANAGERS", tuple(here))
    host.add(program)

    done = OPERATIONS["clean_package_cache"]({})

    assert host.calls == [call]
    assert done.detail == f"cleaned the cache of {program}"


@pytest.mark.usefixtures("host")
def test_without_a_package_manager_nothing_is_done() -> None:
    with pytest.raises(OperationRefused, match="no package manager"):
        OPERATIONS["clean_package_cache"]({})


def test_a_manager_that_cannot_is_a_failure_with_its_words(
    host: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = PackageManager("apt-get", (str(tmp_path),), ("apt-get", "clean"))
    monkeypatch.setattr(programs, "PACKAGE_MANAGERS", (manager,))
    host.add("apt-get", 100, said="E: Could not get lock")

    with pytest.raises(OperationFailed, match="Could not get lock"):
        OPERATIONS["clean_package_cache"]({})


def test_room_is_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "a").write_bytes(b"x" * 8192)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b").write_bytes(b"x" * 8192)
    (tmp_path / "cache" / "file").symlink_to(tmp_path / "other" / "b")
    (tmp_path / "cache" / "folder").symlink_to(tmp_path / "other")

    assert 8192 <= used_bytes([str(tmp_path / "cache"), str(tmp_path / "missing")]) < 16384


# --- programs that are named ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"argv": []}, {"argv": "/bin/true"}, {"argv": None}])
def test_a_name_alone_runs_nothing(more: Mapping[str, object]) -> None:
    with pytest.raises(OperationRefused, match="nobody says which program"):
        OPERATIONS["run_program"]({"name": "renew", **more})


@pytest.mark.parametrize("program", ["true", "/usr/bin/../bin/true", "/usr/bin", "/missing/program", "/dev/null"])
def test_only_a_plain_absolute_path_of_a_program_is_run(program: str) -> None:
    with pytest.raises(OperationRefused):
        OPERATIONS["run_program"]({"name": "renew", "argv": [program]})


def test_it_runs_with_nothing_of_the_daemons_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORTEX_TEST_SECRET", "hunter2")

    done = OPERATIONS["run_program"]({"name": "show", "argv": ["/usr/bin/env"]})

    assert "hunter2" not in str(done.after["said"])
    assert f"PATH={ENVIRONMENT['PATH']}" in str(done.after["said"])


@pytest.mark.parametrize("interpreter", ["sh", "bash", "dash", "python3", "python3.11", "perl"])
def test_what_an_interpreter_is_given_has_to_be_trusted(tmp_path: Path, interpreter: str) -> None:
    (program := tmp_path / interpreter).symlink_to("/bin/sh")
    script = tmp_path / "script"
    script.write_text("true\n")
    assert distrust_of([str(program), str(script)]) == ""

    os.chown(script, 65534, 65534)

    assert distrust_of([str(program), str(script)]) == f"{script} belongs to uid 65534"
    assert distrust_of([str(program), "-e", "python3", str(script)]) == f"{script} belongs to uid 65534"


@pytest.mark.parametrize(
    "starter", ["env", "nice -n 10", "ionice -c 3", "timeout 60", "nohup", "timeout 60 nice", "setsid"]
)
def test_what_a_program_starts_has_to_be_trusted_as_if_it_stood_alone(tmp_path: Path, starter: str) -> None:
    script = tmp_path / "script"
    script.write_text("true\n")
    words = [f"/usr/bin/{starter}".split(), ["/bin/sh", "-e"]]
    assert distrust_of([*words[0], str(script)]) == distrust_of([*words[0], *words[1], str(script)]) == ""

    os.chown(script, 65534, 65534)

    assert distrust_of([*words[0], str(script)]) == f"{script} belongs to uid 65534"
    assert distrust_of([*words[0], *words[1], str(script)]) == f"{script} belongs to uid 65534"

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Memory, Observation
from probed.errors import NotHere
from probed.host import kernel_log, out_of_memory, proc
from probed.host.kernel_log import Said
from tests.checks.looking import REGISTRY, judged, look
from tests.real.docker_engine import DockerEngine, docker_engine

LOCAL = (
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/docker/bde2,"
    "task_memcg=/docker/bde2,task=worker,pid=23295,uid=997",
    "Memory cgroup out of memory: Killed process 23295 (worker) total-vm:41272088kB, anon-rss:225628kB, UID:997",
)
"""As kernel 6.18 says it."""
GLOBAL = (
    "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
    "task_memcg=/user.slice,task=java,pid=812,uid=1000",
    "Out of memory: Killed process 812 (java) total-vm:9127208kB, anon-rss:7225628kB, file-rss:0kB, UID:1000",
)


class Watch:
    """The check with its memory, which is kept as JSON in between."""

    def __init__(self, **params: object) -> None:
        self._check = REGISTRY.bind(CheckCall("oom", params))
        self.known: Memory = {}

    def look(self) -> Observation:
        (found,), known = self._check.look_since(self.known)
        self.known = json.loads(json.dumps(known))
        assert isinstance(found, Observation)
        return found


class Kernel:
    """What it has counted and what it says."""

    def __init__(self) -> None:
        self.kills, self.lines, self.boot = 15, tuple[str, ...](), "first"

    def since(self, place: str) -> Said:
        said, self.lines = self.lines, ()
        return Said(said, "here")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(out_of_memory, "kills", lambda: made.kills)
    monkeypatch.setattr(kernel_log, "since", made.since)
    monkeypatch.setattr(proc, "boot_id", lambda: made.boot)
    return made


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    with docker_engine() as started:
        yield started
        started.remove_all()


@pytest.mark.docker
def test_a_container_that_is_killed_at_its_limit_is_named(engine: DockerEngine) -> None:
    watch = Watch()
    before = watch.look()
    hungry = ["sh", "-c", "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done"]
    engine.run("hungry", hungry, mem_limit="16m", memswap_limit="16m")
    engine.wait_for("hungry", lambda state: state["Status"] == "exited")
    after = watch.look()

    assert judged(before) is None
    assert judged(after) is Severity.WARNING
    victims = after.evidence["victims"]
    assert any("docker" in each["control_group"] for each in victims)  # type: ignore[attr-defined]


def test_kills_before_the_first_look_do_not_count(kernel: Kernel) -> None:
    kernel.lines = GLOBAL
    watch = Watch()

    assert judged(watch.look()) is None
    kernel.lines = ()
    assert judged(watch.look()) is None


@pytest.mark.parametrize(
    ("lines", "severity", "name"),
    [(LOCAL, Severity.WARNING, "worker"), (GLOBAL, Severity.CRITICAL, "java"), ((), Severity.CRITICAL, "")],
    ids=["of a container", "of the host", "nobody may know"],
)
def test_whose_memory_ran_out_makes_the_difference(
    kernel: Kernel, lines: tuple[str, ...], severity: Severity, name: str
) -> None:
    watch = Watch()
    watch.look()
    kernel.kills, kernel.lines = 16, lines
    found = watch.look()

    assert judged(found) is severity
    assert found.summary.endswith(name or "lack of memory")


def test_one_while_the_daemon_was_away_counts_and_one_before_a_boot_does_not(kernel: Kernel) -> None:
    watch, rebooted = Watch(), Watch()
    watch.look()
    kernel.kills = 16
    rebooted.known = watch.known

    assert judged(watch.look()) is Severity.CRITICAL
    kernel.kills, kernel.boot = 2, "second"
    assert judged(rebooted.look()) is None


def test_it_is_over_after_a_while_without_another(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(keep="10m")
    watch.look()
    kernel.kills = 16
    watch.look()
    kept = watch.look()
    now = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: now)

    assert judged(kept)
    assert judged(watch.look()) is None


def test_a_kernel_that_does_not_count_them_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("pgfault 1\n")
    monkeypatch.setattr(out_of_memory, "VMSTAT", tmp_path / "vmstat")

    assert look("oom") == (Absent("count of the kernel's OOM kills"),)


def test_without_the_log_the_count_has_to_do(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(place: str) -> Said:
        raise NotHere("the kernel's log")

    monkeypatch.setattr(kernel_log, "since", hidden)
    watch = Watch()
    watch.look()
    kernel.kills = 17

    assert watch.look().evidence["kills"] == 2

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probed.agent.sandbox.choice import AGAIN_AFTER_S, Sandboxes
from probed.agent.sandbox.program import CannotConfine, Child, Place, Program
from probed.config.agent import AgentSettings, SandboxName
from probed.errors import NoAnswer

ABSENT = CannotConfine("nobody listens; type: sudo systemctl enable --now it", is_absent=True)
BROKEN = CannotConfine("it does not start")


@dataclass
class Scripted:
    """A sandbox that can be had, or not."""

    name: str
    error: CannotConfine | None = None
    holds: str = "all"
    tries: int = 0
    sweeps: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    def place(self, doors: Mapping[str, Path]) -> Place:
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def running(self, program: Program) -> AsyncIterator[Child]:
        raise NotImplementedError
        yield

    async def check(self) -> None:
        self.tries += 1
        await self.answers.wait()
        if self.error:
            raise self.error

    async def sweep(self) -> None:
        self.sweeps += 1


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Host:
    """What can be had on it: None, or why not."""

    def __init__(self, asked: SandboxName | None, **errors: CannotConfine | None) -> None:
        self.clock = Clock()
        self.each = {name: Scripted(name, errors.get(name)) for name in ("unit", "bwrap", "docker", "none")}
        self.sandboxes = Sandboxes(AgentSettings(sandbox=asked), Path("/nowhere"), self.clock)
        self.sandboxes._all.update(self.each)

    async def chosen(self) -> str:
        return (await self.sandboxes.chosen()).name


@pytest.mark.parametrize(
    ("errors", "chosen"),
    [
        ({}, "unit"),
        ({"unit": ABSENT}, "bwrap"),
        ({"unit": BROKEN, "bwrap": BROKEN}, "docker"),
    ],
)
@pytest.mark.parametrize("asked", ["auto", None])
async def test_the_first_that_works_is_taken(
    asked: SandboxName | None, errors: dict[str, CannotConfine], chosen: str
) -> None:
    assert await Host(asked, **errors).chosen() == chosen


@pytest.mark.parametrize("asked", ["unit", "bwrap", "docker", "auto"])
async def test_what_is_configured_is_never_weakened(asked: SandboxName) -> None:
    host = Host(asked, unit=ABSENT, bwrap=BROKEN, docker=BROKEN)

    with pytest.raises(CannotConfine, match="no program of a model is run, because nothing confines it"):
        await host.chosen()

    assert host.each["none"].tries == 0


async def test_each_reason_is_told_and_what_mends_the_best_of_them() -> None:
    with pytest.raises(CannotConfine) as refused:
        await Host("auto", unit=ABSENT, bwrap=BROKEN, docker=BROKEN).chosen()

    assert str(refused.value).endswith(
        "nobody listens; it does not start; it does not start; type: sudo systemctl enable --now it"
    )


async def test_what_nobody_configured_goes_on_unconfined_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(None, unit=ABSENT, bwrap=BROKEN, docker=BROKEN)

    assert await host.chosen() == "none"
    assert await host.chosen() == "none"

    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "the model's program is not confined" in warning.getMessage()
    assert host.sandboxes.describe() == "not confined"


async def test_nor_does_it_where_the_unit_was_installed_and_fails() -> None:
    host = Host(None, unit=BROKEN, bwrap=BROKEN, docker=BROKEN)

    with pytest.raises(CannotConfine):
        await host.chosen()

    assert host.each["none"].tries == 0


async def test_the_choice_is_looked_at_again_from_time_to_time_and_after_a_failure() -> None:
    host = Host("auto")
    await host.chosen()
    await host.chosen()
    assert host.each["unit"].tries == 1

    host.clock.now_s = AGAIN_AFTER_S + 1
    host.each["unit"].error = BROKEN
    assert await host.chosen() == "bwrap"

    host.each["unit"].error = None
    host.sandboxes.forget()
    assert await host.chosen() == "unit"


async def test_only_a_run_ends_what_an_earlier_daemon_left_and_once() -> None:
    host = Host("auto")
    await host.chosen()
    assert host.each["unit"].sweeps == 0

    await host.sandboxes.swept(math.inf)
    await host.sandboxes.swept(math.inf)

    assert host.each["unit"].sweeps == 1


async def test_what_was_confined_is_not_run_unconfined_because_its_sandbox_has_failed() -> None:
    host = Host(None, unit=ABSENT)
    assert await host.chosen() == "bwrap"
    host.each["bwrap"].error, host.each["docker"].error = BROKEN, ABSENT
    host.sandboxes.forget()

    with pytest.raises(CannotConfine, match="nothing confines it"):
        await host.chosen()

    host.each["bwrap"].error = None
    assert await host.chosen() == "bwrap"


async def test_a_run_waits_for_its_sandbox_no_longer_than_it_has_time() -> None:
    host = Host("bwrap")
    host.each["bwrap"].answers.clear()

    with pytest.raises(NoAnswer, match="within the time of this run") as late:
        await host.sandboxes.swept(time.monotonic() + 0.05)

    assert not late.value.is_away
    host.each["bwrap"].answers.set()
    assert (await host.sandboxes.swept(math.inf)).name == "bwrap"


async def test_who_comes_too_late_takes_nothing_from_those_who_wait() -> None:
    host = Host("bwrap")
    host.each["bwrap"].answers.clear()
    waiting = asyncio.create_task(host.sandboxes.swept(math.inf))

    with pytest.raises(NoAnswer):
        await host.sandboxes.swept(time.monotonic())
    host.each["bwrap"].answers.set()

    assert (await waiting).name == "bwrap"
    assert host.each["bwrap"].tries == 1


async def test_a_choice_whose_asker_has_given_up_goes_on() -> None:
    host = Host("bwrap")
    host.each["bwrap"].answers.clear()
    with pytest.raises(NoAnswer):
        await host.sandboxes.swept(time.monotonic() + 0.05)

    host.each["bwrap"].answers.set()
    await host.chosen()

    assert host.each["bwrap"].tries == 1


async def test_what_is_in_force_stays_so_until_another_choice_is_made() -> None:
    host = Host("bwrap")
    await host.chosen()
    host.clock.now_s = AGAIN_AFTER_S + 1
    host.each["bwrap"].answers.clear()

    with pytest.raises(NoAnswer):
        await host.sandboxes.swept(time.monotonic() + 0.05)

    assert host.sandboxes.describe() == "confined by bwrap"
    host.each["bwrap"].answers.set()
    await host.chosen()


async def test_a_time_out_within_a_sandbox_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sweep() -> None:
        raise TimeoutError("the engine was silent")

    host = Host("bwrap")
    monkeypatch.setattr(host.each["bwrap"], "sweep", sweep)

    with pytest.raises(TimeoutError, match="the engine was silent"):
        await host.sandboxes.swept(math.inf)

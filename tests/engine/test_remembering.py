"""Checks that compare with their last look."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.looking import look_at_all
from probed.engine.recheck import Recheck
from probed.errors import NotFound
from probed.ports import NO_TRACES, Actor
from probed.testing import ImmediateWorkers, ScriptedCheck
from tests.engine.scenario import Host, scenario
from tests.factories import make_inspection

ANN = Actor("ann")
CHANGED = Observation("/etc/passwd", "/etc/passwd has changed", severity=Severity.WARNING)


def files(**memory: object) -> ScriptedCheck:
    return ScriptedCheck("files", remembers=True, memory=memory)


async def run(host: Host, *checks: ScriptedCheck) -> None:
    host.document(make_inspection(id="security"), checks)
    await host.run("security")


async def test_a_check_is_told_at_its_next_look_what_it_knew_also_after_a_restart(tmp_path: Path) -> None:
    first, second = files(hash="a"), files(hash="b")
    async with scenario(tmp_path) as host:
        await run(host, first, second)
        await run(host, first, second)
    async with scenario(tmp_path) as host:
        await run(host, first, second)

    assert first.known == [{}, {"hash": "a"}, {"hash": "a"}]
    assert second.known == [{}, {"hash": "b"}, {"hash": "b"}]


async def test_what_a_check_that_fails_knew_is_kept(tmp_path: Path) -> None:
    check = files(hash="a")
    async with scenario(tmp_path) as host:
        await run(host, check)
        good, check.memory = check.answer, {"hash": "half"}
        check.fail("the disk does not answer")
        await run(host, check)
        check.answer = good
        await run(host, check)

    assert check.known[-1] == {"hash": "a"}


async def test_what_cannot_be_stored_is_no_answer() -> None:
    greedy, strange, lump = files(text="x" * 5 * 2**20), files(name="\udcff"), files(text="x" * 2**20)

    large, broken, whole = await look_at_all([greedy, strange, lump], {}, ImmediateWorkers(), 5.0)

    assert "remember 5.0 MiB, more than 4 MiB" in large.failure
    assert broken.failure
    assert "remember 1024 KiB in one piece, more than 512 KiB" in whole.failure
    assert large.memory is broken.memory is whole.memory is None


async def test_an_operator_has_it_learn_anew_and_that_is_recorded(tmp_path: Path) -> None:
    check, users = files(hash="a"), ScriptedCheck("users", remembers=True, memory={"names": ["root"]})
    async with scenario(tmp_path) as host:
        await run(host, check, users)
        assert await host.engine.operator.relearn("security", ANN, "files") == 1
        await run(host, check, users)
        assert (check.known[-1], users.known[-1]) == ({}, {"names": ["root"]})

        assert await host.engine.operator.relearn("security", ANN) == 2
        texts = [intent.text for intent in (await host.monitor.intents(10)).items if intent.actor == "ann"]
        assert texts == [
            "had security learn anew what is normal",
            "had check files of security learn anew what is normal",
        ]


async def test_only_what_remembers_can_learn_anew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await run(host, files(), ScriptedCheck("disk"))
        with pytest.raises(NotFound, match="no check 'disk' that remembers anything; there are: files"):
            await host.engine.operator.relearn("security", ANN, "disk")
        with pytest.raises(NotFound, match="no inspection nothing"):
            await host.engine.operator.relearn("nothing", ANN)


async def test_after_a_fix_a_check_compares_with_what_it_knew(tmp_path: Path) -> None:
    check = files(hash="a")
    async with scenario(tmp_path) as host:
        await run(host, check)
        check.answer = (CHANGED,)
        await run(host, check)
        [case] = (await host.monitor.cases(10)).items

        recheck = Recheck(host.catalogue, host.monitor, ImmediateWorkers(), NO_TRACES)
        again = await recheck.look_again(case)

        assert again.fault == "/etc/passwd has changed"
        assert check.known[-1] == {"hash": "a"}


async def test_a_document_that_is_removed_takes_with_it_what_its_checks_knew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await run(host, files(hash="a"))
        host.catalogue.entries = {}
        await host.engine.retirement.retire("security")

        assert await host.monitor.memories("security") == {}

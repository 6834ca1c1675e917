"""While a person works on something, it is not told, and nothing is fixed by itself."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from probed.core.hours import Hours
from probed.core.maintenance import Fixes, RecurringWindow, WindowDraft
from probed.core.matcher import Matcher, MatchOp, parse_matchers
from probed.core.observation import Observation
from probed.engine import maintenance
from probed.errors import Conflict, NotFound, ParameterError, TooMany
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import NOW, make_finding

SRV = parse_matchers('object="/srv"')
UNIT = "nginx.service"
FAILED = (Observation(UNIT, f"{UNIT} failed", severity=make_finding().severity),)


def draft(host: Host, hours: float = 1, **changes: object) -> WindowDraft:
    return WindowDraft(host.clock.now() + timedelta(hours=hours), **changes)  # type: ignore[arg-type]


async def test_what_it_covers_is_told_when_it_is_over_and_other_things_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.start_maintenance(draft(host, matchers=SRV), ANN)
        await host.report("a", make_finding(), make_finding(object="/home", summary="/home is full"))
        await host.reboot()

        await host.passes(3500, step_s=20)
        assert host.told == ["warning: /home is full"]
        await host.passes(200, step_s=10)

        assert len(host.told) == 2
        assert "/srv is 85% full" in [section.title for section in host.channel.cards[-1].sections]


async def test_what_came_and_went_meanwhile_is_not_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.start_maintenance(draft(host), ANN)
        await host.report("a", make_finding())
        await host.passes(60, step_s=5)
        await host.report("a")

        await host.passes(7200, step_s=60)

        assert host.told == []


async def test_what_was_told_before_is_also_told_to_be_over(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(2)
        await host.engine.operator.start_maintenance(draft(host), ANN)
        await host.passes(60, step_s=5)
        await host.report("a")

        await host.passes(60, step_s=5)

        assert host.told == ["warning: /srv is 85% full", "resolved: /srv is 85% full"]


async def test_a_person_ends_it_early(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        window = await host.engine.operator.start_maintenance(draft(host, hours=24), ANN)
        await host.report("a", make_finding())
        await host.passes(30)

        await host.engine.operator.end_maintenance(window.id[:10], ANN)
        await host.passes(30)

        assert host.told == ["warning: /srv is 85% full"]
        with pytest.raises(Conflict):
            await host.engine.operator.end_maintenance(window.id, ANN)
        with pytest.raises(NotFound):
            await host.engine.operator.end_maintenance("none", ANN)
        texts = [intent.text for intent in (await host.monitor.intents(10)).items if intent.kind == "audit"]
        told = [text for text in texts if "maintenance" in text]
        assert [(text.split(" ")[0], text.rpartition(": ")[2]) for text in told] == [
            ("ended", "the whole host"),
            ("began", "the whole host"),
        ]


@pytest.mark.parametrize(("fixes", "executed"), [(Fixes.FREEZE, 0), (Fixes.PERMIT, 1)])
async def test_it_freezes_or_permits_fixes(tmp_path: Path, fixes: Fixes, executed: int) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", FAILED)])
        await host.engine.operator.start_maintenance(draft(host, fixes=fixes, comment="new disk"), ANN)

        await host.run("services")
        await host.settles()

        assert len(host.action.executed) == executed
        if fixes is Fixes.FREEZE:
            [case] = (await host.monitor.cases(10)).items
            assert "maintenance (new disk) until 2026-11-20 07:00 UTC" in case.outlook


async def test_what_was_frozen_is_fixed_afterwards(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", FAILED)])
        await host.engine.operator.start_maintenance(draft(host), ANN)
        await host.run("services")
        await host.passes(3700, step_s=60)

        await host.run("services")
        await host.settles()

        assert len(host.action.executed) == 1


async def test_windows_of_the_configuration_come_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.windows = (RecurringWindow("backup", Hours(time(6), time(6, 30), NOW.tzinfo), SRV),)
        await host.report("a", make_finding())

        await host.passes(1700, step_s=20)
        assert host.told == []
        assert [window.id for window in host.engine.operator.recurring_maintenance()] == ["config:backup"]
        await host.passes(200, step_s=20)

        assert host.told == ["warning: /srv is 85% full"]


async def test_one_that_begins_later_mutes_nothing_yet(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        later = host.clock.now() + timedelta(hours=1)
        await host.engine.operator.start_maintenance(draft(host, hours=2, starts_at=later), ANN)
        await host.report("a", make_finding())

        await host.passes(30)

        assert host.told == ["warning: /srv is 85% full"]


async def test_a_window_in_the_past_or_for_years_is_refused(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for hours in (-1, 0, 24 * 400):
            with pytest.raises(ParameterError):
                await host.engine.operator.start_maintenance(draft(host, hours=hours), ANN)


async def test_a_clock_that_is_set_does_not_end_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.start_maintenance(draft(host), ANN)
        host.clock.at += timedelta(hours=5)
        await host.report("a", make_finding())

        await host.passes(3000, step_s=30)

        assert host.told == []


async def test_one_that_begins_at_a_given_hour_begins_then_by_the_clock_as_it_was_set(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        begins_at = host.clock.now() + timedelta(hours=3)
        await host.engine.operator.start_maintenance(draft(host, hours=5, starts_at=begins_at), ANN)
        today = host.clock.at
        host.clock.at = datetime(1970, 1, 1, tzinfo=UTC)
        await host.reboot("next boot")
        await host.passes(30)
        host.clock.at = today + timedelta(hours=2)

        await host.passes(30)
        await host.report("a", make_finding())
        await host.passes(30)
        assert host.told == ["warning: /srv is 85% full"]
        await host.passes(3600, step_s=60)
        await host.report("a", make_finding(), make_finding(object="/home", summary="/home is full"))
        await host.passes(60, step_s=5)

        assert len(host.told) == 1


async def test_nobody_fills_the_monitor_with_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "MOST_WINDOWS", 2)
    async with scenario(tmp_path) as host:
        await host.engine.operator.start_maintenance(draft(host), ANN)
        await host.engine.operator.start_maintenance(draft(host), ANN)

        with pytest.raises(TooMany, match="2 maintenance windows"):
            await host.engine.operator.start_maintenance(draft(host), ANN)
        long = (Matcher("object", MatchOp.EQUAL, "x" * 20_000),)
        with pytest.raises(ParameterError, match="characters"):
            await host.engine.operator.start_maintenance(draft(host, matchers=long), ANN)

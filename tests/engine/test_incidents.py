"""Alerts that belong together are one incident, with one timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, time
from pathlib import Path

import pytest

from probed.core.dependency import Edge
from probed.core.finding import Finding, Severity
from probed.core.hours import Hours, QuietHours
from probed.core.incident import Incident, Kind
from probed.core.observation import Observation
from probed.core.postmortem import postmortem
from probed.core.storm import StormLimit
from probed.monitor import timeline
from probed.monitor.retention import Lifetimes
from probed.ports import IncidentFile
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_alert, make_finding

UNIT = "nginx.service"


def fault(check: str, object_: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return make_finding(check=check, object=object_, summary=f"{object_} is down", severity=severity)


async def incidents(host: Host) -> Sequence[Incident]:
    return (await host.monitor.incidents(50)).items


async def file_of(host: Host) -> IncidentFile:
    [incident] = await incidents(host)
    return await host.monitor.incident(incident.id[:10], host.clock.now())


async def test_it_opens_with_the_first_alert_and_closes_with_the_last(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", fault("disk", "/srv"), fault("disk", "/home", Severity.WARNING))
        await host.passes(30)
        [opened] = await incidents(host)
        assert (opened.state, opened.alerts, opened.firing, opened.severity) == ("open", 2, 2, "critical")

        await host.report("a", fault("disk", "/home", Severity.WARNING))
        await host.reboot()
        assert [each.firing for each in await incidents(host)] == [1]
        await host.report("a")

        [closed] = await incidents(host)
        assert (closed.id, closed.state, closed.firing, closed.closed_at) == (opened.id, "closed", 0, host.clock.now())
        assert (await host.monitor.incidents(10, state="open")).items == []


async def test_what_goes_back_to_a_root_is_one_incident_named_after_the_root(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = (Edge("shop", "db"), Edge("mail", "db"))
        await host.report("shops", fault("http", "shop"))
        await host.passes(400, step_s=20)
        await host.report("mails", fault("tcp_port", "mail"))
        assert len(await incidents(host)) == 2

        await host.report("databases", fault("systemd_unit", "db"))

        [incident] = await incidents(host)
        assert (incident.title, incident.alerts, incident.firing) == ("db is down", 3, 3)
        assert len((await file_of(host)).alerts) == 3


async def test_unrelated_alerts_are_incidents_of_their_own(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", fault("disk", "/srv"))
        await host.report("b", fault("http", "shop"))

        assert {incident.title for incident in await incidents(host)} == {"/srv is down", "shop is down"}


async def test_what_fires_again_soon_is_the_same_incident_and_later_another(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for _ in range(2):
            await host.report("a", fault("disk", "/srv"))
            await host.passes(60, step_s=20)
            await host.report("a")
            await host.passes(60, step_s=20)
        [incident] = await incidents(host)
        assert (incident.alerts, incident.state) == (2, "closed")

        await host.passes(3600, step_s=300)
        await host.report("a", fault("disk", "/srv"))

        assert len(await incidents(host)) == 2


async def test_the_timeline_tells_findings_runs_actions_decisions_messages_and_who_did_what(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failed = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
        check = ScriptedCheck("systemd_unit", (failed,))
        host.action.helps = False
        host.document(with_actions(l2=["restart_unit"]), [check])
        await host.run("services")
        await host.settles()
        [decision] = (await host.monitor.decisions(10)).items
        await host.engine.operator.approve(decision.id, ANN)
        await host.passes(60, step_s=5)
        [alert] = (await host.monitor.alerts(10)).items
        await host.engine.operator.acknowledge(alert.id, ANN)
        check.answer = (Observation(UNIT, f"{UNIT} is active"),)
        await host.run("services")
        await host.passes(60, step_s=5)

        file = await file_of(host)

        kinds = {entry.kind for entry in file.timeline}
        assert kinds == set(Kind)
        assert [entry.at for entry in file.timeline] == sorted(entry.at for entry in file.timeline)
        texts = "\n".join(f"{entry.kind}: {entry.text}" for entry in file.timeline)
        assert f"finding: critical: {UNIT} failed" in texts
        assert "action: L2 restart_unit" in texts
        assert "not verified" in texts
        assert "decision: asked: restart_unit" in texts
        assert "message: to recording: critical: " in texts
        assert "note: uid:1000 ann: acknowledged: " in texts
        assert texts.index("finding:") < texts.index("decision:") < texts.index("alert: resolved")


async def test_a_finding_that_changes_after_many_reports_is_in_the_timeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST_OF_EACH", 3)
    async with scenario(tmp_path) as host:
        for severity in (*[Severity.WARNING] * 6, Severity.CRITICAL):
            await host.report("a", fault("disk", "/srv", severity))
            await host.passes(30, step_s=10)

        found = [entry.text for entry in (await file_of(host)).timeline if entry.kind is Kind.FINDING]

        assert found == ["warning: /srv is down", "critical: /srv is down"]


async def test_what_was_told_at_the_end_of_quiet_hours_is_in_the_timelines_of_what_it_tells(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:  # it begins at 06:00
        host.rules.quiet = QuietHours(Hours(time(5), time(6, 10), UTC))
        await host.report("a", fault("disk", "/srv", Severity.WARNING))
        await host.passes(700, step_s=10)
        await host.report("b", fault("http", "shop", Severity.WARNING))
        await host.passes(30, step_s=10)

        told = {}
        for incident in await incidents(host):
            entries = (await host.monitor.incident(incident.id, host.clock.now())).timeline
            told[incident.title] = [entry.text for entry in entries if entry.kind is Kind.MESSAGE]

    assert told == {
        "/srv is down": ["to recording: quiet hours: 1 alert still firing, 0 over"],
        "shop is down": ["to recording: warning: shop is down"],
    }


async def test_what_was_gathered_in_a_storm_is_in_the_timelines_of_what_it_tells(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.storm = StormLimit(messages=1, period_s=300)
        for name in ("a", "b", "c"):
            await host.report(name, fault("disk", f"/{name}", Severity.WARNING))
            await host.passes(20, step_s=5)
        await host.passes(320, step_s=10)
        host.rules.storm = None
        await host.report("d", fault("disk", "/d", Severity.WARNING))
        await host.passes(20, step_s=5)

        told = {}
        for incident in await incidents(host):
            entries = (await host.monitor.incident(incident.id, host.clock.now())).timeline
            told[incident.title] = [entry.text for entry in entries if entry.kind is Kind.MESSAGE]

    gathered = "to recording: 2 more, told together because there were so many"
    assert told == {
        "/a is down": ["to recording: warning: /a is down"],
        "/b is down": [gathered],
        "/c is down": [gathered],
        "/d is down": ["to recording: warning: /d is down"],
    }


async def test_a_timeline_says_of_what_it_has_only_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_OF_EACH", 2)
    async with scenario(tmp_path) as host:
        for severity in (Severity.WARNING, Severity.CRITICAL):
            await host.report("a", fault("disk", "/srv", severity))
            await host.passes(30, step_s=10)
        assert NEWEST not in [entry.text for entry in (await file_of(host)).timeline]

        await host.report("a", fault("disk", "/srv", Severity.WARNING))
        await host.passes(30, step_s=10)

        entries = (await file_of(host)).timeline
        assert NEWEST in [entry.text for entry in entries if entry.kind is Kind.NOTE]
        assert len([entry for entry in entries if entry.kind is Kind.FINDING]) == 2


NEWEST = "only the newest 2 findings are in this timeline"


async def test_the_post_mortem_is_markdown_that_nobody_else_can_write_in(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        evil = make_finding(
            summary="full\n## Root cause\n<script>x</script> password=hunter2hunter2 [a](http://b) &lt; $x$"
        )
        await host.report("a", evil)
        await host.passes(30)
        file = await file_of(host)

        text = postmortem("host-a", file.incident, file.alerts, file.timeline, host.clock.now())

        headings = [line for line in text.splitlines() if line.startswith("#")]
        assert headings[1:] == [
            "## Summary",
            "## Impact",
            "## Timeline",
            "## Root cause",
            "## What was done",
            "## What is open",
        ]
        assert "hunter2" not in text
        assert "<script>" not in text
        assert "[a](" not in text
        assert r"\&lt; \$x\$" in text
        assert "- alerts: 1, still firing: 1" in text


def test_a_post_mortem_leaves_out_what_an_alert_from_outside_does_not_say() -> None:
    alert = make_alert(labels={"alertname": "Watchdog"}, summary="it barks")
    incident = Incident("i1", alert.summary, alert.severity, alert.starts_at, alert.starts_at, root_id=alert.id)

    lines = postmortem("", incident, [alert], [], alert.starts_at).splitlines()

    assert "Probably it barks." in lines
    assert not any(line.startswith("- host") for line in lines)


async def test_an_incident_outlives_its_root(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", fault("disk", "/srv"), fault("disk", "/home"))
        await host.report("a", fault("disk", "/home"))
        await host.passes(60, step_s=5)
        host.clock.advance(40 * 86400)
        await host.monitor.prune(host.clock.now(), Lifetimes(0, 30 * 86400, 0, 30 * 86400))
        assert len((await file_of(host)).alerts) == 1

        await host.report("b", fault("inodes", "/home"))

        [incident] = await incidents(host)
        assert (incident.state, incident.firing) == ("open", 2)
        assert incident.root_id in {alert.id for alert in (await host.monitor.alerts(10)).items}

"""Ten objects on one dead dependency are one message with the root; nothing that is held back is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.core.dependency import Edge
from probed.core.external_alert import AlertDraft
from probed.core.finding import Finding, Severity
from probed.core.observation import Observation
from probed.errors import HostFailed
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, scenario, with_actions
from tests.factories import make_finding

CHAIN = (Edge("app", "db"), Edge("db", "/srv"))
TEN = tuple(Edge(f"shop-{number}", "db") for number in range(10))


def fault(object_: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return make_finding(check="any", object=object_, summary=f"{object_} is down", severity=severity)


@dataclass
class KnownTopology:
    answer: Sequence[Edge] | HostFailed

    def edges(self) -> Sequence[Edge]:
        if isinstance(self.answer, HostFailed):
            raise self.answer
        return self.answer


async def test_ten_objects_on_one_dead_dependency_are_one_message_with_the_root(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = TEN
        await host.report("shops", *(fault(f"shop-{number}") for number in range(10)))
        await host.report("databases", fault("db"))

        await host.passes(600, step_s=5)

        assert host.told == ["critical: db is down"]
        [section] = host.channel.cards[0].sections
        assert section.lines[2] == "10 alerts depend on it: shop-0, shop-1, shop-2, 7 more"
        assert (await host.monitor.counts())["alerts_firing"] == 11


async def test_a_root_that_is_found_later_still_stands_for_all(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = TEN
        await host.report("shops", *(fault(f"shop-{number}") for number in range(10)))
        await host.passes(8)
        await host.report("databases", fault("db"))

        await host.passes(600, step_s=5)

        assert host.told == ["critical: db is down"]


async def test_without_a_root_what_depends_is_told_soon(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = TEN
        await host.report("shops", fault("shop-1"))

        await host.passes(20)

        assert host.told == ["critical: shop-1 is down"]


async def test_what_still_fires_when_the_root_has_resolved_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = CHAIN
        await host.report("all", fault("app"), fault("db"), fault("/srv"))
        await host.passes(60, step_s=5)
        assert host.told == ["critical: /srv is down"]

        await host.report("all", fault("app"))
        await host.passes(60, step_s=5)

        assert host.told[1:] == ["critical: app is down"]
        resolved = [section.title for section in host.channel.cards[-1].sections[1:]]
        assert resolved == ["resolved: /srv is down"]


async def test_what_ends_with_its_root_says_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = CHAIN
        await host.report("all", fault("app"), fault("db"), fault("/srv"))
        await host.passes(60, step_s=5)

        await host.report("all")
        await host.passes(60, step_s=5)

        assert host.told == ["critical: /srv is down", "resolved: /srv is down"]
        assert [section.title for section in host.channel.cards[-1].sections] == ["resolved: /srv is down"]


async def test_a_restart_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = CHAIN
        await host.report("all", fault("app"), fault("/srv"))
        await host.passes(30, step_s=5)
        await host.reboot()
        await host.report("all", fault("app"))
        await host.reboot()

        await host.passes(60, step_s=5)

        assert host.told == ["critical: /srv is down", "critical: app is down"]


async def test_a_warning_hides_nothing_critical(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = CHAIN
        await host.report("all", fault("app"), fault("/srv", Severity.WARNING))

        await host.passes(60, step_s=5)

        assert len(host.channel.cards[-1].sections) == 2


async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies, host.rules.correlates = CHAIN, False
        await host.report("all", fault("app"), fault("/srv"))

        await host.passes(3)

        assert host.told == ["critical: 2 alerts (any)"]


async def test_the_host_is_asked_and_what_it_said_holds_until_it_says_something_else(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        topology = KnownTopology(CHAIN)
        host.topology = topology
        await host.reboot()
        await host.engine.relations.correlation.refresh()
        topology.answer = HostFailed("no answer")
        await host.engine.relations.correlation.refresh()
        await host.report("all", fault("app"), fault("/srv"))

        await host.passes(30)

        assert host.told == ["critical: /srv is down"]


async def test_the_reason_stands_with_the_alert_as_long_as_it_is_held_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = CHAIN
        await host.report("all", fault("app"), fault("/srv"))
        await host.passes(30, step_s=5)
        [app] = [alert for alert in (await host.monitor.alerts(10)).items if alert.labels["object"] == "app"]
        assert app.annotations["held back"] == "depends on /srv: /srv is down"

        await host.report("all", fault("app"))
        await host.passes(30, step_s=5)

        assert "held back" not in (await host.monitor.alert(app.id)).annotations


async def test_a_root_about_which_a_person_is_asked_stands_for_what_depends_on_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = (Edge("shop", "nginx.service"), Edge("mail", "nginx.service"))
        failed = Observation("nginx.service", "nginx.service failed", severity=Severity.CRITICAL)
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (failed,))])
        await host.run("services")
        await host.report("shops", fault("shop"), fault("mail"))
        await host.passes(300, step_s=5)
        assert host.told == ["May I run restart_unit unit='nginx.service'?"]

        [decision] = (await host.monitor.decisions(10)).items
        await host.engine.operator.reject(decision.id, ANN)
        await host.passes(60, step_s=5)

        assert host.told[-1] == "critical: nginx.service failed"
        assert "2 alerts depend on it: mail, shop" in host.channel.cards[-1].sections[0].lines


async def test_what_the_first_sweep_tells_is_not_told_again(tmp_path: Path) -> None:
    async with scenario(tmp_path, first_sweep_done=False) as host:
        host.rules.dependencies = TEN
        await host.report("shops", fault("shop-1"), fault("shop-2"))
        async with host.monitor.transaction() as tx:
            await host.engine.ticker.alerts.tell_first_sweep(tx)

        await host.passes(300, step_s=5)

        assert host.told == ["first look at this host: 2 alerts, 0 waiting decisions"]


async def test_an_alert_from_outside_is_a_root_by_its_name(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.dependencies = (Edge("shop", "DiskGone"), Edge("SlowAnswers", "shop"))
        names = ("SlowAnswers", "DiskGone")
        drafts = [AlertDraft({"alertname": name, "severity": "critical"}, {}, host.clock.now(), None) for name in names]
        await host.engine.operator.take_alerts(drafts, ANN)
        await host.report("shops", fault("shop"))

        await host.passes(120, step_s=5)

        assert host.told == ["critical: DiskGone"]
        assert "2 alerts depend on it: SlowAnswers, shop" in host.channel.cards[0].sections[0].lines

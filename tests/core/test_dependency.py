from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest

from probed.core import dependency
from probed.core.alert import Alert
from probed.core.dependency import DependencyGraph, Edge, blame, graph_of, nodes_of, objects_of
from probed.core.finding import Severity
from tests.factories import NOW, make_alert

CHAIN = graph_of([Edge("app", "db"), Edge("db", "/srv"), Edge("/srv", "host")])


def alert(object_: str, severity: Severity = Severity.CRITICAL, after_s: float = 0, check: str = "any") -> Alert:
    labels = {"alertname": check, "object": object_, "host": "host-a"}
    return make_alert(labels=labels, severity=severity, starts_at=NOW + timedelta(seconds=after_s))


def root_of(graph: DependencyGraph, one: Alert, *others: Alert) -> str:
    found = blame(graph, one, [one, *others])
    return found.root.labels["object"] if found else ""


def test_the_farthest_that_fires_is_the_root() -> None:
    app, db, disk, host = alert("app"), alert("db"), alert("/srv"), alert("host-a")

    assert root_of(CHAIN, app, db) == "db"
    assert root_of(CHAIN, app, db, disk) == "/srv"
    assert root_of(CHAIN, app, db, disk, host) == "host-a"
    assert root_of(CHAIN, host, app, db, disk) == ""
    assert root_of(CHAIN, disk, app, db) == ""


def test_a_link_that_is_well_does_not_break_the_chain() -> None:
    assert root_of(CHAIN, alert("app"), alert("/srv")) == "/srv"


def test_a_milder_problem_explains_no_worse_one() -> None:
    assert root_of(CHAIN, alert("db"), alert("/srv", Severity.WARNING)) == ""
    assert root_of(CHAIN, alert("db", Severity.WARNING), alert("/srv", Severity.WARNING)) == "/srv"
    assert root_of(CHAIN, alert("app"), alert("db"), alert("/srv", Severity.WARNING)) == "db"


def test_what_needs_each_other_has_one_root_the_earlier() -> None:
    ring = graph_of([Edge("a", "b"), Edge("b", "a")])
    first, second = alert("a"), alert("b", after_s=1)

    assert root_of(ring, first, second) == ""
    assert root_of(ring, second, first) == "a"


def test_nothing_depends_on_itself() -> None:
    assert graph_of([Edge("a", "a")]).is_empty
    assert root_of(graph_of([Edge("a", "a")]), alert("a"), alert("a")) == ""


def test_a_node_may_name_the_check_too() -> None:
    graph = graph_of([Edge("http https://shop/", "shop.service")])

    assert root_of(graph, alert("https://shop/", check="http"), alert("shop.service")) == "shop.service"
    assert root_of(graph, alert("https://shop/", check="tls_certificate"), alert("shop.service")) == ""


def test_unrelated_things_stand_for_themselves() -> None:
    assert root_of(CHAIN, alert("mail"), alert("/srv")) == ""


def test_dependents_and_foundations_are_counted_by_distance() -> None:
    assert CHAIN.foundations(["app"]) == {"db": 1, "/srv": 2, "host": 3}
    assert CHAIN.dependents(["/srv"]) == {"db": 1, "app": 2}


def test_the_host_itself_is_a_node() -> None:
    assert "host" in nodes_of({"object": "host-a", "host": "host-a", "alertname": "ping"})
    assert objects_of(["host", "http https://shop/"], "host-a") >= {"host-a", "https://shop/"}


def test_many_that_depend_on_each_other_are_judged_in_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"unit-{number}" for number in range(50)]
    graph = graph_of(Edge(one, other) for place, one in enumerate(names) for other in names[place + 1 : place + 6])
    alerts = [alert(name) for name in names]
    walk = Mock(side_effect=dependency._reached)
    monkeypatch.setattr(dependency, "_reached", walk)

    roots = {found.root.labels["object"] for each in alerts if (found := blame(graph, each, alerts))}

    assert roots == {"unit-49"}
    assert walk.call_count <= 2 * len(alerts)

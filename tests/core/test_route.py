import pytest

from probed.core.group import Timing
from probed.core.inhibition import Inhibition, InhibitRule
from probed.core.matcher import parse_matchers
from probed.core.route import Route, label_text
from tests.factories import make_alert


def route(matchers: str, *below: Route, continues: bool = False, group_by: tuple[str, ...] = ()) -> Route:
    return Route(
        "{" + matchers + "}", "r", Timing(), parse_matchers(matchers), group_by, continues=continues, routes=below
    )


TREE = route(
    "",
    route("team=db", route("severity=critical"), route("severity=~c.*"), continues=True),
    route("team=~d.+"),
    route("team=db"),
)


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ({}, ["{}"]),
        ({"team": "web"}, ["{}"]),
        ({"team": "db"}, ["{team=db}", "{team=~d.+}"]),
        ({"team": "db", "severity": "critical"}, ["{severity=critical}", "{team=~d.+}"]),
        ({"team": "db", "severity": "c"}, ["{severity=~c.*}", "{team=~d.+}"]),
        ({"team": "dx"}, ["{team=~d.+}"]),
    ],
)
def test_the_deepest_match_takes_it_and_only_continue_goes_on(labels: dict[str, str], keys: list[str]) -> None:
    assert [found.key for found in TREE.match(labels)] == keys


def test_a_group_has_those_of_its_labels_that_the_alert_has() -> None:
    labels = {"team": "db", "host": "a"}

    assert route("", group_by=("team", "zone")).group_labels(labels) == {"team": "db"}
    assert route("").group_labels(labels) == {}
    assert route("", group_by=("...",)).group_labels(labels) == labels


def test_a_group_is_named_as_alertmanager_prints_it() -> None:
    own = Route('{}/{team="db"}', "r", Timing(), group_by=("a", "b"))

    assert own.group_key(own.group_labels({"b": 'x"y\\z\n', "a": "ü"})) == '{}/{team="db"}:{a="ü", b="x\\"y\\\\z\\n"}'
    assert label_text({}) == "{}"


def alert(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, **labels}


def test_a_target_is_muted_while_a_source_with_equal_labels_fires() -> None:
    rule = InhibitRule(parse_matchers("severity=critical"), parse_matchers("severity=warning"), ("host", "zone"))
    source = make_alert(case_id="", labels=alert("s", severity="critical", host="a"))
    inhibition = Inhibition.of([rule], [source])

    assert inhibition.inhibitor_of(alert("t", severity="warning", host="a")) == source.id
    assert inhibition.inhibitor_of(alert("t", severity="warning", host="a", zone="")) == source.id
    assert inhibition.inhibitor_of(alert("t", severity="warning", host="a", zone="z")) is None
    assert inhibition.inhibitor_of(alert("t", severity="info", host="a")) is None
    assert Inhibition.of([rule], []).inhibitor_of(alert("t", severity="warning", host="a")) is None


def test_what_is_on_both_sides_is_not_muted_by_its_like() -> None:
    rule = InhibitRule(parse_matchers("severity=~critical|warning"), parse_matchers("severity=~warning|info"))
    both = make_alert(case_id="", labels=alert("b", severity="warning"))
    source = make_alert(case_id="", labels=alert("s", severity="critical"))

    assert Inhibition.of([rule], [both]).inhibitor_of(both.labels) is None
    assert Inhibition.of([rule], [both]).inhibitor_of(alert("t", severity="info")) == both.id
    assert Inhibition.of([rule], [both, source]).inhibitor_of(both.labels) == source.id

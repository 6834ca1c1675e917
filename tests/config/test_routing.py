"""From an alertmanager.yml to what the engine routes by, and what is wrong with it as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.config.loader import parse_settings
from probed.config.routing import routing_of
from probed.core.group import Timing
from probed.core.routing import Integration
from probed.errors import ConfigError

PATH = Path("/etc/cortex/config.yaml")
TEXT = """
alerts:
  route:
    receiver: web
    group_by: [alertname]
    repeat_interval: 1h
    routes:
      - match: {team: db}
        match_re: {host: "db.*"}
        group_wait: 0s
        routes: [{matchers: [severity="critical"], receiver: people}]
      - matchers: ['team="db"', 'host=~"db.*"']
        continue: true
        mute_time_intervals: [nights]
  receivers:
    - name: web
      webhook_configs: [{url: "http://127.0.0.1:9/x", send_resolved: false}]
    - name: people
      channels: [journal]
  time_intervals:
    - name: nights
      time_intervals: [{times: [{start_time: 22:00, end_time: 24:00}], location: Europe/Berlin}]
"""


def test_routes_inherit_what_they_do_not_say_and_the_root_has_alertmanagers_defaults() -> None:
    routing = routing_of(parse_settings(TEXT, PATH).alerts, {"journal": False})
    first, second = routing.root.routes
    [deepest] = first.routes

    assert routing.root.timing == Timing(30, 300, 3600)
    assert first.timing == deepest.timing == Timing(0, 300, 3600)
    assert (deepest.receiver, deepest.group_by) == ("people", ("alertname",))
    assert first.key == '{}/{host=~"^(?:db.*)$",team="db"}', "as Alertmanager prints a pattern of the old way"
    assert second.key == '{}/{host=~"db.*",team="db"}'
    assert (second.continues, second.mute_times) == (True, ("nights",))
    assert routing.receivers["web"] == (Integration("webhook:web/0", send_resolved=False, is_program=True),)
    assert routing.recipients_of(deepest) == ("journal",)


def test_routes_with_the_same_matchers_are_told_apart_but_not_to_programs() -> None:
    twins = "{matchers: ['team=db'], continue: true, routes: [{matchers: ['a=b']}]}"
    routing = routing_of(parse_settings(f"alerts: {{route: {{routes: [{twins}, {twins}]}}}}", PATH).alerts, {})
    one, other = routing.root.routes

    assert (one.key, other.key, other.routes[0].key) == (
        '{}/{team="db"}', '{}/{team="db"}#2', '{}/{team="db"}#2/{a="b"}',
    )  # fmt: skip
    assert one.told_key({}) == other.told_key({}) == '{}/{team="db"}:{}'
    assert other.routes[0].told_key({}) == '{}/{team="db"}/{a="b"}:{}'


@pytest.mark.parametrize(
    ("root", "below", "found"),
    [
        ("[alertname]", "[]", ("alertname",)),
        ("['...']", "null", ("...",)),
        ("['...']", "[team]", ("team",)),
        ("[]", "[]", ()),
    ],
)
def test_an_empty_group_by_is_the_one_above_as_alertmanager_takes_it(root: str, below: str, found: object) -> None:
    text = f"alerts: {{route: {{group_by: {root}, routes: [{{matchers: [a=b], group_by: {below}}}]}}}}"

    assert routing_of(parse_settings(text, PATH).alerts, {}).root.routes[0].group_by == found


def test_without_a_route_the_defaults_of_one_host_hold() -> None:
    routing = routing_of(parse_settings("", PATH).alerts, {"telegram": False, "ops": False})

    assert routing.root.group_by == ("source", "alertname")
    assert routing.root.timing == Timing(1, 15, 43200)
    assert routing.recipients_of(routing.root) == ("telegram", "ops")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("    receiver: web", "    receiver: wob", 4, "no receiver is named 'wob'"),
        ("channels: [journal]", "channels: [jornal]", 19, "no channel is named 'jornal'"),
        ("[nights]", "[days]", 14, "no time interval is named 'days'"),
        ("name: people", "name: people\n    - name: web", 19, "the name 'web' is given twice"),
        ("22:00", "25:00", 22, "no time of day"),
        ("Europe/Berlin", "Europe/Atlantis", 22, "no time zone"),
        ("    group_by: [alertname]", "    group_by: ['...', a]", 5, "nothing stands beside it"),
        ("    group_by: [alertname]", "    matchers: [a=b]", 5, "the root of the routes takes all alerts"),
        ("repeat_interval: 1h", "repeat_interval: 0s", 6, "expected more than 0"),
        ("http://127.0.0.1:9/x", "http://me:pw@127.0.0.1:9/x", 17, "http_config.basic_auth"),
    ],
)
def test_what_does_not_fit_together_is_named_with_its_line(old: str, new: str, line: int, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(TEXT.replace(old, new, 1), PATH)

    assert (caught.value.line, reason in caught.value.reason) == (line, True), caught.value


@pytest.mark.parametrize(
    ("tcp", "reason"),
    [
        ("{listen: 0.0.0.0:9093, token_file: t}", "can be reached from elsewhere"),
        ("{listen: 192.0.2.1:9093, token_file: t}", "can be reached from elsewhere"),
        ("{listen: 9093, token_file: t}", "expected a text"),
        ("{listen: localhost, token_file: t}", "expected an address and a port"),
        ("{listen: 127.0.0.1:0, token_file: t}", "expected an address and a port"),
        ("{listen: 127.0.0.1:9093}", "needs api.tcp.token_file"),
        ("{token_file: t}", "is of no use"),
    ],
)
def test_only_this_host_reaches_the_tcp_part_and_only_with_a_token(tcp: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_settings(f"api: {{tcp: {tcp}}}", PATH)

    assert parse_settings('api: {tcp: {listen: "[::1]:9093", token_file: t}}', PATH).api.tcp.listen == "[::1]:9093"

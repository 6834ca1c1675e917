"""Whom a model may have this host ask over the network."""

from __future__ import annotations

import pytest

from probed.agent.probes.reach import Reach, is_private, tells_secrets
from probed.config.agent import ProbeSettings
from probed.core.inspection import CheckCall
from tests.factories import make_inspection

CALLS = (
    CheckCall("http", {"url": "https://ann:s3cret@shop.example.org:8443/health?token=abc"}),
    CheckCall("tcp_port", {"host": "db.lan", "port": 5432}),
    CheckCall("dns", {"name": "mail.example.net", "server": "192.0.2.53"}),
    CheckCall("tls_certificate", {"paths": ["/srv/certs/*.pem"]}),
    CheckCall("file", {"path": "/etc/shadow"}),
)
ALLOWED = ("https://example.com/status/", "grafana.lan", "127.0.0.1:3000", "*.example.org", "[::1]:9090")
REACH = Reach(ProbeSettings(http_allow=ALLOWED), lambda: [make_inspection(checks=CALLS)])


@pytest.mark.parametrize(
    ("asked", "fetched"),
    [
        ("https://shop.example.org:8443/health", "https://ann:s3cret@shop.example.org:8443/health?token=abc"),
        ("https://example.com/status/", "https://example.com/status/"),
        ("https://example.com/status/db?x=1", "https://example.com/status/db?x=1"),
        ("http://grafana.lan/api", "http://grafana.lan/api"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000/"),
        ("https://www.example.org/", "https://www.example.org/"),
        ("http://[::1]:9090/metrics", "http://[::1]:9090/metrics"),
        ("https://example.com/", None),
        ("https://example.com/statusx", None),
        ("https://example.com/status/../admin", None),
        ("http://example.com/status/", None),
        ("https://example.com:444/status/", None),
        ("http://127.0.0.1:3001/", None),
        ("https://example.com/status/a%20b", "https://example.com/status/a%20b"),
        ("https://example.com/status/%2e%2e/admin", None),
        ("https://example.com/status/.%2E/admin", None),
        ("https://example.com/status/..%2fadmin", None),
        ("https://example.com/status/%2e%2e%5cadmin", None),
        ("https://example.com/status/%252e%252e/admin", None),
        ("https://example.com/status/%25252e%25252e/admin", None),
        ("https://example.com/status/..%5cadmin", None),
        ("https://example.com/status/.\\./admin", None),
        ("https://example.com/status/\\admin", None),
        ("https://example.com/status%2fadmin", None),
        ("https://example.com/status/%c0%ae%c0%ae/admin", None),
        ("https://example.com/status/%0d%0aX:1", None),
        ("http://grafana.lan\\.evil.example/", None),
        ("http://grafana.lan@evil.example/", None),
        ("http://grafana.lan:80@evil.example/", None),
        ("http://evil.example/?grafana.lan", None),
        ("http://db.lan/", None),
        ("ftp://grafana.lan/", None),
        ("http://xexample.org/", None),
        ("http://[::1/", None),
        ("http://grafana.lan:99999/", None),
        ("", None),
    ],
)
def test_only_what_is_listed_or_named_by_a_check_is_fetched(asked: str, fetched: str | None) -> None:
    assert REACH.url(asked) == fetched


@pytest.mark.parametrize(
    ("host", "knows", "may_be_private"),
    [
        ("localhost", True, True),
        ("db.lan", True, True),
        ("grafana.lan", True, True),
        ("www.example.org", True, False),
        ("shop.example.org", True, True),
        ("evil.example", False, False),
        ("169.254.169.254", False, False),
    ],
)
def test_a_host_that_only_a_pattern_names_is_never_one_of_a_network_of_ones_own(
    host: str, knows: bool, may_be_private: bool
) -> None:
    assert (REACH.knows_host(host), REACH.may_be_private(host)) == (knows, may_be_private)


@pytest.mark.parametrize(
    ("name", "resolves"),
    [
        ("localhost", True),
        ("db", True),
        ("db.lan", True),
        ("MAIL.example.net.", True),
        ("www.debian.org", True),
        ("www.example.org", True),
        ("c2VjcmV0.evil.example", False),
        ("evil.example", False),
    ],
)
def test_a_name_that_nobody_knows_here_carries_nothing_away(name: str, resolves: bool) -> None:
    assert REACH.resolves(name) is resolves


@pytest.mark.parametrize(
    ("address", "private", "secrets"),
    [
        ("169.254.169.254", True, True),
        ("::ffff:169.254.169.254", True, True),
        ("fe80::1%eth0", True, True),
        ("fd00:ec2::254", True, True),
        ("10.0.0.1", True, False),
        ("::ffff:10.0.0.1", True, False),
        ("100.64.0.1", True, False),
        ("127.0.0.1", True, False),
        ("0.0.0.0", True, False),
        ("1.1.1.1", False, False),
        ("2606:4700:4700::1111", False, False),
    ],
)
def test_addresses_are_told_apart_in_whatever_form(address: str, private: bool, secrets: bool) -> None:
    assert (is_private(address), tells_secrets(address)) == (private, secrets)


def test_certificates_are_looked_for_in_files_that_are_listed_or_that_a_check_names() -> None:
    assert REACH.shows_certificate("/srv/certs/web.pem")
    assert REACH.shows_certificate("/etc/letsencrypt/live/example.org/fullchain.pem")
    assert not REACH.shows_certificate("/etc/shadow")
    assert not REACH.shows_certificate("/srv/certs/deeper/web.pem")


def test_what_an_operator_does_not_allow_is_not_allowed() -> None:
    nothing = Reach(ProbeSettings(log_roots=(), config_files=(), certificate_files=(), dns_allow=()))

    assert nothing.url("http://127.0.0.1/") is None
    assert not nothing.resolves("example.org")
    assert not nothing.shows_log("/var/log/syslog")
    assert not nothing.shows_config("/etc/hosts")


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_no_name_leads_to_where_a_cloud_tells_its_secrets(address: str) -> None:
    """Nor does one that is named by itself, and may lead into a private network."""
    assert REACH.may_be_asked("grafana.lan", "10.0.0.7")
    assert not REACH.may_be_asked("grafana.lan", address)

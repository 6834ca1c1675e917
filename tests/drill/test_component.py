from __future__ import annotations

import pytest

from probed.drill.component import fits


@pytest.mark.parametrize(
    ("component", "check", "object_"),
    [
        ("disk", "disk", "/srv/data"),
        ("/srv/data", "disk", "/srv/data"),
        ("disk /srv/data", "disk", "/srv/data"),
        ("disk:/srv/data", "disk", "/srv/data"),
        ("/srv/*", "disk", "/srv/data"),
        ("web", "systemd_unit", "web.service"),
        ("unit web.service", "systemd_unit", "web.service"),
        ("container web", "docker_container", "web"),
        ("port 8080", "port", "tcp/8080"),
        ("127.0.0.1:8080", "tcp_port", "127.0.0.1:8080"),
        ("Zombies", "processes", "zombies"),
        ("process leaky", "process_growth", "leaky"),
        ("process worker", "processes", "worker"),
        ("certificate", "tls_certificate", "shop.example.org:443"),
        ("http 127.0.0.1:8080", "http", "http://127.0.0.1:8080/"),
        ("http://127.0.0.1:8080/health", "http", "http://127.0.0.1:8080/health"),
        ("port 5300/udp", "port", "udp/5300"),
    ],
)
def test_a_component_is_named_by_check_object_or_both(component: str, check: str, object_: str) -> None:
    assert fits(component, check, object_)


@pytest.mark.parametrize(
    ("component", "check", "object_"),
    [
        ("disk /srv", "disk", "/srv/data"),
        ("data", "disk", "/srv/data"),
        ("inodes /srv/data", "disk", "/srv/data"),
        ("db", "systemd_unit", "web.service"),
        ("container web", "systemd_unit", "web.service"),
        ("port 808", "port", "tcp/8080"),
        ("work", "processes", "worker"),
        ("port 5300/udp", "port", "tcp/5300"),
        ("http 127.0.0.1:80", "http", "http://127.0.0.1:8080/"),
    ],
)
def test_another_component_is_another(component: str, check: str, object_: str) -> None:
    assert not fits(component, check, object_)


def test_beside_its_check_a_component_may_be_named_by_what_the_summary_names() -> None:
    summary = "203.0.113.9 failed 80 times to log in within 1h"

    assert fits("failed_logins 203.0.113.9", "failed_logins", "one address", summary)
    assert not fits("failed_logins 203.0.113.9", "failed_logins", "one address")
    assert not fits("failed_logins 203.0.113.90", "failed_logins", "one address", summary)
    assert not fits("203.0.113.9", "failed_logins", "one address", summary)
    assert not fits("failed_logins times", "failed_logins", "one address", summary)

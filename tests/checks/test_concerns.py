"""Which events each check wants to be asked for; tests/events and tests/e2e let them happen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probed.checks.registry import CheckRegistry
from probed.core.host_event import ANY, EventSource, HostEvent
from probed.core.inspection import CheckCall

HEARD = [
    ("systemd_unit", {}, EventSource.SYSTEMD, "web.service", "web.service"),
    ("systemd_unit", {"units": "web"}, EventSource.SYSTEMD, "web.service", "db.service"),
    ("systemd_unit", {"exclude": "db*"}, EventSource.SYSTEMD, "web.service", "db.service"),
    ("docker_container", {"containers": ["web", "db-*"]}, EventSource.DOCKER, "db-1", "cache"),
    ("docker_container", {"containers": "auto", "exclude": "ci-*"}, EventSource.DOCKER, "web", "ci-1"),
    ("file", {"path": "/etc/passwd"}, EventSource.FILES, "/etc/passwd", "/etc/group"),
    ("file", {"path": "/srv/*.gz"}, EventSource.FILES, "/srv/a.gz", "/srv/a.txt"),
    ("tls_certificate", {"paths": "/etc/ssl/*.pem"}, EventSource.FILES, "/etc/ssl/a.pem", "/etc/ssl/a.key"),
    ("pressure", {"resources": "io", "for": "0s"}, EventSource.PRESSURE, "io", "cpu"),
    ("memory_stall", {}, EventSource.PRESSURE, "memory full", "memory"),
    ("network", {"interfaces": ["eth0"]}, EventSource.NETWORK, "eth0", "eth1"),
    ("accounts", {}, EventSource.FILES, "/etc/sudoers.d/ann", "/etc/hosts"),
    ("ssh_settings", {}, EventSource.FILES, "/etc/ssh/sshd_config.d/a.conf", "/etc/ssh/ssh_config"),
    ("kernel_errors", {}, EventSource.JOURNAL, "kernel", "nginx"),
    ("oom", {}, EventSource.JOURNAL, "kernel", "nginx"),
    ("failed_logins", {}, EventSource.JOURNAL, "sshd", "nginx"),
    ("log_patterns", {"units": "web", "patterns": ["x"]}, EventSource.JOURNAL, "web.service", "db.service"),
    ("log_patterns", {"paths": "/var/log/a.log", "patterns": ["x"]}, EventSource.FILES, "/var/log/a.log", "/a"),
]


@pytest.mark.parametrize(("check", "params", "source", "heard", "other"), HEARD)
def test_a_check_is_concerned_with_what_it_looks_at_and_nothing_else(
    check: str, params: Mapping[str, object], source: EventSource, heard: str, other: str
) -> None:
    concerns = CheckRegistry().bind(CheckCall(check, params)).concerns

    assert any(concern.holds(HostEvent(source, heard)) for concern in concerns)
    assert any(concern.holds(HostEvent(source, ANY)) for concern in concerns)
    if other != heard:
        assert not any(concern.holds(HostEvent(source, other)) for concern in concerns)


@pytest.mark.parametrize(
    ("check", "params"),
    [
        ("pressure", {}),  # what has to last for ten minutes is seen by the schedule as soon
        ("pressure", {"for": "0s", "warning": "off", "critical": "off", "resources": []}),
        ("memory_stall", {"warning": "off", "critical": "off"}),
        ("log_patterns", {"patterns": ["x"]}),  # somebody always writes something
        ("tls_certificate", {"host": "example.org"}),
        ("cpu", {}),
    ],
)
def test_a_check_that_no_event_helps_listens_to_none(check: str, params: Mapping[str, object]) -> None:
    assert not CheckRegistry().bind(CheckCall(check, params)).concerns


def test_a_stall_is_worth_a_look_from_the_bound_on() -> None:
    [concern] = CheckRegistry().bind(CheckCall("pressure", {"resources": "io", "for": "0s", "warning": "7%"})).concerns

    assert concern.level == 7.0

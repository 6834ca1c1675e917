from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from probed.core.finding import Severity
from probed.host import ping
from probed.host.ping import Tries
from tests.checks.looking import judged, observations
from tests.conftest import require
from tests.real.servers import free_port, serving

QUICK = {"count": 3, "interval": 0, "timeout": "500ms"}
ROOT = Path(__file__).parents[2]
UNPRIVILEGED = """
import encodings.idna, json, os, sys
from tests.checks.looking import REGISTRY
from probed.core.inspection import CheckCall
check = REGISTRY.bind(CheckCall("ping", json.loads(sys.argv[1])))
os.setgroups([]); os.setgid(65534); os.setuid(65534)
answer = check.look()
names = [("object", "value") if hasattr(each, "object") else ("what", "remedy") for each in answer]
print(json.dumps([[getattr(each, name) for name in pair] for each, pair in zip(answer, names)]))
"""


def unprivileged(host: str, groups: str) -> list[list[Any]]:
    """What a user without rights sees in a network of its own, in which these groups may ping."""
    setup = 'ip link set lo up && echo "$0" > /proc/sys/net/ipv4/ping_group_range && exec "$@"'
    alone = ["unshare", "--net"]
    require("root, for a network of its own", present=subprocess.run([*alone, "true"], check=False).returncode == 0)
    argv = [*alone, "sh", "-c", setup, groups, sys.executable, "-c", UNPRIVILEGED, json.dumps({"host": host, **QUICK})]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[list[Any]] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_host_that_answers_is_healthy_without_root_where_the_kernel_lets_the_group_ping(host: str) -> None:
    (name, loss), (latency_name, latency) = unprivileged(host, "0 65534")

    assert (name, loss, latency_name) == (host, 0, f"{host} latency")
    assert 0 < latency < 0.5


def test_who_may_not_ping_is_told_the_remedy() -> None:
    [[what, remedy]] = unprivileged("127.0.0.1", "1 0")

    assert what == "the right to ping"
    assert "ping_group_range" in remedy


def test_root_needs_no_such_leave() -> None:
    require("the right to raw sockets", present=may_be_raw())

    found = observations("ping", {"host": "127.0.0.1", **QUICK})

    assert {judged(each) for each in found.values()} == {None}
    assert found["127.0.0.1"].evidence["answered"] == 3


def may_be_raw() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


def test_tcp_connections_serve_as_well() -> None:
    with serving(lambda connection: None) as port:
        found = observations("ping", {"host": "127.0.0.1", "port": port, **QUICK})

    assert set(found) == {f"127.0.0.1:{port}", f"127.0.0.1:{port} latency"}
    assert {judged(each) for each in found.values()} == {None}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"host": "127.0.0.1"}, "0 of 3 requests: Connection refused"),
        ({"host": "no-such-host.invalid", "timeout": "20s"}, "cannot be reached"),
    ],
)
def test_a_host_that_never_answers_is_critical_and_has_no_latency(params: dict[str, object], words: str) -> None:
    found = observations("ping", {**QUICK, "port": free_port(), **params})

    (loss,) = found.values()
    assert judged(loss) is Severity.CRITICAL
    assert words in loss.summary
    assert loss.threshold
    assert loss.threshold.for_s == 60


def test_all_that_get_lost_share_the_time_given(monkeypatch: pytest.MonkeyPatch) -> None:
    require("the right to raw sockets", present=may_be_raw())
    monkeypatch.setattr(ping._Echoes, "_is_answer", lambda self, packet, payload: False)

    (loss,) = observations("ping", {"host": "127.0.0.1", **QUICK}).values()

    assert judged(loss) is Severity.CRITICAL
    assert "no answer within 0.1" in loss.summary


@pytest.mark.parametrize(
    ("answered", "severity"), [(5, None), (4, None), (3, Severity.WARNING), (0, Severity.CRITICAL)]
)
def test_one_lost_packet_is_no_finding_and_more_are(
    monkeypatch: pytest.MonkeyPatch, answered: int, severity: Severity | None
) -> None:
    monkeypatch.setattr(ping, "echo", lambda host, **few: Tries("192.0.2.1", 5, (0.1,) * answered, ""))

    assert judged(observations("ping", {"host": "a.test"})["a.test"]) is severity


def test_the_latency_is_that_of_the_slowest_of_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "echo", lambda host, **few: Tries("192.0.2.1", 5, (0.4, 0.1, 0.1, 0.1, 0.1), ""))

    latency = observations("ping", {"host": "a.test", "warning": "300ms"})["a.test latency"]

    assert latency.value == 0.4
    assert judged(latency) is Severity.WARNING


def test_a_host_to_which_no_way_leads_is_lost_and_not_unknown() -> None:
    [[name, loss]] = unprivileged("192.0.2.1", "0 65534")

    assert (name, loss) == ("192.0.2.1", 100)

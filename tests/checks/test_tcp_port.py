from __future__ import annotations

from probed.core.finding import Severity
from tests.checks.looking import judged, observe
from tests.real.servers import free_port, serving


def test_a_port_that_accepts_connections_is_healthy() -> None:
    with serving(lambda connection: None) as port:
        observation = observe("tcp_port", {"port": port})

    assert observation.object == f"127.0.0.1:{port}"
    assert judged(observation) is None
    assert observation.value is not None


def test_a_port_on_which_nobody_listens_is_critical() -> None:
    port = free_port()

    observation = observe("tcp_port", {"port": port, "host": "localhost", "for": "30s"})

    assert observation.object == f"localhost:{port}"
    assert judged(observation) is Severity.CRITICAL
    assert observation.boot_grace
    assert observation.threshold
    assert observation.threshold.for_s == 30


def test_a_slow_connection_is_judged_by_its_bounds() -> None:
    with serving(lambda connection: None) as port:
        observation = observe("tcp_port", {"port": port, "warning": 0.0000001})

    assert judged(observation) is Severity.WARNING

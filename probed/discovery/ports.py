"""Ports on which programs of this host listen, and what a web server there answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from statistics import median

import psutil

from probed.discovery.normal import latency_bound
from probed.discovery.proposal import Found, Kind
from probed.errors import HostFailed
from probed.host import certificates, endpoint, sockets, systemd
from probed.host.sockets import Listener

PORTS = Kind(
    "found-ports",
    "Ports that programs of this host serve",
    "every 1m",
    """\
Does the right program listen on each port that this host serves?

When there is a finding: tell whether nobody listens or another program took the port, and which one was started first.
""",
)
WEB = Kind(
    "found-web",
    "Web servers of this host",
    "every 1m",
    """\
Do the web servers of this host answer, and as fast as they usually do?

When there is a finding: tell the server's own fault from that of the program behind it; read the newest lines of its
error log.
""",
)
SERVED = Kind(
    "found-certificates",
    "Certificates of this host",
    "every 6h",
    """\
Do the certificates that this host serves, or keeps in files, still last, and is what it serves what lies on disk?

When there is a finding: look at the timer or the log of the program that renews, and whether the server was reloaded.
""",
)
FIRST_OF_OUTGOING = 32768
"""From here on the kernel gives ports to whoever wants just any."""
WEB_PORTS = frozenset({80, 443, 3000, 5000, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9090, 9093})
TLS_PORTS = frozenset({443, 465, 636, 853, 993, 995, 5671, 8443, 8883})
ENCRYPTED_WEB = frozenset({443, 8443})
LOOKS = 3
WITHIN_S = 2.0


def find() -> Iterator[Found]:
    """Raises HostFailed."""
    seen = [each for each in sockets.listening() if each.protocol == "tcp" and each.port < FIRST_OF_OUTGOING]
    seen = [each for each in seen if not (each.pid and systemd.is_of_session(each.pid))]  # ends with a person's login
    for port in sorted({each.port for each in seen}):
        listener = server_of([each for each in seen if each.port == port])
        unit = service_of(listener)
        yield _port(port, listener, unit)
        if port in TLS_PORTS:
            yield from _certificate(port, unit)
        if port in WEB_PORTS:
            yield from _web(port, listener, unit)


def service_of(listener: Listener) -> str:
    """Empty where none of the system's is behind it, or that may not be seen."""
    unit = systemd.unit_of(listener.pid) if listener.pid else ""
    return unit if unit.endswith(".service") and not unit.startswith("user@") else ""


def server_of(listeners: Sequence[Listener]) -> Listener:
    """Of all who hold one port: the server rather than what it starts for each client, the service rather than systemd,
    which opened the port for it; then one that others can reach."""
    holders = {each.pid for each in listeners}

    def standing(each: Listener) -> tuple[bool, bool, bool, bool]:
        is_seen = each.pid is not None
        return is_seen, each.pid != 1, is_seen and _parent(each.pid or 0) not in holders - {1}, _is_open(each)

    return max(listeners, key=standing)


def _parent(pid: int) -> int:
    try:
        return int(psutil.Process(pid).ppid())
    except psutil.Error:
        return 0


def _is_open(listener: Listener) -> bool:
    """Whether other hosts reach it."""
    return not ip_address(listener.address.partition("%")[0]).is_loopback


def _port(port: int, listener: Listener, unit: str) -> Found:
    params: dict[str, object] = {"port": port}
    if listener.process:
        params["program"] = listener.process
    if listener.owner:
        params["user"] = listener.owner
    why = f"on {listener.address}" if _is_open(listener) else "for this host alone"
    return Found(PORTS.id, "port", f"tcp/{port}", params, why, unit=unit)


def _certificate(port: int, unit: str) -> Iterator[Found]:
    try:
        shown = certificates.served("127.0.0.1", port, deadline_s=WITHIN_S)
    except HostFailed:
        return
    lasts_days = (shown.not_after - shown.not_before).days
    params: dict[str, object] = {"host": "127.0.0.1", "port": port}
    if shown.names and not shown.names[0].startswith("*"):
        params["server_name"] = shown.names[0]
    why = f"{shown.subject}, lasts {lasts_days} days"
    yield Found(SERVED.id, "tls_certificate", f"tcp/{port}", params, why, unit=unit)


def _web(port: int, listener: Listener, unit: str) -> Iterator[Found]:
    scheme = "https" if port in ENCRYPTED_WEB else "http"
    url = f"{scheme}://127.0.0.1:{port}/"
    try:
        answers = [endpoint.fetch(url, deadline_s=WITHIN_S, verify=False) for _ in range(LOOKS)]
    except HostFailed:
        return
    status, usual_s = answers[-1].status, median(each.seconds for each in answers)
    if status >= 500:
        return
    params: dict[str, object] = {
        "url": url,
        "status": status,
        **({"verify": False} if scheme == "https" else {}),
        "warning": latency_bound(usual_s),
    }
    why = f"{listener.process or 'it'} answers in {1000 * usual_s:.0f} ms"
    yield Found(WEB.id, "http", url, params, why, unit=unit)

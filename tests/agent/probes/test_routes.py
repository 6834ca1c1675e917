from __future__ import annotations

from pathlib import Path

from probed.agent.probes.routes import PROBE
from probed.host import routes
from tests.agent.probes.asking import ask, rows_of

V4 = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
*\t000000E0\t00000000\t0200\t0\t0\t0\t000000F0\t0\t0\t0
"""
ZERO, GATEWAY = "0" * 32, "fe800000000000000000000000000001"
V6 = f"""\
20010db8{"0" * 24} 20 {ZERO} 00 {ZERO} 00000100 1 0 1 eth0
{ZERO} 00 {ZERO} 00 {GATEWAY} 00000400 1 0 3 eth0
{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 1 0 200200 lo
"""


def test_both_tables_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    (tmp_path / "v4").write_text(V4)
    (tmp_path / "v6").write_text(V6)

    found = routes.routes(tmp_path / "v4", tmp_path / "v6")

    assert found == (
        routes.Route("default", "192.168.1.1", "eth0", 100),
        routes.Route("192.168.1.0/24", "", "eth0", 0),
        routes.Route("2001:db8::/32", "", "eth0", 256),
        routes.Route("default", "fe80::1", "eth0", 1024),
    )


def test_a_kernel_without_a_table_has_no_routes(tmp_path: Path) -> None:
    assert routes.routes(tmp_path / "none", tmp_path / "none") == ()


async def test_the_addresses_of_this_host_are_told_with_their_networks() -> None:
    rows = rows_of(await ask(PROBE, interface="lo"))

    (loopback,) = (row for row in rows if row["to"] == "127.0.0.1/8")
    assert (loopback["kind"], loopback["up"]) == ("address", True)
    assert {row["interface"] for row in rows} == {"lo"}

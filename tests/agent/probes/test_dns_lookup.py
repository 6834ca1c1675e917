from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probed.agent.probes import dns_lookup
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.config.agent import ProbeSettings
from probed.errors import HostFailed, ParameterError
from probed.host import resolver
from tests.agent.probes.asking import ask, rows_of

ASKED: list[tuple[str, str]] = []


@pytest.fixture
def probe() -> Probe[Any]:
    return dns_lookup.probe(Reach(ProbeSettings(dns_allow=("*.example.org",))))


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of /etc/resolv.conf, in whose place nobody answers here."""

    def by_server(name: str, kind: str, **more: object) -> resolver.Resolved:
        ASKED.append((name, kind))
        if kind == "MX":
            return resolver.Resolved(("10 mail.example.org",), 0.01)
        raise HostFailed("no answer within 4 s")

    ASKED.clear()
    monkeypatch.setattr(resolver, "by_server", by_server)


async def test_what_the_system_says_stands_beside_what_the_servers_say(probe: Probe[Any]) -> None:
    answer = await ask(probe, name="localhost")

    ours, theirs = rows_of(answer)
    assert (ours["asked"], ours["value"]) == ("the system", "127.0.0.1")
    assert (theirs["asked"], theirs["value"], theirs["failed"]) == ("the servers", None, "no answer within 4 s")
    assert "/etc/resolv.conf names" in answer["note"]


async def test_other_records_are_the_servers_affair(probe: Probe[Any]) -> None:
    (row,) = rows_of(await ask(probe, name="www.example.org", kind="MX"))

    assert (row["asked"], row["value"]) == ("the servers", "10 mail.example.org")


async def test_a_name_that_is_not_allowed_never_leaves(probe: Probe[Any]) -> None:
    with pytest.raises(HostFailed, match=r"agent.probes.dns_allow does not list it"):
        await ask(probe, name="aHVudGVyMg.evil.example")

    assert ASKED == []


@pytest.mark.parametrize("name", ["", "a b", "-x", "a/b", "x\ny", "a" * 300, "@127.0.0.1"])
async def test_what_is_no_name_is_refused(probe: Probe[Any], name: str) -> None:
    with pytest.raises(ParameterError):
        await ask(probe, name=name)


async def test_a_host_without_the_file_says_so(
    probe: Probe[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_lookup, "RESOLV_CONF", tmp_path / "none")

    assert "No such file" in (await ask(probe, name="localhost"))["note"]

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from probed.agent.probes import http_get
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.config.agent import ProbeSettings
from probed.core.inspection import CheckCall
from probed.errors import HostFailed, ParameterError
from tests.agent.probes.asking import ask, rows_of
from tests.factories import make_inspection
from tests.real.servers import web


def allowing(*entries: str) -> Probe[Any]:
    return http_get.probe(Reach(ProbeSettings(http_allow=entries)))


async def test_status_time_and_body_are_told_with_secrets_masked() -> None:
    with web(200, b"up\npassword=hunter2\n") as url:
        rows = rows_of(await ask(allowing("127.0.0.1"), url=url))

    assert [(row["part"], row["text"]) for row in rows if row["part"] != "seconds"] == [
        ("status", "200"),
        ("body", "up"),
        ("body", "password=***secret***"),
    ]


async def test_a_redirection_is_told_and_not_followed() -> None:
    with web(302, b"", {"Location": "http://169.254.169.254/latest?token=x"}) as url:
        rows = rows_of(await ask(allowing("127.0.0.1"), url=url))

    assert {row["part"]: row["text"] for row in rows}["location"] == "http://169.254.169.254/latest"


async def test_where_a_redirection_leads_may_be_asked_for_only_as_anything_else() -> None:
    with web(302, b"", {"Location": "/status/%2e%2e/admin"}) as url:
        probe = allowing(f"{url}status/")
        location = {row["part"]: row["text"] for row in rows_of(await ask(probe, url=f"{url}status/"))}["location"]

        with pytest.raises(HostFailed, match="http_allow does not list it"):
            await ask(probe, url=f"{url.rstrip('/')}{location}")


async def test_what_a_check_names_may_be_asked_for() -> None:
    with web(200, b"fine") as url:
        calls = (CheckCall("http", {"url": f"{url}health?token=x"}),)
        probe = http_get.probe(Reach(ProbeSettings(), lambda: [make_inspection(checks=calls)]))

        assert rows_of(await ask(probe, url=f"{url}health"))
        with pytest.raises(HostFailed, match=r"agent.probes.http_allow does not list it"):
            await ask(probe, url=f"{url}admin")


async def test_a_name_of_a_pattern_that_leads_to_this_host_is_not_asked() -> None:
    """Whoever has the name could have it lead anywhere: nothing is sent before its address is known."""
    with web(200, b"internal") as url:
        elsewhere = url.replace("127.0.0.1", "2130706433")
        with pytest.raises(HostFailed, match="its address may not be asked"):
            await ask(allowing("2130*"), url=elsewhere)
        assert rows_of(await ask(allowing("2130706433"), url=elsewhere))


@pytest.mark.parametrize(
    "url", ["file:///etc/shadow", "http://a b/", "gopher://x", "http://x\r\nHost: y", "", "http://\u00e9/"]
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with contextlib.suppress(HostFailed), pytest.raises(ParameterError):
        await ask(allowing("*"), url=url)


async def test_of_what_is_no_text_only_the_size_is_told() -> None:
    with web(200, b"\x89PNG\0\0" * 1000) as url:
        rows = rows_of(await ask(allowing("127.0.0.1"), url=url))

    assert rows[-1] == {"part": "body", "text": "6000 bytes that are no text"}


async def test_a_large_body_has_a_bound() -> None:
    with web(200, b"line\n" * 200_000) as url:
        answer = await ask(allowing("127.0.0.1"), url=url)

    assert "more than" in answer["note"]
    assert "between them" in answer["truncated"]

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from probed.channels.webhook import WebhookChannel
from probed.config.receivers import (
    AuthorizationSettings,
    BasicAuthSettings,
    HttpSettings,
    TlsSettings,
    WebhookSettings,
)
from probed.config.secret import SecretCommand
from probed.core.card import Card, CardKind, Section
from probed.core.ids import make_id
from probed.core.notification import Notification, ToldAlert
from probed.errors import ChannelError, ConfigError, MessageRefused
from tests.channels.cards import ID, make_card, make_outcome, make_question
from tests.factories import NOW
from tests.real.post_box import PostBox, post_box
from tests.real.servers import free_port, serving, tls_server, web

SECRET = "s3cr3tT0k3n"


def told(name: str = "Down", **changes: object) -> ToldAlert:
    values: dict[str, object] = {
        "status": "firing",
        "labels": {"alertname": name, "team": "db", "instance": "a"},
        "annotations": {"summary": f"{name} is down"},
        "starts_at": NOW,
        "ends_at": None,
        "fingerprint": "0123456789abcdef",
        "generator_url": "http://prometheus/graph",
    }
    return ToldAlert(**{**values, **changes})  # type: ignore[arg-type]


def notified(*alerts: ToldAlert) -> Card:
    notification = Notification("ops", '{}:{team="db"}', {"team": "db"}, alerts)
    return make_card(notification=notification)


@asynccontextmanager
async def channel_to(url: str, **settings: object) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel("webhook:ops/0", "ops", WebhookSettings(url=url, **settings))  # type: ignore[arg-type]
    try:
        yield channel
    finally:
        await channel.close()


async def sent(box: PostBox, card: Card, *, repeated: bool = False, **settings: object) -> None:
    async with channel_to(f"{box.url}/hook", **settings) as channel:
        await channel.send(card, ID, repeated=repeated, earlier=None)


async def failure(url: str, card: Card | None = None, **settings: object) -> ChannelError:
    async with channel_to(url, **settings) as channel:
        with pytest.raises(ChannelError) as caught:
            await channel.send(card or notified(told()), ID, repeated=False, earlier=None)
    return caught.value


def hang_up(connection: socket.socket) -> None:
    connection.recv(100)


def secret_file(folder: Path, text: str = SECRET) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(0o600)
    return path


async def test_a_notification_is_posted_as_alertmanager_does() -> None:
    resolved = told(
        "Slow",
        status="resolved",
        labels={"alertname": "Slow", "team": "db", "instance": "b"},
        ends_at=NOW + timedelta(milliseconds=1500),
    )
    with post_box() as box:
        await sent(box, notified(told(), resolved))

    [posted] = box.posted
    assert posted.path == "/hook"
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Idempotency-Key"] == ID
    assert posted.json() == {
        "version": "4",
        "groupKey": '{}:{team="db"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "ops",
        "groupLabels": {"team": "db"},
        "commonLabels": {"team": "db"},
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "Down", "instance": "a", "team": "db"},
                "annotations": {"summary": "Down is down"},
                "startsAt": "2026-11-20T06:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus/graph",
                "fingerprint": "0123456789abcdef",
            },
            {
                "status": "resolved",
                "labels": {"alertname": "Slow", "instance": "b", "team": "db"},
                "annotations": {"summary": "Slow is down"},
                "startsAt": "2026-11-20T06:00:00Z",
                "endsAt": "2026-11-20T06:00:01.5Z",
                "generatorURL": "http://prometheus/graph",
                "fingerprint": "0123456789abcdef",
            },
        ],
    }


async def test_what_goes_beyond_max_alerts_is_counted() -> None:
    with post_box() as box:
        await sent(box, notified(told(), told("Slow"), told("Full")), max_alerts=2)

    body = box.posted[0].json()
    assert (len(body["alerts"]), body["truncatedAlerts"]) == (2, 1)


async def test_a_repeated_message_has_the_same_key_and_says_so() -> None:
    with post_box() as box:
        await sent(box, notified(told()), repeated=True)

    assert box.posted[0].headers["Idempotency-Key"] == ID
    assert box.posted[0].headers["X-Cortex-Repeated"] == "true"


async def test_a_question_is_one_alert_that_its_outcome_resolves() -> None:
    asked = make_id(NOW, 1)
    with post_box() as box:
        async with channel_to(box.url) as channel:
            receipt = await channel.send(make_question(), asked, repeated=False, earlier=None)
            stored = json.loads(json.dumps(receipt))
            await channel.send(make_outcome(), ID, repeated=False, earlier=stored)

    [question], [outcome] = (posted.json()["alerts"] for posted in box.posted)
    assert question["labels"] == {
        "alertname": "cortex_decision",
        "decision": "d1",
        "host": "host_a",
        "severity": "critical",
        "source": "cortex",
    }
    assert (question["status"], question["startsAt"]) == ("firing", "2026-11-20T06:00:00Z")
    assert question["annotations"]["summary"] == "May I restart nginx?"
    assert (outcome["status"], outcome["fingerprint"]) == ("resolved", question["fingerprint"])
    assert outcome["labels"] == question["labels"]
    assert outcome["startsAt"] == question["startsAt"]
    assert box.posted[1].json()["status"] == "resolved"


async def test_a_notice_is_an_alert_of_cortex() -> None:
    with post_box() as box:
        await sent(box, make_card(kind=CardKind.NOTICE, severity=""))

    assert box.posted[0].json()["groupKey"] == '{}:{alertname="cortex_notice"}'
    assert box.posted[0].json()["commonLabels"]["alertname"] == "cortex_notice"


async def test_what_tells_of_different_things_is_no_one_alert() -> None:
    """Two acknowledgements that lapse, two digests: whoever knows alerts by their labels must not drop the second."""
    one, other = (make_card(sections=(Section("", ("it still fires",), alert),)) for alert in ("alert-1", "alert-2"))
    digest = make_card(kind=CardKind.DIGEST, sections=(Section("a", (), "alert-1"), Section("b", (), "alert-2")))
    with post_box() as box:
        async with channel_to(box.url) as channel:
            for number, card in enumerate((one, other, one, digest, digest)):
                await channel.send(card, make_id(NOW, number), repeated=False, earlier=None)

    told = [posted.json()["alerts"][0] for posted in box.posted]
    assert [each["labels"].get("alert") for each in told] == ["alert-1", "alert-2", "alert-1", None, None]
    prints = [each["fingerprint"] for each in told]
    assert prints[0] == prints[2]
    assert len({*prints}) == 4


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_is_delivered(status: int) -> None:
    with post_box() as box:
        box.status, box.answer = status, b""
        await sent(box, notified(told()))

    assert len(box.posted) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
async def test_what_passes_is_tried_again(status: int) -> None:
    with post_box() as box:
        box.status, box.headers = status, {"Retry-After": "7"}
        error = await failure(box.url)

    assert error.transient
    assert not error.may_have_arrived
    assert error.retry_after_s == 7.0
    assert f"answers {status} (ok)" in error.reason


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_refused_notification_is_given_up(status: int) -> None:
    with post_box() as box:
        box.status, box.answer = status, b'{"error": "token=abcdefgh12345678 no such field"}'
        error = await failure(box.url)

    assert isinstance(error, MessageRefused)
    assert "no such field" in error.reason
    assert "abcdefgh12345678" not in error.reason


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_wrong_address_or_account_waits_for_a_person(status: int) -> None:
    with post_box() as box:
        box.status = status
        error = await failure(f"{box.url}/{SECRET}")

    assert not error.transient
    assert not isinstance(error, MessageRefused)
    assert "look at the address and the credentials of webhook:ops/0" in error.reason
    assert SECRET not in error.reason


async def test_a_program_that_prints_a_secret_is_asked_once_for_all_that_needs_it(tmp_path: Path) -> None:
    program = tmp_path / "secret"
    program.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\necho {SECRET}\n")
    program.chmod(0o700)
    command = SecretCommand(secret_command=(str(program),))
    with post_box() as box:
        token = HttpSettings(authorization=AuthorizationSettings(credentials_file=command))
        await sent(box, make_card(), http_config=token)

    assert box.posted[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert (tmp_path / "asked").read_text().split() == ["asked"]


async def test_a_server_that_repeats_what_was_sent_gives_no_secret_away(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("hunter2horse")
    password.chmod(0o600)
    login = base64.b64encode(b"ann:hunter2horse").decode()
    with post_box() as box:
        box.status = 404
        box.answer = (
            f"Cannot POST /hook/{SECRET}?key=k3y%2Fk3y%2Fk3y (k3y/k3y/k3y; Basic {login}; hunter2horse)".encode()
        )
        basic = HttpSettings(basic_auth=BasicAuthSettings(username="ann", password_file=password))
        error = await failure(f"{box.url}/hook/{SECRET}?key=k3y%2Fk3y%2Fk3y", http_config=basic)

    assert "Cannot POST" in error.reason
    assert not any(secret in error.reason for secret in (SECRET, "k3y", login, "hunter2horse"))


@pytest.mark.alone
async def test_nobody_there_leaves_no_doubt_and_no_answer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.channels.webhook.DEADLINE_S", 0.3)
    gone = await failure(f"http://127.0.0.1:{free_port()}/{SECRET}")
    with post_box() as box:
        box.delay_s = 60.0
        began = time.monotonic()
        silent = await failure(box.url)
        assert time.monotonic() - began < 30
    with serving(hang_up) as port:
        broken = await failure(f"http://127.0.0.1:{port}/")

    assert (gone.transient, gone.may_have_arrived) == (True, False)
    assert (silent.transient, silent.may_have_arrived) == (True, True)
    assert (broken.transient, broken.may_have_arrived) == (True, True)
    assert SECRET not in gone.reason


async def test_an_endless_answer_is_cut() -> None:
    with post_box() as box:
        box.status, box.answer = 400, b"x" * 5_000_000
        error = await failure(box.url)

    assert len(error.reason) < 400


async def test_token_and_login_come_from_files(tmp_path: Path) -> None:
    token = HttpSettings(authorization=AuthorizationSettings(credentials_file=secret_file(tmp_path)))
    login = HttpSettings(basic_auth=BasicAuthSettings(username="ann", password_file=secret_file(tmp_path)))
    with post_box() as box:
        await sent(box, notified(told()), http_config=token)
        await sent(box, notified(told()), http_config=login)

    assert box.posted[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert base64.b64decode(box.posted[1].headers["Authorization"].removeprefix("Basic ")).decode() == f"ann:{SECRET}"


async def test_credentials_do_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    token = HttpSettings(authorization=AuthorizationSettings(credentials_file=secret_file(tmp_path)))
    with post_box() as other, post_box() as box:
        box.status, box.headers = 307, {"Location": other.url.replace("127.0.0.1", "localhost")}
        await sent(box, notified(told()), http_config=token)
        box.headers = {"Location": other.url}
        error = await failure(box.url, http_config=HttpSettings(follow_redirects=False))

    assert "Authorization" not in other.posted[0].headers
    assert not error.transient
    assert len(other.posted) == 1


async def test_the_address_may_come_from_a_file(tmp_path: Path) -> None:
    with post_box() as box:
        async with channel_to("", url_file=secret_file(tmp_path, f"{box.url}/{SECRET}")) as channel:
            await channel.send(notified(told()), ID, repeated=False, earlier=None)
            box.status = 500
            with pytest.raises(ChannelError) as caught:
                await channel.send(notified(told()), ID, repeated=False, earlier=None)

    assert box.posted[0].path == f"/{SECRET}"
    assert SECRET not in caught.value.reason


@pytest.mark.parametrize("url", ["", "example.org", "ftp://example.org"])
def test_an_address_that_is_none_is_no_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match="webhook:ops/0 needs a URL"):
        WebhookChannel("webhook:ops/0", "ops", WebhookSettings(url=url))


async def test_the_server_s_certificate_is_checked(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("hooks.example.org")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    named = TlsSettings(ca_file=tmp_path / "ca.pem", server_name="hooks.example.org")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

    def take(connection: ssl.SSLSocket) -> None:
        received = b""
        while not received.endswith(b"}"):  # what is left unread would break the connection before the answer arrives
            received += connection.recv(65536)
        connection.sendall(answer)

    with serving(take, tls_server(certificate)) as port:  # type: ignore[arg-type]
        url = f"https://127.0.0.1:{port}/"
        stranger = await failure(url)
        misnamed = await failure(url, http_config=HttpSettings(tls_config=TlsSettings(ca_file=tmp_path / "ca.pem")))
        for settings in (named, TlsSettings(insecure_skip_verify=True)):
            async with channel_to(url, http_config=HttpSettings(tls_config=settings)) as channel:
                await channel.send(notified(told()), ID, repeated=False, earlier=None)

    assert (stranger.transient, stranger.may_have_arrived) == (True, False)
    assert "certificate" in misnamed.reason.lower()


async def test_reaching_costs_no_message() -> None:
    with post_box() as box:
        async with channel_to(box.url) as channel:
            await channel.reach()
    with web() as url:
        port = url
    async with channel_to(port) as channel:
        with pytest.raises(ChannelError, match="is not reachable"):
            await channel.reach()

    assert box.posted == []


@pytest.mark.alone
async def test_one_slow_answer_keeps_another_message_of_the_loop_from_nothing() -> None:
    with post_box() as slow, post_box() as quick:
        slow.delay_s = 60.0
        waiting = asyncio.create_task(sent(slow, notified(told())))
        while not slow.posted:  # noqa: ASYNC110  # a thread of its own
            await asyncio.sleep(0.01)
        await sent(quick, notified(told()))
        assert not waiting.done()
    await waiting

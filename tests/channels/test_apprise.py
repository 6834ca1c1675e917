"""Against real servers: SMTP, and services that take HTTP."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from apprise.plugins.pagerduty import PAGERDUTY_API_LOOKUP
from apprise.plugins.slack import NotifySlack

from probed.channels.apprise import AppriseChannel
from probed.channels.apprise_url import Redaction
from probed.core.card import CardKind, Section
from probed.daemon.workers import WorkerPool
from probed.errors import ChannelError, ConfigError, MessageRefused
from tests.channels.cards import ID, long_card, make_card
from tests.real.mail_server import mail_server
from tests.real.post_box import PostBox, post_box
from tests.real.servers import free_port

SECRET = "s3cr3tT0k3n"
POOLS: list[WorkerPool] = []


@pytest.fixture(autouse=True)
def ended_threads() -> Iterator[None]:
    yield
    while POOLS:
        POOLS.pop().close()


def channel_to(url: str, folder: Path, mode: int = 0o600) -> AppriseChannel:
    path = folder / "url"
    path.write_text(url + "\n")
    path.chmod(mode)
    POOLS.append(WorkerPool(1))
    return AppriseChannel("phone", path, POOLS[-1])


def ntfy(box: PostBox, folder: Path) -> AppriseChannel:
    return channel_to(f"ntfy://ann:{SECRET}@127.0.0.1:{box.port}/topic-of-mine", folder)


@contextmanager
def logged() -> Iterator[list[logging.LogRecord]]:
    """What reaches the daemon's log."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[assignment,method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield records
    finally:
        logging.getLogger().removeHandler(handler)


async def failure(channel: AppriseChannel) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(make_card(), ID, repeated=False, earlier=None)
    return caught.value


async def test_a_card_becomes_a_mail_in_which_host_text_is_only_text(tmp_path: Path) -> None:
    with mail_server() as server:
        channel = channel_to(f"mailto://127.0.0.1:{server.port}?from=cortex@example.org&to=ann@example.org", tmp_path)
        card = make_card(sections=(Section("evidence", ("<script>alert(1)</script>", "a & b")),))
        await channel.send(card, ID, repeated=True, earlier=None)

    [mail] = server.mails
    assert mail["Subject"] == "host_a: critical: /srv/my_data is <96%> full & growing"
    assert "ann@example.org" in mail["To"]
    page = mail.get_body(("html",))
    assert page is not None
    content = page.get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert "<script>" not in content
    assert "cortexctl&nbsp;alerts" in content or "cortexctl alerts" in content
    assert f"#{ID[-6:]}" in content
    assert "(repeated)" in content.replace("&nbsp;", " ")


async def test_a_card_goes_to_ntfy_as_plain_text_with_its_lines(tmp_path: Path) -> None:
    with post_box() as box:
        await ntfy(box, tmp_path).send(make_card(), ID, repeated=False, earlier=None)

    [posted] = box.posted
    assert posted.json()["title"] == "host_a: critical: /srv/my_data is <96%> full & growing"
    assert posted.json()["message"].splitlines() == [
        "evidence",
        "  used: 96%",
        "  owner: *nobody* [x](y)",
        f"$ cortexctl alerts ack {ID}",
        f"#{ID[-6:]}",
    ]
    assert posted.headers["Authorization"].startswith("Basic ")


async def test_slack_gets_markdown_in_which_host_text_neither_calls_nor_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_box() as box:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"{box.url}/services")
        channel = channel_to("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", tmp_path)
        card = make_card(sections=(Section("log", ("<!channel> @here <@U1> <http://evil|your bank> *b*",)),))
        await channel.send(card, ID, repeated=False, earlier=None)

    [posted] = box.posted
    [attachment] = posted.json()["attachments"]
    assert posted.path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert attachment["title"] == "host_a: critical: /srv/my_data is &lt;96%&gt; full &amp; growing"
    assert "&lt;!\u2060channel&gt; @\u2060here &lt;@\u2060U1&gt;" in attachment["text"]
    assert "<" not in attachment["text"]
    assert "\\*b\\*" in attachment["text"]


async def test_pagerduty_gets_no_more_than_it_takes_and_the_severity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_box() as box:
        box.status = 202
        monkeypatch.setitem(PAGERDUTY_API_LOOKUP, "us", box.url)
        channel = channel_to("pagerduty://A1BRTD4JDTIiajkdnlazkcOXrIdevi7F@B1BRTD4JDTIiajkdnlaz", tmp_path)
        await channel.send(long_card(), ID, repeated=False, earlier=None)

    event = box.posted[0].json()
    assert event["payload"]["severity"] == "critical"
    assert len(event["payload"]["summary"]) <= 1024
    assert event["payload"]["summary"].endswith(f"the rest: cortexctl messages show {ID}")


async def test_the_kind_of_a_message_follows_the_card(tmp_path: Path) -> None:
    with post_box() as box:
        channel = channel_to(f"json://127.0.0.1:{box.port}", tmp_path)
        channel._service.request_rate_per_sec = 0
        for card in (
            make_card(),
            make_card(severity="warning"),
            make_card(kind=CardKind.RESOLVED, severity=""),
            make_card(kind=CardKind.NOTICE, severity=""),
        ):
            await channel.send(card, ID, repeated=False, earlier=None)

    assert [posted.json()["type"] for posted in box.posted] == ["failure", "warning", "success", "info"]


@pytest.mark.parametrize(
    ("status", "transient", "refused"),
    [(500, True, False), (503, True, False), (429, True, False), (401, False, False), (404, False, False),
     (400, False, True), (413, False, True)],
)  # fmt: skip
async def test_a_failure_is_the_message_s_the_account_s_or_passing(
    tmp_path: Path, status: int, transient: bool, refused: bool
) -> None:
    with post_box() as box:
        box.status = status
        error = await failure(ntfy(box, tmp_path))

    assert (error.transient, isinstance(error, MessageRefused)) == (transient, refused)
    assert not error.may_have_arrived
    assert str(status) in error.reason


async def test_a_server_that_is_not_there_leaves_no_doubt(tmp_path: Path) -> None:
    error = await failure(channel_to(f"ntfy://ann:x@127.0.0.1:{free_port()}/topic-of-mine", tmp_path))

    assert error.transient
    assert not error.may_have_arrived
    assert "refused" in error.reason


async def test_a_server_that_does_not_answer_leaves_the_message_in_doubt(tmp_path: Path) -> None:
    with post_box() as box:
        box.delay_s = 60.0
        error = await failure(channel_to(f"ntfy://ann:x@127.0.0.1:{box.port}/topic-of-mine?rto=0.3", tmp_path))

    assert error.transient
    assert error.may_have_arrived


@pytest.mark.alone
async def test_a_service_that_hangs_is_left_at_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.channels.apprise.DEADLINE_S", 0.3)
    with post_box() as box:
        box.delay_s = 60.0
        began = time.monotonic()
        error = await failure(ntfy(box, tmp_path))
        assert time.monotonic() - began < 30
    while any("channel" in thread.name for thread in threading.enumerate()):  # noqa: ASYNC110  # it comes back
        await asyncio.sleep(0.05)

    assert error.transient
    assert error.may_have_arrived


async def test_a_mailbox_that_does_not_exist_is_for_a_person_to_mend(tmp_path: Path) -> None:
    with mail_server() as server:
        server.refusals["ann@example.org"] = "550 no such mailbox"
        url = f"mailto://127.0.0.1:{server.port}?from=cortex@example.org&to=ann@example.org"
        error = await failure(channel_to(url, tmp_path))

    assert not error.transient
    assert not isinstance(error, MessageRefused)
    assert "no such mailbox" in error.reason


async def test_a_greylisting_mail_server_is_tried_again(tmp_path: Path) -> None:
    with mail_server() as server:
        server.refusals["ann@example.org"] = "451 come back later"
        url = f"mailto://127.0.0.1:{server.port}?from=cortex@example.org&to=ann@example.org"
        error = await failure(channel_to(url, tmp_path))

    assert error.transient


async def test_where_one_of_two_people_may_have_the_mail_it_is_in_doubt(tmp_path: Path) -> None:
    url = f"mailto://127.0.0.1:{free_port()}/bob@example.org?from=cortex@example.org&to=ann@example.org"
    error = await failure(channel_to(url, tmp_path))

    assert error.transient
    assert error.may_have_arrived


async def test_neither_errors_nor_logs_hold_a_secret(tmp_path: Path) -> None:
    with post_box() as box, logged() as records:
        channel = ntfy(box, tmp_path)
        await channel.send(make_card(), ID, repeated=False, earlier=None)
        box.status, box.answer = 401, f'{{"error": "token {SECRET} is no token of topic-of-mine"}}'.encode()
        refused = await failure(channel)
        gone = await failure(channel_to(f"mmost://127.0.0.1:{free_port()}/{SECRET}{SECRET}12", tmp_path))

    for text in (refused.reason, gone.reason, repr(channel), str(refused.__cause__)):
        assert SECRET not in text
        assert "topic-of-mine" not in text
    assert not [record for record in records if record.name.startswith("apprise")]


def test_short_passwords_are_hidden_where_they_stand_alone() -> None:
    redact = Redaction("mailtos://ann:pw@smtp.example.org/?to=bob@example.org")

    assert redact("login pw of smtp.example.org for bob@example.org; pwd") == (
        "login *** of smtp.example.org for ***; pwd"
    )


@pytest.mark.parametrize("url", ["nosuchservice://x/y", f"{SECRET}", "mailto://"])
def test_a_url_that_apprise_does_not_know_is_no_configuration(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channel_to(url, tmp_path)

    assert "channels.phone.apprise_url_file holds no URL that Apprise knows" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        channel_to("ntfy://topic", tmp_path, mode=0o644)


def test_the_library_is_loaded_only_for_a_configured_channel() -> None:
    code = "import sys, probed.channels.apprise; print('apprise' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "False"

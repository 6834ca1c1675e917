"""A real daemon that tells a phone (ntfy, by Apprise), a mailbox and a program, and gives its sign of life."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.mail_server import MailServer, mail_server
from tests.real.post_box import PostBox, post_box

SECRET = "s3cr3tT0k3n"


class Place:
    """One daemon and everybody whom it talks to."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.phone: PostBox = stack.enter_context(post_box())
        self.program: PostBox = stack.enter_context(post_box())
        self.watcher: PostBox = stack.enter_context(post_box())
        self.mail: MailServer = stack.enter_context(mail_server())
        self._folder = folder
        mailbox = f"mailto://127.0.0.1:{self.mail.port}?from=cortex@example.org&to=ann@example.org"
        self.daemon = RealDaemon(
            folder,
            {
                "channels": {
                    "phone": {"apprise_url_file": self.secret("phone", f"ntfy://ann:{SECRET}@{self._at(self.phone)}/topic")},
                    "mail": {"apprise_url_file": self.secret("mail", mailbox)},
                },
                "alerts": {
                    "receivers": [
                        {
                            "name": "ops",
                            "channels": ["phone", "mail"],
                            "webhook_configs": [{"url_file": self.secret("hook", f"{self.program.url}/{SECRET}")}],
                        }
                    ]
                },
                "heartbeat": {"url_file": self.secret("beat", f"{self.watcher.url}/{SECRET}"), "every": "1s",
                              "timeout": "1s", "missing_after": "3s"},
            },
        )  # fmt: skip
        stack.callback(self.daemon.stop)

    def secret(self, name: str, text: str) -> str:
        path = self._folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def report(self, *findings: dict[str, Any], source: str = "backup") -> None:
        status, answer = self.daemon.post(
            "/api/v1/reports",
            {"source": source, "verdict": "warning" if findings else "ok", "summary": "s", "findings": list(findings)},
        )
        assert status == 201, answer

    def swept(self) -> None:
        self.daemon.start()
        self.daemon.wait_until(lambda: self.daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)

    @staticmethod
    def _at(box: PostBox) -> str:
        return box.url.removeprefix("http://")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(tmp_path, stack)


FULL = {"check": "disk", "object": "/srv", "severity": "warning", "summary": "/srv is 85% full"}


def test_everybody_is_told_in_their_own_way_and_no_secret_is_seen(place: Place) -> None:
    place.swept()
    place.report(FULL)
    place.daemon.wait_until(lambda: place.phone.posted and place.mail.mails and place.program.posted, 180)

    assert place.phone.posted[0].json()["title"].endswith("warning: /srv is 85% full")
    assert place.mail.mails[0]["Subject"].endswith("warning: /srv is 85% full")
    [alert] = place.program.posted[0].json()["alerts"]
    assert place.program.posted[0].json()["receiver"] == "ops"
    assert (alert["status"], alert["labels"]["alertname"]) == ("firing", "disk")
    place.phone.status = 503
    place.daemon.ctl("channels", "test", "phone")
    place.daemon.stop()
    assert SECRET not in place.daemon.log


def test_a_channel_is_tested_by_hand_and_says_what_came_back(place: Place) -> None:
    place.swept()

    well = place.daemon.ctl("channels", "test", "webhook:ops/0")
    again = place.daemon.ctl("channels", "test", "webhook:ops/0")
    place.phone.status, place.phone.answer = 403, b'{"error": "forbidden"}'
    badly = place.daemon.ctl("channels", "test", "phone")
    unknown = place.daemon.ctl("channels", "test", "pager")

    assert (well.returncode, "took the message" in well.stderr) == (0, True)
    assert "test of the channel webhook:ops/0" in place.program.posted[0].json()["commonAnnotations"]["summary"]
    assert again.returncode == 1
    assert "was tested a moment ago" in again.stderr
    assert badly.returncode == 1
    assert "forbidden" in badly.stderr
    assert "there is no channel 'pager'; there are: phone, mail, webhook:ops/0" in unknown.stderr
    audited = [intent["text"] for intent in place.daemon.items("intents") if intent["kind"] == "audit"]
    assert "tests the channel phone" in audited


def test_a_broken_channel_is_seen_holds_nobody_up_and_delivers_when_it_is_back(place: Place) -> None:
    place.program.status = 503
    place.swept()
    place.report(FULL)
    place.daemon.wait_until(lambda: place.phone.posted and place.mail.mails, 180)
    place.daemon.wait_until(lambda: "open" in place.daemon.ctl("channels").stdout, 180)

    status = place.daemon.ctl("status").stdout
    breakers = {one["name"]: one for one in place.daemon.get("/api/v1/status")[1]["breakers"]}
    assert "Not answering" in status
    assert "webhook:ops/0 for" in status
    assert "answers 503" in breakers["webhook:ops/0"]["why"]
    assert breakers["phone"]["state"] == "closed"
    assert 'cortex_breaker_open{name="webhook:ops/0"} 1' in place.daemon.get("/metrics")[1]
    tried = len(place.program.posted)
    place.program.status = 200
    place.daemon.wait_until(lambda: len(place.program.posted) > tried, 11)
    place.daemon.wait_until(lambda: not place.daemon.items("messages?state=pending"), 5)


def test_a_reload_brings_new_channels_into_force_and_tries_at_once_what_was_refused(place: Place) -> None:
    place.program.status = 404
    place.swept()
    place.report(FULL)
    place.daemon.wait_until(lambda: "look at the address" in place.daemon.ctl("channels").stdout, 180)

    place.secret("hook", f"{place.program.url}/moved")
    place.secret("pager", f"json://{place.phone.url.removeprefix('http://')}/pager")
    place.program.status = 200
    channels = dict(place.daemon.config["channels"])  # type: ignore[call-overload]
    place.daemon.config = {
        **place.daemon.config,
        "channels": {**channels, "pager": {"apprise_url_file": str(place.daemon.folder / "pager")}},
    }
    place.daemon.write_config()
    place.daemon.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
    place.daemon.wait_until(lambda: place.program.posted[-1].path == "/moved", 180)

    assert place.daemon.ctl("channels", "test", "pager").returncode == 0
    assert place.phone.posted[-1].path == "/pager"

    place.secret("pager", "no URL")
    place.daemon.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
    place.daemon.wait_until(lambda: "the configuration was not reloaded" in place.daemon.log, 180)
    assert "pager" in place.daemon.ctl("channels").stdout


def test_a_refused_message_is_a_dead_letter_that_is_sent_elsewhere(place: Place) -> None:
    place.program.status = 422
    place.swept()
    place.report(FULL)
    place.daemon.wait_until(lambda: place.daemon.items("messages?state=dead"), 180)
    [dead] = place.daemon.items("messages?state=dead")
    assert "answers 422" in dead["note"]
    told = len(place.phone.posted)

    listed = place.daemon.ctl("messages", "list", "--state", "dead")
    sent = place.daemon.ctl("messages", "resend", dead["id"], "--to", "phone")
    place.daemon.wait_until(lambda: len(place.phone.posted) > told, 180)

    assert dead["id"][:6] in listed.stdout
    assert (sent.returncode, sent.stderr.startswith("waits for phone as ")) == (0, True)
    assert place.daemon.items("messages?state=dead") == []
    assert json.loads(place.daemon.ctl("messages", "show", dead["id"], "--json").stdout)["state"] == "sent"


def test_a_heartbeat_that_nobody_answers_is_an_alert_until_somebody_does(place: Place) -> None:
    place.swept()
    place.daemon.wait_until(lambda: len(place.watcher.posted) >= 2, 180)
    assert place.watcher.posted[0].path == f"/{SECRET}"
    place.watcher.status = 503
    place.daemon.wait_until(lambda: place.daemon.items("alerts?state=firing"), 180)
    [alert] = place.daemon.items("alerts?state=firing")
    assert (alert["labels"]["source"], alert["labels"]["alertname"]) == ("cortex", "heartbeat")
    assert "heartbeat no answer from" in place.daemon.ctl("status").stdout
    assert SECRET not in json.dumps(alert)
    place.daemon.kill()
    place.daemon.start()
    assert len(place.daemon.items("alerts?state=firing")) == 1

    place.watcher.status = 200
    place.daemon.wait_until(lambda: not place.daemon.items("alerts?state=firing"), 180)
    assert "heartbeat answered at" in place.daemon.ctl("status").stdout

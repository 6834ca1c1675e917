"""Faults made on purpose on this host climb the ladder for real: fixed by L1, approved and fixed by L2, told by L3."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.agent.arrange import claude_cli
from tests.real.bot_process import PERSON, BotProcess, bot_process
from tests.real.daemon import RealDaemon
from tests.real.docker_engine import docker_engine
from tests.real.filesystems import fill, tmpfs
from tests.real.messages_api import MessagesApi
from tests.real.servers import web

LONG_AGO = 30 * 86400


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotProcess]:
    with bot_process(tmp_path / "sent.jsonl") as process:
        yield process


def daemon_for(folder: Path, bot: BotProcess, **config: object) -> RealDaemon:
    telegram = bot.settings(folder)
    place = folder / "daemon"
    place.mkdir()
    return RealDaemon(place, {"telegram": telegram, "inspections": {"boot_grace": "0s"}, **config})


def fill_with_old_files(folder: Path) -> None:
    fill(folder, 95)
    for path in folder.iterdir():
        os.utime(path, (time.time() - LONG_AGO,) * 2)


def test_a_full_disk_is_cleaned_by_itself_and_leaves_a_change(tmp_path: Path, bot: BotProcess) -> None:
    with tmpfs(tmp_path / "full", size="8m") as full:
        fill_with_old_files(full)
        daemon = daemon_for(tmp_path, bot, mode="act", actions={"clean_files": {"roots": [str(full)]}})
        daemon.document(
            "disks",
            f"checks:\n  - disk: {{mounts: [{full}], warning: 80%, critical: 90%}}\nactions: {{L1: [clean_files]}}",
        )

        with daemon:
            bot.wait_for("solved by clean_files")
            [change] = daemon.items("changes")

        assert change["outcome"] == "verified"
        assert change["level"] == "L1"
        assert list(full.iterdir()) == []


def test_in_observe_a_full_disk_is_told_with_what_would_be_done(tmp_path: Path, bot: BotProcess) -> None:
    with tmpfs(tmp_path / "full", size="8m") as full:
        fill_with_old_files(full)
        daemon = daemon_for(tmp_path, bot, actions={"clean_files": {"roots": [str(full)]}})
        daemon.document(
            "disks", f"checks:\n  - disk: {{mounts: [{full}], warning: 80%}}\nactions: {{L1: [clean_files]}}"
        )

        with daemon:
            text = bot.wait_for("would have run clean_files")

        assert str(full) in text
        assert len(list(full.iterdir())) == 1


def test_a_cleaning_is_approved_with_the_hash_that_was_seen_and_fixes_the_disk(tmp_path: Path, bot: BotProcess) -> None:
    with tmpfs(tmp_path / "full", size="8m") as full:
        fill_with_old_files(full)
        daemon = daemon_for(tmp_path, bot, actions={"clean_files": {"roots": [str(full)]}})
        daemon.document(
            "disks", f"checks:\n  - disk: {{mounts: [{full}], warning: 80%}}\nactions: {{L2: [clean_files]}}"
        )

        with daemon:
            bot.wait_for("first look at this host")
            [waiting] = daemon.items("decisions?state=waiting")
            assert "MiB" in waiting["dry_run"]
            approved = daemon.ctl("decisions", "approve", waiting["id"], "--yes")
            assert approved.returncode == 0, approved.stderr
            daemon.wait_until(lambda: daemon.items("decisions")[0]["state"] == "verified", 180)
            status = daemon.ctl("status")

        assert list(full.iterdir()) == []
        assert status.returncode in (0, 4)


def test_a_person_approves_by_a_button_in_the_chat(tmp_path: Path, bot: BotProcess) -> None:
    with tmpfs(tmp_path / "full", size="8m") as full:
        daemon = daemon_for(tmp_path, bot, actions={"clean_files": {"roots": [str(full)]}})
        daemon.document(
            "disks",
            f"schedule: every 1s\nchecks:\n  - disk: {{mounts: {full}, warning: 80%}}\nactions: {{L2: [clean_files]}}",
        )

        with daemon:
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
            fill_with_old_files(full)
            bot.wait_for("May I run clean_files")
            bot.press("May I run clean_files", "Approve")
            daemon.wait_until(lambda: daemon.items("decisions")[0]["state"] == "verified", 180)
            decided_by = daemon.items("decisions")[0]["decided_by"]

        assert decided_by.startswith(f"telegram:{PERSON}")
        assert list(full.iterdir()) == []


@pytest.mark.docker
def test_a_stopped_container_is_told_and_its_return_too(tmp_path: Path, bot: BotProcess) -> None:
    with docker_engine() as engine:
        engine.run("shop", ["sleep", "600"])
        daemon = daemon_for(tmp_path, bot)
        daemon.env = {"DOCKER_HOST": engine.address}
        daemon.document("containers", "schedule: every 1s\nchecks:\n  - docker_container: {containers: [shop]}")

        with daemon:
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
            engine.client.kill("shop")
            assert "shop" in bot.wait_for("critical")
            engine.client.start("shop")
            bot.wait_for("resolved", within_s=40)


@pytest.mark.docker
def test_a_killed_container_is_started_by_itself_and_that_can_be_undone(tmp_path: Path, bot: BotProcess) -> None:
    with docker_engine() as engine:
        engine.run("shop", ["sleep", "600"], init=True)
        daemon = daemon_for(tmp_path, bot, mode="act")
        daemon.env = {"DOCKER_HOST": engine.address}
        daemon.document(
            "containers",
            "schedule: every 1s\nchecks:\n  - docker_container: {containers: [shop]}\nactions: {L1: [start_container]}",
        )

        with daemon:
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
            engine.client.kill("shop", "KILL")
            bot.wait_for("solved by start_container")
            [change] = daemon.items("changes")
            assert engine.state("shop")["Status"] == "running"

            undone = daemon.ctl("changes", "rollback", change["id"])

            assert undone.returncode == 0, undone.stderr
            daemon.wait_until(lambda: engine.state("shop")["Status"] == "exited", 180)
            daemon.wait_until(lambda: daemon.items("changes")[0]["outcome"] == "rolled_back", 180)

        assert (change["level"], change["outcome"]) == ("L1", "verified")


def test_a_certificate_that_expires_soon_is_told(tmp_path: Path, bot: BotProcess) -> None:
    authority = trustme.CA()
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)
    issued = authority.issue_cert("localhost", not_after=soon)
    path = tmp_path / "certificate.pem"
    issued.cert_chain_pems[0].write_to_path(path)
    daemon = daemon_for(tmp_path, bot)
    daemon.document("certificates", f"checks:\n  - tls_certificate: {{path: {path}, warning: 21d, critical: 7d}}")

    with daemon:
        text = bot.wait_for("certificate.pem")

    assert "critical" in text


def test_an_endpoint_that_answers_500_is_told(tmp_path: Path, bot: BotProcess) -> None:
    with web(status=500) as url:
        daemon = daemon_for(tmp_path, bot)
        daemon.document("endpoints", f"checks:\n  - http: {{url: {url}}}")

        with daemon:
            assert "500" in bot.wait_for(url.split("//")[1].rstrip("/"))


@pytest.mark.claude
def test_the_real_model_driver_adds_its_finding_to_the_report(tmp_path: Path, bot: BotProcess) -> None:
    program = claude_cli().path
    key = tmp_path / "key"
    key.write_text("sk-ant-made-up")
    key.chmod(0o600)
    with MessagesApi("investigate") as api:
        agent = {
            "backend": "claude",
            "claude": {"path": program},
            "base_url": api.base_url,
            "api_key_file": str(key),
        }
        daemon = daemon_for(tmp_path, bot, agent=agent)
        daemon.document("memory", "timeout: 60s\nchecks:\n  - memory\nagent: {when: always}", "What grows?")

        with daemon:
            assert "worker grows without bound" in bot.wait_for("worker", within_s=60)
            [report] = daemon.items("reports")
            [run] = daemon.items("runs")

        assert report["run_id"] == run["id"]
        assert run["state"] == "ok"
        assert report["cost_usd"] > 0
        assert "sk-ant-made-up" not in json.dumps([report, run]) + daemon.log

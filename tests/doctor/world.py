"""An installation in which every line of the doctor passes, to be broken by a test."""

from __future__ import annotations

import http.server
import json
import socketserver
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probed.core.backup import Backup, Drill
from probed.doctor import clock, helper
from probed.doctor.examination import run_doctor
from probed.doctor.line import DoctorLine
from probed.doctor.service import UNIT
from probed.host import systemd
from probed.monitor.backups import BackupFolder
from probed.monitor.file import prepare
from probed.monitor.migrate import known_migrations
from probed.wire import paths
from probed.wire.status import Probe, Readiness
from tests.actions.fake_systemctl import FakeSystemctl, install
from tests.agent.arrange import willing
from tests.factories import NOW
from tests.real.packages import program

LIVE = {"systemd": "live", "docker": "polled: no Docker engine on this host"}
READY = Readiness(True, [Probe("database", True, "")])
DOCUMENT = "---\nid: disks\nchecks: [disk]\n---\nLook at the disks.\n"


@dataclass
class World:
    folder: Path
    systemctl: FakeSystemctl
    telegram: Mapping[str, object]
    model_url: str
    changes: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Sections of the configuration that a test sets."""

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def socket(self) -> Path:
        return self.folder / "probed.sock"

    def write_config(self, **sections: Mapping[str, object]) -> None:
        self.changes |= sections
        content: dict[str, Mapping[str, object]] = {
            "api": {"socket": "probed.sock"},
            "monitor": {"path": "state/monitor.db"},
            "inspections": {"dir": "inspections"},
            "agent": self.agent(sandbox="bwrap"),
            "telegram": self.telegram,
        }
        self.config.write_text(json.dumps(content | self.changes))
        self.config.chmod(0o600)

    def agent(self, **changes: object) -> Mapping[str, object]:
        """A section of the configuration with a model that answers."""
        program = {"backend": "claude", "claude": {"path": "./claude"}}
        return {**program, "api_key_file": "key", "base_url": self.model_url, **changes}

    def program(self, name: str, text: str) -> Path:
        """A program in front of PATH."""
        return write_program(self.systemctl.bin / name, text)

    def back_up(self, ago: timedelta = timedelta(), fault: str = "") -> None:
        """Take a backup, and note that it was tried out, so long ago."""
        backup = self.back_up_without_a_drill(ago)
        with closing(sqlite3.connect(self.state / "monitor.db")) as database, database:
            drill = json.dumps(Drill(backup.name, backup.taken_at, 0.2, fault).to_payload())
            database.execute("INSERT OR REPLACE INTO settings VALUES ('backup_drill', ?)", (drill,))

    def back_up_without_a_drill(self, ago: timedelta = timedelta()) -> Backup:
        folder = BackupFolder(self.state / "monitor.db", self.state / "backups")
        return folder.take(datetime.now(UTC) - ago)

    def examine(self, *, production: bool = False) -> dict[str, DoctorLine]:
        return {line.name: line for line in run_doctor(self.config, production=production)}

    def only_bad_line(self, *, production: bool = False) -> DoctorLine:
        """The line that does not pass; every other one does."""
        (bad,) = [line for line in self.examine(production=production).values() if line.status != "pass"]
        return bad


def make_world(folder: Path, monkeypatch: pytest.MonkeyPatch, telegram: Mapping[str, object], model_url: str) -> World:
    """Telegram's token has to lie in `folder / "token"`; nothing answers on the socket yet."""
    program("bwrap", "bubblewrap")
    fake = install(folder / "systemd")
    fake.add(UNIT, UnitFileState="enabled")
    monkeypatch.setattr(systemd, "BOOTED", str(fake.folder))
    monkeypatch.setenv("PATH", f"{fake.bin}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/no-docker.sock")
    monkeypatch.setattr(helper, "SOCKET", f"{folder}/no-helper.sock")
    monkeypatch.setattr(clock, "read_clock", lambda: (True, 0.01))
    world = World(folder, fake, telegram, model_url)
    world.program("journalctl", "#!/bin/sh\n")
    willing(folder)
    (folder / "inspections").mkdir()
    (folder / "inspections" / "disks.md").write_text(DOCUMENT)
    (folder / "key").write_text("sk-test")
    (folder / "key").chmod(0o600)
    prepare(world.state / "monitor.db", NOW, known_migrations())
    world.write_config()
    world.back_up()
    return world


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


@contextmanager
def answering(socket: Path, readiness: Readiness = READY, events: Mapping[str, str] = LIVE) -> Iterator[None]:
    """A daemon, as far as `/readyz` shows it, and the sources of its events."""
    ready, status = json.dumps(asdict(readiness)).encode(), json.dumps({"daemon": {"events": dict(events)}}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = status if self.path == paths.STATUS else ready
            self.send_response(200 if readiness.ready else 503)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

        def address_string(self) -> str:
            return "local"

    with socketserver.ThreadingUnixStreamServer(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
    socket.unlink()

"""Secrets planted wherever one can be configured, in a daemon with real children: none is seen where it is sought."""

from __future__ import annotations

import gzip
import os
import secrets
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.agent.arrange import claude_cli
from tests.real.bot_api import TOKEN
from tests.real.bot_process import bot_process
from tests.real.daemon import BIN, RealDaemon
from tests.real.messages_api import MessagesApi
from tests.real.packages import program
from tests.real.post_box import post_box
from tests.real.servers import free_port

pytestmark = pytest.mark.claude

MODEL = "schedule: on request\ntimeout: 2m\nchecks: []\nagent: {when: always}"
PLUGIN = "schedule: on request\nchecks:\n  - command: {{command: [{path}]}}"
RECORDER = '#!/bin/sh\n{{ tr "\\0" "\\n" < /proc/$$/environ; echo "$0" "$@"; }} >> {record}\n{then}\n'
FINDING = {"check": "disk", "object": "/srv", "severity": "warning", "summary": "/srv is 85% full"}
REPORT = {"source": "app", "verdict": "warning", "summary": "s", "findings": [FINDING]}


class Place:
    """One daemon with a secret of every kind; what is told fails, so that the failures are told, too."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.private, self.state = folder, folder / "private", folder / "state"
        for made in (self.private, self.state, folder / "bin"):
            made.mkdir(mode=0o700)
        self.bot = stack.enter_context(bot_process(folder / "sent.jsonl", chat_interval_s=0.05))
        self.model = stack.enter_context(MessagesApi("investigate"))
        boxes = (stack.enter_context(post_box()) for _ in range(5))
        self.phone, self.hook, self.other, self.watcher, self.collector = boxes
        self.planted = {"telegram token": TOKEN}
        self.children: set[bytes] = set()
        env = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "CREDENTIALS_DIRECTORY": str(self.private)}
        self.daemon = RealDaemon(folder, self._config(), env)
        self.daemon.document("model", MODEL)
        self.daemon.document("plugin", PLUGIN.format(path=self._recorder("check_x", "echo fine")))
        self._recorder("age", f'exec {program("age", "age")} "$@"')
        stack.callback(self.daemon.stop)

    def plant(self, name: str, text: str = "{}") -> str:
        """The path of a file with a fresh secret, put into `text`."""
        self.planted[name] = f"planted{secrets.token_hex(12)}"
        return self._private(name, text.format(self.planted[name]))

    def _credential(self, name: str) -> str:
        """As systemd hands it over: the configuration names it, and no folder."""
        return Path(self.plant(name)).name

    def _private(self, name: str, text: str) -> str:
        path = self.private / name.replace(" ", "-")
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def _config(self) -> Mapping[str, Any]:
        return {
            "monitor": {"path": str(self.state / "monitor.db")},
            "inspections": {"boot_grace": "0s"},
            "log": {"level": "debug"},
            "telegram": self.bot.settings(self.private),
            "agent": {
                "backend": "claude",
                "claude": {"path": claude_cli().path},
                "base_url": self.model.base_url,
                "api_key_file": {"secret_command": ["/bin/cat", self.plant("api key")]},
            },
            "channels": {
                "phone": {"apprise_url_file": self.plant("apprise url", f"ntfy://ann:{{}}@{self.phone.url[7:]}/topic")}
            },
            "alerts": {
                "route": {"receiver": "ops", "group_by": ["..."], "group_wait": "0s"},
                "receivers": [{"name": "ops", "channels": ["telegram", "phone"], "webhook_configs": self._webhooks()}],
            },
            "heartbeat": {
                "url_file": self.plant("heartbeat url", f"{self.watcher.url}/{{}}"),
                "every": "1s",
                "timeout": "1s",
                "missing_after": "2s",
            },
            "api": {"tcp": {"listen": f"127.0.0.1:{free_port()}", "token_file": self._credential("tcp token")}},
            "backup": self._backup(),
            "tracing": {
                "endpoint": f"{self.collector.url}/v1/traces",
                "headers_file": self.plant("tracing headers", "Authorization: Bearer {}"),
            },
        }

    def _webhooks(self) -> list[Mapping[str, Any]]:
        credentials = {"credentials_file": self.plant("webhook credentials")}
        password = {"username": "ann", "password_file": self.plant("webhook password")}
        url_file = self.plant("webhook url", f"{self.hook.url}/{{}}")
        return [
            {"url_file": url_file, "http_config": {"authorization": credentials}},
            {"url": f"{self.other.url}/hook", "http_config": {"basic_auth": password}},
        ]

    def _backup(self) -> Mapping[str, Any]:
        made = subprocess.run([program("age-keygen", "age")], capture_output=True, text=True, check=True)
        self.planted["age identity"] = made.stdout.splitlines()[-1]
        recipient = made.stderr.removeprefix("Public key: ").strip()
        return {"encrypt_to": recipient, "identity_file": self._private("identity", made.stdout)}

    def _recorder(self, name: str, then: str) -> Path:
        """A program that writes down what it was started with."""
        path = self.folder / "bin" / name
        path.write_text(RECORDER.format(record=self.folder / "started", then=then))
        path.chmod(0o755)
        return path

    # --- what happens -------------------------------------------------------------------------------------------------

    def lives(self) -> None:
        """Everything that a secret is for is done once, and told to somebody who refuses it."""
        self.daemon.start()
        for box in (self.phone, self.hook, self.other, self.watcher):
            box.status, box.answer = 503, b"overloaded"
        self.collector.status = 400  # which is not tried again
        with self._watched_children():
            for name in ("model", "plugin"):
                assert self.daemon.post(f"/api/v1/inspections/{name}/run")[0] == 202
                self.daemon.wait_until(lambda name=name: self._has_ended(name), 180)
        assert self.daemon.post("/api/v1/reports", REPORT)[0] == 201
        self.bot.wait_for("85% full")
        self.daemon.wait_until(lambda: self.phone.posted and self.hook.posted and self.other.posted, 180)
        assert self.daemon.ctl("backup", "create").returncode == 0
        self.daemon.wait_until(lambda: "/srv" in str(self.daemon.items("alerts")))

    def _has_ended(self, inspection: str) -> bool:
        [run] = [run for run in self.daemon.items("runs") if run["inspection"] == inspection]
        return run["state"] not in ("pending", "running")

    @contextmanager
    def _watched_children(self) -> Iterator[None]:
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.02):
                for pid in _descendants(self.daemon.pid):
                    with suppress(OSError):
                        for file in ("cmdline", "environ"):
                            self.children.add(Path(f"/proc/{pid}/{file}").read_bytes())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    # --- what can be seen of it ---------------------------------------------------------------------------------------

    def traces(self) -> Iterator[tuple[str, bytes]]:
        for seen in self.children:
            yield "a child", seen
        yield "a child", (self.folder / "started").read_bytes()
        yield from self._answers()
        yield "config show", self._shown("--json") + self._shown()
        yield "runs transcript", self._of_run("transcript")
        yield "runs evidence", self._of_run("evidence")
        yield from self._bundle()
        for box in (self.phone, self.hook, self.other):
            yield from (("a message", posted.body) for posted in box.posted)
        yield "a message", "\n".join(self.bot.texts()).encode()
        self.daemon.stop()
        yield from (("a trace", posted.body) for posted in self.collector.posted)
        yield "the log", self.daemon.log.encode()
        yield from self._files()

    def _answers(self) -> Iterator[tuple[str, bytes]]:
        for path in self._paths():
            yield path, str(self.daemon.get(path)).encode()

    def _paths(self) -> Iterator[str]:
        """Everything that can be asked for, with the ids that there are; the stream would not end."""
        described = self.daemon.get("/openapi.json")[1]["paths"]
        for path in [
            path for path, operations in described.items() if "get" in operations and path != "/api/v1/events"
        ]:
            if "{id}" not in path:
                yield path
                continue
            items = self.daemon.items(path.removeprefix("/api/v1/").partition("/")[0])
            yield from (path.replace("{id}", item["id"]) for item in items[:20])
        yield from (f"/api/v2/{name}" for name in ("alerts", "alerts/groups", "silences", "receivers", "status"))

    def _of_run(self, verb: str) -> bytes:
        [run] = [run for run in self.daemon.items("runs") if run["inspection"] == "model"]
        return self.daemon.ctl("runs", verb, run["id"]).stdout.encode()

    def _shown(self, *options: str) -> bytes:
        argv = [str(BIN / "cortexctl"), "config", "show", "--config", str(self.daemon.config_path), *options]
        return subprocess.run(argv, capture_output=True, check=True, timeout=30).stdout

    def _bundle(self) -> Iterator[tuple[str, bytes]]:
        path = self.folder / "bundle.tar.gz"
        done = self.daemon.ctl("debug", "bundle", "--output", str(path), timeout_s=120)
        assert done.returncode == 0, done.stderr
        with tarfile.open(path) as archive:
            for entry in archive:
                file = archive.extractfile(entry)
                assert file
                yield f"bundle: {Path(entry.name).name}", file.read()

    def _files(self) -> Iterator[tuple[str, bytes]]:
        """Of the state folder: the database, the backups and whatever else was left there."""
        for path in [path for path in self.state.rglob("*") if path.is_file()]:
            yield path.name, path.read_bytes()
            if path.name.endswith(".jsonl.gz"):
                yield "a transcript", gzip.decompress(path.read_bytes())
            if path.suffix == ".age":
                argv = [program("age", "age"), "-d", "-i", str(self.private / "identity"), str(path)]
                opened = subprocess.run(argv, capture_output=True, check=True, timeout=30).stdout
                yield path.name, gzip.decompress(opened)


def _descendants(pid: int) -> set[int]:
    above = {}
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit():
                above[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
    found, layer = set[int](), {pid}
    while layer:
        layer = {child for child, parent in above.items() if parent in layer} - found
        found |= layer
    return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(tmp_path, stack)


def test_no_secret_is_seen_where_it_is_not_needed(place: Place) -> None:
    place.lives()
    traces = list(place.traces())

    names = [name for name, _ in traces]
    started = b"\n".join(seen for name, seen in traces if name == "a child")
    for child in (b"check_x", b"age", b"ANTHROPIC_UNIX_SOCKET", b"cortexctl\0mcp"):
        assert child in started, child
    assert {"the log", "a message", "a trace", "monitor.db", "/api/v1/messages", "/metrics"} <= set(names)
    assert {f"bundle: {name}" for name in ("MANIFEST", "config.json", "doctor.json", "messages.json")} <= set(names)
    assert any(name.endswith(".age") for name in names)
    kept = [seen for name, seen in traces if name == "a transcript"]
    assert any(b"mcp__cortex__" in seen for seen in kept)
    assert any(b'"probe": ' in seen for seen in kept), "the evidence lies beside what was said"
    [conversation] = [seen for name, seen in traces if name == "runs transcript"]
    assert b"the model calls mcp__cortex__" in conversation
    [evidence] = [seen for name, seen in traces if name == "runs evidence"]
    assert evidence.startswith(b"e1  ")
    assert len(place.planted) == 10
    found = [(kind, name) for name, seen in traces for kind, secret in place.planted.items() if secret.encode() in seen]
    assert found == []
    assert place.planted["api key"] in str(place.model.requests[0].headers)
    assert place.planted["tracing headers"] in str(place.collector.posted[0].headers)

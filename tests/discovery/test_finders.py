"""Each finder on things that are really there."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from probed.checks.registry import CheckRegistry
from probed.core.inspection import CheckCall
from probed.core.observation import Observation
from probed.discovery import backups, certificates, jobs, mounts, ports
from probed.discovery.proposal import Found
from probed.discovery.scheduled import Scheduled
from probed.discovery.survey import survey
from probed.errors import NotHere
from probed.host import systemd
from probed.host.mounts import Kind as MountKind
from probed.host.sockets import Listener
from tests.actions.test_renew_certificate import issue
from tests.real.filesystems import tmpfs
from tests.real.network import alone

DAY_S = 86400.0


def severities(found: Found) -> list[object]:
    """What the proposed check says now: nothing may be wrong with what was just found."""
    params = {**({found.listed: [found.name]} if found.listed else {}), **found.params}
    return [
        seen.threshold.severity(seen.value, None) if seen.threshold and seen.value is not None else seen.severity
        for seen in CheckRegistry().bind(CheckCall(found.check, params)).look()
        if isinstance(seen, Observation)
    ]


def backups_of(place: Path, *programs: Scheduled) -> list[Found]:
    return [each for each in backups.find([str(place)], programs) if isinstance(each, Found)]


def test_a_habit_of_backups_is_found_with_its_rhythm_and_size(tmp_path: Path) -> None:
    now = os.stat(tmp_path).st_mtime
    (tmp_path / "db").mkdir()
    for day in range(5):
        path = tmp_path / "db" / f"night-{day}.dump"
        path.write_bytes(b"x" * 4096)
        os.utime(path, (now - day * DAY_S - 600, now - day * DAY_S - 600))
    (tmp_path / "once.tar").write_bytes(b"x")

    [found] = backups_of(tmp_path)

    assert found.params == {"path": f"{tmp_path}/db/*.dump", "max_age": "36h", "min_size": "2.0KiB"}
    assert severities(found) == [None]


def test_the_repository_of_a_backup_program_is_found_by_its_snapshots(tmp_path: Path) -> None:
    now = os.stat(tmp_path).st_mtime
    for part in ("snapshots", "keys", "index"):
        (tmp_path / "repo" / part).mkdir(parents=True)
    for hours in (1, 7, 13):
        path = tmp_path / "repo/snapshots" / f"{hours:064x}"
        path.write_bytes(b"x" * 300)
        os.utime(path, (now - hours * 3600, now - hours * 3600))

    [found] = backups_of(tmp_path)

    assert found.params == {"path": f"{tmp_path}/repo/snapshots/*", "max_age": "9h", "min_size": "150B"}
    assert severities(found) == [None]


class Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Fine)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_ports_web_servers_and_what_they_answer_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FIRST_OF_OUTGOING", 65536)
    with web_server() as port:
        monkeypatch.setattr(ports, "WEB_PORTS", frozenset({port}))
        found = {each.document: each for each in ports.find() if str(port) in each.name}

        assert found["found-ports"].params["port"] == port
        assert found["found-ports"].why == "for this host alone"
        assert found["found-web"].params == {"url": f"http://127.0.0.1:{port}/", "status": 200, "warning": "1s"}
        assert [severities(each) for each in found.values()] == [[None], [None]]


def test_a_port_that_is_no_web_server_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FIRST_OF_OUTGOING", 65536)
    monkeypatch.setattr(ports, "WITHIN_S", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        port = mute.getsockname()[1]
        monkeypatch.setattr(ports, "WEB_PORTS", frozenset({port}))

        assert [each.document for each in ports.find() if str(port) in each.name] == ["found-ports"]


def test_file_systems_of_fstab_are_watched_with_what_is_normal_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roomy, full = tmp_path / "roomy", tmp_path / "full"
    roomy.mkdir()
    full.mkdir()
    fstab = tmp_path / "fstab"
    lines = [f"none {place} tmpfs {options} 0 0" for place, options in ((roomy, "rw"), (full, "rw"), ("/gone", "rw"))]
    fstab.write_text("\n".join(["# a comment", *lines, "none /never tmpfs noauto 0 0", "UUID=1 none swap sw 0 0"]))
    monkeypatch.setattr(mounts, "FSTAB", fstab)
    monkeypatch.setattr(mounts, "KINDS", frozenset(MountKind))
    with tmpfs(roomy, "1m"), tmpfs(full, "1m"):
        (full / "data").write_bytes(b"x" * 900_000)
        found = {each.name: each for each in mounts.find()}

        assert (found[str(roomy)].listed, found[str(roomy)].is_up) == ("mounts", True)
        assert found[str(full)].params == {"mounts": [str(full)], "warning": "91%", "critical": "96%"}
        assert severities(found[str(full)]) == [None]
        assert (found["/gone"].is_up, len(found)) == (False, 3)


def test_what_cannot_be_looked_at_is_said_and_the_rest_goes_on() -> None:
    def hidden() -> Iterator[Found]:
        raise NotHere("Docker engine", "add the user to the group docker")
        yield

    def seen() -> Iterator[Found]:
        yield Found(ports.PORTS.id, "port", "tcp/1", {"port": 1}, "")

    made = survey([(hidden, (mounts.KIND,)), (seen, (ports.PORTS,))])

    assert [each.name for each in made.found] == ["tcp/1"]
    assert made.unseen == ("found-mounts: Docker engine (add the user to the group docker)",)
    assert made.blind == {"found-mounts", "found-ports"}


def test_tunnels_that_are_up_are_found() -> None:
    found = alone(
        """
        from probed.discovery import tunnels

        for name in ("vpn0", "vpn1"):
            ip("tuntap", "add", name, "mode", "tun")
        ip("link", "add", "name", "veth0", "type", "veth", "peer", "name", "veth1")
        for name in ("vpn0", "veth0"):
            ip("link", "set", name, "up")
        print(json.dumps([[each.name, each.params, each.why] for each in tunnels.find()]))
        """
    )

    assert found == [["vpn0", {"interfaces": ["vpn0"], "required": ["vpn0"]}, "a tunnel of a program"]]


def test_wireguard_is_known_by_what_the_kernel_says_of_the_device(tmp_path: Path) -> None:
    """The kernel here has none: a link of another kind stands for it, with what sysfs says of a real one."""
    (tmp_path / "wg0").mkdir()
    (tmp_path / "wg0/uevent").write_text("DEVTYPE=wireguard\nINTERFACE=wg0\nIFINDEX=3\n")

    found = alone(
        f"""
        from pathlib import Path
        from probed.discovery import tunnels

        ip("link", "add", "name", "wg0", "type", "veth", "peer", "name", "other")
        ip("link", "set", "wg0", "up")
        print(json.dumps([[each.name, each.why] for each in tunnels.find(Path({str(tmp_path)!r}))]))
        """
    )

    assert found == [["wg0", "WireGuard"]]


def test_jobs_of_cron_are_found_with_their_times_and_how_they_are_heard(tmp_path: Path) -> None:
    system, users = tmp_path / "cron.d", tmp_path / "crontabs"
    system.mkdir()
    users.mkdir()
    (system / "shop").write_text(
        "MAILTO=root\n# m h dom mon dow user command\n30 2 * * * root cd / && nice /usr/local/bin/backup.sh --all\n"
        "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n@daily shop /usr/bin/php /srv/app/report.php\n"
        "61 2 * * * root /bin/never\n"
    )
    (users / "anna").write_text("*/5 * * * * cortexctl heartbeat sync -- rsync -a /a /b\n0 4 * * 1 /opt/backup\n")

    found = list(jobs.find([system], [users]))

    assert [(each.name, each.params["cron"]) for each in found] == [
        ("backup", "30 2 * * *"),
        ("php", "0 0 * * *"),
        ("sync", "*/5 * * * *"),
        ("backup-2", "0 4 * * 1"),
    ]
    assert found[0].why == f"in {system}/shop put before its command: cortexctl heartbeat backup --"
    assert found[2].why == f"{users}/anna"
    assert [severities(each) for each in found] == [[None]] * 4


def test_a_job_that_is_heard_already_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("0 9 * * * root php /srv/a.php\n@Daily root php /srv/b.php\n")
    (tmp_path / "b").write_text("0 3 * * * root cortexctl heartbeat php -- php /srv/c.php\n")
    (tmp_path / "elsewhere").write_text("CRON_TZ=Asia/Tokyo\n0 3 * * * root /bin/tokyo\n")

    found = {each.name: each.params["cron"] for each in jobs.find([tmp_path], [])}

    assert found == {"php-2": "0 9 * * *", "php-3": "0 0 * * *", "php": "0 3 * * *"}


def test_certificates_are_those_that_servers_are_told_to_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = issue(tmp_path / "used.pem", days=80)
    unused = issue(tmp_path / "unused.pem", days=80)
    for folder, path in (("sites-enabled", used), ("sites-available", unused)):
        (tmp_path / "nginx" / folder).mkdir(parents=True)
        (tmp_path / "nginx" / folder / "shop").write_text(f"server {{\n  ssl_certificate {path};\n}}\n")
    nginx = (f"{tmp_path}/nginx/**/*", certificates.CONFIGURATIONS[0][1])
    monkeypatch.setattr(certificates, "CONFIGURATIONS", (nginx,))
    monkeypatch.setattr(certificates, "RENEWED", str(tmp_path / "none"))

    [found] = certificates.find()

    assert (found.params["path"], severities(found)[0]) == (str(used), None)


def test_a_port_is_the_servers_and_not_its_childrens(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the processes of Postfix and Dovecot inherit the sockets on which they are called."""
    monkeypatch.setattr(ports, "FIRST_OF_OUTGOING", 65536)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.set_inheritable(True)
        port = server.getsockname()[1]
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
        try:
            [found] = [each for each in ports.find() if each.params.get("port") == port]
        finally:
            child.kill()
            child.wait()

    assert found.params["program"] == psutil.Process().name()
    assert found.params["user"] == psutil.Process().username()


def test_what_systemd_opened_for_a_service_is_the_services() -> None:
    by_systemd = Listener("tcp", "0.0.0.0", 22, 1, "systemd", "root")
    service = Listener("tcp", "0.0.0.0", 22, os.getpid(), "sshd", "root")

    assert ports.server_of([by_systemd, service]) == ports.server_of([service, by_systemd]) == service
    assert ports.server_of([by_systemd]) == by_systemd


def test_what_somebody_started_who_logged_in_is_no_service_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FIRST_OF_OUTGOING", 65536)
    monkeypatch.setattr(systemd, "_groups", lambda pid: ["user.slice", "user-1000.slice", "session-4.scope"])
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

        assert [each for each in ports.find() if each.params.get("port") == port] == []

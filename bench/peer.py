"""Programs of other people that watch a host, as processes with a private folder. Nothing is installed."""

from __future__ import annotations

import getpass
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.row import Figure
from tests.real.packages import PATH
from tests.real.servers import free_port

READY_WITHIN_S = 30.0
LOOK_EVERY_S = 0.01
Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    program: str
    command: Callable[[Path, int], Command]
    """Writes its configuration into the folder; what starts it there, to serve on this port."""
    path: str = "/"
    """Is answered once it serves."""

    @property
    def executable(self) -> str | None:
        return shutil.which(self.program, path=PATH)


@dataclass(frozen=True, slots=True)
class Running:
    process: subprocess.Popen[bytes]
    port: int
    ready_after_s: float


def monit(folder: Path, port: int) -> Command:
    """Watches what the inspections that come with Cortex watch, as often as it can be bothered by default."""
    return ["monit", "-I", "-c", monitrc(folder, port, every_s=30)]


def monitrc(folder: Path, port: int, every_s: int, more: str = "") -> Path:
    path = folder / "monitrc"
    path.write_text(f"""
        set daemon {every_s}
        set idfile {folder}/id
        set statefile {folder}/state
        set pidfile {folder}/pid
        set httpd port {port} and use address 127.0.0.1 allow localhost
        check system host
          if loadavg (5min) > 1000 then alert
          if memory usage > 99% then alert
          if swap usage > 99% then alert
        check filesystem root with path /
          if space usage > 99% then alert
          if inode usage > 99% then alert
        {more}
    """)
    path.chmod(0o600)
    return path


def alertmanager(folder: Path, port: int) -> Command:
    config = folder / "alertmanager.yml"
    config.write_text(json.dumps({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
    return [
        "prometheus-alertmanager",
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]


def node_exporter(folder: Path, port: int) -> Command:
    return ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]


def prometheus(folder: Path, port: int, exporter: int, every_s: int) -> Command:
    """Reads the node_exporter at this port, and judges what comes from there as Cortex's own documents judge."""
    used = "1 - node_filesystem_avail_bytes / node_filesystem_size_bytes"
    bounds = {
        "disk": f"{used} > 0.8",
        "inodes": "1 - node_filesystem_files_free / node_filesystem_files > 0.8",
        "memory": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.9",
        "load": "node_load5 > 100",
        "cpu": 'avg(rate(node_cpu_seconds_total{mode!="idle"}[5m])) > 0.9',
    }
    rules = [{"alert": name, "expr": bound, "for": "5m"} for name, bound in bounds.items()]
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "host", "rules": rules}]}))
    config = {
        "global": {"scrape_interval": f"{every_s}s", "evaluation_interval": f"{every_s}s"},
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}],
        "rule_files": ["rules.json"],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]


def netdata(folder: Path, port: int) -> Command:
    places = {name: folder / name for name in ("config", "cache", "lib", "log", "home")}
    for place in places.values():
        place.mkdir()
    config = folder / "netdata.conf"
    directories = "\n".join(f"{name} = {place}" for name, place in places.items())
    config.write_text(
        f"[global]\nrun as user = {getpass.getuser()}\n"
        f"[directories]\n{directories}\n[web]\nbind to = 127.0.0.1\ndefault port = {port}\n"
    )
    return ["netdata", "-D", "-c", config, "-P", folder / "pid"]


def glances(folder: Path, port: int) -> Command:
    return ["glances", "-w", "-B", "127.0.0.1", "-p", str(port)]


MONIT = Peer("monit", "monit", monit)
ALERTMANAGER = Peer("Alertmanager", "prometheus-alertmanager", alertmanager, "/-/ready")
NODE_EXPORTER = Peer("node_exporter", "prometheus-node-exporter", node_exporter)
NETDATA = Peer("netdata", "netdata", netdata, "/api/v1/info")
GLANCES = Peer("glances", "glances", glances, "/api/3/cpu")
PEERS = (
    MONIT,
    ALERTMANAGER,
    NODE_EXPORTER,
    NETDATA,
    GLANCES,
)


@contextmanager
def running(peer: Peer, folder: Path) -> Iterator[Running | None]:
    """None where it is not installed, or ends by itself for want of something else."""
    if peer.executable is None:
        yield None
        return
    folder.mkdir(exist_ok=True)
    port = free_port()
    began = time.monotonic()
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [peer.executable, *peer.command(folder, port)[1:]], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        serves = wait_until_answered(process, f"http://127.0.0.1:{port}{peer.path}")
        yield Running(process, port, time.monotonic() - began) if serves else None
    finally:
        process.terminate()
        process.wait(20)


def wait_until_answered(process: subprocess.Popen[bytes], url: str) -> bool:
    """False where the process ends instead."""
    end = time.monotonic() + READY_WITHIN_S
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(LOOK_EVERY_S)
    return False


def figures(values: Mapping[Peer, float | None]) -> tuple[Figure, ...]:
    return tuple(Figure(peer.name, value) for peer, value in values.items())

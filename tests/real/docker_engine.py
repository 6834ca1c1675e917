"""A private Docker engine from Debian's packages, with one tiny image; nothing of it is left behind."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from docker import APIClient
from docker.errors import DockerException, NotFound

from tests.conftest import require
from tests.real.packages import PATH, program

IMAGE = "cortex-test-busybox"
OPTIONS = ("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none", "--shutdown-timeout=2")
"""Neither bridge nor packet filter: the host's network stays as it is."""
FOLDERS = ("data-root", "exec-root", "pidfile")
READY_WITHIN_S = 180.0
STATE_WITHIN_S = 120.0


@dataclass
class DockerEngine:
    folder: Path
    process: subprocess.Popen[bytes]
    address: str
    """What DOCKER_HOST has to say."""
    client: APIClient = field(repr=False)

    def run(self, name: str, command: Sequence[str], *, health: Mapping[str, object] | None = None, **host: Any) -> str:
        """Start a container without a network; `host` goes to its host configuration (`restart_policy`, `mem_limit` …).

        `health` is a health check with `test`, `interval` … in nanoseconds. Returns the container's id.
        """
        config = self.client.create_host_config(network_mode="none", **host)
        made = self.client.create_container(IMAGE, list(command), name=name, host_config=config, healthcheck=health)
        self.client.start(made["Id"])
        return str(made["Id"])

    def state(self, name: str) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.client.inspect_container(name)["State"]
        return state

    def wait_for(self, name: str, holds: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """Wait until the container's state is as it should be, and return it."""
        end = time.monotonic() + STATE_WITHIN_S
        while not holds(state := self.state(name)):
            assert time.monotonic() < end, f"{name} is {state}"
            time.sleep(0.1)
        return state

    def wait_for_file(self, name: str, path: str) -> None:
        """Wait until the container has made it."""
        end = time.monotonic() + STATE_WITHIN_S
        while True:
            with contextlib.suppress(NotFound):
                self.client.get_archive(name, path)[0].close()
                return
            assert time.monotonic() < end, f"{name} has no {path}"
            time.sleep(0.1)

    def start_again(self) -> None:
        """After a test has ended it."""
        with open(self.folder / "dockerd.log", "ab") as log:
            self.process = _launched(cast(Sequence[str], self.process.args), log)

    def remove_all(self) -> None:
        """Where the test has not ended the engine itself."""
        if self.process.poll() is not None:
            return
        for container in self.client.containers(all=True):
            with contextlib.suppress(DockerException):
                self.client.remove_container(container["Id"], force=True)


@contextlib.contextmanager
def docker_engine() -> Iterator[DockerEngine]:
    """Takes about five seconds to start. Skips (on the build machine: fails) where an engine cannot be had."""
    require("root, for a Docker engine", present=os.geteuid() == 0)
    dockerd = program("dockerd", "docker.io")
    program("runc", "runc")
    busybox = Path(program("busybox", "busybox-static"))
    folder = Path(tempfile.mkdtemp(prefix="cx-docker-"))  # short: socket paths end at 107 bytes
    try:
        with _started(dockerd, folder) as engine:
            engine.client.import_image_from_data(_image(busybox), repository=IMAGE, tag="latest")
            try:
                yield engine
            finally:
                engine.remove_all()
    finally:
        _unmount_below(folder)
        shutil.rmtree(folder)


@contextlib.contextmanager
def _started(dockerd: str, folder: Path) -> Iterator[DockerEngine]:
    address = f"unix://{folder}/docker.sock"
    engine: list[DockerEngine] = []
    with open(folder / "dockerd.log", "ab") as log:
        process = _launched(
            [dockerd, f"--host={address}", *OPTIONS, *(f"--{name}={folder}/{name}" for name in FOLDERS)], log
        )
    try:
        with contextlib.closing(_ready_client(process, address, folder / "dockerd.log")) as client:
            engine.append(DockerEngine(folder, process, address, client))
            yield engine[0]
    finally:
        _stop(engine[0].process if engine else process)


def _launched(argv: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": PATH},
        start_new_session=True,
    )


def _ready_client(process: subprocess.Popen[bytes], address: str, log: Path) -> APIClient:
    end = time.monotonic() + READY_WITHIN_S
    while not _answers(address.removeprefix("unix://")):
        if process.poll() is not None or time.monotonic() > end:
            tail = log.read_text(errors="replace")[-2000:]
            require(f"a Docker engine (dockerd did not start: {tail})", present=False)
        time.sleep(0.1)
    return APIClient(base_url=address, version="auto", timeout=180)


def _answers(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(5)
            plain.connect(path)
            plain.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in plain.recv(100)
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)


def _image(busybox: Path) -> bytes:
    """A root folder with busybox and its names, as a tar archive."""
    names = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    content = busybox.resolve().read_bytes()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("bin/busybox")
        member.size, member.mode = len(content), 0o755
        archive.addfile(member, io.BytesIO(content))
        for name in names:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            if name != "busybox":
                archive.addfile(link)
    return packed.getvalue()


def _unmount_below(folder: Path) -> None:
    """The engine leaves the mounts of its own folders behind."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((each for each in points if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)

"""A pristine Debian machine with systemd as PID 1, as a new user has it: no pip, no python3-venv.

It is a container of a private engine on the host's network, so that apt and pip work as they do on the host. The image
is made by debootstrap once and kept in the temporary folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import struct
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker import APIClient

from tests.conftest import require
from tests.real.daemon import UnixConnection
from tests.real.docker_engine import DockerEngine
from tests.real.packages import PATH, program

SUITE = "bookworm"
REPOSITORY = f"cortex-test-{SUITE}"
PACKAGES = "systemd,systemd-sysv,dbus,python3,ca-certificates,curl,procps,iproute2,sudo"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# the installers inside trust what the host trusts
TRUST = dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), CERTIFICATES)
NOT_COPIED = {".git", ".venv", ".cortex", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
COVERAGE = ".coverage"
"""How the files begin that come and go beside a source tree while its tests run."""
BOOTS_WITHIN_S = 300.0
LONGEST_S = 1800
STDOUT, STDERR = 1, 2
"""The streams of a frame of output."""


@dataclass
class Machine:
    client: APIClient = field(repr=False)
    name: str
    engine_socket: Path

    def run(
        self,
        command: str,
        *,
        user: str = "root",
        cwd: str = "/",
        timeout_s: float = 180.0,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """124 is the exit code of a command that took too long."""
        made = self.client.exec_create(
            self.name,
            ["timeout", "-k", "5", f"{timeout_s:g}", "bash", "-c", command],
            user=user,
            workdir=cwd,
            environment={**TRUST, **(env or {})},
        )
        stdout, stderr = self._output(made["Id"])
        code = self.client.exec_inspect(made["Id"])["ExitCode"]
        return subprocess.CompletedProcess(command, code, stdout, stderr)

    def _output(self, execution: str) -> tuple[str, str]:
        """The client's own way loses what arrives in one piece with the head of the answer."""
        with contextlib.closing(UnixConnection(self.engine_socket, LONGEST_S)) as connection:
            connection.request("POST", f"/exec/{execution}/start", "{}", {"Content-Type": "application/json"})
            answer = connection.getresponse()
            frames = answer.read()
        assert answer.status == 200, frames
        outputs = {STDOUT: b"", STDERR: b""}
        while frames:
            stream, size = struct.unpack(">BxxxI", frames[:8])
            outputs[stream] += frames[8 : 8 + size]
            frames = frames[8 + size :]
        return outputs[STDOUT].decode(errors="replace"), outputs[STDERR].decode(errors="replace")

    def put(self, tree: Path, to: str) -> None:
        """Copy a source tree, as a fresh checkout of it would be."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path in tree.iterdir():
                if not path.name.startswith(COVERAGE):
                    archive.add(path, arcname=path.name, filter=lambda member: _as_roots(member))
        assert self.run(f"mkdir -p {to}").returncode == 0
        self.client.put_archive(self.name, to, packed.getvalue())

    def save(self, image: Path) -> None:
        """Its root folder as it is now, for other machines."""
        with image.open("wb") as file:
            file.writelines(self.client.export(self.name))


@contextlib.contextmanager
def machine(engine: DockerEngine, image: Path | None = None) -> Iterator[Machine]:
    """`image`: of `Machine.save`. Skips (on the build machine: fails) where no pristine one can be made."""
    with contextlib.closing(docker.APIClient(base_url=engine.address, version="auto", timeout=LONGEST_S)) as client:
        client.import_image_from_file(str(image or _image(SUITE)), repository=REPOSITORY, tag="latest")
        made = client.create_container(
            f"{REPOSITORY}:latest",
            "/sbin/init",
            name=SUITE,
            hostname=SUITE,
            environment={"container": "docker"},
            tty=True,
            host_config=_host_config(client),
        )
        client.start(made["Id"])
        booted = Machine(client, made["Id"], Path(engine.address.removeprefix("unix://")))
        try:
            _await_boot(booted)
            yield booted
        finally:
            client.remove_container(made["Id"], force=True, v=True)


def _host_config(client: APIClient) -> Mapping[str, object]:
    config: dict[str, object] = client.create_host_config(
        network_mode="host",
        cap_add=["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_NICE"],
        security_opt=["seccomp=unconfined"],
        tmpfs={"/run": "", "/run/lock": ""},
        binds=["/sys/fs/cgroup:/sys/fs/cgroup:rw", f"{CERTIFICATES}:{CERTIFICATES}:ro"],
    )
    # systemd writes below /proc/sys and gives units a /proc of their own
    return {**config, "MaskedPaths": [], "ReadonlyPaths": []}


def _await_boot(booted: Machine) -> None:
    end = time.monotonic() + BOOTS_WITHIN_S
    while (state := booted.run("systemctl is-system-running").stdout.strip()) not in ("running", "degraded"):
        assert time.monotonic() < end, f"the machine is {state or 'down'} after {BOOTS_WITHIN_S:g} s"
        time.sleep(0.3)


def _image(suite: str) -> Path:
    """The root folder of the machine as a tar archive; made once, by one test run at a time."""
    debootstrap = program("debootstrap", "debootstrap")
    cache = Path(tempfile.gettempdir()) / "cortex-test-images"
    cache.mkdir(mode=0o700, exist_ok=True)
    status = cache.stat()
    assert (status.st_uid, status.st_mode & 0o022) == (os.geteuid(), 0), f"{cache} belongs to somebody else"
    image = cache / f"{suite}-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:12]}.tar"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.exists():
            _make_image(debootstrap, suite, image)
    return image


def _make_image(debootstrap: str, suite: str, image: Path) -> None:
    root, raw = image.with_suffix(".root"), image.with_suffix(".part")
    shutil.rmtree(root, ignore_errors=True)
    argv = [debootstrap, "--variant=minbase", f"--include={PACKAGES}", suite, str(root)]
    made = subprocess.run(argv, capture_output=True, text=True, timeout=900, env={**os.environ, "PATH": PATH})
    if made.returncode:
        require(f"a Debian machine (debootstrap: {made.stdout[-500:]})", present=False)
    subprocess.run(["tar", "-C", root, "--numeric-owner", "-cf", raw, "."], check=True, timeout=300)
    shutil.rmtree(root)
    raw.rename(image)


def _as_roots(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if Path(member.name).name in NOT_COPIED:
        return None
    member.uid = member.gid = 0
    return member

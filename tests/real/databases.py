"""PostgreSQL and Redis from Debian's packages, in private folders; nothing of them is left behind."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import require
from tests.real.packages import program
from tests.real.servers import free_port, until_it_listens

READY_WITHIN_S = 120.0
PASSWORD = "hunter2-of-the-tests"


@dataclass(frozen=True, slots=True)
class Postgres:
    folder: Path
    """Of its socket."""
    port: int
    user: str
    """Its superuser, who has the password of this module over TCP, and needs none on the socket."""


@contextlib.contextmanager
def postgres(*settings: str) -> Iterator[Postgres]:
    """Takes about three seconds; `settings` as in `max_connections=20`. It does not run as root, so root lends it
    another user."""
    programs = _newest_programs()
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder, port = Path(tempfile.mkdtemp(prefix="cx-pg-")), free_port()
    folder.chmod(0o755)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    shutil.chown(folder, user)
    shutil.chown(secret, user)
    auth = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}")
    try:
        _as(user, [f"{programs}/initdb", "-D", f"{folder}/data", "-U", "cortex", "--no-sync", *auth])
        own = ("listen_addresses=127.0.0.1", "fsync=off", *settings)
        options = f"-k {folder} -p {port} {' '.join(f'-c {each}' for each in own)}"
        ctl = [f"{programs}/pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log"]
        _as(user, [*ctl, "-w", "-o", options, "start"])
        try:
            yield Postgres(folder, port, "cortex")
        finally:
            _as(user, [*ctl, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _newest_programs() -> Path:
    program("pg_ctlcluster", "postgresql")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    require("PostgreSQL (package postgresql)", present=bool(found))
    return found[-1]


def _as(user: str, argv: Sequence[str]) -> None:
    """In no terminal and no folder that the user could not enter."""
    lent = {"user": user, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd="/", **lent)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{argv[0]}: {done.stderr}{done.stdout}"


@contextlib.contextmanager
def redis(*options: str, port: int | None = None) -> Iterator[int]:
    """Its port on loopback; `options` are those of redis-server, as in `--requirepass secret`."""
    server, port = program("redis-server", "redis-server"), port or free_port()
    with tempfile.TemporaryDirectory(prefix="cx-redis-") as folder:
        argv = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", *options]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until_it_listens(port, process, READY_WITHIN_S)
            yield port
        finally:
            process.terminate()
            process.wait(10)

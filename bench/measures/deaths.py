"""How long after a service or a container dies the finding about it is stored, in 95 of 100 cases. All schedules are an
hour: what is measured is what the host tells by itself.

The service dies on a machine with a real systemd, where Cortex is installed; the container with a real Docker engine.
Monit beside looks for the same process once a second.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.effort import Effort
from bench.measures.events import CYCLE_S, took_ms
from bench.peer import MONIT, Command, Peer, monitrc, running
from bench.row import Figure, Row, at_most
from tests.real.daemon import RealDaemon
from tests.real.docker_engine import DockerEngine, docker_engine
from tests.real.installed import installed_machine
from tests.real.machine import Machine

BOUND_MS = 1000.0
SLEEP = ["sleep", "10000"]
SERVICES = "---\nid: services\nschedule: every 1h\nchecks:\n  - systemd_unit: {units: auto}\n---\n"
INSIDE = """
import json, random, subprocess, sys, time

def is_stored(unit):
    argv = ["curl", "-s", "--unix-socket", "/run/cortex/probed.sock", "http://localhost/api/v1/cases"]
    cases = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["items"]
    return any(case["object"] == unit for case in cases)

def took_ms(name):
    time.sleep(random.uniform(0, 1))
    began = time.monotonic()
    subprocess.run(["systemctl", "kill", "--signal=KILL", name], check=True)
    while not is_stored(f"{name}.service"):
        assert time.monotonic() < began + 30, name
    return 1000 * (time.monotonic() - began)

print(json.dumps([took_ms(name) for name in json.loads(sys.argv[1])]))
"""
"""Runs on the machine, with what is there."""


def measure(effort: Effort) -> Sequence[Row]:
    names = [f"death-{number}" for number in range(effort.events)]
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        monit = Figure("monit", of_monit(Path(folder) / "monit", names))
        with docker_engine() as engine:
            container = of_containers(Path(folder), engine, names)
        rows = [Row("death: a container, until stored (P95)", container, "ms", (monit,), at_most(BOUND_MS))]
        if effort.machine:
            with installed_machine(Path(folder)) as host:
                service = of_services(host, names)
            rows.append(Row("death: a service, until stored (P95)", service, "ms", (monit,), at_most(BOUND_MS)))
    return rows


def p95(times: Sequence[float]) -> float:
    """The smallest that 95 of 100 do not exceed."""
    return sorted(times)[max(0, -(-95 * len(times) // 100) - 1)]


# --- a service, on its machine ----------------------------------------------------------------------------------------


def of_services(host: Machine, names: Sequence[str]) -> float:
    for name in names:
        write(host, f"/etc/systemd/system/{name}.service", "[Service]\nExecStart=/bin/sleep infinity\n")
    run(host, "rm -f /etc/cortex/inspections/*")
    write(host, "/etc/cortex/inspections/services.md", SERVICES)
    write(host, "/etc/cortex/config.yaml", json.dumps({"inspections": {"boot_grace": "0s"}}))
    run(host, "chown -R cortex: /etc/cortex/inspections /etc/cortex/config.yaml && systemctl daemon-reload")
    run(host, f"systemctl start cortex-probed {' '.join(names)} && sleep 10")
    said = run(host, f"python3 - '{json.dumps(names)}' <<'EOF'\n{INSIDE}\nEOF", timeout_s=600)
    return p95(json.loads(said))


def write(host: Machine, path: str, text: str) -> None:
    run(host, f"umask 077 && cat >{path} <<'EOF'\n{text}\nEOF")


def run(host: Machine, command: str, timeout_s: float = 60.0) -> str:
    done = host.run(command, timeout_s=timeout_s)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


# --- a container ------------------------------------------------------------------------------------------------------


def of_containers(folder: Path, engine: DockerEngine, names: Sequence[str]) -> float:
    for name in names:
        engine.run(name, SLEEP)
    daemon = RealDaemon(folder, {"inspections": {"boot_grace": "0s"}}, {"DOCKER_HOST": engine.address})
    daemon.document("containers", "schedule: every 1h\nchecks:\n  - docker_container: {containers: auto}")

    def kill(name: str) -> None:
        os.kill(engine.state(name)["Pid"], signal.SIGKILL)

    def stored(name: str) -> bool:
        return any(case["object"] == name for case in daemon.items("cases"))

    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"])
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["daemon"]["events"]["docker"] == "live")
        return p95([took_ms(partial(kill, name), partial(stored, name)) for name in names])


# --- a process, for monit ---------------------------------------------------------------------------------------------


def of_monit(folder: Path, names: Sequence[str]) -> float | None:
    """It runs a program when the process is gone."""
    crowd = {name: subprocess.Popen(SLEEP) for name in names}

    def watching(own: Path, port: int) -> Command:
        for name in names:
            (own / f"{name}.pid").write_text(str(crowd[name].pid))
        services = (
            f"check process {name} with pidfile {own / name}.pid\n"
            f'if does not exist then exec "/bin/touch {own / name}.told"'
            for name in names
        )
        return ["monit", "-I", "-c", monitrc(own, port, CYCLE_S, "\n".join(services))]

    def kill(name: str) -> None:
        crowd[name].kill()
        crowd[name].wait()

    try:
        with running(Peer("monit", MONIT.program, watching), folder) as monit:
            if monit is None:
                return None
            return p95([took_ms(partial(kill, name), (folder / f"{name}.told").exists) for name in names])
    finally:
        for process in crowd.values():
            process.kill()
            process.wait()

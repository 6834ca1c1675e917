"""Actions on the journal, the package cache, the clock and a unit's deleted files, on a machine with a real systemd."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

MIB = 2**20
ACT = """
import dataclasses, json, os, subprocess, sys, time
from pathlib import Path
from probed.actions.registry import build_actions
from probed.config.loader import parse_settings

asked = json.loads(os.environ["ASKED"])
settings = parse_settings(json.dumps({"actions": asked["settings"]}), Path("config.yaml"))
action = build_actions(settings.actions).get(asked["action"])
params = action.validate(asked["params"])
said = {"ready": dataclasses.asdict(action.precondition(params)), "dry_run": action.dry_run(params)}
done = action.execute(params)
subprocess.run(asked["between"], shell=True, check=True)
time.sleep(asked["settle_s"])
seen = action.verify(params, done)
print(json.dumps({**said, "done": dataclasses.asdict(done), "seen": dataclasses.asdict(seen)}, default=dict))
"""


def run(host: Machine, command: str, timeout_s: float = 60.0) -> str:
    done = host.run(command, timeout_s=timeout_s)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def act(
    host: Machine,
    action: str,
    params: Mapping[str, object],
    settings: Mapping[str, object],
    *,
    between: str = "true",
    settle_s: float = 0.5,
) -> Any:
    """What precondition, dry run, execution and verification say; `between` is run before the last."""
    asked = {"action": action, "params": params, "settings": settings, "between": between, "settle_s": settle_s}
    env = {"ASKED": json.dumps(asked), "ACT": ACT}
    done = host.run('/opt/cortex/venv/bin/python -c "$ACT"', env=env, timeout_s=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- the journal ------------------------------------------------------------------------------------------------------

SMALL = {"vacuum_journal": {"least": "1MiB"}}
FILL = "head -c 40M /dev/urandom | base64 -w 30000 | systemd-cat && journalctl --sync"


@pytest.fixture
def journal(host: Machine) -> None:
    run(
        host,
        "mkdir -p /etc/systemd/journald.conf.d && "
        "printf '[Journal]\\nRateLimitIntervalSec=0\\nStorage=persistent\\nSystemMaxUse=1G\\nSystemMaxFileSize=8M\\n' "
        ">/etc/systemd/journald.conf.d/test.conf && systemctl restart systemd-journald && journalctl --flush",
    )
    run(host, FILL)


@pytest.mark.usefixtures("journal")
def test_the_oldest_of_the_journal_goes(host: Machine) -> None:
    run(host, "logger -t cortex-test the newest line; journalctl --sync")

    said = act(host, "vacuum_journal", {"size_bytes": "24MiB"}, SMALL)

    assert said["ready"]["holds"], said["ready"]
    assert said["dry_run"].startswith("would leave the newest 24 MiB")
    assert "of the journal (/var/log/journal" in said["dry_run"]
    assert said["done"]["before"]["used_bytes"] > 40 * MIB
    assert said["done"]["after"]["used_bytes"] <= 24 * MIB
    assert said["seen"]["holds"], said["seen"]
    assert "the newest line" in run(host, "journalctl -t cortex-test -o cat")


@pytest.mark.usefixtures("journal")
def test_a_journal_that_fills_up_again_at_once_is_not_verified(host: Machine) -> None:
    said = act(host, "vacuum_journal", {"size_bytes": "24MiB"}, SMALL, between=FILL)

    assert not said["seen"]["holds"]


# --- the package cache ------------------------------------------------------------------------------------------------

DOWNLOAD = "head -c 3M /dev/urandom >/var/cache/apt/archives/cortex-test_1_all.deb"


def test_downloaded_packages_go_and_what_is_installed_stays(host: Machine) -> None:
    run(host, f"apt-get clean; {DOWNLOAD}")

    said = act(host, "clean_package_cache", {}, {})

    assert said["ready"]["holds"]
    assert re.search(r"would run apt-get .*clean: 3\.\d MiB in /var/cache/apt/archives", said["dry_run"])
    assert said["seen"]["holds"], said["seen"]
    assert "cortex-test" not in run(host, "ls /var/cache/apt/archives")


def test_packages_that_are_downloaded_again_at_once_are_not_verified(host: Machine) -> None:
    run(host, DOWNLOAD)

    said = act(host, "clean_package_cache", {}, {}, between=DOWNLOAD)

    assert not said["seen"]["holds"]
    run(host, "apt-get clean")


# --- a unit's deleted files -------------------------------------------------------------------------------------------

LEAK = {"free_deleted_space": {"min_size": "1MiB", "signals": {}}}


@pytest.fixture
def leak(host: Machine) -> Iterator[Mapping[str, object]]:
    """A unit that has 5 MiB open that nobody else sees any more: its process."""
    unit = "[Service]\\nExecStart=/bin/sh -c '[ -e /var/tmp/leak ] && exec 9</var/tmp/leak; exec sleep infinity'\\n"
    run(host, "head -c 5M /dev/urandom >/var/tmp/leak")
    run(host, f'printf "{unit}" >/etc/systemd/system/leak.service && systemctl daemon-reload && systemctl restart leak')
    run(host, "sleep 0.5; rm /var/tmp/leak")
    pid = int(run(host, "systemctl show -P MainPID leak.service"))
    start = int(run(host, f"cat /proc/{pid}/stat").rpartition(")")[2].split()[19])
    yield {"pid": pid, "start_time": start}
    run(host, "systemctl stop leak.service")


def test_a_restart_of_the_unit_frees_what_it_held(host: Machine, leak: Mapping[str, object]) -> None:
    said = act(host, "free_deleted_space", leak, LEAK)

    assert said["ready"]["snapshot"]["way"] == "a restart of leak.service"
    assert "would free 5.0 MiB of deleted files that sleep" in said["dry_run"]
    assert "would restart leak.service" in said["dry_run"]
    assert said["seen"]["holds"], said["seen"]
    assert run(host, "systemctl show -P MainPID leak.service").strip() not in ("0", str(leak["pid"]))


def test_room_that_another_process_holds_too_is_not_verified(host: Machine, leak: Mapping[str, object]) -> None:
    run(host, f"systemd-run --unit=other sh -c 'exec 9</proc/{leak['pid']}/fd/9; exec sleep 60'; sleep 0.5")
    try:
        said = act(host, "free_deleted_space", leak, LEAK)
    finally:
        host.run("systemctl stop other")

    assert not said["seen"]["holds"]
    assert said["seen"]["detail"].startswith("0 B of 5.0 MiB are free")


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chrony(host: Machine) -> None:
    """It only looks at the clock (-x), and the step itself is left out: the machine's clock is everybody's."""
    run(host, "apt-get -qq update && apt-get -qq install -y --no-install-recommends chrony", timeout_s=300)
    run(host, "systemctl stop chrony; mkdir -p /run/chrony && chown _chrony: /run/chrony && chmod 750 /run/chrony")
    stepless = "[ $1 = makestep ] && echo 200 OK || exec /usr/bin/chronyc $@"
    run(host, f"printf '#!/bin/sh\\n%s\\n' '{stepless}' >/usr/local/bin/chronyc && chmod 755 /usr/local/bin/chronyc")
    served = "local stratum 1\\nport 11123\\ncmdport 0\\nbindcmdaddress /run/chrony-server.sock\\npidfile /run/a.pid\\n"
    asking = "server 127.0.0.1 port 11123 iburst minpoll -2 maxpoll 0\\nport 0\\ncmdport 0\\npidfile /run/b.pid\\n"
    alone = "port 0\\ncmdport 0\\npidfile /run/b.pid\\n"
    for name, text in (("server", served), ("asking", asking), ("alone", alone)):
        run(host, f"printf '{text}allow 127.0.0.1\\n' >/etc/{name}.conf")


@pytest.fixture
def keeper(host: Machine, chrony: None, request: pytest.FixtureRequest) -> Iterator[None]:
    run(host, "systemd-run --unit=time-server --property=Type=forking chronyd -x -f /etc/server.conf")
    run(host, f"systemd-run --unit=keeper --property=Type=forking chronyd -x -f /etc/{request.param}.conf; sleep 3")
    yield
    host.run("systemctl stop keeper time-server")


@pytest.mark.parametrize("keeper", ["asking"], indirect=True)
@pytest.mark.usefixtures("keeper")
def test_a_clock_that_its_keeper_put_right_is_verified(host: Machine) -> None:
    said = act(host, "sync_clock", {}, {}, settle_s=3)

    assert said["done"]["after"] == {"by": "chronyd"}
    assert said["seen"]["holds"], said["seen"]
    assert said["seen"]["detail"].startswith("chronyd keeps the time, 0.0")


@pytest.mark.parametrize("keeper", ["alone"], indirect=True)
@pytest.mark.usefixtures("keeper")
def test_a_keeper_that_knows_no_time_itself_is_not_verified(host: Machine) -> None:
    said = act(host, "sync_clock", {}, {})

    assert said["ready"]["holds"]
    assert said["ready"]["snapshot"] == {"by": "chronyd", "is_synchronised": False}
    assert (said["seen"]["holds"], said["seen"]["detail"]) == (False, "chronyd has not found the right time")


def test_where_nobody_keeps_the_time_nothing_is_done(host: Machine) -> None:
    host.run("systemctl stop keeper time-server chrony")
    asked = {"action": "sync_clock", "params": {}, "settings": {}, "between": "true", "settle_s": 0}
    env = {"ASKED": json.dumps(asked), "ACT": ACT}

    done = host.run('/opt/cortex/venv/bin/python -c "$ACT"', env=env)

    assert done.returncode == 1
    assert "install chrony, or enable systemd-timesyncd" in done.stderr

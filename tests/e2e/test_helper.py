"""Operations through the installed helper, asked by the daemon's own user: its sandbox leaves room for all of them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

import pytest

from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

POLICY = """
peers = ["cortex"]
[never]
units = ["ssh*"]
containers = []
paths = []
[operations]
restart_unit.units = ["demo*.service"]
reload_unit.units = ["demo*.service"]
start_unit.units = ["demo*.service"]
stop_unit.units = ["demo*.service"]
reset_failed_unit.units = ["demo*.service"]
enable_unit.units = ["demo*.service"]
disable_unit.units = ["demo*.service"]
set_unit_property.units = ["demo*.service"]
clean_files = {roots = ["/tmp", "/var/tmp"], least_age_s = 60}
rotate_log.paths = ["/var/log/demo/*.log"]
compress_log.paths = ["/var/log/demo/*.log.*"]
vacuum_journal.least_bytes = 1048576
clean_package_cache = {}
restore_mode = {paths = ["/var/demo/*"], owners = ["mallory"], groups = ["mallory"], modes = ["0640"]}
signal_process = {users = ["mallory"], signals = ["STOP", "CONT", "TERM"]}
renice_process = {users = ["mallory"], least_nice = 5}
ionice_process = {users = ["mallory"], classes = ["idle"]}
run_program.programs.who = {argv = ["/usr/bin/id", "-un"], timeout_s = 10}
"""
ARRANGE = """
useradd mallory
printf '[Service]\\nExecStart=/bin/sleep infinity\\nExecReload=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' \
  >/etc/systemd/system/demo.service
systemctl daemon-reload && systemctl start demo
mkdir -p /tmp/demo /var/log/demo /var/demo
for file in /tmp/demo/old /tmp/demo/new /var/demo/page; do echo content >$file; done
touch -d '2 days ago' /tmp/demo/old
chown -R mallory: /tmp/demo
for log in web.log web.log.1; do seq 10000 >/var/log/demo/$log; chmod 600 /var/log/demo/$log; done
systemd-run --uid=mallory --unit=theirs sleep infinity
"""
ASK = """
import json, sys
from pathlib import Path
from probed.actions.through_helper import ThroughHelper
from probed.errors import ActionFailed
from probed.helper.protocol import SOCKET
operation, params = sys.argv[1], json.loads(sys.argv[2])
try:
    done = ThroughHelper(Path(SOCKET)).perform(operation, params, deadline_s=60)
    print(json.dumps({"detail": done.detail, "after": dict(done.after)}))
except ActionFailed as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
UNIT = {"unit": "demo.service"}


@pytest.fixture(scope="module")
def host(host: Machine) -> Machine:
    arranged = host.run(f"set -e; {ARRANGE}\ncat >/etc/cortex/policy.toml <<'EOF'\n{POLICY}\nEOF")
    assert arranged.returncode == 0, arranged.stderr
    return host


def asked(host: Machine, operation: str, params: Mapping[str, object]) -> str:
    """What came of it, asked as the daemon's own user would."""
    words = shlex.join(["/opt/cortex/venv/bin/python", "-c", ASK, operation, json.dumps(params)])
    done = host.run(words, user="cortex:cortex", timeout_s=90)
    return done.stdout + done.stderr


def show(host: Machine, name: str) -> str:
    return host.run(f"systemctl show -P {name} demo.service").stdout.strip()


def theirs(host: Machine) -> Mapping[str, object]:
    pid = int(host.run("systemctl show -P MainPID theirs").stdout)
    stat = host.run(f"cat /proc/{pid}/stat").stdout
    return {"pid": pid, "start_time": int(stat.rpartition(")")[2].split()[19])}


def state_of(host: Machine, process: Mapping[str, object]) -> str:
    return host.run(f"ps -o state= -p {process['pid']}").stdout.strip()


def test_units(host: Machine) -> None:
    invocation = show(host, "InvocationID")

    assert "restarted demo.service" in asked(host, "restart_unit", UNIT)
    assert show(host, "InvocationID") != invocation
    assert "detail" in asked(host, "reload_unit", UNIT)
    assert "detail" in asked(host, "stop_unit", UNIT)
    assert show(host, "ActiveState") == "inactive"
    assert "detail" in asked(host, "start_unit", UNIT)
    assert show(host, "ActiveState") == "active"
    assert "detail" in asked(host, "enable_unit", UNIT)
    assert show(host, "UnitFileState") == "enabled"
    assert "detail" in asked(host, "disable_unit", UNIT)
    assert show(host, "UnitFileState") == "disabled"


def test_bounds_of_a_unit(host: Machine) -> None:
    assert "detail" in asked(host, "set_unit_property", {**UNIT, "property": "MemoryMax", "value": "512M"})
    assert show(host, "MemoryMax") == str(512 * 2**20)
    assert "detail" in asked(host, "set_unit_property", {**UNIT, "property": "MemoryMax", "value": ""})
    assert show(host, "MemoryMax") == "infinity"


def test_a_failure_is_forgotten(host: Machine) -> None:
    host.run("systemd-run --unit=demo-failed /bin/false; sleep 1")
    assert host.run("systemctl is-failed demo-failed").stdout == "failed\n"

    assert "detail" in asked(host, "reset_failed_unit", {"unit": "demo-failed.service"})

    assert host.run("systemctl is-failed demo-failed").stdout == "inactive\n"


def test_files_of_another_user(host: Machine) -> None:
    said = asked(host, "clean_files", {"roots": ["/tmp/demo"], "pattern": "*", "older_than_s": 3600})

    assert '"removed_files": 1' in said
    assert host.run("ls /tmp/demo").stdout == "new\n"


def test_logs(host: Machine) -> None:
    assert "detail" in asked(host, "rotate_log", {"path": "/var/log/demo/web.log"})
    assert "detail" in asked(host, "compress_log", {"path": "/var/log/demo/web.log.1"})

    assert host.run("stat -c '%s %a' /var/log/demo/web.log").stdout == "0 600\n"
    packed = host.run("for log in /var/log/demo/*.gz; do zcat $log | tail -n 1; stat -c %a $log; done")
    assert packed.stdout.split() == ["10000", "600"] * 2


def test_the_journal_and_the_cache_of_packages(host: Machine) -> None:
    host.run("apt-get download hello || touch /var/cache/apt/archives/hello.deb", cwd="/var/cache/apt/archives")

    assert "vacuumed the journal" in asked(host, "vacuum_journal", {"size_bytes": 1048576})
    assert "cleaned the cache" in asked(host, "clean_package_cache", {})
    assert host.run("ls /var/cache/apt/archives/*.deb").returncode != 0


def test_owner_and_mode(host: Machine) -> None:
    facts = {"path": "/var/demo/page", "owner": "mallory", "group": "mallory", "mode": "0640"}

    assert "detail" in asked(host, "restore_mode", facts)

    assert host.run("stat -c '%a %U:%G' /var/demo/page").stdout == "640 mallory:mallory\n"


def test_processes_of_another_user(host: Machine) -> None:
    process = theirs(host)

    assert "detail" in asked(host, "renice_process", {**process, "nice": 10})
    assert "detail" in asked(host, "ionice_process", {**process, "io_class": "idle", "io_level": 0})
    assert "detail" in asked(host, "signal_process", {**process, "signal": "STOP"})
    assert state_of(host, process) == "T"
    assert "detail" in asked(host, "signal_process", {**process, "signal": "CONT"})
    assert host.run(f"ps -o ni= -p {process['pid']}; ionice -p {process['pid']}").stdout.split() == ["10", "idle"]
    assert "detail" in asked(host, "signal_process", {**process, "signal": "TERM"})


def test_programs_of_the_policy(host: Machine) -> None:
    said = asked(host, "run_program", {"name": "who"})

    assert json.loads(said)["after"]["said"].strip() == "root"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("restart_unit", {"unit": "cortex-probed.service"}),
        ("restart_unit", {"unit": "cron.service"}),
        ("clean_files", {"roots": ["/etc"], "pattern": "*", "older_than_s": 3600}),
        ("restore_mode", {"path": "/etc/shadow", "owner": "mallory", "group": "mallory", "mode": "0640"}),
        ("signal_process", {"pid": 1, "start_time": 1, "signal": "TERM"}),
        ("run_program", {"name": "who", "argv": ["/bin/sh"]}),
        ("sync_clock", {}),
    ],
)
def test_what_the_policy_does_not_allow(host: Machine, operation: str, params: Mapping[str, object]) -> None:
    assert "ActionRefused: the root helper refused" in asked(host, operation, params)


def test_a_process_of_a_user_that_is_not_named(host: Machine) -> None:
    pid = int(host.run("systemctl show -P MainPID demo").stdout)
    start = int(host.run(f"cat /proc/{pid}/stat").stdout.rpartition(")")[2].split()[19])

    said = asked(host, "signal_process", {"pid": pid, "start_time": start, "signal": "TERM"})

    assert "ActionRefused: the root helper refused" in said
    assert show(host, "ActiveState") == "active"

"""install.sh on a pristine machine: what the README promises, as root, as an ordinary user, and as a service."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installed import write_package
from tests.real.docker_engine import docker_engine
from tests.real.installed import CHECKOUT, INSTALL_S, TREE
from tests.real.machine import Machine, machine

pytestmark = pytest.mark.systemd

SHOW = "systemctl show cortex-probed -P"
UNIT = TREE / "systemd" / "cortex-probed.service"

TYPE_CTRL_C = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv("./install.sh", ["./install.sh", "try"])
seen = b""
while b"Ctrl-C" not in seen:
    seen += os.read(terminal, 4096)
os.write(terminal, bytes([3]))
try:
    while chunk := os.read(terminal, 4096):
        seen += chunk
except OSError:
    pass
print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), sep="\\n")
"""
"""Presses Ctrl-C on a real terminal once the daemon watches, and prints all output and the exit code."""


ASK_HELPER = """
import socket
from probed.helper.protocol import SOCKET, Request, read_line, request_line
asked = socket.socket(socket.AF_UNIX)
asked.connect(SOCKET)
asked.sendall(request_line(Request("sync_clock", {}, 5)))
print(read_line(asked, 10).decode())
"""


UNIT_HAS = {
    "Type": "notify",
    "WatchdogUSec": "30s",
    "Restart": "on-failure",
    "StartLimitIntervalUSec": "0",
    "StateDirectory": "cortex",
    "RuntimeDirectory": "cortex",
    "MemoryMax": str(1536 * 2**20),
    "CPUWeight": "50",
    "TasksMax": "256",
    "OOMPolicy": "continue",
}
EATS = "held = []\nwhile True:\n    held.append(bytes(2**20))\n"
"""Takes memory until somebody ends it."""

FAULTY = """
import pathlib
from dataclasses import dataclass

@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    fault: str

def look(params: Params):
    had = pathlib.Path("/tmp", "cortex-faulty-" + params.fault)
    if had.exists():
        return ()
    had.touch()
    if params.fault == "wedge":
        sum(range(10**11))  # one call into C: no other thread runs, and so neither does the event loop
    held = []
    while True:
        held.append(bytes(2**20))
"""
"""A check of somebody else's that hurts the daemon's own process, the first time."""


@pytest.fixture(scope="module")
def host() -> Iterator[Machine]:
    with docker_engine() as engine, machine(engine) as booted:
        booted.put(TREE, CHECKOUT)
        for user in ("alice", "mallory"):
            assert booted.run(f"useradd --create-home {user}").returncode == 0
        yield booted


@pytest.fixture(scope="module")
def service(host: Machine) -> Machine:
    """The machine with the service installed."""
    done = host.run("./install.sh", cwd=CHECKOUT, timeout_s=INSTALL_S)
    assert done.returncode == 0, done.stderr
    assert "Sources" in done.stdout
    assert "guest (docker): it shares the kernel" in done.stderr
    assert "setting the clock" in done.stderr, "the machine has not been given CAP_SYS_TIME"
    assert host.run("usermod -aG cortex alice").returncode == 0
    return host


def try_once(host: Machine, user: str, checkout: str) -> subprocess.CompletedProcess[str]:
    return host.run("./install.sh try --once </dev/null", cwd=checkout, user=user, timeout_s=INSTALL_S)


def until(holds: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(0.5)


def test_without_venv_a_user_is_told_which_package_is_missing(host: Machine) -> None:
    host.put(TREE, "/home/mallory/cortex")
    host.run("chown -R mallory: /home/mallory/cortex")

    done = try_once(host, "mallory", "/home/mallory/cortex")

    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_root_needs_one_command_and_leaves_nothing_running(host: Machine) -> None:
    done = try_once(host, "root", CHECKOUT)

    assert done.returncode in (0, 4), done.stderr
    assert "Sources" in done.stdout
    assert host.run("pgrep -f '[b]in/probed'").returncode == 1
    assert host.run("stat -c %a .cortex .cortex/config.yaml", cwd=CHECKOUT).stdout.split() == ["700", "600"]


def test_what_is_wrong_with_the_host_is_the_exit_code(host: Machine) -> None:
    host.run(
        "mkdir -p /srv/full && mount -t tmpfs -o size=20m tmpfs /srv/full && head -c 19M /dev/zero >/srv/full/full"
    )
    try:
        done = try_once(host, "root", CHECKOUT)
    finally:
        host.run("umount /srv/full")

    assert done.returncode == 4, done.stderr
    assert "/srv/full is 95% full" in done.stdout


def test_a_second_try_makes_no_environment_again_and_keeps_the_configuration(host: Machine) -> None:
    try_once(host, "root", CHECKOUT)
    host.run("echo '# mine' >>.cortex/config.yaml", cwd=CHECKOUT)

    done = try_once(host, "root", CHECKOUT)

    assert done.returncode in (0, 4), done.stderr
    assert "Preparing" not in done.stdout + done.stderr, "its environment is there already"
    assert "# mine" in host.run("cat .cortex/config.yaml", cwd=CHECKOUT).stdout


def test_an_ordinary_user_needs_no_root_and_writes_only_into_the_checkout(host: Machine) -> None:
    try_once(host, "root", CHECKOUT)  # brings python3-venv
    host.put(TREE, "/home/alice/cortex")
    host.run("chown -R alice: /home/alice/cortex && touch /tmp/before")

    done = try_once(host, "alice", "/home/alice/cortex")

    assert done.returncode in (0, 4), done.stderr
    outside = "find / -xdev -user alice -newer /tmp/before -not -path '/home/alice/cortex*' -not -path '/proc/*'"
    assert not host.run(outside).stdout
    assert host.run("pgrep -u alice").returncode == 1

    told = host.run("./install.sh try --demo </dev/null", cwd="/home/alice/cortex", user="alice", timeout_s=240)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "The same report, byte for byte." in told.stdout
    assert not host.run(outside).stdout
    assert host.run("pgrep -u alice").returncode == 1


def test_ctrl_c_ends_a_try_with_its_daemon(host: Machine) -> None:
    try_once(host, "root", CHECKOUT)

    typed = host.run(f"python3 -c '{TYPE_CTRL_C}'", cwd=CHECKOUT, timeout_s=120)

    assert typed.stdout.splitlines()[-1] == "130", typed.stdout
    assert "Traceback" not in typed.stdout + host.run("cat .cortex/probed.log", cwd=CHECKOUT).stdout
    assert host.run("pgrep -f '[b]in/probed'").returncode == 1


def test_without_root_the_service_is_refused_with_a_way_out(host: Machine) -> None:
    done = host.run("./install.sh", cwd=CHECKOUT, user="alice")

    assert done.returncode == 1
    assert "sudo ./install.sh" in done.stderr
    assert "./install.sh try" in done.stderr


def test_a_guest_that_may_make_no_namespaces_is_told_what_its_host_has_to_do(host: Machine) -> None:
    host.run(
        "mkdir /tmp/stub && printf '#!/bin/sh\\nexit 226\\n' >/tmp/stub/systemd-run && chmod +x /tmp/stub/systemd-run"
    )

    done = host.run("PATH=/tmp/stub:$PATH ./install.sh", cwd=CHECKOUT)

    assert done.returncode == 1
    assert "features nesting=1" in done.stderr
    assert "security.nesting=true" in done.stderr


def test_the_service_is_active_and_watched(service: Machine) -> None:
    assert service.run("systemctl is-active cortex-probed").stdout == "active\n"
    assert service.run("systemctl is-enabled cortex-probed").stdout == "enabled\n"
    assert service.run(f"{SHOW} WatchdogUSec").stdout == "30s\n"
    assert service.run(f"ps -o user= -p $({SHOW} MainPID)").stdout == "cortex\n"
    assert "<" not in service.run("journalctl -u cortex-probed -o cat | grep -m1 ready").stdout


def test_the_kernel_says_that_the_service_is_confined(service: Machine) -> None:
    lines = json.loads(service.run("cortexctl doctor --production --json").stdout)["lines"]

    confined = {line["name"]: line["status"] for line in lines if line["name"] in ("sandbox", "hardening")}
    assert confined == {"sandbox": "pass", "hardening": "pass"}


def test_the_manual_pages_are_where_man_looks(service: Machine) -> None:
    pages = "man1/cortexctl.1 man5/cortex-config.5 man8/probed.8"

    found = service.run(f"cd /usr/local/share/man && head -qn 2 {pages} | grep -c '^.TH '")

    assert found.stdout == "3\n", found.stderr


def test_what_the_shells_complete_is_where_they_look(service: Machine) -> None:
    script = "source /usr/local/share/bash-completion/completions/cortexctl && complete -p cortexctl"

    assert service.run(f"bash -c '{script}'").stdout == "complete -F _cortexctl cortexctl\n"
    assert service.run("head -qn 1 /usr/local/share/zsh/site-functions/_cortexctl").stdout == "#compdef cortexctl\n"
    assert service.run("test -s /usr/local/share/fish/vendor_completions.d/cortexctl.fish").returncode == 0


def test_the_lock_names_all_that_the_program_needs(service: Machine) -> None:
    done = service.run("/opt/cortex/venv/bin/python -m pip check")

    assert done.returncode == 0, done.stdout


def test_the_service_sees_the_disks_through_its_hardening(service: Machine) -> None:
    service.run(
        "mkdir -p /srv/data && mount -t tmpfs -o size=20m tmpfs /srv/data && head -c 19M /dev/zero >/srv/data/full"
    )
    service.run("systemctl restart cortex-probed")  # now the mount belongs to what the sandbox has made read-only
    try:
        run = service.run("cortexctl run disks --wait")
        for source in unknown(service):  # the restart has broken its run off
            service.run(f"cortexctl run {source} --wait")
        still = unknown(service)
    finally:
        service.run("umount /srv/data")

    assert run.returncode == 4
    assert "/srv/data is 95% full" in run.stdout
    assert still == []


def unknown(service: Machine) -> list[str]:
    """The sources that have no answer."""
    status = json.loads(service.run("cortexctl status --json").stdout)
    return [source["source"] for source in status["sources"] if source["verdict"] == "unknown"]


def test_a_member_of_the_group_may_ask_and_a_stranger_may_not(service: Machine) -> None:
    member = service.run("cortexctl status", user="alice")
    stranger = service.run("cortexctl status", user="mallory")

    assert member.returncode in (0, 4), member.stderr
    assert stranger.returncode not in (0, 4)
    assert "cortex" in stranger.stderr
    assert "Traceback" not in stranger.stderr


def test_the_doctor_tells_a_member_who_may_ask_what_is_hidden_from_her(service: Machine) -> None:
    told = service.run("cortexctl doctor", user="alice").stdout

    assert "/var/lib/cortex/backups: Permission denied" in told
    assert "or as root" in told
    assert "report this as a bug" not in told


def test_secrets_and_state_are_not_for_others(service: Machine) -> None:
    modes = service.run("stat -c '%a %U:%G' /etc/cortex/config.yaml /var/lib/cortex /run/cortex/probed.sock").stdout

    assert modes.splitlines() == ["640 root:cortex", "700 cortex:cortex", "660 cortex:cortex"]


def test_the_root_helper_answers_the_daemons_user_and_nobody_else_can_widen_its_policy(service: Machine) -> None:
    modes = service.run("stat -c '%a %U:%G' /etc/cortex /etc/cortex/policy.toml /run/cortex-helper.sock").stdout
    doctor = service.run("cortexctl doctor").stdout
    written = service.run(
        "setpriv --reuid cortex --regid cortex --init-groups tee -a /etc/cortex/policy.toml </dev/null"
    )

    assert modes.splitlines() == ["755 root:root", "644 root:root", "660 root:cortex"]
    assert "answers on /run/cortex-helper.sock and allows clean_files" in doctor
    assert written.returncode != 0
    assert service.run(f"{SHOW} CapabilityBoundingSet").stdout.strip() == ""


def test_root_runs_nothing_that_lies_in_the_folder_of_whoever_installed_it(service: Machine) -> None:
    place = service.run("readlink -f /opt/cortex/helper").stdout
    changeable = service.run("find -L /opt/cortex/helper /opt/cortex -maxdepth 1 ! -user root -o -perm /022")

    assert place.startswith("/opt/cortex/venv-"), place
    assert changeable.stdout == ""


def test_a_members_bundle_names_what_only_root_can_add_to_it(service: Machine) -> None:
    made = service.run(
        "cortexctl debug bundle --output /tmp/a.tar.gz && tar -xzOf /tmp/a.tar.gz --wildcards '*/MANIFEST'",
        user="alice",
    )

    assert made.returncode == 0, made.stderr
    missing = re.findall(r"^(\S+) +0 +missing: (.*)$", made.stdout, re.MULTILINE)
    assert missing == [("journal.txt", "No journal files were opened due to insufficient permissions.")]


def test_a_member_of_the_group_is_not_heard_by_the_root_helper(service: Machine) -> None:
    asked = service.run(f"/opt/cortex/venv/bin/python -c '{ASK_HELPER}'", user="alice")

    assert "the policy does not hear uid" in asked.stdout, asked.stderr


def test_the_units_are_as_systemd_wants_them(service: Machine) -> None:
    verified = service.run("systemd-analyze verify /etc/systemd/system/cortex-*.service cortex-helper.socket")
    exposure = service.run("systemd-analyze security --no-pager cortex-helper.service | tail -n 1").stdout

    assert "cortex" not in verified.stderr
    assert float(exposure.split("level for cortex-helper.service:")[1].split()[0]) < 5, exposure


def test_the_daemons_unit_is_bounded_and_hardened_and_says_why_where_it_is_not(service: Machine) -> None:
    shown = service.run(f"systemctl show cortex-probed -p {','.join(UNIT_HAS)}").stdout.splitlines()
    exposure = service.run("systemd-analyze security --no-pager cortex-probed.service | tail -n 1").stdout
    listed = json.loads(service.run("systemd-analyze security --no-pager --json=short cortex-probed.service").stdout)
    remaining = [line["name"] for line in listed if not line["set"] and line["exposure"]]

    assert dict(line.split("=", 1) for line in shown) == UNIT_HAS
    assert float(exposure.split("level for cortex-probed.service:")[1].split()[0]) <= 2.0, exposure
    assert [name for name in remaining if not is_explained(name)] == []
    assert "#LoadCredential=" in UNIT.read_text()


def is_explained(directive: str) -> bool:
    """Whether the unit says by name why it is as it is, or right above the line."""
    lines = UNIT.read_text().splitlines()
    said = "\n".join(line for above, line in itertools.pairwise(lines) if f"{above[:1]}{line[:1]}".startswith("#"))
    comments = "\n".join(line for line in lines if line.startswith("#"))
    words = re.findall(r"\w+", directive.removeprefix("RestrictAddressFamilies=~"))
    return all(word in comments + said for word in words)


def test_a_root_helper_that_was_switched_off_stays_so(service: Machine) -> None:
    service.run("systemctl disable --now cortex-helper.socket")
    try:
        done = service.run("./install.sh", cwd=CHECKOUT, timeout_s=INSTALL_S)
        state = service.run("systemctl is-active cortex-helper.socket").stdout
        doctor = service.run("cortexctl doctor").stdout
    finally:
        service.run("systemctl enable --now cortex-helper.socket")

    assert done.returncode == 0, done.stderr
    assert state == "inactive\n"
    assert "actions have the rights of the daemon's user alone" in doctor


def test_a_unit_of_the_models_program_that_was_switched_off_stays_so(service: Machine) -> None:
    assert service.run("systemctl is-active cortex-agent.socket").stdout == "active\n"
    service.run("systemctl disable --now cortex-agent.socket")
    try:
        done = service.run("./install.sh", cwd=CHECKOUT, timeout_s=INSTALL_S)
        state = service.run("systemctl is-active cortex-agent.socket").stdout
    finally:
        service.run("systemctl enable --now cortex-agent.socket")

    assert done.returncode == 0, done.stderr
    assert state == "inactive\n"


def test_a_python_that_somebody_else_can_change_is_not_run_by_root(service: Machine) -> None:
    library = service.run("/opt/cortex/venv/bin/python -c 'import os; print(os.__file__)'").stdout.strip()
    service.run(f"chown mallory {library}")
    try:
        done = service.run("./install.sh", cwd=CHECKOUT, timeout_s=INSTALL_S)
        state = service.run("systemctl is-active cortex-helper.socket").stdout
    finally:
        service.run(f"chown root {library} && systemctl enable --now cortex-helper.socket")

    assert done.returncode == 0, done.stderr
    assert "so root does not run it" in done.stderr
    assert state == "inactive\n"


@pytest.mark.parametrize("words", ["", "--uninstall --purge"])
def test_two_at_once_do_not_get_in_each_others_way(service: Machine, words: str) -> None:
    done = service.run(f"flock /run ./install.sh {words}", cwd=CHECKOUT)

    assert done.returncode == 1
    assert "another install.sh is at work" in done.stderr
    assert service.run("systemctl is-active cortex-probed").stdout == "active\n"


def test_a_second_installation_changes_nothing_that_was_set(service: Machine) -> None:
    service.run("echo '# mine' >>/etc/cortex/config.yaml && echo '<!-- mine -->' >>/etc/cortex/inspections/disks.md")
    service.run("echo '# mine' >>/etc/cortex/policy.toml")

    done = service.run("./install.sh", cwd=CHECKOUT, timeout_s=INSTALL_S)

    assert done.returncode == 0, done.stderr
    assert "# mine" in service.run("cat /etc/cortex/config.yaml").stdout
    assert "mine" in service.run("cat /etc/cortex/inspections/disks.md").stdout
    assert "# mine" in service.run("cat /etc/cortex/policy.toml").stdout
    assert service.run("systemctl is-active cortex-helper.socket").stdout == "active\n"
    assert service.run("systemctl is-active cortex-probed").stdout == "active\n"


def test_root_puts_a_backup_back_for_the_stopped_service(service: Machine) -> None:
    until(lambda: service.run("cortexctl backup list --json | grep -q monitor-").returncode == 0, 180)
    assert service.run("systemctl stop cortex-probed").returncode == 0

    restored = service.run("cortexctl backup restore latest")
    started = service.run("systemctl start cortex-probed && cortexctl intents verify")

    assert restored.returncode == 0, restored.stderr
    assert started.returncode == 0, started.stderr
    owners = service.run("find /var/lib/cortex -printf '%u %m %f\\n'").stdout.splitlines()
    assert {line.split()[0] for line in owners} == {"cortex"}
    assert not [line for line in owners if line.split()[1] not in ("700", "600")]


def test_first_contact_needs_no_question_where_a_script_wants_it(service: Machine) -> None:
    done = service.run("cortexctl init --yes --skip inspections", timeout_s=120)

    assert done.returncode == 0, done.stderr
    assert "journal took it in" in done.stderr
    assert "Nothing was written." in done.stderr


def test_a_reload_keeps_the_process(service: Machine) -> None:
    before = service.run(f"{SHOW} MainPID").stdout

    assert service.run("systemctl reload cortex-probed").returncode == 0
    until(lambda: "reloaded" in service.run("journalctl -u cortex-probed -o cat").stdout, within_s=10)

    assert service.run(f"{SHOW} MainPID").stdout == before
    until(lambda: "reloaded" in service.run("cortexctl logs --since 1h --grep reloaded").stdout, within_s=10)
    stranger = service.run("cortexctl logs", user="alice")
    assert (stranger.returncode, "may not read the system's journal; try it with sudo" in stranger.stderr) == (1, True)


def test_a_configuration_that_cannot_be_used_is_named_and_not_retried(service: Machine) -> None:
    service.run("cp /etc/cortex/config.yaml /root/kept && echo 'nonsense: 1' >>/etc/cortex/config.yaml")
    try:
        assert service.run("systemctl restart cortex-probed").returncode != 0
        assert service.run(f"{SHOW} ExecMainStatus").stdout == "2\n"
        assert service.run(f"{SHOW} NRestarts").stdout == "0\n"
        assert "nonsense" in service.run("journalctl -u cortex-probed -o cat -n 20").stdout
    finally:
        service.run("cp /root/kept /etc/cortex/config.yaml && systemctl reset-failed cortex-probed")
        assert service.run("systemctl restart cortex-probed").returncode == 0


def reports(service: Machine) -> int:
    return len(json.loads(service.run("cortexctl reports list --limit 500 --json").stdout)["items"])


def has_kept_all(service: Machine, known: int) -> None:
    """What was recorded is still there and whole, and the daemon says that it began anew."""
    until(lambda: service.run("cortexctl status").returncode in (0, 4), within_s=30)
    assert service.run("cortexctl intents verify").returncode == 0
    lines = json.loads(service.run("cortexctl doctor --json").stdout)["lines"]
    assert [line["status"] for line in lines if line["name"] == "database"] == ["pass"]
    assert reports(service) >= known
    assert "the daemon was cut off and began anew" in service.run("cortexctl status").stdout


def inspect(service: Machine, name: str, check: str) -> None:
    """Put a document there that runs on request."""
    text = f"---\nid: {name}\nschedule: on request\nchecks: [{check}]\n---\n"
    service.run(f"cat >/etc/cortex/inspections/{name}.md <<'DOCUMENT'\n{text}DOCUMENT")
    assert service.run("systemctl reload cortex-probed").returncode == 0


@pytest.fixture
def bounded(service: Machine) -> Iterator[Machine]:
    """The service with bounds that are soon reached."""
    place = "/run/systemd/system/cortex-probed.service.d"
    service.run(f"install -d {place} && printf '[Service]\\nWatchdogSec=5\\nMemoryMax=300M\\n' >{place}/test.conf")
    assert service.run("systemctl daemon-reload && systemctl restart cortex-probed").returncode == 0
    yield service
    service.run(f"rm -rf {place} /etc/cortex/inspections/faulty.md && systemctl daemon-reload")
    assert service.run("systemctl restart cortex-probed").returncode == 0


def was_restarted(service: Machine) -> bool:
    return service.run(f"{SHOW} NRestarts").stdout.strip() != "0"


def test_a_daemon_that_stands_still_is_restarted(bounded: Machine) -> None:
    before = bounded.run(f"{SHOW} MainPID").stdout

    bounded.run("systemctl kill --signal=STOP cortex-probed")

    until(lambda: was_restarted(bounded), within_s=60)
    until(lambda: bounded.run("systemctl is-active cortex-probed").stdout == "active\n", within_s=30)
    assert bounded.run(f"{SHOW} MainPID").stdout != before
    assert bounded.run("cortexctl status").returncode in (0, 4)


def test_a_program_of_a_check_that_takes_all_memory_goes_and_the_daemon_stays(bounded: Machine) -> None:
    before = bounded.run(f"{SHOW} MainPID").stdout
    bounded.run(f"printf '#!/usr/bin/python3\\n%s' '{EATS}' >/usr/local/bin/eats && chmod 755 /usr/local/bin/eats")
    inspect(bounded, "faulty", "{command: {command: [/usr/local/bin/eats], timeout: 60s}}")

    bounded.run("cortexctl run faulty --wait", timeout_s=90)

    assert "ended with exit code -9" in bounded.run("cortexctl runs list --json").stdout
    assert bounded.run(f"{SHOW} MainPID").stdout == before
    assert not was_restarted(bounded)


@pytest.mark.parametrize(("fault", "words"), [("wedge", "watchdog"), ("eat", "memory")])
def test_a_check_of_somebody_elses_that_hurts_the_daemon_costs_a_restart_and_nothing_else(
    bounded: Machine, tmp_path: Path, fault: str, words: str
) -> None:
    entries = {"cortex.checks": {"faulty": "cortex_faulty"}}
    package = write_package(tmp_path / "faulty", "cortex-faulty", entries, {"cortex_faulty.py": FAULTY})
    library = bounded.run("/opt/cortex/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))'")
    bounded.put(package, library.stdout.strip())
    assert bounded.run("systemctl restart cortex-probed").returncode == 0
    known = reports(bounded)
    inspect(bounded, "faulty", f"{{faulty: {{fault: {fault}}}}}")

    bounded.run("cortexctl run faulty", timeout_s=5)

    try:
        until(lambda: was_restarted(bounded), within_s=60)
        until(lambda: bounded.run(f"{SHOW} ActiveState").stdout == "active\n", within_s=60)
        has_kept_all(bounded, known)
        assert words in bounded.run("cortexctl status").stdout
        assert bounded.run("cortexctl run faulty --wait").returncode in (0, 1, 4), "now it does not hurt"
    finally:
        bounded.run(f"rm -rf {library.stdout.strip()}/cortex_faulty*")


def test_uninstalled_it_leaves_what_was_set_and_purged_nothing(service: Machine) -> None:
    service.run("echo 'nonsense: 1' >>/etc/cortex/config.yaml")
    assert service.run("systemctl restart cortex-probed").returncode != 0, "what has failed is removed, too"

    kept = service.run("./install.sh --uninstall", cwd=CHECKOUT)

    assert kept.returncode == 0, kept.stderr
    assert service.run("systemctl status cortex-probed").returncode == 4, "no such unit"
    assert service.run("systemctl status cortex-helper.socket cortex-helper.service").returncode == 4
    assert not service.run("systemctl list-units --all --no-legend 'cortex*'").stdout
    assert service.run("ls /run/cortex-helper.sock").returncode != 0
    assert service.run("ls -d /run/cortex-agent* /etc/systemd/system/cortex-*").stdout == ""
    assert service.run("test -e /etc/cortex/config.yaml && test -e /var/lib/cortex/monitor.db").returncode == 0
    assert service.run("ls /opt/cortex /usr/local/bin/cortexctl").returncode != 0
    assert service.run("find /usr/local/share/man -mindepth 1").stdout == ""

    assert service.run("usermod -aG cortex nobody").returncode == 0
    purged = service.run("./install.sh --uninstall --purge", cwd=CHECKOUT)
    assert purged.returncode == 0
    assert "not removed" not in purged.stderr
    assert service.run("ls -d /etc/cortex").returncode != 0
    assert service.run("ls -d /var/lib/cortex").returncode != 0
    assert service.run("getent passwd cortex || getent group cortex cortex-admin").returncode != 0


def as_alice(host: Machine, command: str) -> subprocess.CompletedProcess[str]:
    env = {"XDG_RUNTIME_DIR": f"/run/user/{host.run('id -u alice').stdout.strip()}", "HOME": "/home/alice"}
    return host.run(command, user="alice", cwd="/home/alice/cortex", timeout_s=INSTALL_S, env=env)


def test_without_a_manager_of_the_user_it_says_what_is_missing(host: Machine) -> None:
    host.run(f"cp -rT {CHECKOUT} /home/alice/cortex && chown -R alice: /home/alice")

    done = as_alice(host, "./install.sh --user")

    assert done.returncode == 1
    assert "sudo loginctl enable-linger alice" in done.stderr
    assert "apt-get install libpam-systemd" in done.stderr
    assert host.run("test -e /home/alice/.config -o -e /home/alice/.local").returncode == 1


def test_a_user_has_a_service_of_her_own_that_is_upgraded_and_removed_without_root(host: Machine) -> None:
    try_once(host, "root", CHECKOUT)  # brings python3-venv
    host.run(
        "apt-get install -y -qq --no-install-recommends libpam-systemd && loginctl enable-linger alice", timeout_s=300
    )
    until(lambda: as_alice(host, "systemctl --user show-environment").returncode == 0, within_s=30)
    host.run(f"cp -rT {CHECKOUT} /home/alice/cortex && chown -R alice: /home/alice && touch /tmp/before-user")

    done = as_alice(host, "./install.sh --user")

    assert done.returncode == 0, done.stderr
    assert "Sources" in done.stdout
    assert as_alice(host, "systemctl --user is-active cortex-probed").stdout == "active\n"
    assert as_alice(host, "~/.local/bin/cortexctl status").returncode in (0, 4)
    assert "cortex-probed.service of your own is enabled" in as_alice(host, "~/.local/bin/cortexctl doctor").stdout

    host.run("sed -i 's/^version = .*/version = \"9.9\"/' /home/alice/cortex/pyproject.toml")
    upgraded = as_alice(host, "./install.sh --user")

    assert upgraded.returncode == 0, upgraded.stderr
    assert "9.9" in as_alice(host, "~/.local/bin/cortexctl version").stdout
    assert "venv-0." in host.run("readlink /home/alice/.local/share/cortex/previous").stdout

    assert as_alice(host, "./install.sh --user --uninstall --purge").returncode == 0
    left = "find / -xdev -user alice -newer /tmp/before-user -type f -not -path '/home/alice/cortex/*'"
    assert not host.run(left).stdout
    assert host.run("pgrep -u alice -f '[b]in/probed'").returncode == 1

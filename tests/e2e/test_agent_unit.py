"""The unit in which the model's program runs, on a machine with the service: what a hostile program in its place gets
at, and an investigation by the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.arrange import claude_cli
from tests.real.installed import CHECKOUT
from tests.real.machine import Machine
from tests.real.messages_api import MessagesApi

pytestmark = pytest.mark.systemd

MIB = 2**20
AS_DAEMON = "setpriv --reuid cortex --regid cortex --init-groups /opt/cortex/venv/bin/python"
PREY = "/var/lib/cortex/prey"
OWN = {"/agent", "/agent/run", "/agent/run/home"}
"""What it may write to: one file system in memory, gone with it."""
SHOW = "systemctl show cortex-agent@x.service -P"
DOCUMENT = """---
id: grows
title: Memory
schedule: every 1h
timeout: 120s
checks:
  - memory
agent: {when: always}
---
What grows?
"""
CONFIG = """
mode: observe
agent:
  backend: claude
  sandbox: unit
  claude: {{path: /usr/local/bin/claude}}
  base_url: {url}
  api_key_file: /etc/cortex/api-key
"""


@pytest.fixture(scope="module")
def outcomes(host: Machine) -> dict[str, Any]:
    """What came of each attempt."""
    assert host.run("systemctl start cortex-agent.socket").returncode == 0
    done = host.run(f"{AS_DAEMON} -m tests.agent.sandbox.in_unit {PREY}", cwd=CHECKOUT, timeout_s=900)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_writes_nowhere_but_into_its_own_memory(outcomes: dict[str, Any]) -> None:
    assert set(outcomes["write_outside"]) == OWN
    assert outcomes["untouched"]


@pytest.mark.parametrize("name", ["read_secrets", "touch_the_daemon", "reach_sockets", "reach_network", "gain_rights"])
def test_it_gets_at_nothing_of_the_daemon_or_the_host(name: str, outcomes: dict[str, Any]) -> None:
    assert outcomes[name] == []


def test_a_fork_bomb_and_a_flood_of_files_go_no_further_than_their_limits(outcomes: dict[str, Any]) -> None:
    assert outcomes["bomb"] < 128
    assert set(outcomes["fill"]) == OWN
    assert max(outcomes["fill"].values()) <= 64 * MIB


def test_it_gets_no_more_memory_and_processor_than_its_limits(outcomes: dict[str, Any], host: Machine) -> None:
    assert outcomes["eat"] is None
    together = outcomes["eat_together"]
    assert together is None or together <= 1024 * MIB
    assert host.run(f"{SHOW} CPUQuotaPerSecUSec").stdout == "1s\n"


def test_nothing_outlives_the_run_though_it_stops_whoever_watches_it(outcomes: dict[str, Any], host: Machine) -> None:
    assert (outcomes["outlive"], outcomes["hold_on"]) == (False, False)
    no_unit = "until [ -z \"$(systemctl list-units --no-legend 'cortex-agent@*')\" ]; do sleep 0.2; done"
    assert host.run(no_unit).returncode == 0, "one is still there"


def test_bubblewrap_gets_a_scope_whose_limits_are_in_force(host: Machine) -> None:
    asked = """
from probed.agent.sandbox.scope import find_scope
from probed.config.agent import ProgramLimits
print(find_scope(ProgramLimits()).holds)
"""
    told = host.run(f"/opt/cortex/venv/bin/python -c '{asked}'")

    assert told.stdout == "limits on memory, processes and CPU by a scope of systemd\n", told.stderr


def test_only_the_daemon_and_members_may_start_programs_in_it(host: Machine) -> None:
    host.run("useradd mallory")
    refused = host.run(
        "python3 -c 'import socket; socket.socket(1).connect(\"/run/cortex-agent.sock\")'", user="mallory"
    )

    assert "PermissionError" in refused.stderr
    assert host.run("stat -c '%a %U:%G' /run/cortex-agent.sock").stdout == "660 root:cortex\n"


def test_both_units_are_hardened(host: Machine) -> None:
    for unit, most in (("cortex-agent@x.service", 0.5), ("cortex-probed.service", 2.0)):
        exposure = host.run(f"systemd-analyze security --no-pager {unit} | tail -n 1").stdout
        assert float(exposure.split(f"level for {unit}:")[1].split()[0]) <= most, exposure
    assert (
        host.run("systemd-analyze verify cortex-agent.socket cortex-agent@x.service 2>&1 | grep cortex-").stdout == ""
    )


@pytest.fixture
def investigating(host: Machine) -> Iterator[MessagesApi]:
    """The service with the real program, whose model is on the other end of the host's loopback."""
    host.put(Path(claude_cli().path).parent, "/usr/local/bin")
    with MessagesApi("investigate") as api:
        config = CONFIG.format(url=api.base_url)
        for path, text in (("config.yaml", config), ("inspections/grows.md", DOCUMENT), ("api-key", "sk-ant-made-up")):
            host.run(f"cd /etc/cortex && cp -n config.yaml config.before && printf %s '{text}' >{path}")
        host.run("chown cortex /etc/cortex/api-key && chmod 600 /etc/cortex/api-key")
        started = host.run("systemctl restart cortex-probed", timeout_s=120)
        assert started.returncode == 0, host.run("journalctl -u cortex-probed -n 20 -o cat").stdout
        yield api
        host.run("mv /etc/cortex/config.before /etc/cortex/config.yaml; rm /etc/cortex/inspections/grows.md")
        host.run("systemctl restart cortex-probed", timeout_s=120)


@pytest.mark.claude
def test_the_real_program_investigates_in_it_to_its_report(host: Machine, investigating: MessagesApi) -> None:
    done = host.run("cortexctl run grows --wait --json", timeout_s=180)

    reports = json.loads(host.run("cortexctl reports --json").stdout)["items"]
    said = json.dumps(reports)
    assert "worker grows without bound" in said, done.stdout + done.stderr + said
    assert "confined by unit" in host.run("cortexctl status --json").stdout
    doctor = {line["name"]: line for line in json.loads(host.run("cortexctl doctor --json").stdout)["lines"]}
    assert (doctor["agent sandbox"]["status"], doctor["agent"]["status"]) == ("pass", "pass"), doctor
    assert "(Claude Code)" in doctor["agent"]["detail"]
    assert [request.results for request in investigating.requests if request.results]

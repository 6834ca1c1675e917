"""Another version takes the place of an installed one, or gives it back by itself; all without a network."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

from tests.real.installed import CHECKOUT, INSTALL_S, TREE
from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

WHEELS = "/srv/wheels"
LOCKS = "-r requirements.lock -r requirements-web.lock -r requirements-build.lock"
"""Of what was installed, the dashboard in a browser included: an upgrade keeps it."""
DOWNLOAD = f"-m pip download -q --no-deps --require-hashes -d {WHEELS} {LOCKS}"
MIGRATION = "probed/monitor/migrations/m20991231_2300_planted.py"
GOOD_STATEMENT = "CREATE TABLE planted (name TEXT)"
START = "    async def start(self) -> None:\n"
NEVER_READY = "        await asyncio.sleep(3600)\n"
NEVER_READY_HERE = "        await asyncio.sleep(3600 if str(self.parts.socket) == '/run/cortex/probed.sock' else 0)\n"
SURVEY = "find /etc /opt /usr/local /var/lib /run/cortex /home /root /srv -xdev -not -path '*/monitor.db*' -ls | sort"


@pytest.fixture(scope="module")
def host(host: Machine) -> Machine:
    """With the version of this tree installed as the service, and with wheels."""
    loaded = host.run(f"/opt/cortex/venv/bin/python {DOWNLOAD}", cwd=CHECKOUT, timeout_s=INSTALL_S)
    assert loaded.returncode == 0, loaded.stderr
    assert host.run("cortexctl maintenance start --for 8h").returncode == 0
    return host


def variant(host: Machine, name: str, *, in_app: str = "", at: str = "", migration: str = "") -> str:
    """A copy of the tree of another version, with a line planted in the daemon and a migration."""
    tree = f"/srv/{name}"
    assert host.run(f"rm -rf {tree} && cp -r {CHECKOUT} {tree} && rm -rf {tree}/.venv {tree}/.cortex").returncode == 0
    host.run(f"sed -i 's/^version = .*/version = \"{name}\"/' {tree}/pyproject.toml")
    if in_app:
        app = (TREE / "probed" / "app.py").read_text()
        assert at in app
        write(host, f"{tree}/probed/app.py", app.replace(at, at + in_app, 1))
    if migration:
        write(host, f"{tree}/{MIGRATION}", f"STATEMENTS = ({migration!r},)\n")
    return tree


def write(host: Machine, path: str, text: str) -> None:
    assert host.run(f"printf %s {shlex.quote(text)} >{path}").returncode == 0


def install(host: Machine, tree: str, words: str = "") -> subprocess.CompletedProcess[str]:
    """In a network namespace of its own, which has none."""
    return host.run(f"unshare --net ./install.sh --wheels ../wheels {words}", cwd=tree, timeout_s=INSTALL_S)


def in_force(host: Machine) -> str:
    return host.run("readlink -f /opt/cortex/venv").stdout.strip()


def assert_as_before(host: Machine, environment: str) -> None:
    assert in_force(host) == environment
    assert host.run("systemctl is-active cortex-probed").stdout == "active\n"
    windows = json.loads(host.run("cortexctl maintenance list --json").stdout)
    assert len(windows["items"]) == 1, windows
    assert host.run("test -e /var/lib/cortex/trial || systemctl is-active cortex-trial").returncode != 0


@pytest.mark.parametrize(
    ("name", "in_app", "at", "migration", "why"),
    [
        ("9.1", "import nonsense\n", "import os\n", "", "No module named 'nonsense'"),
        ("9.2", "", "", "CREATE TABLE planted (", "incomplete input"),
        ("9.3", NEVER_READY, START, "", "Not ready within 60 s"),
    ],
)
def test_what_does_not_work_on_a_copy_never_takes_the_place(
    host: Machine, name: str, in_app: str, at: str, migration: str, why: str
) -> None:
    before, process = in_force(host), host.run("systemctl show cortex-probed -P MainPID").stdout

    done = install(host, variant(host, name, in_app=in_app, at=at, migration=migration))

    assert done.returncode == 1
    assert why in done.stderr
    assert "nothing was changed" in done.stderr
    assert_as_before(host, before)
    assert host.run("systemctl show cortex-probed -P MainPID").stdout == process
    assert host.run("ls -d /opt/cortex/venv-9.*").returncode != 0


def test_one_that_is_not_healthy_in_its_place_gives_it_back_with_the_database_of_before(host: Machine) -> None:
    before = in_force(host)
    tree = variant(host, "9.4", in_app=NEVER_READY_HERE, at=START, migration=GOOD_STATEMENT)

    done = install(host, tree)

    assert done.returncode == 1
    assert "not ready within 60 s" in done.stderr
    assert f"{before} is in force again" in done.stderr
    assert_as_before(host, before)
    assert host.run("ls /var/lib/cortex/monitor.db.before-m20991231_2300_planted").returncode == 0


def test_a_dry_run_names_what_would_be_done_and_changes_nothing(host: Machine) -> None:
    tree = variant(host, "9.5")
    before = host.run(SURVEY).stdout

    done = install(host, tree, "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "would make the environment /opt/cortex/venv-9.5-" in done.stderr
    assert "would put /opt/cortex/venv-9.5-" in done.stderr
    assert host.run(SURVEY).stdout == before
    assert "would remove the service" in install(host, tree, "--dry-run --uninstall --purge").stderr
    assert host.run(SURVEY).stdout == before


def test_a_good_one_takes_the_place_and_the_one_before_stays_for_one_further_upgrade(host: Machine) -> None:
    first = in_force(host)
    plugin = f"install -q --no-index --no-deps --no-build-isolation {CHECKOUT}/tests/example_plugin"
    assert host.run(f"/opt/cortex/venv/bin/python -m pip {plugin}", timeout_s=120).returncode == 0

    done = install(host, variant(host, "9.6", migration=GOOD_STATEMENT))

    assert done.returncode == 0, done.stderr
    second = in_force(host)
    assert second.startswith("/opt/cortex/venv-9.6-")
    assert_as_before(host, second)
    assert host.run("cortexctl version").stdout.strip().endswith("9.6")
    assert "cortex-spool" in host.run("/opt/cortex/venv/bin/python -m pip list").stdout
    assert host.run("readlink -f /opt/cortex/previous").stdout.strip() == first

    done = install(host, variant(host, "9.7", migration=GOOD_STATEMENT))

    assert done.returncode == 0, done.stderr
    assert host.run("readlink -f /opt/cortex/previous").stdout.strip() == second
    assert sorted(host.run("ls -d /opt/cortex/venv-*").stdout.split()) == sorted([second, in_force(host)])

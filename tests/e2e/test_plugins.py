"""The example package is installed, and a real daemon works with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import write_package
from tests.real.daemon import RealDaemon

PROJECT = Path(__file__).parents[1] / "example_plugin"
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
BROKEN_CHANNEL = {"pager": {"plugin": "pager"}}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package is installed: a folder of its own, without any network."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    copied = source / "cortex-spool"
    subprocess.run(["cp", "-r", PROJECT, copied], check=True)
    done = subprocess.run([*PIP, "--target", folder, copied], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Another package, which brings nothing that works."""
    entries = {"cortex.checks": {"torn": "torn.check"}, "cortex.actions": {"tear": "torn.action"},
               "cortex.channels": {"pager": "torn.channel"}}  # fmt: skip
    files = {
        "torn/__init__.py": "",
        "torn/check.py": "import no_such_library\n",
        "torn/action.py": "def build(settings, performer):\n    return None\n",
        "torn/channel.py": "import sys\nsys.exit(3)\n",
    }
    return write_package(tmp_path / "torn", "cortex-torn", entries, files)


@pytest.fixture
def daemon(tmp_path: Path, example: Path, broken: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDaemon]:
    monkeypatch.setenv("PYTHONPATH", f"{example}:{broken}")
    spool = tmp_path / "spool"
    spool.mkdir()
    daemon = RealDaemon(
        tmp_path,
        {
            "mode": "act",
            "channels": {"notes": {"plugin": "notebook", "options": {"file": "notes.txt"}}, **BROKEN_CHANNEL},
            "actions": {"plugins": {"retry_jobs": {"folders": [str(spool)]}}},
        },
    )
    daemon.document(
        "spool", f"schedule: every 1s\nchecks:\n  - spool: {{folder: {spool}}}\nactions: {{L1: [retry_jobs]}}"
    )
    daemon.document("torn_check", "checks: [torn]")
    daemon.document("torn_action", "checks: [load]\nactions:\n  L2: [tear]")
    yield daemon
    daemon.stop()


def test_check_action_and_channel_of_another_package_work_and_broken_ones_are_named_and_left_out(
    daemon: RealDaemon, tmp_path: Path
) -> None:
    daemon.start()
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
    (tmp_path / "spool" / "a.failed").touch()
    daemon.wait_until(lambda: (tmp_path / "spool" / "a.job").exists(), 180)
    daemon.wait_until(lambda: daemon.items("changes") and daemon.items("changes")[0]["outcome"] == "verified", 180)

    [change] = daemon.items("changes")
    assert (change["action"]["action"], change["object"]) == ("retry_jobs", str(tmp_path / "spool"))
    assert daemon.ctl("channels", "test", "notes").returncode == 0
    assert "test of the channel notes" in (tmp_path / "notes.txt").read_text()

    refused = daemon.ctl("channels", "test", "pager")
    assert refused.returncode == 1
    assert "the channel 'pager' of cortex-torn 1.0 cannot be used: SystemExit: 3" in refused.stderr
    unusable = {Path(document["path"]).name: document for document in daemon.get("/api/v1/status")[1]["broken"]}
    assert set(unusable) == {"torn_check.md", "torn_action.md"}
    assert "the check 'torn' of cortex-torn 1.0 cannot be used: ModuleNotFoundError" in daemon.log
    assert "torn_action.md:5: actions.L2.0: the action 'tear' of cortex-torn 1.0 cannot be used" in daemon.log
    assert "channel pager: the channel 'pager' of cortex-torn 1.0 cannot be used" in daemon.log


def test_an_action_of_another_package_obeys_the_policy_as_ours_do(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.config = {**daemon.config, "actions": {**daemon.config["actions"], "policy": {"retry_jobs": "ask"}}}  # type: ignore[dict-item]
    (tmp_path / "spool" / "a.failed").touch()
    daemon.start()
    daemon.wait_until(lambda: daemon.items("decisions?state=waiting"), 180)
    [waiting] = daemon.items("decisions?state=waiting")
    assert (tmp_path / "spool" / "a.failed").exists()

    approved = daemon.ctl("decisions", "approve", waiting["id"])

    assert approved.returncode == 0, approved.stderr
    daemon.wait_until(lambda: (tmp_path / "spool" / "a.job").exists(), 180)


def test_a_package_that_others_could_change_is_named_and_not_loaded(daemon: RealDaemon, broken: Path) -> None:
    (broken / "torn").chmod(0o777)
    daemon.start()

    remedy = f"{broken}/torn can be changed by others; type: chmod go-w {broken}/torn"
    daemon.wait_until(lambda: daemon.log.count("left out: ") == 3, 180)
    assert f"left out: the check 'torn' of cortex-torn 1.0 cannot be used: {remedy}" in daemon.log
    assert "SystemExit" not in daemon.log


def test_what_is_installed_is_listed_with_its_package_and_tried_on_demand(daemon: RealDaemon) -> None:
    daemon.write_config()

    listed = {noun: daemon.ctl(*noun.split(), "--json") for noun in ("checks", "actions", "channels kinds")}
    tried = daemon.ctl("checks", "--try")

    assert [each.returncode for each in listed.values()] == [0, 0, 0]
    checks = {part["name"]: part for part in json.loads(listed["checks"].stdout)["checks"]}
    assert (checks["spool"]["package"], checks["spool"]["state"]) == ("cortex-spool 1.0.0", "installed")
    assert (checks["torn"]["state"], checks["disk"]["state"]) == ("installed", "shipped")
    assert "retry_jobs" in listed["actions"].stdout
    assert "notebook" in listed["channels kinds"].stdout
    states = {line.split()[0]: line.split()[3] for line in tried.stdout.splitlines()}
    assert (tried.returncode, states["spool"], states["torn"], states["disk"]) == (1, "works", "broken", "shipped")


def test_the_list_needs_no_configuration_that_can_be_read(daemon: RealDaemon, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("no: configuration")

    assert "spool" in daemon.ctl("checks").stdout


def test_mistakes_in_the_options_are_named_with_their_line(daemon: RealDaemon, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "channels:\n  notes:\n    plugin: notebook\n    options:\n      fiel: a\n"
        "  more:\n    plugin: notebok\n"
        "actions:\n  plugins:\n    retry_jobs:\n      folders: 5\n"
    )
    config.chmod(0o600)

    wrong = daemon.ctl("config", "check", str(config))

    assert wrong.returncode == 2
    assert f"{config}:5: unknown key 'fiel' in section 'channels.notes.options'; did you mean 'file'?" in wrong.stderr
    assert f"{config}:7: channels.more.plugin: no package brings the channel 'notebok'" in wrong.stderr
    assert f"{config}:11: actions.plugins.retry_jobs.folders: expected a list, not 5" in wrong.stderr


def test_whoever_checks_the_configuration_is_told_of_a_broken_plugin_with_its_line(
    daemon: RealDaemon, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("channels:\n  pager:\n    plugin: pager\n")
    config.chmod(0o600)

    checked = daemon.ctl("config", "check", str(config))

    assert checked.returncode == 2
    assert f"{config}:2: the channel 'pager' of cortex-torn 1.0 cannot be used: SystemExit: 3" in checked.stderr


def test_the_doctor_loads_each_and_names_those_that_are_broken(daemon: RealDaemon) -> None:
    daemon.write_config()

    lines = {line["name"]: line for line in json.loads(daemon.ctl("doctor", "--json").stdout)["lines"]}

    assert lines["plugins"]["status"] == "fail"
    assert [line.split("'")[1] for line in lines["plugins"]["detail"].splitlines()] == ["torn", "tear", "pager"]
    assert (lines["channel notes"]["status"], lines["channel pager"]["status"]) == ("pass", "fail")


def test_the_documentation_shows_the_example_as_it_is() -> None:
    page = (PROJECT.parents[1] / "docs/plugins.md").read_text()

    for path in sorted(PROJECT.rglob("*")):
        if path.suffix in (".py", ".toml") and path.stat().st_size:
            assert f"`{path.relative_to(PROJECT)}`:\n\n```\n{path.read_text()}```" in page

"""An operator changes the configuration of a running daemon, and goes back."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.waiting import until
from tests.real.daemon import RealDaemon


def copies(daemon: RealDaemon) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(daemon.ctl("config", "history", "--json").stdout)["items"]
    return found


def test_a_change_is_compared_brought_into_force_and_taken_back(tmp_path: Path) -> None:
    with RealDaemon(tmp_path) as daemon:
        until(lambda: len(copies(daemon)) == 1, 180)
        first = daemon.config_path.read_text()
        assert daemon.ctl("config", "diff").returncode == 0

        written = {**json.loads(first), "mode": "act", "log": {"level": "debug"}}
        daemon.config_path.write_text(json.dumps(written, indent=1))
        differs = daemon.ctl("config", "diff")
        reloaded = daemon.ctl("config", "reload")
        after = daemon.ctl("config", "diff")

        assert (differs.returncode, differs.stdout.splitlines()) == (
            4,
            ['- mode: "observe"', '+ mode: "act"', '- log.level: "info"', '+ log.level: "debug"'],
        )
        assert reloaded.returncode == 0, reloaded.stderr
        assert reloaded.stderr == "in force: 0 inspections, mode act\ncounts from the next start on: log\n"
        assert (after.returncode, after.stderr) == (0, "counts from the next start on: log\nno difference\n")
        [line] = daemon.items("intents?limit=1")
        assert line["actor"].startswith("uid:")
        assert line["text"] == "reloaded: 0 inspections, mode act"

        daemon.config_path.write_text("moed: act\n")
        refused = daemon.ctl("config", "reload")
        mended = daemon.ctl("config", "rollback")

        assert refused.returncode == 2
        assert f"{daemon.config_path}:1: unknown key 'moed'" in refused.stderr
        assert mended.returncode == 0, mended.stderr
        assert json.loads(daemon.config_path.read_text()) == written
        assert (tmp_path / "config.yaml.replaced").read_text() == "moed: act\n"

        assert daemon.ctl("config", "rollback").returncode == 0
        assert daemon.config_path.read_text() == first
        assert daemon.config_path.stat().st_mode & 0o777 == 0o600
        assert [copy["is_written"] for copy in copies(daemon)] == [True, False]
        assert daemon.ctl("config", "diff").returncode == 0
        assert not (tmp_path / "config.yaml.new").exists()
        daemon.stop()
        down = daemon.ctl("config", "rollback")

    assert (down.returncode, json.loads(daemon.config_path.read_text())) == (0, written)
    assert "in force at its next start" in down.stderr


def test_where_a_setting_comes_from_is_shown(tmp_path: Path) -> None:
    with RealDaemon(tmp_path, config={"mode": "act"}) as daemon:
        shown = daemon.ctl("config", "show", "--origin").stdout.splitlines()
        listed = json.loads(daemon.ctl("config", "show", "--origin", "--json").stdout)

    assert shown[0] == f"# lines are those of {daemon.config_path}"
    assert [line.split() for line in shown if line.startswith(("mode ", "log.level"))] == [
        ["mode", '"act"', "#", "line", "1"],
        ["log.level", '"info"', "#", "default"],
    ]
    assert {"key": "mode", "value": "act", "origin": "file", "line": 1, "name": ""} in listed["settings"]

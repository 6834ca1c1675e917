"""What stands in docs/metrics.md, in the rules and on the dashboard is what the daemon exports; promtool reads it all.

After a wanted change: CORTEX_WRITE_GOLDEN=1 tests/run tests/test_monitoring.py, then read the difference.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from probed.core.backup import Backup, Drill
from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.report import Verdict
from tests.api.asgi import app_of, ask
from tests.api.fakes import World, make_overview
from tests.factories import NOW, make_report
from tests.real.packages import program

DOCS = Path(__file__).parents[1] / "docs"
PAGE, RULES, DASHBOARD = (
    DOCS / "metrics.md", DOCS / "monitoring" / "rules.yml", DOCS / "monitoring" / "grafana-dashboard.json"
)  # fmt: skip
OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


async def exported() -> str:
    """All that a daemon with something of each kind exports."""
    world = World(
        overview=make_overview(
            sources=[make_report(source="disks", verdict=Verdict.WARNING)],
            daemon=replace(
                make_overview().daemon, spans={"exported": 5, "failed": 0, "dropped": 0}, series={"disk": 4}
            ),
            breakers=(BreakerFacts("mail", BreakerState.OPEN, 4, why="refused"),),
        )
    )
    world.backups.all = [Backup("monitor-a.db.gz", NOW, 100, 1000, "ab12", {}, 0.1)]
    world.backups.drill = Drill("monitor-a.db.gz", NOW - timedelta(days=1), 0.2)
    app = app_of(world)
    world.stream.publish(type="run.ended", state="ok")
    await ask(app, "GET", "/api/v1/status")
    return (await ask(app, "GET", "/metrics")).body.decode()


def families(text: str) -> dict[str, tuple[str, str, list[str]]]:
    """Type, words and labels by name."""
    found = {}
    for name, words in re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE):
        kind = re.search(rf"^# TYPE {name} (\S+)$", text, re.MULTILINE)[1]  # type: ignore[index]
        samples = re.findall(rf"^{name}(?:_bucket)?\{{(.*)\}} ", text, re.MULTILINE)
        labels = sorted({label for sample in samples for label in re.findall(r'(\w+)="', sample)} - {"le"})
        found[name] = (kind, words, labels)
    return found


async def test_each_metric_stands_on_its_page_with_type_and_labels() -> None:
    known = families(await exported())
    rows = "".join(
        f"| `{name}` | {kind} | {', '.join(labels)} | {words} |\n" for name, (kind, words, labels) in known.items()
    )
    head, _, table = PAGE.read_text().rpartition("| --- | --- | --- | --- |\n")
    if os.environ.get("CORTEX_WRITE_GOLDEN"):
        PAGE.write_text(f"{head}| --- | --- | --- | --- |\n{rows}")
        table = rows

    assert table == rows
    assert len(known) > 25


def test_promtool_finds_no_fault_in_what_is_exported() -> None:
    argv = [program("promtool", "prometheus"), "check", "metrics"]

    done = subprocess.run(argv, input=asyncio.run(exported()), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_promtool_takes_the_rules() -> None:
    check_rules(RULES)


def test_promtool_takes_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$instance", ".*")}
        for number, expression in enumerate(asked())
    ]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    check_rules(path)


@pytest.mark.parametrize("place", ["rules", "dashboard"])
async def test_rules_and_dashboard_name_only_what_is_exported(place: str) -> None:
    expressions = [rule["expr"] for rule in rules_of(RULES)] if place == "rules" else list(asked())
    named = {name for expression in expressions for name in re.findall(r"\bcortex_\w+", expression)}
    known = set(families(await exported()))

    assert len(named) > 5
    assert {OF_A_HISTOGRAM.sub("", name) for name in named} <= known


def asked() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def rules_of(path: Path) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def check_rules(path: Path) -> None:
    promtool = program("promtool", "prometheus")
    done = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules_of(path))} rules found" in done.stdout

"""No line of the doctor and no probe of `/readyz` without a test that breaks it and sees it, and it alone, fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from probed.app import Daemon
from probed.config.channels import ChannelSettings
from probed.config.receivers import ReceiverSettings, WebhookSettings
from probed.doctor.examination import lines_of
from probed.doctor.installation import Installation, read_installation
from probed.doctor.production import checklist
from tests.doctor.test_doctor import bot_api, silent, telegram, world
from tests.doctor.world import World
from tests.test_app import running

__all__ = ["bot_api", "silent", "telegram", "world"]
TESTS = Path(__file__).parents[1]


def with_every_channel(installation: Installation) -> Installation:
    assert installation.settings
    hook = ReceiverSettings(name="ops", webhook_configs=(WebhookSettings(url="http://127.0.0.1:9"),))
    settings = replace(
        installation.settings,
        channels={"phone": ChannelSettings(), "desk": ChannelSettings(plugin="desk")},
        alerts=replace(installation.settings.alerts, receivers=(hook,)),
    )
    return replace(installation, settings=settings)


def found_in(*files: Path) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield node


def texts(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def calls(node: ast.AST, name: str) -> bool:
    named = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(getattr(func, "attr", getattr(func, "id", "")) == name for func in named)


def test_each_line_is_broken_alone_by_a_test(world: World) -> None:
    installation = with_every_channel(read_installation(world.config))
    assert installation.settings
    names = [name for name, _ in (*lines_of(installation), *checklist(installation.settings))]

    breaking = [test for test in found_in(*TESTS.glob("doctor/test_*.py")) if calls(test, "only_bad_line")]
    broken = {text for test in breaking for text in texts(test)}

    assert len(names) >= 25
    assert [name for name in names if name not in broken] == []


async def test_each_probe_is_broken_alone_by_a_test(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        names = await probe_names(daemon)

    broken = {
        text
        for test in found_in(TESTS / "test_app.py")
        for check in ast.walk(test)
        if isinstance(check, ast.Assert) and calls(check, "failing")
        for text in texts(check)
    }

    assert len(names) >= 4
    assert [name for name in names if name not in broken] == []


async def probe_names(daemon: Daemon) -> list[str]:
    return [probe.name for probe in await daemon.parts.readiness.probes()]

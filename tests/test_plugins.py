"""What other packages bring: found without being imported, and kept off where it is not sound."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from probed.actions.registry import build_actions
from probed.channels.foreign import ForeignChannel, UnusableChannel, foreign_channel
from probed.channels.own_loop import MOST_UNHEARD
from probed.checks.registry import CheckRegistry
from probed.config.actions import ActionsSettings
from probed.config.loader import parse_settings
from probed.config.plugin_options import Unusable
from probed.config.settings import Settings
from probed.core.finding import Finding, Severity
from probed.core.inspection import CheckCall
from probed.daemon.workers import WorkerPool
from probed.engine.looking import look
from probed.errors import ActionFailed, ActionRefused, BrokenPlugin, ChannelError, NotFound, ParameterError
from probed.inventory import broken_plugins, inventory
from probed.plugins import ACTIONS, CHECKS, plugins
from tests.channels.cards import ID, make_card
from tests.installed import write_package

CHECK = """
from dataclasses import dataclass
from probed.core.observation import Observation

@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    size: int = 1

def look(params):
    return (Observation("tank", f"{params.size} left", float(params.size)),)
"""
ACTION = """
from probed.actions.typed_action import TypedAction
from probed.core.action import Executed, Precondition, Risk, Verification

def build(settings, performer):
    return Pump(performer)

class Pump(TypedAction):
    name, title, object_kind, risk, blast_radius = "pump", "Pump", "tank", Risk.LOW, "one tank"
    checks = frozenset({"level"})

    def __init__(self, performer):
        self.performer = performer

    def params_for(self, finding, fixed):
        return {"tank": finding.object}

    def validate(self, params):
        return {"tank": params["tank"]}

    def object_of(self, params):
        return params["tank"]

    def precondition(self, params):
        return Precondition(True, "low", {"at": (1, 2)})

    def dry_run(self, params):
        return "would pump"

    def execute(self, params):
        return self.performer.perform(params["tank"], {"name": "pump"}, deadline_s=60)

    def verify(self, params, executed):
        return None

    def refusal_of_roll_back(self, params, before):
        return self.performer.refusal(params["tank"], {"name": "pump"})
"""
TANK = {"cortex.checks": {"level": "tank.check"}, "cortex.actions": {"pump": "tank.action"}}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path of modules; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o755)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "tank"]:
        del sys.modules[name]


def install(path: Path, files: Mapping[str, str], entries: Mapping[str, Mapping[str, str]] = TANK) -> None:
    write_package(path, "cortex-tank", entries, {"tank/__init__.py": "", **files})


def reason_against(check: str = "level", params: Mapping[str, object] | None = None) -> str:
    with pytest.raises(ParameterError) as refused:
        CheckRegistry().bind(CheckCall(check, params or {}))
    return str(refused.value)


# --- found ------------------------------------------------------------------------------------------------------------


def test_a_check_is_known_by_its_entry_point_and_imported_when_it_is_bound(path: Path) -> None:
    install(path, {"tank/check.py": CHECK})
    registry = CheckRegistry()

    names = registry.names()
    before = "tank" in sys.modules
    bound = registry.bind(CheckCall("level", {"size": 7}))

    assert ("level" in names, before) == (True, False)
    assert [seen.summary for seen in bound.look()] == ["7 left"]  # type: ignore[union-attr]


def test_parameters_are_as_strict_as_those_of_ours(path: Path) -> None:
    install(path, {"tank/check.py": CHECK})

    assert "did you mean 'size'?" in reason_against(params={"siez": 3})
    assert "valid integer" in reason_against(params={"size": "much"})


def test_the_whole_start_imports_nothing_of_what_is_only_installed(path: Path) -> None:
    install(path, {"tank/__init__.py": "raise SystemExit('imported')"})
    program = (
        "import sys, probed.app; from probed.inventory import inventory; from probed.config.actions import *; "
        "parts = [inventory(noun, ActionsSettings(), tries=False) for noun in ('checks', 'actions', 'channels')]; "
        "print([part.name for each in parts for part in each if part.state == 'installed'], 'tank' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(path)}, capture_output=True, text=True
    )

    assert done.stdout.strip() == "['level', 'pump'] False", done.stderr


def test_a_name_of_ours_stays_ours(path: Path) -> None:
    entries = {"cortex.checks": {"disk": "tank.check"}, "cortex.actions": {"restart_unit": "tank.action"}}
    install(path, {"tank/check.py": "raise SystemExit", "tank/action.py": "raise SystemExit"}, entries)

    assert CheckRegistry().bind(CheckCall("disk")).name == "disk"
    assert build_actions(ActionsSettings()).get("restart_unit").name == "restart_unit"
    assert [reason.partition(": ")[2] for reason in broken_plugins(ActionsSettings(), tries=False)] == [
        "the name belongs to one that comes with Cortex"
    ] * 2


def test_a_name_that_two_packages_bring_is_nobodys(path: Path) -> None:
    install(path, {"tank/check.py": CHECK})
    write_package(path, "cortex-tub", {"cortex.checks": {"level": "tank.check"}}, {})

    assert "brings one of this name, too" in reason_against()


@pytest.mark.parametrize(
    ("name", "module", "reason"),
    [("Level", "tank.check", "small letters"), ("level", "tank.check:look", "not the name of a module")],
)
def test_an_entry_point_that_says_nothing_usable_is_named(path: Path, name: str, module: str, reason: str) -> None:
    install(path, {"tank/check.py": CHECK}, {"cortex.checks": {name: module}})

    assert reason in reason_against(name)


@pytest.mark.parametrize("text", ["[cortex.checks]\nlevel\n", "[cortex.checks]\nlevel = \n"])
def test_entry_points_that_cannot_be_read_are_named_and_keep_nobody_from_theirs(path: Path, text: str) -> None:
    write_package(path, "a-torn", {}, {"a_torn-1.0.dist-info/entry_points.txt": text})
    install(path, {"tank/check.py": CHECK}, {"cortex.checks": {"depth": "tank.check"}})

    assert CheckRegistry().bind(CheckCall("depth")).name == "depth"
    [reason] = broken_plugins(ActionsSettings(), tries=False)
    assert "a-torn 1.0 cannot be used" in reason


def test_other_peoples_broken_metadata_is_nothing_to_us(path: Path) -> None:
    write_package(path, "a-torn", {}, {"a_torn-1.0.dist-info/entry_points.txt": "[console_scripts]\nlevel\n"})
    write_package(path, "b-torn", {}, {})
    (path / "b_torn-1.0.dist-info/entry_points.txt").write_bytes(b"[cortex.checks]\nlevel\xff = tank\n")

    assert "level" not in CheckRegistry().names()
    assert broken_plugins(ActionsSettings(), tries=False) == []


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "tank", "tank/check.py", "tank/unused", "cortex_tank-1.0.dist-info"])
def test_what_others_could_change_is_not_imported(path: Path, place: str) -> None:
    install(path, {"tank/__init__.py": "raise SystemExit('imported')", "tank/check.py": CHECK, "tank/unused/a.py": ""})
    (path / place).chmod(0o777)

    assert f"{path / place} can be changed by others; type: chmod go-w {path / place}" in reason_against()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("place", ["tank", "tank/check.py"])
def test_what_belongs_to_another_user_is_not_imported(path: Path, place: str) -> None:
    install(path, {"tank/check.py": CHECK})
    os.chown(path / place, 65534, 65534)

    assert f"{path / place} belongs to another user" in reason_against()


def test_a_folder_further_up_that_others_could_change_keeps_it_off_unless_it_is_sticky(path: Path) -> None:
    install(path, {"tank/check.py": CHECK})
    path.parent.chmod(0o777)
    assert f"{path.parent} can be changed by others" in reason_against()

    path.parent.chmod(0o1777)
    assert CheckRegistry().bind(CheckCall("level")).name == "level"


def test_a_link_in_a_package_keeps_it_off(path: Path, tmp_path: Path) -> None:
    install(path, {})
    (tmp_path / "check.py").write_text(CHECK)
    (path / "tank/check.py").symlink_to(tmp_path / "check.py")

    assert f"{path}/tank/check.py is a link" in reason_against()


# --- broken -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("def look(params): pass", "no attribute 'Params'"),
        ("Params = 3\ndef look(params): pass", "dataclass"),
        (CHECK.replace("def look", "def see"), "no attribute 'look'"),
        ("def (", "SyntaxError"),
    ],
)
def test_a_check_that_cannot_be_used_is_named_with_its_package(path: Path, code: str, reason: str) -> None:
    install(path, {"tank/check.py": code})

    error = reason_against()

    assert error.startswith("the check 'level' of cortex-tank 1.0 cannot be used: ")
    assert reason in error


@pytest.mark.parametrize("answer", ["None", "('all is well',)", "1 / 0"])
async def test_an_answer_that_is_none_is_never_ok(path: Path, answer: str) -> None:
    install(path, {"tank/check.py": f"{CHECK}\ndef look(params):\n    return {answer}\n"})

    result = await look(CheckRegistry().bind(CheckCall("level")), WorkerPool(1), 5.0)

    assert result.failure
    assert not result.covers


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("def build(settings, performer): return object()", "returns no TypedAction"),
        (ACTION.replace('"pump", "Pump"', '"jump", "Pump"'), "it calls itself 'jump'"),
        (ACTION.replace("Risk.LOW", '"low"'), "its `risk`"),
        (ACTION.replace('"one tank"', '""'), "its `blast_radius`"),
        (ACTION.replace("    checks =", "    daily_cap = 0\n    checks ="), "its `daily_cap`"),
        (ACTION.replace("    def dry_run", "    def wet_run"), "abstract"),
    ],
)
def test_an_action_that_cannot_be_used_is_there_no_more(path: Path, code: str, reason: str) -> None:
    install(path, {"tank/action.py": code})
    actions = build_actions(ActionsSettings())

    with pytest.raises(NotFound) as refused:
        actions.get("pump")

    assert isinstance(refused.value, BrokenPlugin)
    assert reason in str(refused.value)
    assert actions.fault("pump") == str(refused.value)


# --- what the engine gets ---------------------------------------------------------------------------------------------


def test_an_action_asks_for_named_programs_and_for_no_other_operation(path: Path) -> None:
    install(path, {"tank/action.py": ACTION})
    action = build_actions(ActionsSettings()).get("pump")

    with pytest.raises(ActionRefused, match="may only ask for run_program, not for restart_unit"):
        action.execute({"tank": "restart_unit"})
    with pytest.raises(ActionFailed) as refused:
        action.execute({"tank": "run_program"})
    assert "may only ask" not in str(refused.value)
    assert "may only ask" in action.refusal_of_roll_back({"tank": "restart_unit"}, {})
    assert action.refusal_of_roll_back({"tank": "run_program"}, {}) == ""


def test_facts_are_as_they_will_be_when_they_were_kept(path: Path) -> None:
    install(path, {"tank/action.py": ACTION})

    assert build_actions(ActionsSettings()).get("pump").precondition({}).snapshot == {"at": [1, 2]}


def test_whatever_breaks_in_an_action_is_an_error_that_the_engine_knows(path: Path) -> None:
    install(path, {"tank/action.py": ACTION.replace("(1, 2)", "object()").replace('"would pump"', "1 / 0")})
    action = build_actions(ActionsSettings()).get("pump")
    finding = Finding("level", "tank", Severity.WARNING, "low")

    with pytest.raises(ActionFailed, match="facts that cannot be kept"):
        action.precondition({"tank": "a"})
    with pytest.raises(ActionFailed, match="ZeroDivisionError"):
        action.dry_run({"tank": "a"})
    with pytest.raises(ActionFailed, match="None is no Verification"):
        action.verify({"tank": "a"}, None)
    with pytest.raises(ParameterError, match="KeyError"):
        action.validate({})
    assert (action.object_of({}), action.kin_of({})) == ("pump", "pump")
    call = action.call_for(finding, {})
    assert call is not None
    assert call.params == {"tank": "tank"}


CHANNEL = """
def build(name, settings, workers):
    return Horn()

class Horn:
    recipients = branch = None
    async def turn(self): pass
    async def send(self, card, message_id, *, repeated, earlier): return {RECEIPT}
"""
HORN = {"cortex.channels": {"horn": "tank.channel"}}


async def test_a_channel_that_was_sent_to_is_not_sent_to_again_for_a_bad_receipt(path: Path) -> None:
    install(path, {"tank/channel.py": CHANNEL.replace("{RECEIPT}", "object()")}, HORN)

    channel = foreign_channel("loud", "horn", None, lambda: WorkerPool(1))
    receipt = await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert (channel.name, channel.kind, receipt) == ("loud", "horn", {})


HANGING = """
import threading
BEGUN, GATE = threading.Event(), threading.Event()
""" + CHANNEL.replace("return {RECEIPT}", "BEGUN.set(); GATE.wait(300); return {}")


async def test_a_channel_that_blocks_holds_up_itself_alone(path: Path) -> None:
    install(path, {"tank/channel.py": HANGING}, HORN)
    channel = foreign_channel("loud", "horn", None, lambda: WorkerPool(1))

    async def send(within_s: float = 0.05) -> object:
        async with asyncio.timeout(within_s):
            return await channel.send(make_card(), ID, repeated=False, earlier=None)

    module = sys.modules["tank.channel"]
    hanging = asyncio.create_task(send(within_s=300))
    assert await asyncio.to_thread(module.BEGUN.wait, 60)
    for _ in range(MOST_UNHEARD):
        with pytest.raises(TimeoutError):
            await send()
    with pytest.raises(ChannelError, match="loud hangs in an earlier call") as refused:
        await send(within_s=60)
    module.GATE.set()
    assert await hanging == {}
    async with asyncio.timeout(60):
        while True:
            try:
                assert await channel.send(make_card(), ID, repeated=False, earlier=None) == {}
                break
            except ChannelError:
                await asyncio.sleep(0.01)

    assert refused.value.transient
    assert isinstance(channel, ForeignChannel)
    await channel.close()


def test_options_of_a_plugin_that_has_a_name_of_ours_are_not_read(path: Path) -> None:
    install(path, {"tank/action.py": "raise SystemExit"}, {"cortex.actions": {"restart_unit": "tank.action"}})

    settings = parse_settings("actions: {plugins: {restart_unit: {force: yes}}}", path / "config.yaml")

    unusable = settings.actions.plugins["restart_unit"]
    assert isinstance(unusable, Unusable)
    assert "the name belongs to one that comes with Cortex" in unusable.reason
    assert "tank.action" not in sys.modules


@pytest.mark.parametrize(
    ("code", "reason"),
    [("raise ValueError", "ValueError"), (CHANNEL.replace("async def turn", "def turn"), "`turn` is no coroutine")],
)
async def test_what_is_meant_for_a_broken_channel_waits_for_whoever_mends_it(
    path: Path, code: str, reason: str
) -> None:
    install(path, {"tank/channel.py": code}, HORN)

    channel = foreign_channel("loud", "horn", None, lambda: WorkerPool(1))

    assert isinstance(channel, UnusableChannel)
    with pytest.raises(ChannelError, match=reason) as refused:
        await channel.send(make_card(), ID, repeated=False, earlier=None)
    assert not refused.value.transient


def test_a_plugin_that_nothing_names_costs_a_start_nothing(path: Path) -> None:
    install(path, {"tank/check.py": "raise SystemExit", "tank/action.py": "raise SystemExit"})

    assert set(plugins(CHECKS, ())) == {"level"}
    assert set(plugins(ACTIONS, ())) == {"pump"}
    assert [part.state for part in inventory("checks", Settings().actions, tries=False)][-1:] == ["installed"]
    assert [part.state for part in inventory("checks", Settings().actions, tries=True)][-1:] == ["broken"]

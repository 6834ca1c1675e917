"""The composition root: readiness really looks (each probe is broken alone, and it alone says so); what breaks at the
start, at a reload or at the end is said and holds nothing else up."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loguru import logger

from probed import readiness, upkeep
from probed.api.peer import Role
from probed.app import Daemon
from probed.config.monitor import MonitorSettings
from probed.configuration_copies import FOLDER, Copies
from probed.core.breaker import BreakerState
from probed.core.maintenance import WindowDraft
from probed.core.matcher import parse_matchers
from probed.core.report import Verdict
from probed.core.run import Trigger
from probed.core.silence import SilenceDraft
from probed.core.transcript import TranscriptKind
from probed.daemon.clock import SystemClock
from probed.daemon.event_loop import EventLoop
from probed.daemon.notify import SilentNotifier
from probed.engine.runs import RunBook
from probed.errors import CannotPersist, CortexError, NotReloaded
from probed.monitor import series
from probed.offline import effective_settings
from probed.ports import Actor, ReportDraft
from tests.agent.arrange import make_key
from tests.channels.cards import UNLIMITED, token_file
from tests.factories import make_finding, make_observation
from tests.real.bot_api import CHAT, USER, BotApi
from tests.real.messages_api import MessagesApi


def configure(folder: Path, *inspections: str) -> Path:
    """`inspections`: further lines of that section."""
    path = folder / "config.yaml"
    lines = (
        f"api: {{socket: {folder}/probed.sock}}",
        f"monitor: {{path: {folder}/monitor.db}}",
        f"inspections:\n  dir: {folder}/inspections",
        *inspections,
    )
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return path


async def test_what_members_may_do_is_as_configured(tmp_path: Path) -> None:
    (tmp_path / "inspections").mkdir()
    settings = effective_settings(configure(tmp_path))
    viewers = replace(settings, api=replace(settings.api, members="viewer"))

    daemon = await Daemon.build(viewers, None, SilentNotifier())
    await daemon.parts.monitor.close()

    assert daemon.parts.api.access.members is Role.VIEWER


@pytest.fixture(autouse=True)
def patient_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is busy with other tests may take long to write."""
    monkeypatch.setattr(readiness, "PROBE_WITHIN_S", 60.0)


@asynccontextmanager
async def running(folder: Path, *more: str) -> AsyncIterator[Daemon]:
    (folder / "inspections").mkdir(exist_ok=True)
    config = configure(folder, *more)
    daemon = await Daemon.build(effective_settings(config), config, SilentNotifier())
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.stop()


class Heard(SilentNotifier):
    def __init__(self) -> None:
        self.words: list[str] = []

    def reloading(self) -> None:
        self.words.append("reloading")

    def ready(self, status: str) -> None:
        self.words.append("ready")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    number = logger.add(lambda message: lines.append(str(message)), level="INFO")
    yield lines
    logger.remove(number)


async def until(holds: Callable[[], Awaitable[object]], within_s: float = 60.0) -> None:
    for _ in range(int(within_s * 50)):
        if await holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {within_s:g} s")


def document(folder: Path, name: str, front_matter: str) -> Path:
    path = folder / "inspections" / f"{name}.md"
    path.write_text(f"---\nid: {name}\n{front_matter}\n---\n")
    path.chmod(0o644)
    return path


async def found_missing(daemon: Daemon, folder: Path) -> None:
    """An inspection that has an open case."""
    document(folder, "watch", f"checks:\n  - file: {{path: {folder}/missing}}")
    await daemon.reload()
    await daemon.parts.engine.runs.begin("watch", Trigger.OPERATOR)
    await daemon.parts.engine.runs.finished("watch")
    assert await open_sources(daemon) == ["watch"]


async def open_sources(daemon: Daemon) -> list[str]:
    return [case.source for case in (await daemon.parts.monitor.cases(10, open_only=True)).items]


async def notices(daemon: Daemon) -> list[str]:
    events = await daemon.parts.monitor.events(0, 1000)
    return [str(event.data["text"]) for event in events if event.type == "daemon.notice"]


async def failing(daemon: Daemon) -> list[str]:
    return [probe.name for probe in await daemon.parts.readiness.probes() if not probe.ok]


async def test_a_healthy_daemon_is_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        assert await failing(daemon) == []


async def test_a_database_that_takes_no_write_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as daemon:
        monkeypatch.setattr(readiness, "PROBE_WITHIN_S", 0.5)  # before the engine has waited too long for it
        blocker = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(blocker.execute, "BEGIN IMMEDIATE")  # the daemon may be in the middle of a transaction
        try:
            assert await failing(daemon) == ["database"]
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()

        async def is_ready() -> bool:
            return await failing(daemon) == []

        await until(is_ready)


async def test_a_scheduler_that_stands_still_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        daemon.parts.planner.hold()

        assert await failing(daemon) == ["scheduler"]


def test_a_loop_that_was_blocked_is_not_ready(tmp_path: Path) -> None:
    async def blocked() -> None:
        async with running(tmp_path) as daemon:
            time.sleep(1.3)  # noqa: ASYNC251 - blocking the loop is what is tested
            await asyncio.sleep(0.1)
            assert await failing(daemon) == ["loop"]

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        runner.run(blocked())


async def test_an_engine_whose_turns_fail_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:

        async def broken() -> float:
            raise OSError("no turn")

        async def is_seen() -> bool:
            return await failing(daemon) == ["engine"]

        daemon.parts.engine.ticker.turn = broken  # type: ignore[method-assign]
        daemon.parts.engine.pulse.beat()
        await until(is_seen)


# --- chats ----------------------------------------------------------------------------------------------------------


async def test_what_waits_for_a_chat_is_sent_at_once_when_somebody_unblocks_the_bot(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api:
        api.world.blocked.add(CHAT)
        bot = {"api_url": api.url, "token_file": str(token_file(tmp_path)), "chat_id": CHAT, "allowed_users": [USER]}
        async with running(tmp_path, f"telegram: {json.dumps(bot)}") as daemon:
            await daemon.parts.engine.operator.notify("this waits for a person")
            await api.until(lambda: any(error.status == 403 for error in api.refused))
            api.unblock()
            await api.until(lambda: any("this waits for a person" in message.text for message in api.messages))


# --- what was asked for, and breaks ---------------------------------------------------------------------------------


async def test_a_task_that_breaks_is_logged_at_once_and_kept_no_longer(tmp_path: Path, logged: list[str]) -> None:
    async def broken() -> None:
        raise OSError("no such thing")

    async with running(tmp_path) as daemon:

        async def is_over() -> bool:
            return "reload" not in daemon.parts.tasks.names

        daemon.parts.tasks.spawn(broken(), "reload")
        await until(is_over)

        assert [line for line in logged if "reload has broken" in line and "OSError: no such thing" in line]


@pytest.mark.parametrize("broken", ["runs.stop", "ticker.drain"])
async def test_a_step_of_stopping_that_fails_keeps_no_other_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str], broken: str
) -> None:
    async def fails(deadline_s: float) -> None:
        raise CannotPersist

    async with running(tmp_path) as daemon:
        part, method = broken.split(".")
        monkeypatch.setattr(getattr(daemon.parts.engine, part), method, fails)

        await daemon.stop()

        assert not (tmp_path / "probed.sock").exists()
        assert not daemon.parts.planner.is_alive()
        with pytest.raises(CortexError):
            await daemon.parts.monitor.setting("first_sweep_done")
        assert [line for line in logged if "a step of stopping failed" in line and "CannotPersist" in line]


async def test_the_first_sweep_is_tried_until_it_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.beginning.AGAIN_S", 0.01)
    real, failures = RunBook.first_sweep, iter([CannotPersist(), KeyError("x")])

    async def first_sweep(self: RunBook, names: Sequence[str]) -> None:
        if error := next(failures, None):
            raise error
        await real(self, names)

    monkeypatch.setattr(RunBook, "first_sweep", first_sweep)
    async with running(tmp_path) as daemon:
        await until(lambda: daemon.parts.monitor.setting("first_sweep_done"))

        assert next(failures, None) is None


# --- reload ---------------------------------------------------------------------------------------------------------


async def test_a_reload_that_breaks_says_ready_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no such thing")

    async with running(tmp_path) as daemon:
        told = daemon._notify = Heard()
        monkeypatch.setattr("probed.app.load_catalogue", broken)

        with pytest.raises(OSError, match="no such thing"):
            await daemon.reload()

        assert told.words == ["reloading", "ready"]


async def test_two_reloads_follow_each_other(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        told = daemon._notify = Heard()

        await asyncio.gather(daemon.reload(), daemon.reload())

        assert told.words == ["reloading", "ready"] * 2


async def test_a_reload_is_on_record(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await daemon.reload()

        newest = (await daemon.parts.monitor.intents(1)).items[0]
        assert (newest.subject, newest.text) == ("configuration", "reloaded: 0 inspections, mode observe")


def test_how_long_things_are_kept_is_as_configured() -> None:
    lives = upkeep.lifetimes(MonitorSettings(keep_reports=3 * 86400.0, keep_intents=365 * 86400.0))

    assert (lives.reports_s, lives.transcripts_s, lives.intents_s) == (3 * 86400, 3 * 86400, 365 * 86400)
    lives = upkeep.lifetimes(MonitorSettings(keep_samples=1.0, keep_five_minutes=2.0, keep_hours=3.0))
    assert (lives.samples_s, lives.five_minutes_s, lives.hours_s) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("work", ["prune", "roll_up"])
@pytest.mark.parametrize("fault", [CannotPersist("no space left"), OSError(30, "a bug")])
async def test_old_rows_are_removed_soon_after_a_start_and_a_turn_that_fails_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, work: str
) -> None:
    turns: list[int] = []

    async def turn(*_: object) -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise fault

    monkeypatch.setattr(upkeep, "PRUNE_AFTER_START_S", 0.0)
    monkeypatch.setattr(upkeep, "PRUNE_EVERY_S", 0.01)
    monkeypatch.setattr(upkeep, "ROLL_UP_EVERY_S", 0.01)
    monkeypatch.setattr(f"probed.monitor.sqlite.SqliteMonitor.{work}", turn)

    async def is_tried_again() -> bool:
        return len(turns) > 1

    async with running(tmp_path):
        await until(is_tried_again)


async def test_that_there_are_too_many_numbers_is_logged_once_and_stays_in_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(series, "MOST_OF_CHECK", 2)
    monkeypatch.setattr(upkeep, "ROLL_UP_EVERY_S", 0.01)
    refusal = "the numbers of new objects of disk are not kept: those of 2 are, each measured within the last day"

    async with running(tmp_path) as daemon:
        async with daemon.parts.monitor.transaction() as tx:
            seen = [make_observation(object=name, value=1.0) for name in ("/", "/srv", "/var")]
            await tx.samples.add("disk", seen, datetime.now(UTC))

        async def is_logged() -> bool:
            return any(refusal in line for line in logged)

        await until(is_logged)
        await asyncio.sleep(0.1)
        assert refusal in (await daemon.parts.glance.overview()).notes

    assert sum(refusal in line for line in logged) == 1


async def test_a_start_puts_the_folder_of_transcripts_in_order(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await daemon.parts.monitor.keep_transcript("kept", TranscriptKind.INVESTIGATION, "{}")
        (tmp_path / "transcripts" / "left.jsonl.gz").touch()

    async def is_gone() -> bool:
        return not (tmp_path / "transcripts" / "left.jsonl.gz").exists()

    async with running(tmp_path):
        await until(is_gone)

    assert [path.name[:5] for path in (tmp_path / "transcripts").iterdir()] == ["kept-"]


async def test_who_asks_for_a_reload_is_on_record_and_hears_why_there_was_none(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        reloaded = await daemon.bring_into_force(Actor("uid:0 root", 12, 0))

        newest = (await daemon.parts.monitor.intents(1)).items[0]
        assert (newest.kind, newest.actor, newest.detail) == ("audit", "uid:0 root", {"pid": 12, "uid": 0})
        assert (newest.text, reloaded.inspections) == ("reloaded: 0 inspections, mode observe", 0)
        before = daemon.in_force()
        (tmp_path / "config.yaml").write_text("moed: act\n")
        with pytest.raises(NotReloaded, match=r"config\.yaml:1: unknown key 'moed'"):
            await daemon.bring_into_force(Actor("uid:0 root", 12, 0))
        assert daemon.in_force() == before
        assert await notices(daemon) == []
        refused = (await daemon.parts.monitor.intents(1)).items[0]
        assert (refused.kind, refused.actor, refused.subject) == ("audit", "uid:0 root", "configuration")
        assert refused.text.startswith(f"refused: {tmp_path}/config.yaml:1: unknown key 'moed'")


async def test_a_reload_that_nobody_waits_for_any_more_goes_on_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        begun.set()
        await may_go_on.wait()

    async with running(tmp_path) as daemon:
        monkeypatch.setattr("probed.app.keep_versions", slow)
        waits = asyncio.create_task(daemon.bring_into_force(Actor("uid:0 root", 12, 0)))
        await begun.wait()

        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        may_go_on.set()

        async def is_on_record() -> bool:
            found = (await daemon.parts.monitor.intents(1)).items
            return [line.text for line in found] == ["reloaded: 0 inspections, mode observe"]

        await until(is_on_record)


@pytest.mark.parametrize("under_way", [False, True])
async def test_a_daemon_that_stops_reloads_nothing_and_is_not_ready_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, under_way: bool
) -> None:
    async with running(tmp_path) as daemon:
        told = daemon._notify = Heard()
        loop = asyncio.get_running_loop()
        if under_way:
            monkeypatch.setattr("probed.app.load_catalogue", lambda _: loop.call_soon_threadsafe(daemon._stop.set))
        else:
            daemon._stop.set()
        since = daemon.in_force().since

        with pytest.raises(NotReloaded, match="the daemon is stopping"):
            await daemon.bring_into_force()
        await daemon.reload()

        assert told.words == ["reloading"] * under_way
        assert daemon.in_force().since == since
        assert await notices(daemon) == []


async def test_what_needs_a_restart_is_named_until_then(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        path = tmp_path / "config.yaml"
        path.write_text(path.read_text() + "\nlog: {level: debug}\n")
        first = await daemon.bring_into_force()
        second = await daemon.bring_into_force()

        assert first.needs_restart == second.needs_restart == daemon.in_force().needs_restart == ["log"]


async def test_a_copy_that_cannot_be_kept_holds_nothing_up(tmp_path: Path, logged: list[str]) -> None:
    async with running(tmp_path) as daemon:
        await until(lambda: has_copies(daemon))
        shutil.rmtree(daemon.parts.state_dir / FOLDER)
        (daemon.parts.state_dir / FOLDER).touch()

        await daemon.bring_into_force()

        assert [line for line in logged if "no copy of the configuration could be kept" in line]


async def has_copies(daemon: Daemon) -> bool:
    return bool(Copies(daemon.parts.state_dir).all())


async def test_a_reload_takes_over_the_grace_after_boot(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        configure(tmp_path, "  boot_grace: 7s")

        await daemon.reload()

        assert daemon.parts.engine.judge.boot_grace_s == 7.0


async def test_the_cases_of_a_document_are_closed_when_a_reload_finds_it_removed(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await found_missing(daemon, tmp_path)
        (tmp_path / "inspections" / "watch.md").unlink()

        await daemon.reload()

        assert await open_sources(daemon) == []
        assert (await daemon.parts.glance.overview()).verdict is Verdict.UNKNOWN, "nothing is watched any more"


async def test_a_start_closes_the_cases_of_a_document_that_was_removed_meanwhile(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await found_missing(daemon, tmp_path)
    (tmp_path / "inspections" / "watch.md").unlink()

    async with running(tmp_path) as daemon:

        async def closed() -> bool:
            return not await open_sources(daemon)

        await until(closed)


async def test_what_a_broken_document_kept_open_at_the_start_is_closed_once_that_is_mended(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await found_missing(daemon, tmp_path)
    (tmp_path / "inspections" / "watch.md").unlink()
    broken = document(tmp_path, "broken", "checks: [nothing]")

    async with running(tmp_path) as daemon:
        await daemon.reload()
        assert await open_sources(daemon) == ["watch"], "it may be the one that is broken"
        broken.unlink()

        await daemon.reload()

        assert await open_sources(daemon) == []


async def test_a_document_that_a_reload_finds_broken_stays_in_force_and_is_told_once(
    tmp_path: Path, logged: list[str]
) -> None:
    async with running(tmp_path) as daemon:
        await found_missing(daemon, tmp_path)
        path = document(tmp_path, "watch", "checks:\n  - fiel: {path: /srv}")

        await daemon.reload()
        await daemon.reload()

        assert await open_sources(daemon) == ["watch"]
        assert [plan.inspection.id for plan in daemon.parts.planner.planned()] == ["watch"]
        [notice] = await notices(daemon)
        assert notice.startswith(f"inspection cannot be used: {path}:4: check 'fiel': unknown check")
        assert notice.endswith("its last good version stays in force")
        assert len([line for line in logged if "ERROR" in line and notice in line]) == 1


async def test_a_new_document_that_is_broken_is_told_and_is_not_in_force(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        for number in range(5):
            document(tmp_path, f"new-{number}", "checks: [nothing]")

        await daemon.reload()

        [notice] = await notices(daemon)
        assert [line.rpartition(".md")[0][-5:] for line in notice.splitlines()[:3]] == ["new-0", "new-1", "new-2"]
        assert notice.splitlines()[3:] == ["and 2 more"]
        assert "stays in force" not in notice


async def test_when_the_clock_is_set_what_is_due_moves_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = timedelta(0)
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime.now(UTC) + step)
    monkeypatch.setattr(SystemClock, "wall", lambda self: time.time() + step.total_seconds())
    async with running(tmp_path) as daemon:
        draft = ReportDraft("backup", "warning", "as the test says", (make_finding(ttl_s=600),))
        await daemon.parts.engine.operator.submit(draft, Actor("test"))
        [before] = (await daemon.parts.monitor.cases(1)).items
        assert before.expires_at

        step = timedelta(hours=2)
        async with asyncio.timeout(60.0):
            while True:
                [after] = (await daemon.parts.monitor.cases(1)).items
                if after.expires_at != before.expires_at:
                    break
                await asyncio.sleep(0.05)

        assert after.resolved_at is None
        assert after.expires_at
        assert abs(after.expires_at - before.expires_at - step) < timedelta(seconds=1)


async def test_the_status_says_which_channel_takes_no_messages(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        daemon.parts.engine.deliverer.refusals["journal"] = "the disk is full"

        assert (await daemon.parts.glance.overview()).notes == (
            "journal takes no messages, they wait: the disk is full",
        )


async def test_the_status_says_what_is_not_told_for_now(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        ends_at, ann = datetime.now(UTC) + timedelta(hours=2), Actor("uid:1000 ann")
        for team in ("a", "b", "c", "d"):
            await daemon.parts.engine.operator.silence(SilenceDraft(parse_matchers(f"team={team}"), ends_at), ann)
        await daemon.parts.engine.operator.start_maintenance(WindowDraft(ends_at, comment="new disk"), ann)

        notes = (await daemon.parts.glance.overview()).notes

        until = f"until {ends_at:%Y-%m-%d %H:%M} UTC"
        assert notes[:2] == (f"maintenance (new disk) {until}: the whole host", f'silenced {until}: {{team="d"}}')
        assert notes[4] == "and 1 more: cortexctl silences"


async def test_an_engine_that_no_longer_turns_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        turns = asyncio.Event()

        async def stuck() -> float:
            turns.set()
            return await asyncio.Future()

        daemon.parts.engine.ticker.turn = stuck  # type: ignore[method-assign]
        daemon.parts.engine.pulse.beat()
        await turns.wait()
        daemon.parts.engine.ticker.last_turn -= 91

        assert await failing(daemon) == ["engine"]


async def test_the_status_says_which_backend_is_in_force_and_how_each_server_of_a_model_is(tmp_path: Path) -> None:
    (tmp_path / "inspections").mkdir()
    document(tmp_path, "uptime", "checks: [uptime]\nagent: {when: always}")
    with MessagesApi("unauthorized") as api:
        where = f"base_url: '{api.base_url}', api_key_file: {make_key(tmp_path)}"
        agent = f"agent: {{backend: claude, claude: {{path: {tmp_path}/none}}, next: [anthropic], {where}}}"
        async with running(tmp_path, agent) as daemon:

            async def is_known() -> bool:
                return any(each.name == "the model's API" for each in (await daemon.parts.glance.overview()).breakers)

            await until(is_known, within_s=60)  # the API's library is loaded first
            overview = await daemon.parts.glance.overview()

    [server] = [each for each in overview.breakers if each.name == "the model's API"]
    assert (server.state, server.failures) == (BreakerState.CLOSED, 1)
    assert "does not accept the key (401)" in server.why
    assert "it stands in for claude: agent.claude.path: there is no program" in overview.daemon.agent

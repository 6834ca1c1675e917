"""The composition root: builds the daemon from its settings, starts, reloads and stops it; decides nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

from loguru import logger

from probed import upkeep
from probed.assembly import build_backup_folder, build_rules, changed_for_restart, enabled_sources, load_catalogue
from probed.beginning import Beginning
from probed.channels.registry import TELEGRAM, build_listeners
from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.configuration_copies import Copies
from probed.core.configuration import InForce, Reloaded
from probed.core.intent import IntentKind
from probed.core.phrases import Language, speak
from probed.daemon.clock import SystemClock
from probed.daemon.directories import socket_directory, state_directory
from probed.daemon.event_log import EventLog
from probed.daemon.event_loop import EventLoop
from probed.daemon.lock import StateLock
from probed.daemon.logging import set_up
from probed.daemon.memory import share_one_heap
from probed.daemon.notify import Notifier, feed_watchdog, notifier
from probed.engine.agent_watch import AgentWatch
from probed.engine.answers import EngineAnswers
from probed.engine.audit import audit
from probed.engine.document_versions import keep_versions
from probed.engine.pairing import PairingBook
from probed.errors import CorruptMonitor, CortexError, NotReloaded
from probed.glance import CUT_OFF
from probed.host.command import end_leftovers, end_running, set_owner
from probed.inventory import broken_plugins
from probed.monitor.healing import open_or_heal, suspect
from probed.monitor.restoring import Restored
from probed.monitor.sqlite import SqliteMonitor
from probed.offline import configuration_file, effective_settings, shown
from probed.parts import Parts
from probed.ports import Actor

RUNS_END_WITHIN_S = 25.0
ACTIONS_END_WITHIN_S = 20.0
TRACES_LEAVE_WITHIN_S = 3.0


def serve(config: Path | None) -> int:
    """Run the daemon until it is told to stop. Raises ConfigError and AlreadyRunning."""
    share_one_heap()
    settings = effective_settings(config)
    state_dir = resolved(settings.monitor.path).parent
    state_directory(state_dir)
    writer = set_up(settings.log.level, settings.log.format, keep_in=state_dir)
    try:
        with StateLock(state_dir) as lock:
            if lock.left_by:
                logger.warning("the daemon before this one, process {}, was cut off: {}", lock.left_by, CUT_OFF)
            _end_leftovers(state_dir)
            with asyncio.Runner(loop_factory=EventLoop) as runner:
                return runner.run(_serve(settings, config, was_cut_off=bool(lock.left_by)))
    finally:
        writer.close()


def _end_leftovers(state_dir: Path) -> None:
    """What a daemon of this state directory started and left behind when it was killed. The folder's inode names it:
    its path may be another folder's in a container that shares the processes."""
    folder = state_dir.stat()
    set_owner(f"{folder.st_dev}:{folder.st_ino}")
    if ended := end_leftovers():
        logger.warning("ended {} processes that an earlier daemon left behind", len(ended))


async def _serve(settings: Settings, config: Path | None, *, was_cut_off: bool) -> int:
    """Ends with 1 where the monitor turned out to be damaged: the next start looks at it, and heals it."""
    daemon = await Daemon.build(settings, config, notifier(os.environ))
    daemon.parts.glance.was_cut_off = was_cut_off
    try:
        await daemon.start()
        await daemon.wait_for_stop()
    finally:
        await daemon.stop()
    return 1 if daemon.is_damaged else 0


class Daemon:
    def __init__(
        self,
        settings: Settings,
        config: Path | None,
        notify: Notifier,
        monitor: SqliteMonitor,
        clock: SystemClock,
        pairings: PairingBook,
        healed: Restored | None = None,
    ) -> None:
        """`healed`: what had to be done before the monitor could be opened."""
        self.is_damaged, self._healed = False, healed
        self.settings, self._config, self._notify = settings, config, notify
        self._stop = asyncio.Event()
        speak(Language(settings.language))
        self.parts = Parts(settings, monitor, clock, pairings, self._stop_damaged, configurations=self)
        self._begun_with, self._read_at = settings, clock.now()
        pairings.on_paired = self._paired
        self._reloading = asyncio.Lock()

    @classmethod
    async def build(cls, settings: Settings, config: Path | None, notify: Notifier) -> Daemon:
        clock = SystemClock()
        monitor, healed = await open_or_heal(build_backup_folder(settings), clock)
        try:
            pairings = PairingBook(monitor, clock, has_bot=settings.telegram.token_file is not None)
            await pairings.load()
            return cls(settings, config, notify, monitor, clock, pairings, healed)
        except BaseException:
            await monitor.close()
            raise

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        parts, engine, tasks = self.parts, self.parts.engine, self.parts.tasks
        self._listen_to_signals()
        await engine.jobs.recover()
        await engine.runs.recover()
        await engine.asker.recover()
        await engine.ticker.recover()
        await parts.budgets.recover()
        await self._read_templates()
        parts.monitor.subscribe(EventLog().write)
        parts.planner.start()
        parts.lag.begin_anew()
        tasks.spawn(engine.ticker.run(), "engine")
        tasks.spawn(engine.noticer.run(), "events")
        self._listen_to_host()
        tasks.spawn(feed_watchdog(self._notify), "watchdog")
        tasks.spawn(upkeep.prune(parts.monitor, self.settings.monitor, parts.clock), "retention")
        tasks.spawn(upkeep.roll_up(parts.monitor, parts.clock), "roll-up")
        tasks.spawn(upkeep.tidy_memory(), "memory")
        tasks.spawn(upkeep.settle_transcripts(parts.monitor), "transcripts")
        tasks.spawn(parts.heartbeat.run(), "heartbeat")
        tasks.spawn(parts.intents.run(), "copies of intents")
        tasks.spawn(parts.backups.run(), "backups")
        tasks.spawn(parts.budgets.run(), "budgets")
        answers = EngineAnswers(parts.monitor, parts.glance.overview)
        parts.listeners = build_listeners(
            parts.channels.all, engine.operator, answers, engine.asker, parts.pairings, self._heard
        )
        for listener in parts.listeners:
            tasks.spawn(listener.run(), "channel listener")
        socket_directory(parts.socket.parent)
        await parts.api.start()
        self._notify.ready(f"watching {self.settings.host}")
        mode = (await engine.operator.modes()).general
        logger.info("ready: {} inspections, mode {}, socket {}", len(engine.catalogue.entries), mode, parts.socket)
        parts.notices.log_broken(engine.catalogue.broken)
        beginning = Beginning(parts.monitor, parts.planner, engine, parts.clock, self._stop)
        tasks.spawn(beginning.run(), "first sweep")
        tasks.spawn(AgentWatch(parts.agent, parts.monitor, parts.monitor, engine.ingest).run(), "preflight")
        tasks.spawn(self._name_broken_plugins(), "plugins")
        tasks.spawn(self._keep_copy(), "copy of the configuration")
        if self._healed:
            tasks.spawn(parts.notices.tell_healed(self._healed), "healed monitor")
        tasks.spawn(upkeep.read_dependencies(engine.relations.correlation), "dependencies")

    async def wait_for_stop(self) -> None:
        await self._stop.wait()

    async def stop(self) -> None:
        """No new runs; those under way end or are cancelled, actions finish, messages wait for the next start. A step
        that fails keeps none of the others from being taken."""
        self._stop.set()
        self._notify.stopping("draining")
        logger.info("stopping")
        for step in self._steps_of_stopping():
            try:
                await step
            except Exception:  # noqa: BLE001 - recorded; the others must have their turn
                logger.exception("a step of stopping failed")
        logger.info("stopped")

    def _steps_of_stopping(self) -> Iterator[Awaitable[None]]:
        """Each begins when it is asked for."""
        parts = self.parts
        yield self._hold()
        yield parts.events.stop()
        yield parts.engine.asker.stop()
        yield parts.engine.runs.stop(RUNS_END_WITHIN_S)
        yield parts.engine.ticker.drain(ACTIONS_END_WITHIN_S)
        yield parts.planner.stop()
        yield parts.api.stop()
        yield parts.tasks.end()
        yield parts.channels.close()
        if parts.agent:
            yield parts.agent.close()
        if parts.life_sign:
            yield parts.life_sign.close()
        yield asyncio.to_thread(end_running)
        if parts.tracer:
            yield asyncio.to_thread(parts.tracer.close, TRACES_LEAVE_WITHIN_S)
        yield self._close_workers()
        yield parts.monitor.close()

    async def _hold(self) -> None:
        self.parts.planner.hold()

    async def _close_workers(self) -> None:
        self.parts.workers.close()
        self.parts.backup_workers.close()
        self.parts.channels.close_workers()

    async def reload(self) -> None:
        """As SIGHUP asks for it: what cannot be used changes nothing, and is told."""
        try:
            await self.bring_into_force()
        except NotReloaded as error:
            if self._stop.is_set():
                return  # the next start reads what is written now
            words = f"the configuration was not reloaded, the old one stays in force: {error}"
            await self.parts.notices.tell(words)

    async def bring_into_force(self, by: Actor | None = None) -> Reloaded:
        """What has begun goes on to its end where nobody waits for it any more: half a reload would stay as it is."""
        answer = await asyncio.shield(self.parts.tasks.spawn(self._answered(by), "reload"))
        if isinstance(answer, NotReloaded):
            raise answer
        return answer

    async def _answered(self, by: Actor | None) -> Reloaded | NotReloaded:
        async with self._reloading:
            try:
                self._require_no_stop()
                return await self._announced(by)
            except NotReloaded as error:
                if by:
                    async with self.parts.monitor.transaction() as tx:
                        await audit(tx, by, "configuration", f"refused: {error}")
                return error

    async def _announced(self, by: Actor | None) -> Reloaded:
        self._notify.reloading()
        try:
            return await self._reload(by)
        finally:
            if not self._stop.is_set():
                self._notify.ready(f"watching {self.settings.host}")

    def _require_no_stop(self) -> None:
        if self._stop.is_set():
            raise NotReloaded("the daemon is stopping")

    def in_force(self) -> InForce:
        file = configuration_file(self._config)
        return InForce(
            str(file.absolute()) if file else "", self._read_at, shown(self.settings), self._waiting_for_restart()
        )

    def _waiting_for_restart(self) -> Sequence[str]:
        return changed_for_restart(self._begun_with, self.settings)

    async def _reload(self, by: Actor | None) -> Reloaded:
        parts, engine = self.parts, self.parts.engine
        try:
            settings = await asyncio.to_thread(effective_settings, self._config)
            documents = await asyncio.to_thread(load_catalogue, settings)
            paused = await engine.runs.paused()
            self._require_no_stop()
            await parts.channels.renew(settings, engine.take_over_channels)
        except CortexError as error:
            raise NotReloaded(str(error)) from error
        self._take_over(settings)
        known = engine.catalogue.broken
        gone = engine.catalogue.take_over(documents)
        await keep_versions(parts.monitor, engine.catalogue, parts.clock)
        parts.planner.plan(engine.catalogue.inspections(), paused)
        if not self._stop.is_set():
            self._listen_to_host()
        mode = (await engine.operator.modes()).general
        words = f"reloaded: {len(engine.catalogue.entries)} inspections, mode {mode}"
        logger.info(words)
        for source in gone:
            await engine.retirement.retire(source)
        await engine.retirement.retire_removed()  # which could not be told at the start if a document was broken
        await parts.notices.tell_broken([document for document in documents.broken if document not in known])
        await self._read_templates()
        async with parts.monitor.transaction() as tx:
            if by:
                await audit(tx, by, "configuration", words)
            else:
                await tx.ledger.append(IntentKind.NOTE, "cortex", "configuration", words, {})
        await self._keep_copy()
        broken = [str(document) for document in documents.broken]
        return Reloaded(len(engine.catalogue.entries), broken, sorted(gone), str(mode), self._waiting_for_restart())

    async def _keep_copy(self) -> None:
        """The way back for `cortexctl config rollback`."""
        file = configuration_file(self._config)
        try:
            if file:
                copies = Copies(self.parts.state_dir)
                await asyncio.to_thread(lambda: copies.keep(file.read_bytes(), self.parts.clock.now()))
        except (OSError, CortexError) as error:
            logger.warning("no copy of the configuration could be kept: {}", error)

    def _paired(self) -> None:
        """What waits for a chat is tried at once."""
        self.parts.engine.deliverer.circuits.succeed(TELEGRAM)
        self.parts.engine.pulse.beat()

    async def _heard(self, recipient: str) -> None:
        """Somebody has unblocked the bot, or mended the chat's rights: what waits for it is tried at once."""
        if await self.parts.engine.deliverer.try_at_once(recipient):
            self.parts.engine.pulse.beat()

    async def _read_templates(self) -> None:
        for error in await self.parts.channels.read_templates():
            await self.parts.notices.tell(
                f"a message template cannot be used, its last good version stays in force: {error}"
            )

    def _take_over(self, settings: Settings) -> None:
        waiting = changed_for_restart(self._begun_with, settings)
        if waiting:
            logger.warning("a restart is needed for the changes in: {}", ", ".join(waiting))
        self.parts.engine.take_over(build_rules(settings, self.parts.channels.all))
        self.settings, self._read_at = settings, self.parts.clock.now()

    def _stop_damaged(self, error: CorruptMonitor) -> None:
        """Nothing more is built on a damaged page: the next start sets the database aside."""
        if not self.is_damaged:
            self.is_damaged = True
            logger.critical("{}; Cortex ends, and the next start looks for the newest good backup", error)
            suspect(self.parts.monitor.path)
            self._stop.set()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self.parts.tasks.spawn(self.reload(), "reload"))

    def _listen_to_host(self) -> None:
        self.parts.events.want(self.parts.engine.noticer.concerns(), enabled_sources(self.settings.events))

    # --- running ------------------------------------------------------------------------------------------------------

    async def _name_broken_plugins(self) -> None:
        """Those that are refused before they are loaded; of what is loaded the documents and the channels tell."""
        for reason in await asyncio.to_thread(broken_plugins, self.settings.actions, tries=False):
            logger.error("left out: {}", reason)

"""An investigation, repeated: the same backend, the same judgement, but recorded answers of probes and models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from probed.agent.backend import BackendOf
from probed.agent.gateway.gateway import Gateway, MessagesGateway
from probed.agent.probes.probe import Probe
from probed.agent.replay.evidence import RecordedToolbox
from probed.agent.replay.gateway import NamedModel, RecordedGateway
from probed.agent.replay.playback import Playback
from probed.agent.veil import Veil
from probed.core.investigation import Answer, Task
from probed.core.pseudonyms import Hiding
from probed.core.recording import Recording
from probed.core.replay import Heard
from probed.errors import NoAnswer
from probed.ports import Workers

BY_ITSELF = "nothing is recorded that could be said to another task: no request passed the gateway"
NOT_REPEATED = "the program asks its model by itself: its answer is that of then, it was not run"


@dataclass(frozen=True, slots=True)
class Replayer:
    backend_of: BackendOf
    probes: Sequence[Probe[Any]]
    workers: Workers
    hiding: Hiding
    deadline_s: float
    clock: Callable[[], datetime]
    gateway: MessagesGateway | None
    """To models; None: none is configured."""

    async def recorded(self, task: Task, recording: Recording, *, in_order: bool) -> Heard:
        """Nobody is asked. `in_order`: as in `Playback`."""
        passed = recording.passed
        if not passed.exchanges:
            return _as_recorded(recording) if in_order else Heard(failure=BY_ITSELF)
        playback = Playback(passed.exchanges, in_order=in_order)
        heard, toolbox = await self._investigation(
            task, recording, passed.backend, RecordedGateway(playback, self.clock), playback.at_end
        )
        if heard is None:
            heard = _as_recorded(recording)
        return replace(heard, recorded=playback.recorded, notes=tuple(_notes(playback, toolbox)))

    async def live(self, task: Task, recording: Recording, model: str) -> Heard:
        """Only that model is asked; the probes answer as they did then."""
        if self.gateway is None:
            raise NoAnswer("no model is configured (agent.backend is none)")
        named = NamedModel(self.gateway, model)
        heard, toolbox = await self._investigation(task, recording, self.gateway.name, named, asyncio.Event())
        assert heard is not None  # nothing but a recording ends too early
        calls = len(named.relay.calls) if named.relay else 0
        return replace(heard, live=calls, notes=tuple(_without_evidence(toolbox)))

    async def _investigation(
        self, task: Task, recording: Recording, backend: str, gateway: Gateway, at_end: asyncio.Event
    ) -> tuple[Heard | None, RecordedToolbox]:
        """None: `at_end` came first."""
        deadline, veil = time.monotonic() + self.deadline_s, Veil(self.hiding, recording.passed.nonce)
        toolbox = RecordedToolbox(recording.evidence, self.probes, self.workers, deadline, veil)
        hidden = await asyncio.to_thread(veil.hide_task, task)
        investigating = self.backend_of(backend, gateway).investigate(hidden, toolbox, deadline)
        try:
            answer = await _unless(at_end, investigating)
        except NoAnswer as failure:
            failure.evidence = toolbox.evidence
            veil.reveal_failure(failure)
            return _without_answer(failure), toolbox
        return (Heard(veil.reveal_answer(answer), cost_usd=answer.cost_usd) if answer else None), toolbox


def _as_recorded(recording: Recording) -> Heard:
    """Of an investigation that ended where no answer tells how."""
    ended, told = recording.ended, recording.told
    if told:
        answer = Answer(recording.run_id, told.verdict, told.summary, told.findings, told.cost_usd)
        return Heard(replace(answer, evidence=recording.evidence), cost_usd=told.cost_usd, notes=(NOT_REPEATED,))
    if ended is None:
        return Heard(failure="the recording does not tell how the investigation ended")
    said = ended.reason if ended.was_read else ""
    return Heard(None, ended.reason, ended.cost_usd, ended.over_budget, recording.evidence, said)


def _without_answer(failure: NoAnswer) -> Heard:
    return Heard(None, failure.reason, failure.cost_usd, failure.over_budget, failure.evidence, failure.transcript)


async def _unless(at_end: asyncio.Event, investigating: Coroutine[Any, Any, Answer]) -> Answer | None:
    asking, ending = asyncio.ensure_future(investigating), asyncio.ensure_future(at_end.wait())
    try:
        await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
        return await asking if asking.done() else None
    finally:
        for each in (asking, ending):
            each.cancel()
        await asyncio.gather(asking, ending, return_exceptions=True)


def _notes(playback: Playback, toolbox: RecordedToolbox) -> Iterator[str]:
    if playback.missing:
        yield f"{playback.missing} of the requests to a model are not recorded"
    if playback.differing:
        yield f"{playback.differing} of the requests are worded otherwise than then; they got the answers of then"
    if playback.altered:
        yield f"{playback.altered} of the answers of then held what looks like a secret, and are not as they were"
    yield from _without_evidence(toolbox)


def _without_evidence(toolbox: RecordedToolbox) -> Iterator[str]:
    if toolbox.missing:
        yield f"{toolbox.missing} of the questions to probes were not asked then, and have no answer"

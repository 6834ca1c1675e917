"""What the API's own description says it takes, and what it says it does not: sent to the application over the real
engine and monitor."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import TypeAdapter
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from probed.agent.assistant_probes import AssistantProbes
from probed.agent.probes import processes
from probed.api.openapi import build_document
from probed.api.routes import alertmanager
from probed.api.routes.table import ENDPOINTS
from probed.engine.assist import Assistance
from probed.engine.backups import BackupKeeper, BackupPlan
from probed.engine.pairing import PairingBook
from probed.errors import NoAnswer, ParameterError
from probed.monitor.backup_store import ThreadedBackupStore
from probed.monitor.backups import BackupFolder
from probed.monitor.sealing import Seal
from probed.testing import ImmediateWorkers, ScriptedAction, ScriptedActions, ScriptedAgent
from probed.wire import alertmanager as wire
from tests.api.asgi import ROOT, app_of
from tests.api.fakes import World
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_finding

HANGS_AFTER_S = 9.0
"""Before Schemathesis itself gives up."""
READY_WITHIN_S = 60.0
SETTLE_EVERY = 20
"""Requests after which the engine has its turn."""
AnyCase = Case[Any]
IDS_KEPT = 20
QUESTIONS = 5
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
GIVEN: Mapping[str, Any] = {
    "matchers": ['object="/srv"'],
    "starts_at": None,
    "action": "restart_unit",
    "object_kind": "unit",
    "hash": None,
    "confirmation": "",
    "revert_after_s": None,
}
"""What has a grammar of its own, as it should be."""


@dataclass
class Tally:
    requests: Counter[str] = field(default_factory=Counter)
    """By operation."""
    statuses: Counter[int] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    """Operations that answered with success."""
    faults: dict[str, str] = field(default_factory=dict)
    """The first of each kind, with the request that brings it about."""
    slowest_s: float = 0.0
    slowest: str = ""
    took_s: float = 0.0

    @property
    def cases(self) -> int:
        return self.requests.total()

    def __str__(self) -> str:
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.cases} requests to {len(self.requests)} operations in {self.took_s:.0f} s; {statuses}; "
            f"{len(self.reached)} operations took something; slowest {1000 * self.slowest_s:.0f} ms ({self.slowest}); "
            f"{len(self.faults)} faults"
        )


class UnitAction(ScriptedAction):
    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        if params.keys() != {"unit"} or not isinstance(params["unit"], str):
            raise ParameterError("unit", "is all that it takes")
        return params


class Served:
    """The application on the event loop of its engine, asked from any other."""

    def __init__(self, host: Host, app: ASGIApp) -> None:
        self._host, self._app, self._loop = host, app, asyncio.get_running_loop()
        self._asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        asked = asyncio.run_coroutine_threadsafe(self._answer(scope, body), self._loop)
        for message in await asyncio.wrap_future(asked):
            await send(message)

    async def _answer(self, scope: Scope, body: bytes) -> list[Message]:
        sent: list[Message] = []
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return given.pop(0) if given else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        async with asyncio.timeout(HANGS_AFTER_S):
            await self._app({**scope, "state": {"peer": ROOT, "abort": lambda: None}}, receive, send)
        await self._turn()
        return sent

    async def _turn(self) -> None:
        self._asked += 1
        if self._asked % SETTLE_EVERY == 0:
            await self._host.passes(1)


@asynccontextmanager
async def built(folder: Path, **changes: Any) -> AsyncIterator[Served]:
    agent = ScriptedAgent(NoAnswer("nobody investigates here"))
    async with scenario(folder, actions=ScriptedActions(UnitAction(reversible=True)), agent=agent) as host:
        host.document(with_actions(l2=["restart_unit"], named="disks"))
        await host.report("services", make_finding(object="nginx.service"))
        yield Served(host, await app_over(host, **changes))


async def app_over(host: Host, **changes: Any) -> ASGIApp:
    """The API over this engine and its monitor."""
    workers = ImmediateWorkers()
    store = ThreadedBackupStore(BackupFolder(host.path, host.path.with_name("backups"), Seal()), workers, workers)
    pairings = PairingBook(host.monitor, host.clock)
    await pairings.load()
    parts: dict[str, Any] = {
        "operator": host.engine.operator,
        "queries": host.monitor,
        "subscribe": host.monitor.subscribe,
        "inspections": host.catalogue.inspections,
        "routing": lambda: host.engine.rules.routing,
        "now": host.clock.now,
        "pairings": pairings,
        "channels": host.engine.channels.facts,
        "questions": host.engine.asker,
        "replays": host.engine.replays,
        "assistants": Assistance(AssistantProbes(lambda: [processes.PROBE], workers), host.monitor),
        "backups": BackupKeeper(
            store, BackupPlan(), host.monitor, host.monitor, host.engine.ingest, host.clock, lambda error: None
        ),
    }
    return app_of(World(), **(parts | changes))


@contextmanager
def served(folder: Path, **changes: Any) -> Iterator[Served]:
    """On a thread of its own, for Schemathesis asks from another. `changes`: other parts behind the API."""
    ready: asyncio.Queue[Served] = asyncio.Queue()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with built(folder, **changes) as app:
            await ready.put(app)
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(ready.get(), loop).result(READY_WITHIN_S)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


class Campaign:
    """Requests to every operation, round after round, half of them as they should be; ids are often those that
    earlier answers named, so that what is asked for is there."""

    def __init__(self, app: Served, first_seed: int, document: dict[str, Any] | None = None) -> None:
        """`document`: instead of the daemon's own; then nothing but failures is a fault."""
        self._seed, self._checks = first_seed, CHECKS[:1] if document else CHECKS
        self._schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        self._described = self._schema if document is None else schemathesis.openapi.from_dict(document)
        self._described.app = app
        self.operations = [found.ok() for found in self._described.get_all_operations() if isinstance(found, Ok)]
        self.tally = Tally()
        self._reports = 0
        self._ids: dict[str, list[str]] = {"inspections": ["disks"], "channels": ["recording"]}
        """By noun, the newest first."""

    def run(self, least: int, each: int) -> Tally:
        """At least so many requests in rounds of `each` to an operation (fewer where there are no more)."""
        began = time.monotonic()
        while self.tally.cases < least:
            for _ in range(QUESTIONS):
                self._report()
            for operation in self.operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self._fuzz(operation, mode, each // 2)
            self._seed += 1
        self.tally.took_s = time.monotonic() - began
        return self.tally

    def _report(self) -> None:
        """Keeps something there to approve, to acknowledge and to silence."""
        self._reports += 1
        finding = {"check": "app", "object": f"app-{self._reports}.service", "severity": "warning", "summary": "slow"}
        unit = f"db-{self._reports}.service"
        action = {"action": "restart_unit", "params": {"unit": unit}}
        findings = [finding, {**finding, "object": unit, "proposed_action": action}]
        body: Any = {"source": f"app-{self._reports}", "verdict": "warning", "summary": "slow", "findings": findings}
        case = self._schema["/api/v1/reports"]["POST"].Case(body=body, media_type="application/json")
        assert case.call().status_code == 201

    def _fuzz(self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, most: int) -> None:
        @seed(self._seed)
        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode), chosen=st.none() | st.integers(0, IDS_KEPT - 1))
        def send(case: AnyCase, chosen: int | None) -> None:
            if chosen is not None and (known := self._ids.get(_noun(case))) and "id" in case.path_parameters:
                case.path_parameters["id"] = known[chosen % len(known)]
            if chosen is not None and isinstance(case.body, dict):
                case.body |= {key: GIVEN[key] for key in case.body.keys() & GIVEN.keys()}
            self._ask(case)

        with suppress(Unsatisfiable):  # nothing can be wrong with what takes nothing
            send()

    def _ask(self, case: AnyCase) -> None:
        name = case.operation.label
        self.tally.requests[name] += 1
        began = time.monotonic()
        try:
            response = case.call()
        except Exception as error:  # noqa: BLE001 - whatever comes out of the application is a fault, and named
            self.tally.faults.setdefault(f"{name}: {type(error).__name__}", f"{error!r}\n{_curl(case)}")
            return
        self._note_time(name, time.monotonic() - began)
        self._note(name, case, response)

    def _note_time(self, name: str, took_s: float) -> None:
        if took_s > self.tally.slowest_s:
            self.tally.slowest_s, self.tally.slowest = took_s, name

    def _note(self, name: str, case: AnyCase, response: Response) -> None:
        self.tally.statuses[response.status_code] += 1
        if response.status_code < 300:
            self.tally.reached.add(name)
            known = self._ids.get(_noun(case), [])
            self._ids[_noun(case)] = list(dict.fromkeys([*_ids_in(response), *known]))[:IDS_KEPT]
        try:
            case.validate_response(response, checks=self._checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note_failure(name, case, response, failure)

    def _note_failure(self, name: str, case: AnyCase, response: Response, failure: BaseException) -> None:
        title = failure.title if isinstance(failure, Failure) else type(failure).__name__
        key = f"{name}: {response.status_code} {title}"
        self.tally.faults.setdefault(key, f"{failure}\n{response.text[:500]}\n{_curl(case)}")


def alertmanagers_document() -> dict[str, Any]:
    """Of /api/v2, which Alertmanager itself describes: our routes, with the bodies that they read."""
    document = build_document((*ENDPOINTS, *alertmanager.ENDPOINTS))
    for path, shape in ((wire.ALERTS, list[wire.PostableAlert]), (wire.SILENCES, wire.PostableSilence)):
        described = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= described.pop("$defs", {})
        document["paths"][path]["post"]["requestBody"] = {"content": {"application/json": {"schema": described}}}
    document["paths"] = {path: found for path, found in document["paths"].items() if path.startswith("/api/v2/")}
    return document


def _noun(case: AnyCase) -> str:
    """`alerts`, of /api/v1/alerts/{id}/ack."""
    return case.path.removeprefix("/api/v1/").removeprefix("/api/v2/").partition("/")[0]


def _curl(case: AnyCase) -> str:
    return case.as_curl_command()[:2000]


def _ids_in(response: Response) -> list[str]:
    try:
        content = json.loads(response.content)
    except ValueError:
        return []
    items = content.get("items", [content]) if isinstance(content, Mapping) else []
    found = [item.get("id") or item.get("name") for item in items if isinstance(item, Mapping)]
    return [text for text in found if isinstance(text, str) and text][:5]

"""Holds back what goes back to a root that fires: ten objects on one dead dependency are one message, with the root."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState, alert_of
from probed.core.dependency import (
    HOST,
    IMPACT,
    DependencyGraph,
    Edge,
    blame,
    graph_of,
    impact,
    name_of,
    nodes_of,
    objects_of,
)
from probed.engine.rules import Rules
from probed.errors import CortexError
from probed.ports import Topology, Transaction, Workers

log = logging.getLogger("cortex.correlation")

READ_DEADLINE_S = 20.0
LONGEST_REASON = 200


class Correlation:
    """A Suppressor and an Annotator."""

    def __init__(self, topology: Topology | None, workers: Workers, rules: Rules) -> None:
        self._topology, self._workers, self._rules = topology, workers, rules
        self._read: tuple[Edge, ...] = ()
        self._declared: tuple[Edge, ...] = ()
        self._graph = DependencyGraph()

    async def refresh(self) -> None:
        """Read from the host what depends on what; what cannot be read stays as it was."""
        if self._topology is None:
            return
        try:
            read = await self._workers.run(self._topology.edges, deadline_s=READ_DEADLINE_S, name="dependencies")
        except CortexError as error:
            log.warning("what depends on what could not be read from the host: %s", error)
            return
        self._read = tuple(read)
        self._graph = graph_of((*self._declared, *self._read))

    @property
    def graph(self) -> DependencyGraph:
        if self._declared is not self._rules.dependencies:
            self._declared = self._rules.dependencies
            self._graph = graph_of((*self._declared, *self._read))
        return self._graph

    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        foundations = self._foundations(alerts)
        if not foundations:
            return {}
        firing = await self._problems(tx, objects_of(foundations, self._rules.host))
        reasons = {alert.id: self._reason(alert, firing, now) for alert in alerts}
        return {alert_id: reason for alert_id, reason in reasons.items() if reason}

    async def annotated(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Sequence[Alert]:
        if not self._rules.correlates or self.graph.is_empty:
            return alerts
        return [await self._with_impact(tx, alert) for alert in alerts]

    async def dependents_of(self, tx: Transaction, alert: Alert) -> Sequence[Alert]:
        """The open alerts of which this one is the probable root."""
        nodes = self.graph.dependents(nodes_of(alert.labels))
        if not nodes or alert.state is AlertState.RESOLVED:
            return ()
        others = await tx.alerts.open_about(objects_of(nodes, self._rules.host) - {HOST})
        found = ((other, blame(self.graph, other, [alert])) for other in others)
        return [other for other, cause in found if cause]

    async def _problems(self, tx: Transaction, objects: Collection[str]) -> Sequence[Alert]:
        """The open alerts about these objects, and what has none because it is being fixed or asked about."""
        alerts = await tx.alerts.open_about(objects)
        told, host = {alert.case_id for alert in alerts}, self._rules.host
        cases = [case for case in await tx.cases.worked_on(objects) if case.id not in told]
        return [*alerts, *(alert_of(case, case.id, host, case.opened_at) for case in cases)]

    def _foundations(self, alerts: Sequence[Alert]) -> frozenset[str]:
        if not self._rules.correlates or self.graph.is_empty:
            return frozenset()
        nodes = {node for alert in alerts if _fires(alert) for node in nodes_of(alert.labels)}
        return frozenset(self.graph.foundations(nodes)) | (nodes & self.graph.carries.keys())

    def _reason(self, alert: Alert, firing: Sequence[Alert], now: datetime) -> str:
        if not _fires(alert):
            return ""
        if cause := blame(self.graph, alert, firing):
            root = cause.root
            return f"depends on {name_of(root)}: {root.summary}"[:LONGEST_REASON]
        needs = self.graph.foundations(nodes_of(alert.labels))
        is_young = timedelta(0) <= now - alert.starts_at < timedelta(seconds=self._rules.root_wait_s)
        return "waits whether what it depends on fires, too" if needs and is_young else ""

    async def _with_impact(self, tx: Transaction, alert: Alert) -> Alert:
        text = impact(await self.dependents_of(tx, alert))
        if not _fires(alert) or text == alert.annotations.get(IMPACT, ""):
            return alert
        annotated = replace(alert, annotations={**alert.annotations, IMPACT: text})
        await tx.alerts.save(annotated)
        return annotated


def _fires(alert: Alert) -> bool:
    return alert.state is not AlertState.RESOLVED

"""Whether code knows what to do about what was found: then that is tried before a model is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core.case import Case, Option, Stage
from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.permission import Permission
from probed.core.recording import OpenProblem
from probed.engine.options import Options
from probed.ports import Monitor

MOST_FINDINGS = 20
"""Of more than that the actions are not looked for: it is a question."""
UNDER_WAY = (Stage.FIXING, Stage.EXECUTING)


class KnownFixes:
    def __init__(self, monitor: Monitor, options: Options) -> None:
        self._monitor, self._options = monitor, options

    async def of(
        self, inspection: Inspection, findings: Sequence[Finding], open_then: Sequence[OpenProblem] | None = None
    ) -> tuple[str, ...]:
        """The actions that will be carried out, or are under way, for each of the problems; empty where one has none.
        What is open already, and not being mended, has none: it was tried, or may not be. `open_then`: instead of what
        is open now, for a run that is repeated; what was being mended then, nobody knows."""
        problems = [each for each in findings if each.severity is not Severity.INFO]
        if not inspection.actions.automatic or len(problems) > MOST_FINDINGS:
            return ()
        known = await self._open(inspection.id) if open_then is None else _unmended(open_then)
        fixes = [
            known[each.identity] if each.identity in known else await self._fix(inspection, each) for each in problems
        ]
        return tuple(dict.fromkeys(fixes)) if all(fixes) else ()

    async def _fix(self, inspection: Inspection, finding: Finding) -> str:
        candidates = await self._options.candidates(finding, inspection)
        async with self._monitor.transaction() as tx:
            return _next(await self._options.options(tx, candidates))

    async def _open(self, source: str) -> Mapping[tuple[str, str], str]:
        async with self._monitor.transaction() as tx:
            cases = await tx.cases.open_of(source)
        return {case.identity: _begun(case) for case in cases if case.stage is not Stage.NOTED}


def _unmended(problems: Sequence[OpenProblem]) -> Mapping[tuple[str, str], str]:
    return {(each.check, each.object): "" for each in problems if each.severity is not Severity.INFO}


def _begun(case: Case) -> str:
    return f"{case.check} {case.object} is being mended" if case.stage in UNDER_WAY else ""


def _next(options: Sequence[Option]) -> str:
    """As the ladder would choose it."""
    automatic = (each for each in options if each.ruling.permission is Permission.AUTOMATIC)
    first = next(automatic, None)
    return first.call.key if first and not first.ruling.held else ""

"""Whether code knows what to do about what was found: then that is tried before a model is asked."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.case import Case, Option, Stage
from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.permission import Permission
from probed.engine.options import Options
from probed.ports import Monitor

MOST_FINDINGS = 20
"""Of more than that the actions are not looked for: it is a question."""
UNDER_WAY = (Stage.FIXING, Stage.EXECUTING)


class KnownFixes:
    def __init__(self, monitor: Monitor, options: Options) -> None:
        self._monitor, self._options = monitor, options

    async def of(self, inspection: Inspection, findings: Sequence[Finding]) -> tuple[str, ...]:
        """The actions that will be carried out, or are under way, for each of the problems; empty where one has none.
        What is open already, and not being mended, has none: it was tried, or may not be."""
        problems = [each for each in findings if each.severity is not Severity.INFO]
        if not inspection.actions.automatic or len(problems) > MOST_FINDINGS:
            return ()
        fixes = [await self._fix(inspection, finding) for finding in problems]
        return tuple(dict.fromkeys(fixes)) if all(fixes) else ()

    async def _fix(self, inspection: Inspection, finding: Finding) -> str:
        candidates = await self._options.candidates(finding, inspection)
        async with self._monitor.transaction() as tx:
            cases = {case.identity: case for case in await tx.cases.open_of(inspection.id)}
            case = cases.get(finding.identity)
            is_open = case is not None and case.stage is not Stage.NOTED
            return _begun(case) if case and is_open else _next(await self._options.options(tx, candidates))


def _begun(case: Case) -> str:
    return f"{case.check} {case.object} is being mended" if case.stage in UNDER_WAY else ""


def _next(options: Sequence[Option]) -> str:
    """As the ladder would choose it."""
    automatic = (each for each in options if each.ruling.permission is Permission.AUTOMATIC)
    first = next(automatic, None)
    return first.call.key if first and not first.ruling.held else ""

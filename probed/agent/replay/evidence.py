"""The probes in a replay: they answer what they answered then, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from probed.agent.probes.probe import Probe
from probed.agent.toolbox import ToolAnswer, Toolbox
from probed.agent.veil import Veil
from probed.core.investigation import Evidence
from probed.core.redaction import mask_within
from probed.ports import Workers

NOT_RECORDED = "nothing is recorded for this question; the run that is replayed did not ask it"


class RecordedToolbox(Toolbox):
    def __init__(
        self, evidence: Iterable[Evidence], probes: Sequence[Probe[Any]], workers: Workers, deadline: float, veil: Veil
    ) -> None:
        super().__init__(probes, workers, deadline, veil=veil)
        self._recorded = list(evidence)
        self.missing = 0

    async def _ask(self, evidence: str, name: str, arguments: object) -> ToolAnswer:
        found = self._recorded_for(name, arguments)
        if found is None:
            self.missing += 1
            return self._failure(evidence, NOT_RECORDED)
        text = found.answer.replace(f'"evidence":"{found.id}"', f'"evidence":"{evidence}"', 1)
        return ToolAnswer(self._hidden(text), found.failed)

    def _recorded_for(self, name: str, arguments: object) -> Evidence | None:
        """Equal questions in their order; the last answer stays."""
        asked = mask_within(arguments if isinstance(arguments, Mapping) else {})
        same = [each for each in self._recorded if each.probe == name and dict(each.arguments) == asked]
        if len(same) > 1:
            self._recorded.remove(same[0])
        return same[0] if same else None

    def _hidden(self, answer: str) -> str:
        if self._veil.hide(answer) == answer:
            return answer
        hidden = self._veil.hide_within(json.loads(answer))
        return json.dumps(hidden, ensure_ascii=False, separators=(",", ":"))

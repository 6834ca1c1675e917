"""What leaves for a model, and what comes back, of one run: the one border that every backend, and every kind of
question, passes.

What looks like a credential is masked for good. E-mail addresses, IP addresses and what the settings name leave under
another name, and the answer has the right ones back. What was said in between is kept as it was said: the transcript
holds the other names only.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import json
import secrets
from collections.abc import Mapping
from enum import Enum
from typing import Any

from probed.agent.other_secrets import mask_other_secrets
from probed.agent.service_secrets import mask_service_secrets
from probed.config.agent import RedactionSettings
from probed.core.inquiry import Happening, Looked, Said, Tell
from probed.core.inspection import Inspection
from probed.core.investigation import Answer, Evidence, Task
from probed.core.pseudonyms import NONCE_LENGTH, NONCE_LETTERS, Hiding, Pseudonyms, Revealing
from probed.core.redaction import mask
from probed.core.regex import compile_regex
from probed.errors import NoAnswer

OURS = frozenset({"run_id", "id", "check", "action", "actions", "unit", "sha256"})
"""Fields of a task that hold nothing of the host's, and by which things are found again."""
NOTHING = Hiding(emails=False, addresses=False)


class Veil:
    def __init__(self, hiding: Hiding = NOTHING, nonce: str = "") -> None:
        """`nonce`: of an earlier run that is repeated; otherwise drawn."""
        self.nonce = nonce or "".join(secrets.choice(NONCE_LETTERS) for _ in range(NONCE_LENGTH))
        self._pseudonyms = Pseudonyms(hiding, self.nonce)

    def hide(self, text: str) -> str:
        """Credentials first: a part of one can look like an address, and would come back."""
        return self._pseudonyms.hide(mask_other_secrets(mask_service_secrets(mask(text))))

    def reveal(self, text: str) -> str:
        return self._pseudonyms.reveal(text)

    def hide_task(self, task: Task) -> Task:
        """Takes its time: call it beside the event loop."""
        hidden: Task = self._hidden(task)
        return hidden

    def hide_within(self, value: object) -> object:
        """All texts of what JSON holds, with the names of its fields."""
        hidden: object = self._hidden(value)
        return hidden

    def reveal_within(self, value: object) -> object:
        """All texts of what JSON holds, with the names of its fields."""
        match value:
            case str():
                return self.reveal(value)
            case Mapping():
                return {self.reveal(str(name)): self.reveal_within(each) for name, each in value.items()}
            case list() | tuple():
                return [self.reveal_within(each) for each in value]
        return value

    def reveal_answer(self, answer: Answer) -> Answer:
        findings, advice = answer.findings, answer.advice
        return dataclasses.replace(
            answer,
            summary=self.reveal(answer.summary),
            words=self.reveal(answer.words),
            findings=tuple(self._revealed(finding) for finding in findings),
            evidence=tuple(map(self._revealed_evidence, answer.evidence)),
            advice=self._revealed(advice) if advice else None,
        )

    def reveal_failure(self, failure: NoAnswer) -> None:
        failure.reason = self.reveal(failure.reason)
        failure.args = (failure.reason,)
        failure.evidence = tuple(map(self._revealed_evidence, failure.evidence))

    def telling(self, tell: Tell) -> Telling:
        return Telling(self, tell)

    def _hidden(self, value: Any) -> Any:
        match value:
            case Inspection():
                return dataclasses.replace(value, title=self.hide(value.title), body=self.hide(value.body))
            case str() if not isinstance(value, Enum):
                return self.hide(value)
            case Mapping():
                return {self.hide(str(name)): self._hidden(each) for name, each in value.items()}
            case list() | tuple():
                return [self._hidden(each) for each in value]
        return self._of_fields(value, self._hidden)

    def _revealed(self, value: Any) -> Any:
        match value:
            case str() if not isinstance(value, Enum):
                return self.reveal(value)
            case tuple():
                return tuple(map(self._revealed, value))
            case list() | Mapping():
                return self.reveal_within(value)
        return self._of_fields(value, self._revealed)

    @staticmethod
    def _of_fields(value: Any, change: Any) -> Any:
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        changed = {name: change(each) for name, each in fields.items() if name not in OURS}
        return dataclasses.replace(value, **changed)

    def _revealed_evidence(self, evidence: Evidence) -> Evidence:
        answer = self._revealed_json(evidence.answer)
        digest = hashlib.sha256(answer.encode()).hexdigest()
        arguments = {name: self.reveal_within(each) for name, each in evidence.arguments.items()}
        return dataclasses.replace(evidence, arguments=arguments, answer=answer, sha256=digest)

    def _revealed_json(self, text: str) -> str:
        """Within its texts: what comes back may hold a quote."""
        if self.reveal(text) == text:
            return text
        return json.dumps(self.reveal_within(json.loads(text)), ensure_ascii=False, separators=(",", ":"))


class Telling:
    """Hands on what happens in a run; words come in pieces, and are revealed as they come."""

    def __init__(self, veil: Veil, tell: Tell) -> None:
        self._veil, self._tell = veil, tell
        self._words = Revealing(veil.reveal)

    def __call__(self, happening: Happening) -> None:
        match happening:
            case Said(text):
                self._say(self._words.feed(text))
            case Looked():
                self.finish()
                asked = {name: self._veil.reveal_within(each) for name, each in happening.arguments.items()}
                self._tell(dataclasses.replace(happening, arguments=asked))

    def finish(self) -> None:
        self._say(self._words.finish())

    def _say(self, text: str) -> None:
        if text:
            self._tell(Said(text))


def hiding_of(settings: RedactionSettings) -> Hiding:
    networks, texts = [], set[str]()
    for kept in settings.keep:
        try:
            networks.append(ipaddress.ip_network(kept, strict=False))
        except ValueError:
            texts.add(kept.lower())
    return Hiding(
        emails=settings.emails,
        addresses=settings.addresses,
        hosts=settings.hosts,
        patterns=tuple(map(compile_regex, settings.patterns)),
        kept_networks=tuple(networks),
        kept=frozenset(texts),
    )

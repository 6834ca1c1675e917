"""One investigation over the Messages API: requests, calls of probes, and a report or an answer at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from probed.agent import plain_json
from probed.agent.away import is_away
from probed.agent.form import purpose_of, schema_of, system_of, text_of
from probed.agent.spoken import spoken
from probed.agent.toolbox import Toolbox
from probed.agent.validate import Opinion, opinion_of
from probed.agent.words import one_line, without
from probed.core.inquiry import Said
from probed.core.investigation import Answer, Task
from probed.errors import InvalidReport, NoAnswer

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

    from probed.agent.gateway.gateway import Door

REPORT = "report"
"""The tool by which the model hands in its report."""
MAX_OUTPUT_TOKENS = 16_384
"""With what a model thinks before it speaks."""
MAX_BAD_REPORTS = 3
NUDGE = f"Call the tool `{REPORT}` now: only a report counts as an answer."

Block = Mapping[str, Any]


class Dialogue:
    """Holds the messages and the record of one investigation; the money is the gateway's."""

    def __init__(self, client: AsyncAnthropic, task: Task, toolbox: Toolbox, door: Door) -> None:
        self._client, self._task, self._toolbox = client, task, toolbox
        self._model, self._relay, self._secrets = door.model, door.relay, door.secrets
        self._system = system_of(task)
        self._tools = [*_probes(toolbox), *_report_tools(task)]
        self._messages: list[dict[str, Any]] = []
        self._record: list[str] = []
        self._has_spoken = False
        """The model said something."""
        self._bad_reports = 0
        self._was_nudged = False

    async def hold(self, deadline: float, max_turns: int) -> Answer:
        """Until the report, or until `deadline` (monotonic seconds). Raises NoAnswer."""
        self._write("request", model=self._model, system=self._system, tools=[tool["name"] for tool in self._tools])
        self._say(await asyncio.to_thread(text_of, self._task))
        try:
            async with asyncio.timeout_at(deadline):
                opinion = await self._converse(max_turns)
        except TimeoutError:
            raise self._failure(f"no answer within {self._task.deadline_s:g} s", is_away=not self._has_spoken) from None
        self._write("result", cost_usd=self._relay.cost_usd)
        return Answer(
            run_id=self._task.run_id,
            verdict=opinion.verdict,
            summary=opinion.summary,
            findings=opinion.findings,
            cost_usd=self._relay.cost_usd,
            transcript="".join(self._record),
            evidence=self._toolbox.evidence,
            advice=opinion.advice,
            words=opinion.words,
            usage=self._relay.usage,
        )

    async def _converse(self, max_turns: int) -> Opinion:
        for _ in range(max_turns):
            reply = await self._request()
            calls = [block for block in reply if block.get("type") == "tool_use"]
            if not calls and self._task.asked:
                return self._in_words(reply)
            if not calls:
                self._nudge(reply)
            elif opinion := await self._answer(calls, _words(reply)):
                return opinion
        raise self._failure(f"no {'answer' if self._task.asked else 'report'} within {max_turns} turns")

    # --- one request --------------------------------------------------------------------------------------------------

    async def _request(self) -> list[Block]:
        """The blocks of the model's turn."""
        import anthropic

        request = {"model": self._model, "max_tokens": MAX_OUTPUT_TOKENS, "system": self._system}
        request |= {"messages": self._messages, "tools": self._tools}
        try:
            if self._task.asked:
                return self._take(await spoken(self._client, request, self._say_on))
            response = await self._client.messages.with_raw_response.create(**request)  # type: ignore[call-overload]
        except anthropic.APIStatusError as error:
            raise self._refusal(error.status_code, error.body) from error
        except anthropic.AnthropicError as error:
            reason = f"the model's API gave no answer: {one_line(str(error))}"
            raise self._failure(reason, is_away=True) from error
        return self._take(response.http_response.content)

    def _refusal(self, status: int, body: object) -> NoAnswer:
        if over := self._relay.over_budget:
            return self._failure(str(over), over_budget=True)
        if away := self._relay.away:
            return self._failure(away, is_away=True)
        return self._failure(_refusal(status, body), is_away=is_away(status))

    def _take(self, body: bytes) -> list[Block]:
        try:
            reply: Any = plain_json.loads(body)
            content, stop = reply["content"], reply["stop_reason"]
            blocks: list[Block] = [block for block in content if isinstance(block, dict)]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._failure("the model's API answered something that is no message", is_away=True) from error
        if not self._relay.was_counted:
            raise self._failure("the model's API answered something that is no message", is_away=True)
        self._has_spoken = True
        self._write("assistant", message=reply)
        if stop == "refusal":
            raise self._failure("the model refused to answer")
        if stop == "max_tokens":
            raise self._cut_off()
        self._messages.append({"role": "assistant", "content": blocks})
        return blocks

    def _cut_off(self) -> NoAnswer:
        said = [call.tokens.output for call in self._relay.calls[-1:]]
        reason = f"the model's turn was cut off after {sum(said)} tokens"
        return self._failure(reason, over_budget=self._relay.was_shortened)

    def _say_on(self, words: str) -> None:
        self._toolbox.tell(Said(self._hide(words)))

    # --- the turns ----------------------------------------------------------------------------------------------------

    async def _answer(self, calls: list[Block], words: str) -> Opinion | None:
        """Answer what the model called; the opinion where that was a valid report."""
        results = []
        for call in calls:
            if call.get("name") == REPORT:
                try:
                    return self._opinion(call, calls, words)
                except InvalidReport as error:
                    text, failed = self._complaint(error), True
            else:
                answer = await self._toolbox.call(str(call.get("name")), call.get("input"))
                text, failed = answer.told, answer.failed
            results.append({"type": "tool_result", "tool_use_id": call.get("id"), "content": text, "is_error": failed})
        self._say(results)
        return None

    def _opinion(self, call: Block, calls: list[Block], words: str) -> Opinion:
        """Raises InvalidReport."""
        if sum(each.get("name") == REPORT for each in calls) > 1:
            raise InvalidReport("report", "was handed in more than once in a turn")
        return opinion_of(call.get("input"), self._task, words)

    def _in_words(self, reply: list[Block]) -> Opinion:
        try:
            return opinion_of(self._hide(_words(reply)), self._task)
        except InvalidReport as error:
            raise self._failure(f"no valid answer: {error}") from error

    def _complaint(self, error: InvalidReport) -> str:
        self._bad_reports += 1
        if self._bad_reports >= MAX_BAD_REPORTS:
            raise self._failure(f"no valid report: {error}") from error
        return f"This is no valid report. {error}. Correct it and hand it in again."

    def _nudge(self, reply: list[Block]) -> None:
        if self._was_nudged:
            raise self._failure(f"the model answered in words instead of with a report: {one_line(_words(reply))}")
        self._was_nudged = True
        self._say(NUDGE)

    def _say(self, content: str | list[dict[str, Any]]) -> None:
        message = {"role": "user", "content": content}
        self._messages.append(message)
        self._write("user", message=message)

    # --- the record ---------------------------------------------------------------------------------------------------

    def _write(self, type_: str, **content: object) -> None:
        self._record.append(self._hide(json.dumps({"type": type_, **content})) + "\n")

    def _failure(self, reason: str, *, over_budget: bool = False, is_away: bool = False) -> NoAnswer:
        failure = NoAnswer(self._hide(reason), self._relay.cost_usd, over_budget=over_budget, is_away=is_away)
        failure.transcript = "".join(self._record)
        return failure

    def _hide(self, text: str) -> str:
        return without(self._secrets, text)


def _words(reply: list[Block]) -> str:
    return " ".join(str(block.get("text", "")) for block in reply)


def _probes(toolbox: Toolbox) -> list[dict[str, Any]]:
    return [
        {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in toolbox.tools()
    ]


def _report_tools(task: Task) -> list[dict[str, Any]]:
    schema = schema_of(task)
    return [{"name": REPORT, "description": purpose_of(task), "input_schema": schema}] if schema else []


def _refusal(status: int, body: object) -> str:
    told = body.get("error") if isinstance(body, dict) else None
    words = one_line(str(told.get("message") if isinstance(told, dict) else body))
    if status == 401:
        return f"the model's API does not accept the key (401): {words}"
    return f"the model's API answered {status}: {words}"

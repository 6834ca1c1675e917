"""One investigation over the Messages API: requests, calls of probes, and a report at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from probed.agent import plain_json
from probed.agent.away import is_away
from probed.agent.form import purpose_of, schema_of, system_of, text_of
from probed.agent.prices import input_tokens, price_of
from probed.agent.toolbox import Toolbox
from probed.agent.validate import Opinion, opinion_of
from probed.agent.words import one_line
from probed.core.investigation import Answer, Task, Usage
from probed.errors import InvalidReport, NoAnswer

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

REPORT = "report"
"""The tool by which the model hands in its report."""
MAX_OUTPUT_TOKENS = 8192
MIN_OUTPUT_TOKENS = 512
"""A turn that could not even say this much is not begun."""
MAX_BAD_REPORTS = 3
NUDGE = f"Call the tool `{REPORT}` now: only a report counts as an answer."

Block = Mapping[str, Any]


class Dialogue:
    """Holds the messages, the money and the record of one investigation. `secret` is kept out of the record."""

    def __init__(self, client: AsyncAnthropic, task: Task, toolbox: Toolbox, model: str, *, secret: str) -> None:
        self._client, self._task, self._toolbox, self._model = client, task, toolbox, model
        self._secret, self._system = secret, system_of(task)
        self._price = price_of(model)
        self._tools = [*_probes(toolbox), _report_tool(task)]
        self._messages: list[dict[str, Any]] = []
        self._record: list[str] = []
        self._spent_usd, self._usage = 0.0, Usage()
        self._at_stake_usd = 0.0
        """What the request that is under way may cost at the most."""
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
        self._write("result", cost_usd=self._spent_usd)
        return Answer(
            run_id=self._task.run_id,
            verdict=opinion.verdict,
            summary=opinion.summary,
            findings=opinion.findings,
            cost_usd=self._spent_usd,
            transcript="".join(self._record),
            evidence=self._toolbox.evidence,
            advice=opinion.advice,
            usage=self._usage,
        )

    async def _converse(self, max_turns: int) -> Opinion:
        for _ in range(max_turns):
            reply = await self._request()
            calls = [block for block in reply if block.get("type") == "tool_use"]
            if not calls:
                self._nudge(reply)
            elif opinion := await self._answer(calls, _words(reply)):
                return opinion
        raise self._failure(f"no report within {max_turns} turns")

    # --- one request --------------------------------------------------------------------------------------------------

    async def _request(self) -> list[Block]:
        """The blocks of the model's turn."""
        import anthropic

        max_tokens = self._affordable_tokens()
        try:
            response = await self._client.messages.with_raw_response.create(
                model=self._model,
                max_tokens=max_tokens,
                system=self._system,
                messages=self._messages,  # type: ignore[arg-type]
                tools=self._tools,  # type: ignore[arg-type]
            )
        except anthropic.APIStatusError as error:
            self._at_stake_usd = 0.0  # an error is not charged
            refusal = _refusal(error.status_code, error.body)
            raise self._failure(refusal, is_away=is_away(error.status_code)) from error
        except anthropic.AnthropicError as error:
            reason = f"the model's API gave no answer: {one_line(str(error))}"
            raise self._failure(reason, is_away=True) from error
        return self._take(response.http_response.content, max_tokens)

    def _affordable_tokens(self) -> int:
        """How much the model may say, so that the turn cannot overrun the budget. Raises NoAnswer."""
        sent = json.dumps([self._messages, self._tools, self._system]).encode()
        asked_usd = self._price.cost_usd(input_tokens(len(sent)), 0)
        left_usd = self._task.budget_usd - self._spent_usd - asked_usd
        affordable = int(left_usd / self._price.cost_usd(0, 1))
        if affordable < MIN_OUTPUT_TOKENS:
            reason = f"the budget of ${self._task.budget_usd:g} does not allow for another turn"
            raise self._failure(f"{reason} (${self._spent_usd:.4f} spent)", over_budget=True)
        allowed = min(affordable, MAX_OUTPUT_TOKENS)
        self._at_stake_usd = asked_usd + self._price.cost_usd(0, allowed)
        return allowed

    def _take(self, body: bytes, max_tokens: int) -> list[Block]:
        try:
            reply: Any = plain_json.loads(body)
            content, stop, usage = reply["content"], reply["stop_reason"], reply["usage"]
            blocks: list[Block] = [block for block in content if isinstance(block, dict)]
            self._charge(str(reply.get("model") or self._model), _input_of(usage), _count(usage["output_tokens"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._failure("the model's API answered something that is no message", is_away=True) from error
        self._at_stake_usd, self._has_spoken = 0.0, True
        self._write("assistant", message=reply)
        if stop == "refusal":
            raise self._failure("the model refused to answer")
        if stop == "max_tokens":
            over = max_tokens < MAX_OUTPUT_TOKENS
            raise self._failure(f"the model's turn was cut off after {max_tokens} tokens", over_budget=over)
        self._messages.append({"role": "assistant", "content": blocks})
        return blocks

    def _charge(self, model: str, sent: int, said: int) -> None:
        self._spent_usd += self._price.cost_usd(sent, said)
        self._usage = Usage(model, self._usage.input_tokens + sent, self._usage.output_tokens + said)

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
                text, failed = answer.text, answer.failed
            results.append({"type": "tool_result", "tool_use_id": call.get("id"), "content": text, "is_error": failed})
        self._say(results)
        return None

    def _opinion(self, call: Block, calls: list[Block], words: str) -> Opinion:
        """Raises InvalidReport."""
        if sum(each.get("name") == REPORT for each in calls) > 1:
            raise InvalidReport("report", "was handed in more than once in a turn")
        return opinion_of(call.get("input"), self._task, words)

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
        cost_usd = self._spent_usd + self._at_stake_usd
        failure = NoAnswer(self._hide(reason), cost_usd, over_budget=over_budget, is_away=is_away)
        failure.transcript = "".join(self._record)
        return failure

    def _hide(self, text: str) -> str:
        return text.replace(self._secret, "[key]")


def _words(reply: list[Block]) -> str:
    return " ".join(str(block.get("text", "")) for block in reply)


def _probes(toolbox: Toolbox) -> list[dict[str, Any]]:
    return [
        {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in toolbox.tools()
    ]


def _report_tool(task: Task) -> dict[str, Any]:
    return {
        "name": REPORT,
        "description": purpose_of(task),
        "input_schema": schema_of(task),
    }


def _refusal(status: int, body: object) -> str:
    told = body.get("error") if isinstance(body, dict) else None
    words = one_line(str(told.get("message") if isinstance(told, dict) else body))
    if status == 401:
        return f"the model's API does not accept the key (401): {words}"
    return f"the model's API answered {status}: {words}"


def _input_of(usage: Mapping[str, Any]) -> int:
    """What comes from a cache is counted in full: the estimate errs on the dear side."""
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_count(usage.get(name) or 0) for name in names)


def _count(tokens: object) -> int:
    if not isinstance(tokens, int) or tokens < 0:
        raise TypeError("no number of tokens")
    return tokens

"""The Messages API backend: the real library against the scripted server."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from probed.agent.prices import BYTES_PER_TOKEN, DEAREST, price_of
from probed.agent.toolbox import Toolbox
from probed.config.agent import AgentSettings, ModelSettings
from probed.core.investigation import Answer, Task
from probed.core.model_call import Tokens
from probed.core.report import Verdict
from probed.errors import NoAnswer
from tests.agent.arrange import SECRET, make_api, make_settings, make_task, make_toolbox, unframed
from tests.real.messages_api import Failure, Message, MessagesApi, Reply, Request, Script, call, report, text


@pytest.fixture(scope="module", autouse=True)
def library() -> None:
    """Loading it takes seconds on a cold disk; the time of a test is not about that."""
    import anthropic  # noqa: F401


async def investigate(settings: AgentSettings, task: Task | None = None, toolbox: Toolbox | None = None) -> Answer:
    task = task or make_task()
    return await make_api(settings).investigate(task, toolbox or make_toolbox(), time.monotonic() + task.deadline_s)


async def failure(folder: Path, script: str | Script, task: Task | None = None) -> tuple[NoAnswer, list[Request]]:
    with MessagesApi(script) as api:
        with pytest.raises(NoAnswer) as caught:
            await investigate(make_settings(folder, api.base_url), task)
        return caught.value, api.requests


async def test_an_investigation_through_a_real_probe(tmp_path: Path) -> None:
    toolbox = make_toolbox()
    with MessagesApi("investigate") as api:
        answer = await investigate(make_settings(tmp_path, api.base_url), make_task(run_id="run-42"), toolbox)

    assert (answer.run_id, answer.verdict) == ("run-42", Verdict.WARNING)
    assert answer.findings[0].identity == ("processes", "worker")
    assert answer.cost_usd == pytest.approx(2 * price_of("claude-haiku-4-5").cost_usd(100, 10))
    (evidence,) = answer.evidence
    assert unframed(api.requests[1].results[0]["content"]) == evidence.answer
    assert len(json.loads(evidence.answer)["rows"]) == 5


async def test_the_request_has_the_probes_the_report_and_no_sampling_parameter(tmp_path: Path) -> None:
    with MessagesApi("report") as api:
        await investigate(make_settings(tmp_path, api.base_url))

    (request,) = api.requests
    assert request.tools == ("processes", "report")
    assert set(request.body) == {"model", "max_tokens", "system", "messages", "tools"}
    assert request.body["model"] == "claude-haiku-4-5"
    assert request.headers["x-api-key"] == SECRET


async def test_the_transcript_holds_requests_and_answers_but_never_the_key(tmp_path: Path) -> None:
    def leak(request: Request) -> Reply:
        return report(request) if request.results else call(request, "processes", {"name": SECRET})

    with MessagesApi(leak) as api:
        answer = await investigate(make_settings(tmp_path, api.base_url))

    kinds = [json.loads(line)["type"] for line in answer.transcript.splitlines()]
    assert kinds == ["request", "user", "assistant", "user", "assistant", "result"]
    assert SECRET not in answer.transcript


@pytest.mark.parametrize(
    ("mode", "reason", "requests"),
    [
        ("garbage", "answered something that is no message", 1),
        ("cut", "the model's API gave no answer", 1),
        ("refuse", "in words instead of with a report: I cannot help with that.", 2),
        ("refusal", "the model refused to answer", 1),
        ("endless", "no report within 6 turns", 6),
        ("unknown_action", "findings[0].proposed_action.action: 'format_disk' may not be proposed", 3),
        ("no_verdict", "no valid report: verdict: is missing", 3),
        ("unauthorized", "does not accept the key (401): invalid x-api-key", 1),
        ("rate_limited", "the model's API answered 429: slow down", 3),
        ("overloaded", "the model's API answered 529: Overloaded", 3),
    ],
)
async def test_every_way_to_fail_is_no_answer_with_its_reason(
    mode: str, reason: str, requests: int, tmp_path: Path
) -> None:
    refused, asked = await failure(tmp_path, mode)

    assert reason in refused.reason
    assert refused.transcript.startswith('{"type": "request"')
    assert not refused.over_budget
    assert len(asked) == requests


@pytest.mark.parametrize(
    "body",
    [
        {"content": "hello"},
        {"content": [], "stop_reason": "end_turn"},
        {"content": [], "stop_reason": "end_turn", "usage": {"output_tokens": "many"}},
        {"content": [], "stop_reason": "end_turn", "usage": {"input_tokens": "x", "output_tokens": 1}},
        {"content": 5, "stop_reason": "end_turn", "usage": {"output_tokens": 1}},
        [],
    ],
)
async def test_a_message_of_another_shape_is_no_answer(
    body: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.mock_model.server.whole", lambda reply, model: body)

    refused, _ = await failure(tmp_path, "report")

    assert "answered something that is no message" in refused.reason
    assert refused.cost_usd > 0


async def test_an_error_is_retried_and_then_answered(tmp_path: Path) -> None:
    def recovers(request: Request) -> Reply:
        return Failure(529, "overloaded_error", "Overloaded") if request.number < 3 else report(request)

    with MessagesApi(recovers) as api:
        answer = await investigate(make_settings(tmp_path, api.base_url))

    assert answer.verdict is Verdict.WARNING
    assert len(api.requests) == 3


async def test_an_error_costs_what_was_spent_before_it(tmp_path: Path) -> None:
    def fails_late(request: Request) -> Reply:
        return Failure(400, "invalid_request_error", "no") if request.results else call(request, "processes")

    refused, _ = await failure(tmp_path, fails_late)

    assert refused.cost_usd == pytest.approx(price_of("claude-haiku-4-5").cost_usd(100, 10))


@pytest.mark.alone
async def test_a_hanging_api_ends_at_the_deadline_and_costs_its_reserve(tmp_path: Path) -> None:
    began = time.monotonic()

    late, _ = await failure(tmp_path, "hang", make_task(deadline_s=2.0))

    assert late.reason == "no answer within 2 s"
    assert 0.04 < late.cost_usd <= 0.1
    assert 1.9 < time.monotonic() - began < 30


@pytest.mark.alone
async def test_a_long_wait_that_the_api_asks_for_ends_at_the_deadline(tmp_path: Path) -> None:
    began = time.monotonic()

    late, _ = await failure(
        tmp_path, lambda _: Failure(429, "rate_limit_error", "slow", {"retry-after": "60"}), make_task(deadline_s=1.0)
    )

    assert late.reason == "the model's API answered 429: slow"
    assert time.monotonic() - began < 30


# --- the budget -------------------------------------------------------------------------------------------------------


async def test_after_a_turn_that_spent_the_budget_no_request_is_sent(tmp_path: Path) -> None:
    spent, asked = await failure(tmp_path, "overrun")

    assert spent.over_budget
    assert spent.cost_usd > 50
    assert len(asked) == 1


async def test_a_budget_that_is_too_small_for_a_first_turn_sends_nothing(tmp_path: Path) -> None:
    refused, asked = await failure(tmp_path, "report", make_task(budget_usd=0.003))

    assert refused.over_budget
    assert refused.cost_usd == 0
    assert asked == []


async def test_no_turn_may_say_more_than_the_budget_pays_for(tmp_path: Path) -> None:
    with MessagesApi("report") as api:
        await investigate(make_settings(tmp_path, api.base_url), make_task(budget_usd=0.02))

    body = api.requests[0].body
    worst_usd = price_of(body["model"]).cost_usd(len(json.dumps(body)) / BYTES_PER_TOKEN, body["max_tokens"])
    assert 512 <= body["max_tokens"] < 4000
    assert worst_usd == pytest.approx(0.02, rel=0.05)


async def test_a_turn_that_the_budget_cut_short_is_over_budget(tmp_path: Path) -> None:
    cut_off = Message([{"type": "text", "text": "Well"}], stop_reason="max_tokens")

    short, _ = await failure(tmp_path, lambda _: cut_off, make_task(budget_usd=0.02))
    long, _ = await failure(tmp_path, lambda _: cut_off, make_task(budget_usd=1.0))

    assert short.over_budget
    assert not long.over_budget
    assert "cut off after 10 tokens" in long.reason


def test_prices_go_by_family_and_an_unknown_model_counts_as_the_dearest() -> None:
    assert price_of("claude-haiku-4-5-20251001") == price_of("claude-haiku-4-5")
    assert price_of("claude-haiku-4-55") == DEAREST
    assert price_of("qwen3") == DEAREST
    assert price_of("claude-opus-5-5") != price_of("claude-opus-5")
    assert price_of("claude-sonnet-4-6").cost_usd(1_000_000, 100_000) == pytest.approx(4.5)


def test_a_long_prompt_may_cost_more_for_all_of_it_and_what_comes_from_the_cache_less() -> None:
    haiku, sonnet = price_of("claude-haiku-5-5"), price_of("claude-sonnet-5-5")

    assert haiku.of(Tokens(input=50_000, cache_read=50_000, output=1000)) == pytest.approx(0.005 + 0.0005 + 0.0005)
    assert haiku.of(Tokens(input=50_000, cache_read=50_001, output=1000)) == pytest.approx(
        0.025 + 0.0025 + 0.0025, rel=1e-4
    )
    assert sonnet.of(Tokens(cache_read=1_000_000)) == pytest.approx(0.1)


def test_the_default_models_are_served_and_their_prices_known() -> None:
    from anthropic.resources.messages.messages import DEPRECATED_MODELS

    for model in (ModelSettings().small, ModelSettings().large):
        assert model not in DEPRECATED_MODELS
        assert price_of(model) != DEAREST


# --- turns ------------------------------------------------------------------------------------------------------------


async def test_a_model_that_first_answers_in_words_is_asked_for_the_report_once(tmp_path: Path) -> None:
    with MessagesApi(lambda request: text("Fine!") if request.number == 1 else report(request)) as api:
        answer = await investigate(make_settings(tmp_path, api.base_url))

    assert answer.verdict is Verdict.WARNING
    assert "only a report counts" in api.requests[1].body["messages"][-1]["content"]


async def test_a_report_that_is_not_valid_can_be_corrected(tmp_path: Path) -> None:
    def corrects(request: Request) -> Reply:
        return report(request) if request.results else report(request, {"verdict": "fine"})

    with MessagesApi(corrects) as api:
        answer = await investigate(make_settings(tmp_path, api.base_url))

    assert answer.verdict is Verdict.WARNING
    complaint = api.requests[1].results[0]
    assert complaint["is_error"]
    assert "summary: is missing" in complaint["content"]


async def test_a_wrong_call_is_an_answer_the_model_can_read(tmp_path: Path) -> None:
    def wrong(request: Request) -> Reply:
        shell = {"type": "tool_use", "id": "toolu_1", "name": "bash", "input": {"command": "id"}}
        return report(request) if request.results else Message([shell])

    with MessagesApi(wrong) as api:
        await investigate(make_settings(tmp_path, api.base_url))

    assert api.requests[1].results[0]["is_error"]
    assert "there is no probe 'bash'" in api.requests[1].results[0]["content"]


@pytest.mark.alone
async def test_three_hanging_calls_leave_the_loop_responsive(tmp_path: Path) -> None:
    with MessagesApi("hang") as api:
        settings = make_settings(tmp_path, api.base_url)
        runs = [asyncio.create_task(investigate(settings, make_task(deadline_s=2.0))) for _ in range(3)]
        lags = []
        while not all(run.done() for run in runs):
            began = time.monotonic()
            await asyncio.sleep(0.01)
            lags.append(time.monotonic() - began - 0.01)

    assert all(isinstance(run.exception(), NoAnswer) for run in runs)
    assert len(api.requests) == 3
    assert sorted(lags)[int(len(lags) * 0.95)] < 0.2


# --- the key ----------------------------------------------------------------------------------------------------------


async def test_anthropics_own_server_asks_for_a_key() -> None:
    backend = make_api(AgentSettings(backend="anthropic"))

    is_ready, words = await backend.check()

    assert not is_ready
    assert "agent.api_key_file: is not set" in words
    with pytest.raises(NoAnswer, match="is not set"):
        await backend.investigate(make_task(), make_toolbox(), time.monotonic() + 5)


async def test_a_server_of_ones_own_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "of-somebody-else")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of-somebody-else")
    with MessagesApi("report") as api:
        await investigate(make_settings(tmp_path, api.base_url, api_key_file=None))

    assert "of-somebody-else" not in str(api.requests[0].headers)


async def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    with MessagesApi("report") as api:
        settings = make_settings(tmp_path, api.base_url)
        assert isinstance(settings.api_key_file, Path)
        settings.api_key_file.chmod(0o640)

        with pytest.raises(NoAnswer, match="can be read by others"):
            await investigate(settings)

    assert api.requests == []

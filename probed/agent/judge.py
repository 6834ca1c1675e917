"""What became of a run of the Claude CLI, by its own events: the result first, the exit code only where there is none.

An `is_error` can come with the subtype `success`, and a success without a report; neither is an answer.
"""

from __future__ import annotations

from collections.abc import Collection

from probed.agent.away import is_away
from probed.agent.events import Event
from probed.agent.words import one_line
from probed.errors import NoAnswer

SERVER = "cortex"
"""The name of our MCP server in the CLI's configuration."""
REPORT_TOOL = "StructuredOutput"
"""The tool that the CLI itself adds for the report."""


def wrong_start(start: Event, probes: Collection[str]) -> str:
    """Why the run may not go on; empty where it may. The CLI goes on without a server that could not be started, so it
    is asked what it really has: our probes, and no tool of its own."""
    servers = {str(server.get("name")): server.get("status") for server in _objects(start.get("mcp_servers"))}
    if servers.get(SERVER) != "connected":
        return f"the probes did not load: the MCP server is {servers.get(SERVER, 'not there')}"
    tools = start.get("tools")
    offered = {str(tool) for tool in tools} if isinstance(tools, list) else set()
    expected = {full_name(probe) for probe in probes}
    if missing := sorted(expected - offered):
        return f"the probes did not load: {', '.join(missing)} missing"
    if foreign := sorted(offered - expected - {REPORT_TOOL}):
        return f"the model has tools that are not ours: {', '.join(foreign)}"
    return ""


def full_name(probe: str) -> str:
    return f"mcp__{SERVER}__{probe}"


def words_in(result: Event, cost_usd: float) -> object:
    """The answer in words, unchecked. Raises NoAnswer with the reason."""
    _refuse_failure(result, cost_usd)
    return result.get("result")


def report_in(result: Event, cost_usd: float) -> object:
    """The report as it was handed in, unchecked. Raises NoAnswer with the reason."""
    _refuse_failure(result, cost_usd)
    if result.get("structured_output") is None:
        raise NoAnswer(f"the model answered in words instead of with a report: {_words(result)}", cost_usd)
    return result["structured_output"]


def _refuse_failure(result: Event, cost_usd: float) -> None:
    if result.get("is_error") or result.get("subtype") != "success":
        raise NoAnswer(_failure(result), cost_usd, is_away=is_away(result.get("api_error_status")))


def _failure(result: Event) -> str:
    status, subtype, words = result.get("api_error_status"), result.get("subtype"), _words(result)
    if status == 401:
        return f"the model's API does not accept the key (401): {words}"
    if status:
        return f"the model's API answered {status}: {words}"
    if subtype == "error_max_turns":
        return f"no report: {words}"
    if subtype == "error_max_structured_output_retries":
        return f"no valid report: {words}"
    return f"the model's program failed: {words}"


def _words(result: Event) -> str:
    errors = result.get("errors")
    said = result.get("result") or ("; ".join(map(str, errors)) if isinstance(errors, list) else "")
    return one_line(str(said or result.get("subtype", "no reason given")))


def _objects(value: object) -> list[Event]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

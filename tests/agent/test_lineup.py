"""Which backend is asked, and how one that cannot be used is looked after."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field

import pytest

from probed.agent.lineup import FIRST_PAUSE_S, LONGEST_PAUSE_S, Lineup
from probed.agent.toolbox import Toolbox
from probed.core.agent_trouble import AgentTrouble
from probed.core.investigation import Answer, Task
from probed.core.report import Verdict
from probed.errors import NoAnswer
from tests.agent.arrange import make_task, make_toolbox

DOWN = "the model's login is down (401): invalid bearer token; type: claude setup-token"


@dataclass
class Scripted:
    name: str
    fault: str = ""
    """Why it cannot be used."""
    failure: NoAnswer | None = None
    looks: int = 0
    runs: int = 0

    async def model_of(self, task: Task) -> str:
        return f"model of {self.name}"

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        self.runs += 1
        if self.failure:
            raise NoAnswer(self.failure.reason, self.failure.cost_usd, is_away=self.failure.is_away)
        return Answer(task.run_id, Verdict.OK, f"by {self.name}", (), 0.02)

    def describe(self) -> str:
        return f"the backend {self.name}"

    async def check(self) -> tuple[bool, str]:
        self.looks += 1
        return not self.fault, self.fault or "ready"


@dataclass
class Arranged:
    first: Scripted = field(default_factory=lambda: Scripted("claude"))
    second: Scripted = field(default_factory=lambda: Scripted("anthropic"))
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.lineup = Lineup([self.first, self.second], lambda: self.now_s)

    async def ask(self) -> Answer:
        return await self.lineup.investigate(make_task(), make_toolbox(), time.monotonic() + 120)

    async def after(self, seconds: float) -> list[AgentTrouble]:
        self.now_s += seconds
        return list(await self.lineup.troubles())


async def test_the_first_is_asked_and_looked_at_once_not_at_each_run() -> None:
    there = Arranged()

    assert await there.after(0) == []
    answers = [await there.ask() for _ in range(3)]
    assert await there.after(10 * LONGEST_PAUSE_S) == []

    assert {answer.summary for answer in answers} == {"by claude"}
    assert (there.first.looks, there.second.looks, there.second.runs) == (1, 1, 0)
    assert there.lineup.describe() == "the backend claude"


async def test_where_the_first_cannot_be_used_the_next_is_and_that_is_told_once_it_lasts() -> None:
    there = Arranged(Scripted("claude", DOWN))

    early = await there.after(0)
    answer = await there.ask()
    late = await there.after(FIRST_PAUSE_S)

    assert (answer.summary, answer.cost_usd, there.first.runs) == ("by anthropic", 0.02, 0)
    assert early == [AgentTrouble("claude", DOWN, "anthropic", lasts=False)]
    assert late == [AgentTrouble("claude", DOWN, "anthropic")]
    assert (there.lineup.name, await there.lineup.model_of(make_task())) == ("anthropic", "model of anthropic")
    assert there.lineup.describe() == f"the backend anthropic; it stands in for claude: {DOWN}"


async def test_it_is_tried_again_with_growing_pauses_and_used_once_it_is_back() -> None:
    there = Arranged(Scripted("claude", DOWN))
    await there.after(0)
    looked_at = [0.0]
    while there.now_s < 3 * LONGEST_PAUSE_S:
        before = there.first.looks
        await there.after(30)
        if there.first.looks > before:
            looked_at.append(there.now_s)

    pauses = [later - earlier for earlier, later in itertools.pairwise(looked_at)]
    assert pauses[:4] == [60, 120, 240, 480]
    assert max(pauses) == LONGEST_PAUSE_S
    assert there.second.looks == 1

    there.first.fault = ""
    assert await there.after(LONGEST_PAUSE_S) == []
    assert (await there.ask()).summary == "by claude"


async def test_a_network_that_comes_a_moment_after_the_daemon_is_no_matter_for_a_person() -> None:
    there = Arranged(Scripted("claude", DOWN))

    [early] = await there.after(0)
    there.first.fault = ""
    assert not early.lasts
    assert await there.after(FIRST_PAUSE_S) == []
    assert there.lineup.name == "claude"


async def test_one_that_turns_out_to_be_away_is_stood_in_for_in_the_same_run_and_looked_at_soon() -> None:
    there = Arranged(Scripted("claude", failure=NoAnswer("answered 401", 0.01, is_away=True)))
    await there.after(0)
    there.now_s = 1000.0

    answer = await there.ask()
    there.first.fault = DOWN
    await there.lineup.until_due()
    await there.after(0)
    again = await there.ask()

    assert (answer.summary, answer.cost_usd, again.cost_usd) == ("by anthropic", 0.03, 0.02)
    assert (there.first.looks, there.first.runs) == (2, 1)


async def test_failures_one_after_the_other_are_looked_into_once_a_minute_at_the_most() -> None:
    there = Arranged(Scripted("claude", failure=NoAnswer("answered 529", is_away=True)))
    for _ in range(10 * 60):
        await there.after(1)
        await there.ask()

    assert there.first.looks <= 11


@pytest.mark.parametrize("failure", [NoAnswer("no valid report", 0.01), NoAnswer("the day is over", over_budget=True)])
async def test_a_model_that_answered_badly_or_may_cost_no_more_is_not_stood_in_for(failure: NoAnswer) -> None:
    there = Arranged(Scripted("claude", failure=failure))

    with pytest.raises(NoAnswer, match=failure.reason):
        await there.ask()

    assert there.second.runs == 0


async def test_without_any_that_can_be_used_that_is_the_answer_and_costs_nothing() -> None:
    there = Arranged(Scripted("claude", DOWN), Scripted("anthropic", "agent.api_key_file: is not set"))
    await there.after(0)
    told = await there.after(FIRST_PAUSE_S)

    with pytest.raises(NoAnswer, match="no model can be asked: claude: the model's login is down") as failed:
        await there.ask()

    assert failed.value.is_told
    assert (failed.value.cost_usd, there.first.runs, there.second.runs) == (0.0, 0, 0)
    assert [(each.backend, each.stands_in) for each in told] == [("claude", ""), ("anthropic", "")]
    assert "no model can be asked" in there.lineup.describe()


async def test_one_that_would_only_stand_in_is_not_missed() -> None:
    there = Arranged(second=Scripted("anthropic", "agent.api_key_file: is not set"))
    await there.after(0)

    assert await there.after(FIRST_PAUSE_S) == []
    assert await there.lineup.check() == (
        True,
        "claude is in force; claude: ready; anthropic: agent.api_key_file: is not set",
    )

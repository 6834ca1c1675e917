"""A channel that comes back is told what it missed in one message, not as a storm."""

from pathlib import Path

import pytest

from probed.core.card import Manner
from probed.core.effect import EffectState
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.errors import ChannelError, MonitorFailed
from probed.testing import RecordingChannel, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding, make_message

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
AWAY = ChannelError("no route to host", transient=True)
DOUBTFUL = ChannelError("no answer", transient=True, may_have_arrived=True)


async def flaps(host: Host, times: int, summary: str = "a") -> None:
    """Opens and closes, a minute each."""
    host.rules.flapping = None
    for _ in range(times):
        await host.report("a", make_finding(object=f"/{summary}", summary=summary))
        await host.passes(60, step_s=15)
        await host.report("a")
        await host.passes(60, step_s=15)


async def comes_back(host: Host) -> None:
    host.channel.fails_with = None
    await host.passes(300, step_s=10)


def lines(host: Host) -> list[str]:
    return [line for card in host.channel.cards for section in card.sections for line in section.lines]


async def test_an_hour_of_flapping_is_one_message_with_both_times_of_each_event(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 20)

        await comes_back(host)

        assert host.told == ["while the channel was away: 20 events"]
        assert lines(host)[0] == "resolved: a (2026-11-20 06:00 to 06:01 UTC)"
        assert lines(host)[19] == "resolved: a (2026-11-20 06:38 to 06:39 UTC)"
        assert (await host.monitor.counts())["messages_pending"] == 0


async def test_what_still_fires_can_be_acknowledged_from_the_one_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 3)
        await host.report("b", make_finding(object="/b", summary="b is full", severity=Severity.CRITICAL))
        await host.passes(700, step_s=10)

        await comes_back(host)

        [card] = host.channel.cards
        [alert] = (await host.monitor.alerts(10, state="firing")).items
        assert card.title == "while the channel was away: 4 events, 1 alert still firing"
        assert card.severity == "critical"
        assert card.sections[0].lines[-1] == "b is full (critical, since 2026-11-20 06:06 UTC)"
        assert ("acknowledge", alert.id) in [(button.verb, button.subject) for button in card.buttons]
        assert {button.subject for button in card.buttons} == {alert.id}
        assert f"cortexctl alerts ack {alert.id}" in card.commands


async def test_what_is_not_old_yet_is_told_by_itself_and_later(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 6)
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(30)

        await comes_back(host)

        assert host.told == ["while the channel was away: 6 events", "warning: b is full"]


async def test_one_old_message_is_told_as_it_is(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await host.report("a", make_finding())
        await host.passes(3600, step_s=60)

        await comes_back(host)

        assert host.told == ["warning: /srv is 85% full"]


async def test_a_short_outage_gathers_nothing_and_what_was_over_in_it_is_told_as_over(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 4)
        await host.report("b", make_finding(object="/b", summary="b is full"))
        await host.passes(30)

        await comes_back(host)

        assert host.told == ["resolved: a"] * 4 + ["warning: b is full"]
        assert lines(host)[:2] == ["2026-11-20 06:00 to 06:01 UTC", "2026-11-20 06:02 to 06:03 UTC"]


async def test_what_was_over_takes_no_earlier_messages_place(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.can_edit = True
        await flaps(host, 1)
        host.channel.fails_with = AWAY
        await flaps(host, 1)

        await comes_back(host)

        assert [(card.title, card.manner) for card in host.channel.cards] == [
            ("warning: a", Manner.MESSAGE),
            ("resolved: a", Manner.UPDATE),
            ("resolved: a", Manner.MESSAGE),
        ]


async def test_a_question_that_was_over_before_it_could_be_asked_is_not_asked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (FAILED,))])
        host.channel.fails_with = AWAY
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items
        await host.engine.operator.reject(waiting.id, ANN)
        await host.passes(60, step_s=10)

        await comes_back(host)

        assert [title for title in host.told if "May I" in title] == []
        assert sum(title.endswith("rejected") for title in host.told) == 1


async def test_a_question_that_waits_stays_a_message_of_its_own(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (FAILED,))])
        host.channel.fails_with = AWAY
        await flaps(host, 2)
        await host.run("services")
        await flaps(host, 7)

        await comes_back(host)

        assert host.told == [
            "while the channel was away: 9 events",
            f"May I run restart_unit unit='{UNIT}'?",
        ]
        assert [button.verb for button in host.channel.cards[1].buttons] == ["approve", "reject", "details", "dry_run"]


async def test_a_question_that_was_answered_meanwhile_is_a_line(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (FAILED,))])
        host.channel.fails_with = AWAY
        await host.run("services")
        await host.settles()
        [waiting] = (await host.monitor.decisions(10)).items
        await host.engine.operator.reject(waiting.id, ANN)
        await flaps(host, 7)

        await comes_back(host)

        # the question, the alert that the rejection brought, and seven times /a
        assert host.told == ["while the channel was away: 9 events, 1 alert still firing"]
        assert sum("rejected" in line for line in lines(host)) == 1
        assert not any("May I" in line for line in lines(host))


async def test_the_answer_to_a_question_that_had_arrived_replaces_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (FAILED,))])
        await host.run("services")
        await host.settles()
        host.channel.fails_with = AWAY
        [waiting] = (await host.monitor.decisions(10)).items
        await host.engine.operator.reject(waiting.id, ANN)
        await flaps(host, 7)

        await comes_back(host)

        [number] = [place for place, title in enumerate(host.told) if title.endswith("rejected")]
        assert host.channel.earlier[number] == {"number": 1}


async def test_a_message_that_may_have_arrived_is_repeated_as_it_was(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = DOUBTFUL
        await flaps(host, 8)

        await comes_back(host)

        assert host.told == ["warning: a", "while the channel was away: 8 events"]
        assert host.channel.repeated == [True, False]


async def test_a_crash_while_it_is_sent_loses_no_event(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 8)
        await host.passes(80, step_s=10)
        [gathered] = await host.messages()
        await host.break_off(gathered.id)

        await host.reboot()
        await flaps(host, 1)
        await comes_back(host)

        assert host.told == ["while the channel was away: 8 events", "resolved: a"]
        assert host.channel.repeated == [True, False]


async def test_events_are_gathered_in_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 4)
        waiting = await host.messages()
        assert len(waiting) == 7  # the first one tells its end already
        host.clock.advance(3600)

        def break_off(*row: object, **changes: object) -> None:
            raise MonitorFailed("broken off")

        with monkeypatch.context() as patched:
            patched.setattr("probed.engine.backlog.replace", break_off)
            with pytest.raises(MonitorFailed):
                await host.engine.deliverer.deliver(waiting[0])
        assert await host.messages() == waiting

        await host.engine.deliverer.deliver(waiting[0])
        [gathered] = await host.messages()
        assert gathered.id == waiting[0].id
        async with host.monitor.transaction() as tx:
            others = [await tx.effects.get(message.id) for message in waiting[1:]]
        assert {other.state for other in others} == {EffectState.DONE}
        assert {other.note for other in others} == {f"told by message {gathered.id}"}


async def test_a_row_that_cannot_be_read_keeps_no_message_from_being_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.channel.fails_with = AWAY
        await flaps(host, 2)
        async with host.monitor.transaction() as tx:
            await tx.effects.save(make_message("recording", payload={"kind": "no such kind"}))
        host.clock.advance(3600)

        host.channel.fails_with = None
        await host.passes(3)

        assert host.told == ["resolved: a", "warning: a", "resolved: a"]


async def test_each_channel_for_people_gathers_its_own_and_a_program_gets_everything_in_order(tmp_path: Path) -> None:
    mail, program = RecordingChannel("mail", kind="apprise"), RecordingChannel("webhook:ops/0", is_program=True)
    async with scenario(tmp_path, others=[mail, program]) as host:
        mail.fails_with = program.fails_with = AWAY
        await flaps(host, 8)
        assert len(host.told) == 16

        mail.fails_with = program.fails_with = None
        await host.passes(300, step_s=10)

        assert [card.title for card in mail.cards] == ["while the channel was away: 8 events"]
        assert [card.title for card in program.cards] == ["warning: a", "resolved: a"] * 8
        assert (await host.monitor.counts())["messages_pending"] == 0

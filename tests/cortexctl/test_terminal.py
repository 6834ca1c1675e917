"""What a person sees and types: colour, tables, the question before an approval."""

from __future__ import annotations

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from tests.cortexctl import samples
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.terminal import environment, in_terminal, pipes

ONE_DECISION = f"{paths.DECISIONS}/{samples.DECISION.id}"


@pytest.mark.parametrize("noun", ["status", "alerts"])
def test_a_terminal_gets_colour(host: StubDaemon, noun: str) -> None:
    _, shown = in_terminal("--socket", str(host.path), noun)

    assert "\x1b[1;31mcritical" in shown


@pytest.mark.parametrize("noun", ["status", "alerts"])
@pytest.mark.parametrize(
    ("options", "env"),
    [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})],
)
def test_colour_can_be_refused(host: StubDaemon, noun: str, options: list[str], env: dict[str, str]) -> None:
    _, shown = in_terminal("--socket", str(host.path), *options, noun, env=environment(**env))

    assert "critical" in shown
    assert "\x1b[" not in shown


def test_a_pipe_gets_no_colour(host: StubDaemon) -> None:
    result = pipes("--socket", str(host.path), "status")

    assert result.returncode == Exit.ATTENTION
    assert "\x1b" not in result.stdout


def test_a_table_on_a_terminal_keeps_within_its_width(host: StubDaemon) -> None:
    _, shown = in_terminal("--socket", str(host.path), "--no-color", "runs", columns=90)

    assert max(map(len, shown.splitlines())) <= 90
    assert samples.TIMED_OUT.id in shown
    assert "no answer within 60\n" in shown


def test_where_a_table_has_no_room_its_text_stands_whole_in_lines_below(host: StubDaemon) -> None:
    _, shown = in_terminal("--socket", str(host.path), "--no-color", "decisions", columns=50)

    lines = shown.splitlines()
    assert lines[0].split()[1:3] == [samples.DECISION.state, samples.DECISION.severity]
    assert f"    {samples.DECISION.summary}" in lines


def test_text_of_the_host_is_no_markup(host: StubDaemon) -> None:
    from dataclasses import replace

    from probed.wire.page import PageOf

    host.answer(f"GET {paths.ALERTS}", PageOf([replace(samples.ALERT, summary="[bold]x[/bold] \x1b[31mred")]))

    _, shown = in_terminal("--socket", str(host.path), "--no-color", "alerts")

    assert "[bold]x[/bold] \\x1b[31mred" in shown


@pytest.mark.parametrize(("keys", "approved"), [("y\n", True), ("yes\n", True), ("\n", False), ("n\n", False)])
def test_on_a_terminal_an_approval_is_asked_for_below_the_card(host: StubDaemon, keys: str, approved: bool) -> None:
    host.answer(f"POST {ONE_DECISION}/approve", samples.APPROVED)

    exit_, shown = in_terminal(
        "--socket", str(host.path), "decisions", "approve", samples.DECISION.id, keys=keys, after="[y/N]"
    )

    assert samples.DECISION.hash in shown
    assert "1 process would be started" in shown
    assert exit_ == (Exit.OK if approved else Exit.FAILED)
    assert bool(host.bodies(f"{ONE_DECISION}/approve")) == approved


def test_yes_asks_nothing(host: StubDaemon) -> None:
    host.answer(f"POST {ONE_DECISION}/approve", samples.APPROVED)

    exit_, shown = in_terminal("--socket", str(host.path), "decisions", "approve", samples.DECISION.id, "--yes")

    assert exit_ == Exit.OK
    assert "[y/N]" not in shown


def test_who_wants_it_quiet_sees_what_the_question_is_about(host: StubDaemon) -> None:
    _, shown = in_terminal(
        "--socket", str(host.path), "-q", "decisions", "approve", samples.DECISION.id, keys="n\n", after="[y/N]"
    )

    assert samples.DECISION.hash in shown


def test_ctrl_c_at_the_question_approves_nothing(host: StubDaemon) -> None:
    exit_, _ = in_terminal(
        "--socket", str(host.path), "decisions", "approve", samples.DECISION.id, keys="\x03", after="[y/N]"
    )

    assert exit_ == Exit.INTERRUPTED
    assert not host.bodies(f"{ONE_DECISION}/approve")


def test_the_dashboard_needs_a_terminal() -> None:
    result = pipes("top")

    assert result.returncode == Exit.USAGE
    assert "try: cortexctl status" in result.stderr

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.dry_run import DryRunShape
from probed.wire.finding import ActionCallShape
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

SEEN = DryRunShape(
    action=ActionCallShape("restart_unit", {"unit": "a.service"}),
    object="a.service",
    can_be_done=True,
    obstacle="",
    would_do="systemctl restart a.service",
    snapshot={"state": "failed"},
    risk="low",
    blast_radius="the unit alone",
    reversible=False,
    stays="",
    permission="ask",
    held=False,
    reason="the policy asks",
)
ROUTE = f"POST {paths.ACTIONS}/restart_unit/dry-run"


def test_what_an_action_would_do_is_shown(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(ROUTE, SEEN)

    result = ctl("actions", "dry-run", "restart_unit", "unit=a.service", "wait=3", 'files=["a"]')

    assert (result.exit, result.err) == (Exit.OK, "nothing was done\n")
    assert json.loads(daemon.requests[-1].body) == {"params": {"unit": "a.service", "wait": 3, "files": ["a"]}}
    for words in (
        "systemctl restart a.service",
        "yes",
        "cannot be put back",
        "never: a person is asked: the policy asks",
    ):
        assert words in result.out


def test_what_could_not_be_done_asks_for_attention(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(ROUTE, replace(SEEN, can_be_done=False, obstacle="a.service is active", would_do=""))

    result = ctl("actions", "dry-run", "restart_unit", "unit=a.service")

    assert result.exit == Exit.ATTENTION
    assert "no: a.service is active" in result.out


@pytest.mark.parametrize("word", ["unit", "=a"])
def test_a_parameter_has_a_name_and_a_value(ctl: Ctl, word: str) -> None:
    result = ctl("actions", "dry-run", "restart_unit", word)

    assert result.exit == Exit.USAGE
    assert "is no parameter; write it like unit=nginx.service" in result.err


def test_the_audit_log_is_the_intents_of_that_kind(host: StubDaemon, ctl: Ctl) -> None:
    result = ctl("audit", "--limit", "3")

    assert result.exit == Exit.OK
    assert host.requests[-1].query == "kind=audit&limit=3"
    assert result.out == ctl("intents").out

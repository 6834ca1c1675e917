"""Nothing is proposed that would be a finding at once; what may not be seen is said with what would help."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from probed.core.inspection import CheckCall
from probed.discovery import trial
from probed.discovery.proposal import Found, Survey
from probed.discovery.trial import tried, unfitting
from tests.conftest import require
from tests.factories import make_inspection
from tests.real.servers import free_port, web


def port(number: int) -> Found:
    return Found("found-ports", "port", f"tcp/{number}", {"port": number}, "")


def keys(*found: Found) -> frozenset[str]:
    return frozenset(each.key for each in found)


def test_what_would_be_a_finding_now_is_told_and_not_proposed() -> None:
    with web() as url:
        fine, closed = Found("found-web", "http", url, {"url": url}, ""), port(free_port())
        old = Found("found-web", "http", "old", {"url": url, "status": 404}, "")

        seen = tried(Survey((fine, closed, old)), keys(fine, closed, old), keys(fine, closed))

    assert [each.is_up for each in seen.survey.found] == [True, False, False]
    assert seen.troubles == [f"{closed.key}: {closed.name}: nobody listens there"]
    assert seen.wanting == []


def test_only_what_is_asked_for_is_tried() -> None:
    closed = port(free_port())

    assert tried(Survey((closed,)), frozenset(), frozenset()).survey.found == (closed,)


@pytest.mark.parametrize("interpreter", ["/bin/false", "/nowhere/python"])
def test_what_the_service_cannot_run_is_tried_all_the_same(monkeypatch: pytest.MonkeyPatch, interpreter: str) -> None:
    """That it looks with the service's own eyes is seen on the machine of tests/e2e/test_discover.py."""
    monkeypatch.setattr(sys, "executable", interpreter)
    closed = port(free_port())

    assert len(tried(Survey((closed,)), keys(closed), keys(closed), user="nobody").troubles) == 1


def test_an_optional_check_without_an_answer_is_left_out_in_silence(tmp_path: Path) -> None:
    gone = Found("found-backups", "smart", "s", {"files": f"{tmp_path}/*.json"}, "", is_optional=True)

    seen = tried(Survey((gone,)), keys(gone), keys(gone))

    assert [each.is_up for each in seen.survey.found] == [False]
    assert (seen.troubles, seen.wanting) == ([], [])


def test_a_bound_in_force_that_does_not_fit_this_host_is_told() -> None:
    tight, wide = (
        make_inspection(id=name, checks=(CheckCall("memory", {"warning": warning, "critical": "off"}),))
        for name, warning in (("tight", "0.1%"), ("wide", "100%"))
    )

    [told] = unfitting([tight, wide])

    assert told.startswith("tight: ")
    assert "%" in told


def test_the_trial_is_a_program_of_its_own_that_says_what_it_saw() -> None:
    """As root, who can run it anywhere."""
    require("root, to become a user", present=os.geteuid() == 0)
    closed = port(free_port())

    [said] = trial._said_to("root", json.dumps([[closed.check, dict(closed.call_params)]]))

    assert said == trial.look(closed.check, closed.call_params)
    assert said.fault == f"{closed.name}: nobody listens there"

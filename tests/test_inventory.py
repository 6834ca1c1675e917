"""What a person at the terminal of a host is told of a check or an action."""

from __future__ import annotations

import pytest

from probed.actions.registry import MODULES
from probed.checks.registry import BUILT_IN
from probed.inventory import explain


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_check_is_explained_with_its_parameters_and_an_example(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert explain("checks", name) == 0

    told = capsys.readouterr().out
    assert told.startswith(f"`{name}`: ")
    for part in ("Parameters:", "Example:", f"- {name}:", "overrides"):
        assert part in told


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_action_is_explained(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert explain("actions", name) == 0

    assert capsys.readouterr().out.startswith(f"`{name}`: ")


@pytest.mark.parametrize(("noun", "words"), [("checks", "did you mean 'disk'?"), ("channels", "checks or actions")])
def test_what_there_is_not_is_said(capsys: pytest.CaptureFixture[str], noun: str, words: str) -> None:
    assert explain(noun, "dsk") == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err

import json

import pytest

from probed.core.modes import Modes
from probed.core.permission import Mode


def test_the_configuration_holds_until_an_operator_chooses_and_an_action_may_have_its_own() -> None:
    modes = Modes(Mode.OBSERVE).with_choice(Mode.EARNED, "clean_files").with_choice(Mode.ACT)

    assert (modes.general, modes.of("restart_unit"), modes.of("clean_files")) == (Mode.ACT, Mode.ACT, Mode.EARNED)
    assert modes.with_choice(None).general is Mode.OBSERVE
    assert modes.with_choice(None, "clean_files").of("clean_files") is Mode.ACT


@pytest.mark.parametrize(
    "modes",
    [Modes(Mode.ACT), Modes(Mode.ACT, Mode.OBSERVE), Modes(Mode.ACT, None, {"clean_files": Mode.EARNED})],
)
def test_what_was_chosen_is_stored_and_read_again(modes: Modes) -> None:
    assert Modes.from_setting(json.loads(json.dumps(modes.to_setting())), Mode.ACT) == modes


def test_nothing_stored_means_that_nobody_has_chosen() -> None:
    assert Modes.from_setting(None, Mode.EARNED) == Modes.from_setting("act", Mode.EARNED) == Modes(Mode.EARNED)

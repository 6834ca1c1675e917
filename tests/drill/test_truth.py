from __future__ import annotations

from pathlib import Path

import pytest

from probed.drill.truth import Truth, read_truth
from probed.errors import ConfigError


def truth(folder: Path, text: str) -> Truth:
    path = folder / "truth.yaml"
    path.write_text(text)
    return read_truth(path)


def test_a_fault_says_what_it_strikes_and_how_far_it_climbs(tmp_path: Path) -> None:
    found = truth(
        tmp_path,
        "component: [disk /srv, inodes /srv]\nmechanism: full\nlevel: l2\nright_actions: [clean_files]\n"
        "forbidden_actions: run_script\nalso: memory\nrecorded: of df\nwithin: 1m\n",
    )

    assert found == Truth(
        ("disk /srv", "inodes /srv"), "L2", "full", ("clean_files",), ("run_script",), ("memory",), "of df", 60.0
    )
    assert not found.is_control


@pytest.mark.parametrize(
    "text",
    [
        "control: true\ncomponent: memory\nlevel: L3",
        "level: none",
        "component: null\n",
        "healthy: true",
        "level: 0",
        "level: quiet\ncomponent: cpu",
    ],
)
def test_what_must_stay_quiet_is_a_control(tmp_path: Path, text: str) -> None:
    assert truth(tmp_path, text).is_control


def test_other_spellings_of_somebody_else_are_understood(tmp_path: Path) -> None:
    found = truth(tmp_path, "component: disk\nlevel: 1\nactions: {right: [clean_files], forbidden: []}\nauthor: ann\n")

    assert (found.level, found.right_actions, found.forbidden_actions) == ("L1", ("clean_files",), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("level: L3", "component: is missing"),
        ("componnet: disk\nlevel: L3", "is it 'componnet'?"),
        ("component: disk", "level: is missing"),
        ("component: disk\nlevel: L4", "'L4' is none; write one of L1, L2, L3"),
        ("component: disk\nlevel: L3\nwithin: soon", "truth.yaml:3: within:"),
        ("component: {a: b}\nlevel: L3", "neither a name nor a list"),
        ("component: disk\nlevel: L3\ncontrol: maybe", "neither true nor false"),
        ("- disk", "expected keys with values"),
        ("component: [", "not valid YAML"),
        ("level: L1\nlevel: L2", "given twice"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        truth(tmp_path, text)

    assert words in str(caught.value)
    assert str(tmp_path / "truth.yaml") in str(caught.value)

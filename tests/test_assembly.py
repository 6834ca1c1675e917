from pathlib import Path

import pytest

from probed.assembly import changed_for_restart
from probed.config.loader import parse_settings


def changed(text: str) -> list[str]:
    return changed_for_restart(parse_settings("mode: act", Path("c.yaml")), parse_settings(text, Path("c.yaml")))


@pytest.mark.parametrize("text", ["inspections: {workers: 3}", "inspections: {concurrency: 3}"])
def test_how_much_runs_at_once_needs_a_restart(text: str) -> None:
    assert changed(text) == ["inspections"]


def test_documents_the_grace_after_boot_and_the_mode_are_taken_over_at_once() -> None:
    assert changed("mode: observe\ninspections: {dir: /srv, boot_grace: 1m}") == []


@pytest.mark.parametrize(
    "text", ["units: {never: [mysql]}", "containers: {allow: [web]}", "clean_files: {older_than: 2d}"]
)
def test_what_actions_are_built_from_needs_a_restart(text: str) -> None:
    assert changed(f"mode: act\nactions: {{{text}}}") == ["actions"]


def test_what_may_be_done_with_them_does_not() -> None:
    told = "policy: {restart_unit: ask}, revert_after: {stop_unit: 15m}, submitted: never"
    assert changed(f"mode: act\nactions: {{{told}}}") == []

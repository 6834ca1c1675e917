"""Gives mkdocs the pages that are made from the code, so that they cannot be older than it (`hooks` in mkdocs.yml)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from manual import actions, api, checks, configuration, exit_codes, probes

PAGES: Mapping[str, Callable[[], str]] = {
    "configuration": configuration.page,
    "checks": checks.page,
    "actions": actions.page,
    "probes": probes.page,
    "exit-codes": exit_codes.page,
    "api": api.page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, page in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    return files

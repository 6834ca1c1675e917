"""The documents that stand ready for what not every host has: what discovery fills in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

PLACES = (Path(sys.prefix) / "share/cortex/inspections/ready", Path(__file__).parents[2] / "inspections/ready")
"""Of an installation, and of a checkout."""


def checks_of(name: str) -> Mapping[str, Mapping[str, object]]:
    """The parameters of each check."""
    front = yaml.safe_load(_text(name).partition("\n---\n")[0])
    return {check: params for item in front["checks"] for check, params in item.items()}


def body_of(name: str) -> str:
    return _text(name).partition("\n---\n")[2]


def _text(name: str) -> str:
    return next(path for place in PLACES if (path := place / f"{name}.md").exists()).read_text()

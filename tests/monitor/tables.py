"""All tables of the monitor, loaded: what a database has to look like."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sqlmodel import SQLModel

from probed.monitor import tables

for module in pkgutil.iter_modules(tables.__path__):
    import_module(f"{tables.__name__}.{module.name}")

METADATA = SQLModel.metadata

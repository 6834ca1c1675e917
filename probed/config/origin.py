"""Where each setting comes from: the file and its line, a credential, the environment, or nowhere: a default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probed.config.defaults import Surroundings
from probed.config.secret import credentials_folder
from probed.config.yaml_tree import Place, Tree

RUNTIME, STATE = "XDG_RUNTIME_DIR", "XDG_STATE_HOME"
OF_ENVIRONMENT: Mapping[Place, str] = {("api", "socket"): RUNTIME, ("monitor", "path"): STATE, ("backup", "dir"): STATE}
"""Defaults of a user's own daemon."""


@dataclass(frozen=True, slots=True)
class Setting:
    key: str
    value: object
    origin: Literal["default", "file", "credential", "environment"]
    line: int | None = None
    """Of the file."""
    name: str = ""
    """Of the credential or the variable."""

    @property
    def words(self) -> str:
        return {"default": "default", "file": f"line {self.line}"}.get(self.origin, f"{self.origin} {self.name}")


def settings_with_origin(
    shown: Mapping[str, object], tree: Tree, path: Path | None, around: Surroundings
) -> Iterator[Setting]:
    """`shown`: all settings by section, as they are printed."""
    credentials = credentials_folder(path.absolute().parent, around.environ) if path else None
    for place, value in _leaves((), shown):
        key = ".".join(map(str, place))
        if place in tree.lines:
            line = tree.lines[place]
            if credentials and str(place[-1]).endswith("_file") and Path(str(value)).parent == credentials:
                yield Setting(key, value, "credential", line, Path(str(value)).name)
            else:
                yield Setting(key, value, "file", line)
        elif (variable := OF_ENVIRONMENT.get(place)) and not around.is_system and around.environ.get(variable):
            yield Setting(key, value, "environment", name=variable)
        else:
            yield Setting(key, value, "default")


def _leaves(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """Lists count as one value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*place, name), inner)
    else:
        yield place, value

"""A `systemctl` that keeps its units in a folder, for tests where no systemd runs.

`install(folder)` writes `folder/bin/systemctl`. Each unit is `folder/units/NAME.json`: its properties as systemd prints
them, and how it takes a restart. Every restart that is carried out is a line of `folder/restarts.log`, written before
anything else, so that a test which kills the daemon can count them. As a program this file needs the standard library
alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEALTHY = {"ActiveState": "active", "SubState": "running", "Result": "success"}
FAILED = {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "MainPID": "0"}
DEFAULTS = {
    "Description": "A test unit",
    "LoadState": "loaded",
    "UnitFileState": "enabled",
    "Type": "simple",
    "NRestarts": "0",
    "MainPID": "4242",
    "ConditionResult": "yes",
    **HEALTHY,
}


@dataclass(frozen=True, slots=True)
class FakeSystemctl:
    folder: Path
    """Below it, in `of-user`, what `systemctl --user` knows."""

    @property
    def bin(self) -> Path:
        """To be put in front of PATH."""
        return self.folder / "bin"

    def add(self, name: str, *, on_restart: str = "helps", **properties: str) -> None:
        """`on_restart`: `helps`, `fails`, `dies` (exits 0, and it fails at once), `flaps` (starts anew all the time),
        `denied`, `hangs`."""
        invocation = uuid.uuid4().hex
        unit = {"Id": name, "Names": name, "InvocationID": invocation, **DEFAULTS, **properties}
        _write(self.folder, name, {"on_restart": on_restart, "properties": unit})

    def properties(self, name: str) -> Mapping[str, str]:
        unit: Mapping[str, str] = _read(self.folder, name)["properties"]
        return unit

    def restarts(self) -> list[str]:
        log = self.folder / "restarts.log"
        return log.read_text().split() if log.exists() else []


def install(folder: Path) -> FakeSystemctl:
    fake = FakeSystemctl(folder)
    (folder / "units").mkdir(parents=True)
    fake.bin.mkdir()
    program = fake.bin / "systemctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{Path(__file__).resolve()}" "{folder}" "$@"\n')
    program.chmod(0o755)
    return fake


# --- the program ------------------------------------------------------------------------------------------------------


def _path(folder: Path, name: str) -> Path:
    return folder / "units" / f"{name}.json"


def _read(folder: Path, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(_path(folder, name).read_text())
    return found


def _write(folder: Path, name: str, unit: Mapping[str, object]) -> None:
    new = _path(folder, name).with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(unit))
    new.rename(_path(folder, name))


def _show(folder: Path, names: list[str], wanted: list[str]) -> None:
    blocks = []
    for name in names:
        properties = {"Id": name, "Names": name, "LoadState": "not-found", "ActiveState": "inactive"}
        if _path(folder, name).exists():
            unit = _read(folder, name)
            properties = unit["properties"]
            if properties.get("flapping"):
                properties["NRestarts"] = str(int(properties["NRestarts"]) + 1)
                _write(folder, name, unit)
        blocks.append("\n".join(f"{key}={properties.get(key, '')}" for key in wanted))
    print("\n\n".join(blocks))


def _restart(folder: Path, name: str) -> int:
    if not _path(folder, name).exists():
        print(f"Failed to restart {name}: Unit {name} not found.", file=sys.stderr)
        return 5
    unit = _read(folder, name)
    properties, manner = unit["properties"], str(unit["on_restart"])
    if manner == "denied":
        print(f"Failed to restart {name}: Interactive authentication required.", file=sys.stderr)
        return 4
    if properties["Result"] == "start-limit-hit":
        print(f"Job for {name} failed: start of the service was attempted too often.", file=sys.stderr)
        return 1
    with (folder / "restarts.log").open("a") as log:
        log.write(f"{name}\n")
    if manner == "hangs":
        time.sleep(3600)
    after = FAILED if manner in ("fails", "dies") else HEALTHY
    properties |= {**after, "InvocationID": uuid.uuid4().hex, "NRestarts": "0"}
    properties |= {"flapping": "yes"} if manner == "flaps" else {}
    _write(folder, name, unit)
    if manner == "fails":
        print(f"Job for {name} failed because the control process exited with error code.", file=sys.stderr)
    return int(manner == "fails")


def _reset_failed(folder: Path, name: str) -> int:
    unit = _read(folder, name)
    unit["properties"] |= {"ActiveState": "inactive", "SubState": "dead", "Result": "success"}
    _write(folder, name, unit)
    return 0


def _list_units(folder: Path, states: list[str]) -> None:
    for path in sorted((folder / "units").glob("*.json")):
        properties = json.loads(path.read_text())["properties"]
        if not states or {properties["ActiveState"], properties["SubState"]} & set(states):
            shown = (properties[key] for key in ("Id", "LoadState", "ActiveState", "SubState", "Description"))
            print(" ".join(shown))


def main(folder: Path, arguments: list[str]) -> int:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options, names = arguments[:cut], arguments[cut + 1 :]
    verb = next(word for word in options if not word.startswith("-"))
    values = dict(word.removeprefix("--").split("=", 1) for word in options if "=" in word)
    if "--user" in options:
        folder /= "of-user"
    if verb == "show":
        _show(folder, names, values["property"].split(","))
    elif verb == "list-units":
        _list_units(folder, [word.split("=", 1)[1] for word in options if word.startswith("--state=")])
    elif verb in ("restart", "reset-failed"):
        return (_restart if verb == "restart" else _reset_failed)(folder, names[0])
    else:
        print(f"Unknown command verb {verb}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

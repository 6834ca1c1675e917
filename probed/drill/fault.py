"""A fault to be drilled: a folder with `inject`, `clean`, `truth.yaml` and `inspection.md`, perhaps `prepare` and
`config.yaml`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probed.config.documents import parse_document
from probed.config.nearest import nearest
from probed.config.yaml_tree import YamlProblem, parse_yaml
from probed.drill.places import PRIVATE
from probed.drill.truth import Truth, read_truth
from probed.errors import ConfigError, DocumentError, NotFound

TRUTH, DOCUMENT, INJECT, CLEAN, PREPARE, CONFIG = (
    "truth.yaml", "inspection.md", "inject", "clean", "prepare", "config.yaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    folder: Path
    truth: Truth
    document: str
    title: str
    every_s: float | None
    """How often the document has itself run; None: not by an interval."""
    config: dict[str, object]
    """What the private daemon's configuration has beside its own."""


def faults_in(place: Path) -> Sequence[Fault]:
    """The faults of a folder, by name; the folder may also be one itself. Raises ConfigError."""
    if not place.is_dir():
        raise ConfigError(str(place), 0, "no such folder")
    folders = [place] if (place / TRUTH).exists() else sorted(each for each in place.iterdir() if _is_candidate(each))
    if not folders:
        raise ConfigError(str(place), 0, f"holds no fault: a folder each, with {INJECT}, {CLEAN}, {TRUTH}, {DOCUMENT}")
    return [read_fault(folder.resolve()) for folder in folders]


def chosen(faults: Sequence[Fault], names: Iterable[str]) -> Sequence[Fault]:
    """Those of these names, in their order; all where none is named. Raises NotFound."""
    known = {fault.name: fault for fault in faults}
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise NotFound(f"no fault is named {name!r}; {nearest(name, known)}")
    return [known[name] for name in wanted] or faults


def read_fault(folder: Path) -> Fault:
    """Raises ConfigError with what is wrong, and where."""
    for name in (INJECT, CLEAN, PREPARE):
        _require_program(folder / name, is_optional=name == PREPARE)
    for name in (TRUTH, DOCUMENT):
        if not (folder / name).is_file():
            raise ConfigError(str(folder), 0, f"the file {name} is missing")
    path = folder / DOCUMENT
    try:
        text = placed(path.read_text())
        inspection = parse_document(text, str(path))
    except DocumentError as error:
        raise ConfigError(str(path), error.line, error.reason) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), 0, f"cannot be read: {error}") from error
    truth = read_truth(folder / TRUTH)
    truth = replace(truth, components=tuple(map(placed, truth.components)), also=tuple(map(placed, truth.also)))
    every_s = inspection.schedule.every_s
    return Fault(folder.name, folder, truth, text, inspection.title, every_s, _config(folder / CONFIG))


def placed(text: str) -> str:
    """What says `$1` for the private folder, as the programs do, with its place."""
    return text.replace("${1}", PRIVATE).replace("$1", PRIVATE)


def _is_candidate(folder: Path) -> bool:
    return folder.is_dir() and not folder.name.startswith((".", "_"))


def _require_program(path: Path, *, is_optional: bool) -> None:
    if not path.is_file():
        if is_optional and not path.exists():
            return
        raise ConfigError(str(path.parent), 0, f"the program {path.name} is missing")
    if not path.read_bytes()[:2]:
        raise ConfigError(str(path), 0, "is empty")
    if not os.access(path, os.X_OK):
        raise ConfigError(str(path), 0, f"is not executable; type: chmod +x {path}")


def _config(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        data = parse_yaml(placed(path.read_text())).data
    except YamlProblem as problem:
        raise ConfigError(str(path), problem.line, problem.reason) from problem
    if not isinstance(data, dict):
        raise ConfigError(str(path), 1, "expected sections with settings")
    return data

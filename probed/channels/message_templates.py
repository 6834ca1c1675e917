"""The folder of message templates: one small file for each kind of message, `alert.txt` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probed.channels.message_template import DEFAULT, BadTemplate, MessageTemplate, parse_template
from probed.config.nearest import nearest
from probed.config.trust import distrust
from probed.core.card import CardKind
from probed.errors import ConfigError

SUFFIX = ".txt"
MAX_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds."""

    templates: Mapping[CardKind, MessageTemplate]
    broken: tuple[ConfigError, ...] = ()


class MessageTemplates:
    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._templates: Mapping[CardKind, MessageTemplate] = {}

    def of(self, kind: CardKind) -> MessageTemplate:
        return self._templates.get(kind, DEFAULT)

    def reload(self) -> tuple[ConfigError, ...]:
        """Read the folder anew; blocking. What is broken keeps its last good version, and is returned."""
        found = read_templates(self._folder)
        bad = {Path(error.path).stem for error in found.broken}
        kept = {
            kind: template
            for kind, template in self._templates.items()
            if kind in bad or (self._folder and str(self._folder) in {error.path for error in found.broken})
        }
        self._templates = {**kept, **found.templates}
        return found.broken


def read_templates(folder: Path | None) -> Reading:
    """Blocking; what cannot be used is told in the reading."""
    if folder is None:
        return Reading({})
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
        fault = distrust(folder.stat(), folder)
    except OSError as error:
        return Reading({}, (ConfigError(str(folder), 0, f"cannot be read: {error.strerror}"),))
    if fault:
        return Reading({}, (ConfigError(str(folder), 0, fault),))
    templates, broken = {}, []
    for path in paths:
        try:
            kind, template = _read(path)
        except ConfigError as error:
            broken.append(error)
        else:
            templates[kind] = template
    return Reading(templates, tuple(broken))


def _read(path: Path) -> tuple[CardKind, MessageTemplate]:
    """Raises ConfigError."""
    names = [kind.value for kind in CardKind]
    if path.stem not in names:
        hint = nearest(path.stem, names)
        raise ConfigError(str(path), 0, f"no kind of message is named so; {hint}")
    kind = CardKind(path.stem)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
            fault = distrust(path.stat(), path)
        text = content.decode()
    except OSError as error:
        raise ConfigError(str(path), 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), 0, "is no UTF-8 text") from None
    if fault or len(content) > MAX_BYTES:
        raise ConfigError(str(path), 0, fault or f"has more than {MAX_BYTES} bytes")
    try:
        return kind, parse_template(text.replace("\r\n", "\n"), kind)
    except BadTemplate as bad:
        raise ConfigError(str(path), bad.line, bad.reason) from None

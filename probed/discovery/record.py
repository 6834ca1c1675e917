"""What discovery wrote, kept beside the documents, so that the next one tells its own lines from a person's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from probed.discovery.lines import Line
from probed.errors import ConfigError

NAME = ".discovered.json"
VERSION = 1
Record = Mapping[str, Sequence[Line]]
"""By document."""


def read(folder: Path) -> Record:
    """Raises ConfigError."""
    path = folder / NAME
    try:
        kept = json.loads(path.read_bytes())
        if kept["version"] != VERSION:
            raise ConfigError(str(path), 0, f"is of version {kept['version']}, not {VERSION}; remove it to begin anew")
        return {
            document: [
                Line(str(line["text"]), tuple(map(str, line["keys"])), str(line.get("unit", ""))) for line in lines
            ]
            for document, lines in kept["documents"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(str(path), 0, f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(str(path), 0, "is no record of a discovery; remove it to begin anew") from error


def text_of(record: Record) -> str:
    documents = {document: [_shape(line) for line in lines] for document, lines in sorted(record.items()) if lines}
    return json.dumps({"version": VERSION, "documents": documents}, indent=1, ensure_ascii=False) + "\n"


def _shape(line: Line) -> Mapping[str, object]:
    return {"text": line.text, "keys": list(line.keys), **({"unit": line.unit} if line.unit else {})}

"""A channel that writes every message into a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probed.core.card import Card
from probed.errors import ChannelError
from probed.ports import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    file: Path
    """Relative to the folder of the configuration."""


def build(name: str, settings: Settings, workers: Workers) -> Notebook:
    return Notebook(settings.file, workers)


class Notebook:
    def __init__(self, file: Path, workers: Workers) -> None:
        self._file, self._workers = file, workers

    async def turn(self) -> None:
        """A file takes messages at any time."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        text = f"#{message_id[-6:]}{' (repeated)' if repeated else ''} {card.as_text()}\n"
        try:
            await self._workers.run(lambda: self._write(text), deadline_s=10, name="notebook")
        except OSError as error:
            raise ChannelError(f"{self._file}: {error.strerror}", transient=True) from error
        return {}

    def _write(self, text: str) -> None:
        with self._file.open("a") as file:
            file.write(text)

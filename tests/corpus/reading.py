"""The corpora of texts: those that are to be found, and those that only look like them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import yaml

HERE = Path(__file__).parent
PIECE = re.compile(r"\[([^\]]+)\]\{(\d+)\}")
ACTION, UNIT = "format_disk", "sshd.service"


def injections(action: str = ACTION, unit: str = UNIT) -> Sequence[tuple[str, str]]:
    """The place and the text of each."""
    places: dict[str, list[str]] = yaml.safe_load((HERE / "injections.yaml").read_text())
    return [(place, _filled(text, action, unit)) for place, texts in places.items() for text in texts]


def harmless_texts() -> Sequence[str]:
    """What hosts say of themselves: log lines, units' descriptions, labels, commands."""
    lines = (HERE / "harmless.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _filled(text: str, action: str, unit: str) -> str:
    return text.replace("{action}", action).replace("{unit}", unit).replace("{{", "{").replace("}}", "}")


def secrets(name: str = "secrets.yaml") -> Sequence[tuple[str, str]]:
    """Each with the text that it stands in."""
    content = yaml.safe_load((HERE / name).read_text())
    chance = random.Random(name)
    found = [_in(around, _made(form, chance)) for form in content["tokens"] for around in content["around"]]
    return [*found[::2], *(_marked(_made(form, chance)) for form in content["whole"])]


def look_alikes() -> Sequence[str]:
    """What is no secret, and reminds of one."""
    content = yaml.safe_load((HERE / "look_alikes.yaml").read_text())
    chance = random.Random("look-alikes")
    return [_made(form, chance) for form in content]


def _in(around: str, secret: str) -> tuple[str, str]:
    return secret, around.replace("{}", secret).replace("{{", "{").replace("}}", "}")


def _marked(text: str) -> tuple[str, str]:
    before, secret, after = re.split("<<|>>", text)
    return secret, before + secret + after


def _made(form: str, chance: random.Random) -> str:
    """`[a-f0-9]{40}` in it are so many of these letters."""
    return PIECE.sub(lambda piece: "".join(chance.choices(_letters(piece[1]), k=int(piece[2]))), form)


def _letters(written: str) -> Sequence[str]:
    every = [chr(code) for code in range(33, 127)]
    return [letter for letter in every if re.match(f"[{written}]", letter)]

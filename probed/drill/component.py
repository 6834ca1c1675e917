"""Whether a case is about the part that a fault has struck."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

SHORTEST = 4
"""Letters of the beginning of a check's name that stand for it."""


def fits(component: str, check: str, object_: str) -> bool:
    """Whether the words name this case: its check, its object (also by a shell pattern), or both, in any order.

    `disk`, `/srv/data`, `disk:/srv/data`, `container web` and `unit web` (of `docker_container web` and of
    `systemd_unit web.service`) do.
    """
    said, part, object_ = component.lower(), check.lower(), object_.lower()
    if said in (part, object_) or fnmatchcase(object_, said):
        return True
    kind, known = _words(part), {*_words(part), *_words(object_), part, object_}
    return all(
        any(fnmatchcase(each, word) for each in known) or any(_begins(each, word) for each in kind)
        for word in _words(said, whole=True)
    )


def _begins(word: str, said: str) -> bool:
    """`process` for `processes`, `cert` for `certificate`."""
    return len(said) >= SHORTEST and word.startswith(said)


def fits_any(components: Iterable[str], check: str, object_: str) -> bool:
    return any(fits(component, check, object_) for component in components)


def _words(text: str, *, whole: bool = False) -> list[str]:
    """`whole`: of a name that holds dots, dashes or underscores only itself, not its parts, too."""
    words = [each for each in re.split(r"[\s:,()\[\]]+", text) if each]
    if whole:
        return words or [text]
    names = [word for word in words if not word.startswith("/")]
    return [*words, *(part for name in names for part in re.split(r"[._/-]", name) if part)]

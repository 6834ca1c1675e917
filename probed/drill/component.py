"""Whether a case is about the part that a fault has struck."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

SHORTEST = 4
"""Letters of the beginning of a check's name that stand for it."""
NAME = re.compile(r"[\d./_@-]")
"""What tells a name or a number in a summary from its other words."""


def fits(component: str, check: str, object_: str, summary: str = "") -> bool:
    """Whether the words name this case: its check, its object (also by a shell pattern), or both, in any order.

    `disk`, `/srv/data`, `disk:/srv/data`, `container web` and `unit web` (of `docker_container web` and of
    `systemd_unit web.service`) do. Beside one of them also a name or number that its summary has: `failed_logins
    203.0.113.9`.
    """
    said, part, object_ = component.lower(), check.lower(), object_.lower()
    if said in (part, object_) or fnmatchcase(object_, said):
        return True
    kind, known = _words(part), {*_words(part), *_words(object_), part, object_}
    words = _words(said, whole=True)
    named = [_is_named(word, kind, known) for word in words]
    told = set(_words(summary.lower(), whole=True))
    return any(named) and all(
        is_named or (NAME.search(word) is not None and word in told)
        for word, is_named in zip(words, named, strict=True)
    )


def _is_named(said: str, kind: Iterable[str], known: Iterable[str]) -> bool:
    if any(fnmatchcase(each, said) for each in known) or any(_begins(each, said) for each in kind):
        return True
    parts = said.split("/")  # `5300/udp` for `udp/5300`; a path is whole
    return len(parts) > 1 and all(part and part in known for part in parts)


def _begins(word: str, said: str) -> bool:
    """`process` for `processes`, `cert` for `certificate`."""
    return len(said) >= SHORTEST and word.startswith(said)


def fits_any(components: Iterable[str], check: str, object_: str, summary: str = "") -> bool:
    return any(fits(component, check, object_, summary) for component in components)


def _words(text: str, *, whole: bool = False) -> list[str]:
    """`whole`: of a name that holds dots, dashes or underscores only itself, not its parts, too."""
    said = re.split(r"[\s:;,()\[\]]+", text.replace("://", " "))
    words = [word for each in said if (word := each if each.startswith("/") else each.rstrip("/."))]
    if whole:
        return words or [text]
    names = [word for word in words if not word.startswith("/")]
    return [*words, *(part for name in names for part in re.split(r"[._/-]", name) if part)]

"""What `clean_files` is asked to remove, and the allow-set that none of its parameters leaves."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from probed.config.actions import CleanFilesSettings
from probed.config.values import seconds, size_bytes
from probed.core.inspection import duration_text
from probed.errors import ParameterError
from probed.helper.stale_files import Selection, forbidden

PARAMETERS = frozenset({"root", "pattern", "older_than", "older_than_s", "max_bytes"})
MAX_ROOTS = 16
MAX_NAME = 255
MAX_PATH = 4095
MIN_AGE_S = 1.0


@dataclass(frozen=True, slots=True)
class Cleaning(Selection):
    @property
    def params(self) -> dict[str, object]:
        """The canonical form: plain JSON values, `root` a text where there is only one."""
        root = self.roots[0] if len(self.roots) == 1 else list(self.roots)
        limit = {} if self.max_bytes is None else {"max_bytes": self.max_bytes}
        return {"root": root, "pattern": self.pattern, "older_than_s": self.older_than_s, **limit}

    @property
    def request(self) -> dict[str, object]:
        """The parameters of the operation."""
        limit = {} if self.max_bytes is None else {"max_bytes": self.max_bytes}
        return {"roots": list(self.roots), "pattern": self.pattern, "older_than_s": self.older_than_s, **limit}

    def at(self, roots: Sequence[str]) -> Cleaning:
        return replace(self, roots=tuple(roots))

    def covers(self, path: str) -> bool:
        return any(_is_within(path, root) for root in self.roots)

    def __str__(self) -> str:
        limit = "" if self.max_bytes is None else f", at most {self.max_bytes} bytes of them"
        age = duration_text(self.older_than_s)
        return f"files named {self.pattern} below {', '.join(self.roots)} that were not modified for {age}{limit}"


class AllowedCleanings:
    """The configured roots are resolved once: whoever can write beside one cannot point it elsewhere later."""

    def __init__(self, settings: CleanFilesSettings) -> None:
        self._settings = settings
        self.roots = tuple(os.path.realpath(root) for root in settings.roots if os.path.isabs(root))

    def parse(self, params: Mapping[str, object]) -> Cleaning:
        """What is not given comes from the configuration. Raises ParameterError."""
        for name in params:
            if name not in PARAMETERS:
                raise ParameterError(name, f"unknown; clean_files knows {', '.join(sorted(PARAMETERS))}")
        return Cleaning(
            roots=self._roots(params.get("root")),
            pattern=_pattern(params.get("pattern", self._settings.pattern)),
            older_than_s=_age_s(params, self._settings.older_than),
            max_bytes=_limit(params.get("max_bytes")),
            allowed=self.roots,
        )

    def _roots(self, given: object) -> tuple[str, ...]:
        if given is None:
            resolved = [root for root in self.roots if os.path.isdir(root) and not forbidden(root)]
        else:
            resolved = [self._allowed(root) for root in _texts(given)]
        if not 0 < len(resolved) <= MAX_ROOTS:
            raise ParameterError("root", f"between 1 and {MAX_ROOTS} folders that exist are needed")
        return _outermost(resolved)

    def _allowed(self, given: str) -> str:
        root = _resolved(given)
        reason = forbidden(root)
        if reason:
            raise ParameterError("root", f"{given!r} is {reason}")
        if not any(_is_within(root, allowed) for allowed in self.roots):
            raise ParameterError("root", f"{given!r} is not below actions.clean_files.roots ({', '.join(self.roots)})")
        return root


def _texts(value: object) -> Sequence[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ParameterError("root", "expected a path or a list of paths")
    if len(texts) > MAX_ROOTS:
        raise ParameterError("root", f"more than {MAX_ROOTS} folders")
    return texts


def _resolved(path: str) -> str:
    if not os.path.isabs(path) or len(path) > MAX_PATH or not path.isprintable():
        raise ParameterError("root", f"{path[:MAX_NAME]!r} is not an absolute path of printable characters")
    try:
        root = os.path.realpath(path, strict=True)
    except OSError as error:
        raise ParameterError("root", f"{path[:MAX_NAME]!r}: {error.strerror}") from error
    if not os.path.isdir(root) or not root.isprintable():
        raise ParameterError("root", f"{path!r} is not a folder with a printable name")
    return root


def _is_within(path: str, folder: str) -> bool:
    return PurePath(path).is_relative_to(folder)


def _outermost(roots: Sequence[str]) -> tuple[str, ...]:
    """Without those that are cleaned with another; what is mounted below another is not."""
    unique = {root: _device(root) for root in roots}

    def is_part_of(root: str, other: str) -> bool:
        return other != root and _is_within(root, other) and unique[root] == unique[other]

    return tuple(root for root in unique if not any(is_part_of(root, other) for other in unique))


def _device(root: str) -> int | None:
    try:
        return os.stat(root).st_dev
    except OSError:
        return None


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_NAME or "/" in value or not value.isprintable():
        raise ParameterError("pattern", "expected a shell pattern for a file name, without a slash, such as *.tmp")
    return value


def _age_s(params: Mapping[str, object], default_s: float) -> float:
    if "older_than" in params and "older_than_s" in params:
        raise ParameterError("older_than", "is given twice")
    value = params.get("older_than_s", params.get("older_than", default_s))
    try:
        age_s = seconds(value)
    except (ValueError, OverflowError) as error:
        raise ParameterError("older_than", str(error)) from error
    if not math.isfinite(age_s) or age_s < MIN_AGE_S:
        raise ParameterError("older_than", f"has to be at least {duration_text(MIN_AGE_S)}")
    return age_s


def _limit(value: object) -> int | None:
    if value is None:
        return None
    try:
        limit = size_bytes(value)
    except (ValueError, OverflowError) as error:
        raise ParameterError("max_bytes", str(error)) from error
    if limit <= 0:
        raise ParameterError("max_bytes", "has to be more than nothing")
    return limit

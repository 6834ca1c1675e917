"""Where backup programs put what they make, by the words of those who run them: Borg, restic, duplicity, rsnapshot,
btrbk, Snapper, and what dumps databases or packs files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

WORD = r"(?:\$\([^)]*\)|`[^`]*`|[^\s\"'|;&<>()`])"
OPTION = r"[= ][\"']?"
BORG = re.compile(rf"(?:\bBORG_REPO=[\"']?|\bborg\b.*?\s(?:-r|--repo){OPTION})({WORD}+)|[\s\"'=]({WORD}+?)::")
RESTIC = re.compile(rf"\bRESTIC_REPOSITORY=[\"']?({WORD}+)|\brestic\b.*?\s(?:-r|--repo){OPTION}({WORD}+)")
DUPLICITY = re.compile(rf"\bduplicity\b.*?\s[\"']?(\w+://{WORD}+)")
RSNAPSHOT = re.compile(r"\brsnapshot\b(?:.*?\s-c\s*(\S+))?(?:\s+-\w+)*\s+(?!-)(\w+)")
DUMPS = re.compile(r"\b(pg_dump(?:all)?|mysqldump|mariadb-dump|mysqlpump|mongodump|slapcat|sqlite3|tar)\b")
OUTPUT = re.compile(
    rf"(?:>>?\s*|\.backup\s+|\btar\s+\w*c\w*f\s+|\s(?:-f|-o|-\w*c\w*f|--(?:file|output|out|archive|result-file))[= ]?)"
    rf"[\"']?(/{WORD}+)"
)
NO_OUTPUT = ("/dev/", "/proc/", "/tmp/", "/var/log/", "/run/")
CHANGING = re.compile(r"\$\([^)]*\)|`[^`]*`|\$\{?\w+\}?|\\?%+\w")
"""What differs from one run to the next, mostly the date."""
RSNAPSHOT_CONF, BTRBK_CONF = Path("/etc/rsnapshot.conf"), Path("/etc/btrbk/btrbk.conf")
SNAPPER_CONFS = Path("/etc/snapper/configs")
BORGMATIC_CONFS = (Path("/etc/borgmatic"), Path("/etc/borgmatic.d"))
ANY_SIZE = {"min_size": "off", "shrink": "off"}
"""What is looked at is a small file that each run leaves, not the data."""


@dataclass(frozen=True, slots=True)
class Target:
    program: str
    place: str
    """A folder or file of this host, or where else it is."""
    pattern: str = ""
    """What each run leaves here; empty where nothing of it is on this host, or nothing of it tells its age."""
    by_size: bool = False
    """Whether the size tells something: of dumps it does."""


def targets(text: str) -> Iterator[Target]:
    """Of a command with its scripts."""
    for find in (_borg, _borgmatic, _restic, _duplicity, _rsnapshot, _snapper, _btrbk, _kopia, _dumps):
        yield from find(text)


def _borg(text: str) -> Iterator[Target]:
    if re.search(r"\bborg\b", text):
        for place in _words(BORG, text):
            yield _repository("borg", place, "index.*")


def _borgmatic(text: str) -> Iterator[Target]:
    if not re.search(r"\bborgmatic\b", text):
        return
    for path in (path for folder in BORGMATIC_CONFS for path in sorted(folder.glob("*.y*ml"))):
        try:
            settings = yaml.safe_load(path.read_text()) or {}
            named = settings.get("repositories") or settings["location"]["repositories"]
            for each in named:
                yield _repository("borg", str(each["path"] if isinstance(each, dict) else each), "index.*")
        except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError):
            continue


def _restic(text: str) -> Iterator[Target]:
    if re.search(r"\brestic\b", text):
        for place in _words(RESTIC, text):
            yield _repository("restic", place, "snapshots/*")


def _duplicity(text: str) -> Iterator[Target]:
    for place in _words(DUPLICITY, text):
        yield _repository("duplicity", place, "duplicity-*.manifest*")


def _rsnapshot(text: str) -> Iterator[Target]:
    for match in RSNAPSHOT.finditer(text):
        settings = _settings(Path(match[1]) if match[1] else RSNAPSHOT_CONF)
        levels = {value.split()[0] for key, value in settings if key in ("retain", "interval") and value}
        if match[2] in levels:
            for root in (value for key, value in settings if key == "snapshot_root"):
                yield _repository("rsnapshot", root, f"{match[2]}.*")


def _snapper(text: str) -> Iterator[Target]:
    if not re.search(r"\bsystemd-helper --timeline\b", text):
        return
    for path in sorted(SNAPPER_CONFS.glob("*")):
        settings = dict(re.findall(r'^(\w+)="(.*)"', _text(path), re.MULTILINE))
        if settings.get("TIMELINE_CREATE") == "yes" and (volume := settings.get("SUBVOLUME", "")):
            yield _repository("snapper", f"{volume.rstrip('/')}/.snapshots", "*/info.xml")


def _btrbk(text: str) -> Iterator[Target]:
    """A snapshot keeps the times of what it is of: only what it sends elsewhere tells its age."""
    if re.search(r"\bbtrbk\b.*\b(run|resume)\b", text):
        for key, value in _settings(BTRBK_CONF):
            if key == "target":
                yield _repository("btrbk", value.split()[-1], "*")


def _kopia(text: str) -> Iterator[Target]:
    """Its repository stands in a file of the user's, and no name in there tells what was made when."""
    if re.search(r"\bkopia\s.*?\bsnapshot\s", text):
        yield Target("kopia", "its repository")


def _dumps(text: str) -> Iterator[Target]:
    for line in text.splitlines():
        if program := DUMPS.search(line):
            for path in OUTPUT.findall(line):
                pattern = re.sub(r"\*+", "*", CHANGING.sub("*", path))
                if not pattern.startswith(NO_OUTPUT) and not pattern.endswith(".log"):
                    yield Target(program[1], pattern, pattern, by_size=True)


def _repository(program: str, place: str, inside: str) -> Target:
    place = re.sub(r"^(file://|local:)", "", place)
    is_here = place.startswith("/") and not CHANGING.search(place)
    place = place.rstrip("/") or "/"
    return Target(program, place, f"{place}/{inside}" if is_here else "")


def _words(expression: re.Pattern[str], text: str) -> Iterator[str]:
    """What its groups caught, each once."""
    caught = (group for match in expression.finditer(text) for group in match.groups() if group)
    yield from dict.fromkeys(word for word in caught if not word.startswith("$"))


def _settings(path: Path) -> list[tuple[str, str]]:
    lines = (
        line.split(None, 1) for line in _text(path).splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    return [(words[0], words[1].strip()) for words in lines if len(words) > 1]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""

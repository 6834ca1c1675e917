"""Who may use this host: users, the groups that make them powerful, sudo's rules, and the keys that let them in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host.files import at_once

MOST_BYTES = 4 * 2**20
NO_SHELLS = ("nologin", "false", "sync", "shutdown", "halt", "true")
KEY_FILES = (".ssh/authorized_keys", ".ssh/authorized_keys2")
MOST_USERS = 5000


@dataclass(frozen=True, slots=True)
class User:
    name: str
    uid: int
    gid: int
    home: str
    shell: str
    has_empty_password: bool
    """As far as /etc/passwd says it; mostly that is in /etc/shadow."""

    @property
    def can_log_in(self) -> bool:
        return os.path.basename(self.shell) not in NO_SHELLS


@dataclass(frozen=True, slots=True)
class Key:
    fingerprint: str
    """As `ssh-keygen -l` shows it."""
    comment: str


def users(root: str = "/") -> tuple[User, ...]:
    """Of /etc/passwd. Raises NotHere, HostFailed."""
    found = (_fields(line, 7) for line in _lines(root, "etc/passwd"))
    return tuple(
        User(name, int(uid), int(gid), home, shell or "/bin/sh", not password)
        for name, password, uid, gid, _, home, shell in (each for each in found if each)
        if uid.isdigit() and gid.isdigit()
    )[:MOST_USERS]


def without_password(root: str = "/") -> tuple[str, ...]:
    """Whose password in /etc/shadow is empty: they are let in without one. Raises NotHere, HostFailed."""
    found = (line.split(":") for line in _lines(root, "etc/shadow"))
    return tuple(fields[0] for fields in found if len(fields) > 1 and fields[0] and not fields[1])


def members(groups: Sequence[str], root: str = "/") -> dict[str, tuple[str, ...]]:
    """Of those groups that there are, with the users whose own group it is. Raises NotHere, HostFailed."""
    everybody = users(root)
    found = {}
    for fields in (_fields(line, 4) for line in _lines(root, "etc/group")):
        if fields and fields[0] in groups:
            own = [user.name for user in everybody if str(user.gid) == fields[2]]
            found[fields[0]] = tuple(sorted({*own, *(name for name in fields[3].split(",") if name)}))
    return found


def sudo_rules(root: str = "/") -> dict[str, tuple[str, ...]]:
    """The lines that count, by file: of /etc/sudoers and of /etc/sudoers.d, as sudo takes them. Raises NotHere."""
    main = os.path.join(root, "etc/sudoers")
    found = {}
    for path in (main, *_named(f"{main}.d")):
        lines = _joined(_lines("", path))
        rules = [" ".join(line.split()) for line in lines if line.strip() and not _is_remark(line)]
        if rules:
            found["/" + os.path.relpath(path, root)] = tuple(rules)
    return found


def sudo_stamps(root: str = "/") -> dict[str, str]:
    """The size and the time of each file of sudo's rules, as anybody may see them; of the folder itself where its names
    are hidden."""
    main = os.path.join(root, "etc/sudoers")
    try:
        paths = [main, *_named(f"{main}.d")]
    except NotHere:
        paths = [main, f"{main}.d"]
    return {"/" + os.path.relpath(path, root): stamp for path in paths if (stamp := _stamp(path))}


def _stamp(path: str) -> str:
    """Empty where there is nothing, or nothing may be seen."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def _named(folder: str) -> list[str]:
    """sudo leaves out names with a dot and those that end in ~."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except PermissionError:
        raise NotHere(f"sudo's rules in {folder}", "let the daemon run as root, or leave `sudoers` out") from None
    return [os.path.join(folder, name) for name in names if "." not in name and not name.endswith("~")]


def _joined(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def _is_remark(line: str) -> bool:
    """`#include` and `#1000` are none."""
    text = line.strip()
    return text.startswith("#") and not text.startswith(("#include", *(f"#{digit}" for digit in range(10))))


def keys(user: User, root: str = "/") -> tuple[Key, ...]:
    """That let somebody in as this user by SSH. Raises NotHere where they may not be read."""
    home = os.path.join(root, user.home.lstrip("/"))
    return tuple(key for path in KEY_FILES for line in _own(os.path.join(home, path)) if (key := _key(line)))


def _own(path: str) -> list[str]:
    """Of a file that its user may have made anything of, a link or a pipe among it."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return []
    except PermissionError:
        raise NotHere(f"the keys in {path}", "let the daemon run as root, or leave `keys` out") from None
    except OSError:
        return []
    return _lines("", path)


def _key(line: str) -> Key | None:
    """Options may stand before it; the base64 of a key begins with the length of its kind."""
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    for number, word in enumerate(words):
        if word.startswith("AAAA"):
            try:
                blob = base64.b64decode(word, validate=True)
            except binascii.Error:
                continue
            digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
            return Key(f"SHA256:{digest}", " ".join(words[number + 1 :])[:80])
    return None


def _fields(line: str, number: int) -> list[str]:
    """Of a line of one of the system's tables; none of another line."""
    fields = line.split(":")
    return fields if len(fields) == number and fields[0] and not fields[0].startswith(("#", "+", "-")) else []


def _lines(root: str, path: str) -> list[str]:
    whole = os.path.join(root, path)
    try:
        with open(whole, errors="replace", opener=at_once) as file:
            return file.read(MOST_BYTES).splitlines()
    except FileNotFoundError:
        return []
    except PermissionError:
        raise NotHere(f"what stands in {whole}", "let the daemon run as root: nobody else may read it") from None
    except OSError as error:
        raise HostFailed(f"{whole}: {error.strerror}") from error


def all_keys(everybody: Sequence[User], root: str = "/") -> tuple[Mapping[str, tuple[Key, ...]], tuple[NotHere, ...]]:
    """By user, and what may not be read."""
    found: dict[str, tuple[Key, ...]] = {}
    missing = []
    for user in everybody:
        try:
            found[user.name] = keys(user, root)
        except (NotHere, HostFailed) as failed:
            missing.append(failed if isinstance(failed, NotHere) else NotHere(str(failed)))
    return found, tuple(missing)

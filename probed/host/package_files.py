"""Whether a file is as the package it belongs to brings it, by the word of dpkg or rpm."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from probed.core.pattern import is_pattern
from probed.errors import HostFailed
from probed.host import ucf
from probed.host.command import Completed, run_command

DATABASES = ("var/lib/dpkg/status", "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite")
OF_PACKAGES = ("/usr/", "/bin/", "/sbin/", "/lib", "/boot/", "/etc/alternatives/")
LINKS_OF_PACKAGES = ("/etc/systemd/", "/etc/rc", "/etc/ssl/certs/")
"""Where the programs that they call keep links: for units and their aliases, init scripts, certificates."""
NOT_OF_PACKAGES = ("/usr/local/",)
SETTINGS = "/etc/"
LED_TO = ("/etc/alternatives/", "/lib/systemd/", "/usr/lib/systemd/", "/usr/share/")
DEADLINE_S = 20.0
AT_ONCE = 200
"""Paths that are asked for with one command."""
MOST_BYTES = 64 * 2**20
"""Of a file that is compared."""


def as_shipped(paths: Sequence[str], root: str = "/") -> dict[str, str]:
    """The package of each of those paths whose content is that of the package; of a folder, which has none, where the
    package names it. Raises HostFailed."""
    plain = [path for path in paths if not is_pattern(path) and "\n" not in path]
    if shutil.which("dpkg-query") and os.path.exists(os.path.join(root, DATABASES[0])):
        return {**_by_dpkg(plain, root), **_by_ucf(plain, root)}
    if shutil.which("rpm"):
        return {path: package for path in plain if (package := _by_rpm(path, root))}
    return {}


def changed_since(at: float, root: str = "/") -> bool:
    """Whether any package was installed, upgraded or removed."""
    times = (_modified_at(os.path.join(root, path)) for path in DATABASES)
    return any(found is not None and found >= at - 1 for found in times)


def is_link_of_a_package(path: str, root: str = "/") -> bool:
    """As the programs that packages call when they are installed make them: for alternatives and for units."""
    try:
        return os.readlink(os.path.join(root, path.lstrip("/"))).startswith(LED_TO)
    except OSError:
        return False


def may_be_of_a_package(path: str, *, is_link: bool) -> bool:
    """Of what was removed."""
    places = (*OF_PACKAGES, *LINKS_OF_PACKAGES) if is_link else OF_PACKAGES
    return path.startswith(places) and not path.startswith(NOT_OF_PACKAGES)


def settings(root: str = "/") -> frozenset[str]:
    """What packages name below /etc, by dpkg's lists and ucf's, folders and links among it. Raises HostFailed."""
    try:
        return frozenset((*_named_settings(root), *ucf.settings(root)))
    except OSError as error:
        raise HostFailed(f"{error.filename}: {error.strerror}") from error


def no_longer_brought(paths: Collection[str], root: str = "/") -> frozenset[str]:
    """Of such settings those whose package was purged meanwhile, or has dropped them. Raises HostFailed."""
    if not paths:
        return frozenset()
    told = _dpkg_query(root, "--show", "--showformat=${Conffiles}\\n").stdout.splitlines()
    obsolete = {words[0] for line in told if (words := line.split())[2:] == ["obsolete"]}
    return frozenset(paths) - (settings(root) - obsolete)


def _named_settings(root: str) -> Iterator[str]:
    for path in Path(root, "var/lib/dpkg/info").glob("*.list"):
        with path.open(errors="surrogateescape") as file:
            yield from (line.rstrip("\n") for line in file if line.startswith(SETTINGS))


def _by_dpkg(paths: Sequence[str], root: str) -> dict[str, str]:
    names = {name: path for path in paths for name in _spellings(path)}
    owners = dict(_owners(list(names), root))
    sums = _sums(set(owners.values()), root)
    found = {}
    for name, package in owners.items():
        path = names[name]
        wanted = sums.get(package, {}).get(name)
        real = os.path.join(root, path.lstrip("/"))
        if os.path.islink(real) or os.path.isdir(real) or (wanted and wanted == _md5(real)):
            found[path] = package
    return found


def _by_ucf(paths: Sequence[str], root: str) -> dict[str, str]:
    kept = ucf.as_brought(frozenset(paths), root)
    return {path: package for path, digest, package in kept if digest == _md5(os.path.join(root, path.lstrip("/")))}


def _spellings(path: str) -> Iterator[str]:
    """On a host where /bin is a link to /usr/bin, packages may name either."""
    yield path
    if path.startswith("/usr/"):
        yield path.removeprefix("/usr")


def _owners(paths: Sequence[str], root: str) -> Iterator[tuple[str, str]]:
    for begin in range(0, len(paths), AT_ONCE):
        for line in _dpkg_query(root, "--search", *paths[begin : begin + AT_ONCE]).stdout.splitlines():
            packages, _, path = line.partition(": /")
            if path and not packages.startswith(("diversion by", "local diversion")):
                yield f"/{path}", packages.partition(", ")[0]


def _sums(packages: Iterable[str], root: str) -> dict[str, Mapping[str, str]]:
    """By package and path: of its files, and of its settings as it brings them."""
    found: dict[str, Mapping[str, str]] = {}
    for package in packages:
        name = package.partition(":")[0]
        listed = next((path for each in (package, name) if os.path.exists(path := _info(root, each))), None)
        sums = dict(_listed(listed)) if listed else {}
        settings = _dpkg_query(root, "--show", "--showformat=${Conffiles}\\n", package).stdout.splitlines()
        sums |= {words[0]: words[1] for line in settings if len(words := line.split()) >= 2}
        found[package] = sums
    return found


def _info(root: str, package: str) -> str:
    return os.path.join(root, "var/lib/dpkg/info", f"{package}.md5sums")


def _listed(path: str) -> Iterator[tuple[str, str]]:
    try:
        with open(path, errors="surrogateescape") as file:
            for line in file:
                digest, _, name = line.rstrip("\n").partition("  ")
                yield f"/{name}", digest
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def _dpkg_query(root: str, *arguments: str) -> Completed:
    """It fails where one of several paths belongs to nobody, and tells the rest all the same."""
    argv = ["dpkg-query", f"--admindir={os.path.join(root, 'var/lib/dpkg')}", *arguments]
    done = run_command(argv, deadline_s=DEADLINE_S, env={"LC_ALL": "C"})
    if done.timed_out:
        raise HostFailed(f"dpkg-query gave no answer within {DEADLINE_S:g} s")
    return done


def _by_rpm(path: str, root: str) -> str:
    """`rpm --verify` names the files of the package that differ; the third sign of its line is that of the content."""
    owner = run_command(["rpm", f"--root={root}", "-qf", "--queryformat=%{NAME}", path], deadline_s=DEADLINE_S)
    if owner.exit_code != 0:
        return ""
    argv = ["rpm", f"--root={root}", "--verify", "--nodeps", "--noscripts", "--file", path]
    told = run_command(argv, deadline_s=DEADLINE_S)
    if told.exit_code is None:
        raise HostFailed(f"rpm gave no answer within {DEADLINE_S:g} s")
    differing = (line.split() for line in told.stdout.splitlines())
    return "" if any(words[-1:] == [path] and words[0][2:3] in "5?" for words in differing) else owner.stdout.strip()


def _md5(path: str) -> str:
    """What dpkg has; whoever can change its lists can change the files' sums, too."""
    found = hashlib.md5(usedforsecurity=False)
    try:
        with open(path, "rb") as file:
            while chunk := file.read(2**20):
                found.update(chunk)
                if file.tell() > MOST_BYTES:
                    return ""
    except OSError:
        return ""
    return found.hexdigest()


def _modified_at(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None

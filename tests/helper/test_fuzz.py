"""Whatever policy there is and whatever is asked: the real protocol, policy, validators and operations touch nothing
that the policy does not allow. What it allows is said here once more, in other words."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probed.helper.command import RUNNER, Ended
from probed.helper.done import OperationFailed, OperationRefused, OperationUnclear
from probed.helper.operations import OPERATIONS
from probed.helper.policy import KEYS, LOG_OPERATIONS, UNIT_OPERATIONS, Policy, parse_policy
from probed.helper.process import look
from probed.helper.processes import SIGNALS
from probed.helper.protocol import Request, request_line, request_of
from probed.helper.validators import NEVER, PARAMETERS, validated

POLICIES, REQUESTS_EACH = 1_500, 20
LEAST_PASSED = 10
"""Of each operation, or the examples say nothing about it."""
ME = pwd.getpwuid(os.geteuid()).pw_name
PROGRAMS = {"renew": ("/usr/bin/true", "--quiet"), "tidy": ("/usr/bin/false",)}
ALIASES = {"alias.service": "alias.service sshd.service", "web.service": "web.service www.service"}
FOES = {"foe.service": "sshd.service"}
PARTS = (
    "scratch",
    "logs",
    "vault",
    "keep",
    "a",
    "b",
    "web.log",
    "audit.log",
    "old.tmp",
    "link",
    "link.log",
    "hard.log",
)
SPOILERS = ("..", ".", "", ".ssh", "\n", "\0")
TREE = (
    *("scratch/old.tmp", "scratch/keep/old.tmp", "scratch/a/old.tmp", "scratch/a/keep/old.tmp", "scratch/a/b/old.tmp"),
    *("scratch/.ssh/old.tmp", "logs/web.log", "logs/audit.log", "logs/a/web.log", "vault/old.tmp", "vault/b/web.log"),
)

# --- what is asked, under which policy --------------------------------------------------------------------------------

STEMS = (
    "web",
    "web",
    "alias",
    "foe",
    "batch-1",
    "sshd",
    "cortex-probed",
    "dbus",
    "tty@1",
    "kube@-tmp-x",
    "a reboot",
    "-web",
)
SUFFIXES = (".service", ".service", ".service", ".socket", ".target", "\n", "")
UNITS = tuple(f"{stem}{suffix}" for stem in STEMS for suffix in SUFFIXES)
LINKED = ("logs/hard.log", "logs/link.log", "logs/link/b/web.log", "scratch/link/b/web.log")
ROOTS = ("scratch", "scratch/a", "scratch/a/b", "scratch/keep", "scratch/link", "logs", "vault")
ODD: Sequence[object] = (
    None,
    True,
    "",
    "*",
    "\u202e",
    [],
    {},
    ["web.service"],
    -1,
    2.5,
    float("inf"),
    float("nan"),
    10**30,
)
POLICY: Mapping[str, tuple[int, Sequence[str]]] = {
    "units": (1, ("*", "*.service", "web.*", "batch-?.service", "tty@*", "*@*", "[!a]*", "alias*")),
    "never_units": (0, ("ssh*", "www*", "batch-*", "*@*")),
    "containers": (1, ("*", "web", "[vw]*")),
    "never_containers": (0, ("vault", "w*")),
    "roots": (1, ("scratch", "scratch/a", "logs", "vault")),
    "paths": (1, ("*/*", "logs/*", "logs/*.log", "scratch/*", "*/*/*", "*/*/*/*")),
    "never_paths": (0, ("vault", "vault/*", "*/keep", "scratch/*/keep", "logs/audit*", "scratch/a")),
    "users": (1, ("*", ME, "nobody")),
    "signals": (1, (*SIGNALS, "9")),
    "classes": (1, ("idle", "best-effort", "realtime")),
    "owners": (2, (ME, "nobody", "games")),
    "modes": (3, ("0644", "0600", "4755", "0777", "0999")),
    "programs": (0, tuple(PROGRAMS)),
}
"""How many patterns it has at least, and of which."""


def make_path(rng: Random) -> str:
    if rng.random() < 0.7:
        return rng.choice((*TREE, *LINKED))
    return "/".join(rng.choices((*PARTS, *PARTS, *SPOILERS), k=rng.randint(1, 4)))


def make_number(rng: Random) -> float:
    return rng.choice((rng.randint(0, 60), rng.randint(0, 60), rng.randint(-(2**70), 2**70), rng.random() * 1e6))


def one_of(*pool: object) -> Callable[[Random], object]:
    return lambda rng: rng.choice(pool)


VALUES: Mapping[str, Callable[[Random], object]] = {
    "unit": one_of(*UNITS),
    "property": one_of("MemoryMax", "CPUQuota", "ExecStart"),
    "value": one_of("", "512M", "50%", "infinity", "1\n", "512M ExecStart=/bin/sh", "0"),
    "container": one_of("web", "vault", "cortex-db", "web/../vault", "web?x", "-", "Web", "w" * 300),
    "roots": lambda rng: rng.choices((*ROOTS, make_path(rng)), k=rng.randint(1, 2)),
    "pattern": one_of("*", "*", "*.tmp", "old.tmp", "../*", "\n", "a" * 256),
    "older_than_s": make_number,
    "max_bytes": make_number,
    "path": make_path,
    "size_bytes": make_number,
    "owner": one_of(ME, ME, "nobody", "nobody", "daemon", "0"),
    "group": one_of(ME, ME, "nobody", "nobody", "0"),
    "mode": one_of("0644", "0644", "0600", "0600", "4755", "0777", "0999"),
    "pid": one_of("child", "self", "parent", 1, 2, 0, -1, True),
    "start_time": one_of("right", "right", 0, -1),
    "signal": one_of(*SIGNALS, "9", "SIGCONT", "cont"),
    "nice": lambda rng: rng.randint(-25, 25),
    "io_class": one_of("idle", "best-effort", "realtime", "none"),
    "io_level": lambda rng: rng.randint(-1, 9),
    "name": one_of(*PROGRAMS, "sh", "renew;sh", "__class__"),
}


def make_rules(rng: Random) -> Mapping[str, Any]:
    lists = {name: rng.sample(pool, rng.randint(least, min(3, len(pool)))) for name, (least, pool) in POLICY.items()}
    return {**lists, "least": rng.randint(-1, 25)}


def make_params(rng: Random, operation: str) -> Mapping[str, Any]:
    """Mostly of the kind that is expected."""
    names = [name for name in PARAMETERS[operation] if name != "max_bytes" or rng.random() < 0.5]
    return {name: rng.choice(ODD) if rng.random() < 0.05 else VALUES[name](rng) for name in names}


def policy_text(rules: Mapping[str, Any], base: Path) -> str:
    """Each list of it serves all operations that have one of the kind."""
    below = {kind: [f"{base}/{each}" for each in rules[kind]] for kind in ("roots", "paths", "never_paths")}
    given = {
        **rules,
        **below,
        **dict.fromkeys(("least_age_s", "least_bytes", "least_nice"), rules["least"]),
        "groups": rules["owners"],
    }
    lines = ['peers = ["root"]', "[never]"]
    lines += [f"{kind} = {json.dumps(given[f'never_{kind}'])}" for kind in NEVER]
    for operation, keys in KEYS.items():
        lines += [f"[operations.{operation}]", *(f"{key} = {json.dumps(given[key])}" for key in keys if key in given)]
        lines += ["programs = {}"] if "programs" in keys and not rules["programs"] else []
        lines = [line for line in lines if operation != "run_program" or not line.startswith("programs = [")]
    for name in rules["programs"]:
        lines += [f"[operations.run_program.programs.{name}]", f"argv = {json.dumps(PROGRAMS[name])}", "timeout_s = 5"]
    return "\n".join(lines)


# --- what the policy allows, in other words ---------------------------------------------------------------------------


def fits(text: str, pattern: str) -> bool:
    """In full; a path folder by folder."""
    if pattern.startswith("/"):
        parts, patterns = text.split("/"), pattern.split("/")
        return len(parts) == len(patterns) and all(map(fits, parts, patterns))
    form = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".").replace(r"\[", "[").replace(r"\]", "]")
    return re.fullmatch(form.replace("[!", "[^"), text, re.DOTALL) is not None


class Allowed:
    def __init__(self, rules: Mapping[str, Any], base: Path) -> None:
        self.rules, self._base = rules, base

    def unit(self, name: str) -> bool:
        patterns = [pattern for pattern in self.rules["units"] if "@" in pattern or "@" not in name]
        is_plain = re.fullmatch(r"[a-z][a-z0-9@-]*\.(service|socket)", name)
        return bool(is_plain) and any(fits(name, each) for each in patterns) and not self.is_protected(name)

    def is_protected(self, name: str) -> bool:
        return any(fits(name, pattern) for pattern in (*NEVER["units"], *self.rules["never_units"]))

    def container(self, name: str) -> bool:
        is_named = re.fullmatch(r"\w[\w.-]*", name) and any(fits(name, each) for each in self.rules["containers"])
        return bool(is_named) and not any(fits(name, pattern) for pattern in self.rules["never_containers"])

    def path(self, path: str) -> bool:
        return self._is_plain(path) and any(fits(path, f"{self._base}/{each}") for each in self.rules["paths"])

    def root(self, root: str) -> bool:
        """Neither what is never touched nor anything above it."""
        is_below = any(f"{root}/".startswith(f"{self._base}/{each}/") for each in self.rules["roots"])
        depth = root.count("/") + 1
        forbidden = (f"{self._base}/{each}".split("/") for each in self.rules["never_paths"])
        holds = any(fits(root, "/".join(parts[:depth])) for parts in forbidden if len(parts) >= depth)
        return self._is_plain(root) and is_below and not holds

    def _is_plain(self, path: str) -> bool:
        below = path.removeprefix(f"{self._base}/").split("/")
        places = [f"{self._base}/{'/'.join(below[:number])}" for number in range(1, len(below) + 1)]
        forbidden = [f"{self._base}/{each}" for each in self.rules["never_paths"]]
        touches = any(fits(place, pattern) for place in places for pattern in forbidden)
        return all(part and part[0] != "." and part.isprintable() for part in below) and not touches

    def user(self, uid: int) -> bool:
        return "*" in self.rules["users"] or any(pwd.getpwnam(name).pw_uid == uid for name in self.rules["users"])


def within(allowed: Allowed, operation: str, params: Mapping[str, Any]) -> bool:
    """Whether all that was let through lies in its allow-set."""
    rules, least = allowed.rules, allowed.rules["least"]
    holds = {
        "unit": allowed.unit,
        "property": ("MemoryMax", "CPUQuota").__contains__,
        "value": ("", "512M", "50%", "infinity").__contains__,
        "container": allowed.container,
        "roots": lambda roots: 0 < len(roots) <= 16 and all(map(allowed.root, roots)),
        "pattern": ("*", "*.tmp", "old.tmp").__contains__,
        "older_than_s": lambda age_s: type(age_s) in (int, float) and least <= age_s < 1e10,
        "max_bytes": lambda limit: type(limit) is int and limit > 0,
        "path": allowed.path,
        "size_bytes": lambda size: type(size) is int and size >= least,
        "owner": rules["owners"].__contains__,
        "group": rules["owners"].__contains__,
        "mode": rules["modes"].__contains__,
        "pid": lambda pid: type(pid) is int and pid > 1,
        "start_time": lambda ticks: type(ticks) is int and ticks >= 0,
        "signal": rules["signals"].__contains__,
        "nice": lambda nice: type(nice) is int and least <= nice <= 19,
        "io_class": rules["classes"].__contains__,
        "io_level": lambda level: type(level) is int and 0 <= level <= 7,
        "name": rules["programs"].__contains__,
    }
    return all(holds[name](params[name]) for name in PARAMETERS[operation] if name in params)


# --- the host, and what happens to it ---------------------------------------------------------------------------------


class Host:
    """A tree of files, one process, and a systemctl that only writes down what it is told."""

    def __init__(self, base: Path) -> None:
        self.base, self.argvs, self.signalled = base, list[Sequence[str]](), list[int]()
        self.child = subprocess.Popen(["sleep", "3600"])
        self.build()

    def build(self) -> None:
        for each in self.base.iterdir():
            shutil.rmtree(each)
        for name in TREE:
            (self.base / name).parent.mkdir(parents=True, exist_ok=True)
            (self.base / name).write_text(name)
            os.utime(self.base / name, (1e9, 1e9))
        (self.base / "scratch/link").symlink_to("../vault")
        (self.base / "logs/link").symlink_to("../vault")
        (self.base / "logs/link.log").symlink_to("../vault/b/web.log")
        os.link(self.base / "vault/old.tmp", self.base / "logs/hard.log")
        self.seen = self._look()

    def _look(self) -> Mapping[str, Any]:
        found = {}
        for folder, _, names in os.walk(self.base):
            for path in (folder, *(f"{folder}/{name}" for name in names)):
                now = os.lstat(path)
                found[path] = now.st_mode, now.st_uid, now.st_gid, now.st_size, now.st_ino, now.st_nlink
        return found

    def changed(self) -> set[str]:
        """Files that are others than before; folders count by owner and mode alone."""
        now = self._look()
        facts = {path: (self.seen.get(path), now.get(path)) for path in {*self.seen, *now}}
        return {path for path, (before, after) in facts.items() if _known(before) != _known(after)}

    def run(self, argv: Sequence[str], deadline_s: float, kept_bytes: int) -> Ended:
        if argv[:2] == ["systemctl", "show"]:
            return Ended(0, "\n\n".join(map(_shown, argv[argv.index("--") + 1 :])))
        self.argvs.append(list(argv))
        return Ended(0, "")

    def named(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """With real numbers for the processes."""
        pids = {"child": self.child.pid, "self": os.getpid(), "parent": os.getppid()}
        pid = pids.get(params["pid"], params["pid"]) if isinstance(params["pid"], str) else params["pid"]
        found = look(pid) if params["start_time"] == "right" and type(pid) is int else None
        return {**params, "pid": pid, "start_time": found.start_time if found else params["start_time"]}


def _known(facts: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return facts and (facts[:3] if stat.S_ISDIR(facts[0]) else facts)


def _shown(name: str) -> str:
    facts = {"Id": name, "Names": ALIASES.get(name, name), "LoadState": "loaded", "ActiveState": "active"}
    return "\n".join(f"{key}={value}" for key, value in {**facts, "Conflicts": FOES.get(name, "")}.items())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(tmp_path_factory.mktemp("fuzz"))
    token = RUNNER.set(made.run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signal.pidfd_send_signal", lambda fd, _: made.signalled.append(_pid_of(fd)))
        patch.setattr("os.setpriority", lambda _, pid, __: made.signalled.append(pid))
        for user in ("files", "logs", "stale_files"):
            patch.setattr(f"probed.helper.{user}.open_inodes", lambda **_: frozenset(), raising=False)
        patch.setenv("DOCKER_HOST", f"unix://{made.base}/docker.sock")
        yield made
    RUNNER.reset(token)
    made.child.kill()
    made.child.wait()


def _pid_of(fd: int) -> int:
    return int(re.findall(r"^Pid:\t(\d+)", Path(f"/proc/self/fdinfo/{fd}").read_text(), re.MULTILINE)[0])


def check_programs(host: Host, allowed: Allowed, operation: str, params: Mapping[str, Any]) -> None:
    for argv in host.argvs:
        if operation in (*UNIT_OPERATIONS, "set_unit_property"):
            names = ALIASES.get(params["unit"], params["unit"]).split()
            foes = (
                [FOES[params["unit"]]] if operation in ("start_unit", "restart_unit") and params["unit"] in FOES else []
            )
            assert argv[argv.index("--") + 1] == params["unit"]
            assert not any(map(allowed.is_protected, (*names, *foes)))
        elif operation == "run_program":
            assert tuple(argv) == PROGRAMS[params["name"]]
        elif operation == "vacuum_journal":
            assert argv == ["journalctl", f"--vacuum-size={params['size_bytes']}"]
        elif operation == "ionice_process":
            assert argv[-1] == str(host.child.pid)
        else:
            assert operation in ("sync_clock", "clean_package_cache")


def check(host: Host, allowed: Allowed, operation: str, params: Mapping[str, Any]) -> None:
    check_programs(host, allowed, operation, params)
    assert set(host.signalled) <= {host.child.pid}
    assert allowed.user(os.geteuid()) or not host.signalled
    touched = host.changed()
    if operation == "clean_files":
        assert all(any(path.startswith(f"{root}/") for root in params["roots"]) for path in touched)
        assert not any("/link" in path or "/." in path.removeprefix(str(host.base)) for path in touched)
    elif operation in LOG_OPERATIONS:
        assert all(path.startswith(params["path"]) and "/link" not in path for path in touched)
    else:
        assert touched <= ({params["path"]} if operation == "restore_mode" else set())
    if touched:
        host.build()


def below(base: Path, value: Any) -> Any:
    if isinstance(value, list):
        return [below(base, each) for each in value]
    return f"{base}/{value}" if isinstance(value, str) else value


def ask(host: Host, operation: str, params: Mapping[str, Any], policy: Policy, allowed: Allowed) -> bool:
    """Whether it was let through."""
    params = {name: below(host.base, value) if name in ("path", "roots") else value for name, value in params.items()}
    params = host.named(params) if "pid" in params else params
    host.argvs.clear()
    host.signalled.clear()
    try:
        request = request_of(request_line(Request(operation, params, 5.0)))
        passed = validated(policy, request.operation, request.params)
    except (ValueError, OperationRefused):
        return False
    assert within(allowed, operation, passed), f"{operation} {passed} is let through"
    with contextlib.suppress(OperationRefused, OperationFailed, OperationUnclear):
        OPERATIONS[operation](passed)
    check(host, allowed, operation, request.params)
    return True


@settings(max_examples=POLICIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**64))
def ask_all(host: Host, passed: Counter[str], seed: int) -> None:
    rng = Random(seed)
    rules = make_rules(rng)
    policy, allowed = parse_policy(policy_text(rules, host.base)), Allowed(rules, host.base)
    for operation in rng.choices(sorted(KEYS), k=REQUESTS_EACH):
        passed[operation] += ask(host, operation, make_params(rng, operation), policy, allowed)


@pytest.mark.no_cover
@pytest.mark.timeout(1800)  # a minute of a processor that it has for itself
def test_nothing_is_touched_that_the_policy_does_not_allow(host: Host) -> None:
    passed: Counter[str] = Counter()

    ask_all(host, passed)

    assert min(passed[operation] for operation in KEYS) >= LEAST_PASSED, passed

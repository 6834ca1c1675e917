"""No parameter leaves its allow-set, whatever it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probed.helper.done import OperationRefused
from probed.helper.operations import OPERATIONS
from probed.helper.policy import KEYS, parse_policy
from probed.helper.protocol import Request, request_line, request_of
from probed.helper.validators import NEVER, PARAMETERS, VALUES, validated

POLICY = parse_policy("""
peers = ["root"]
[never]
units = ["ssh*"]
containers = ["vault"]
paths = ["/srv/scratch/keep", "/srv/logs/audit*", "/srv/scratch/*/keep"]
[operations]
sync_clock = {}
clean_package_cache = {}
restart_unit = {units = ["*.service"]}
reload_unit = {units = ["nginx.service"]}
start_unit = {units = ["*.service", "getty@*.service"]}
stop_unit = {units = ["batch-*.service"]}
reset_failed_unit = {units = ["*"]}
enable_unit = {units = ["nginx.service"]}
disable_unit = {units = ["nginx.service"]}
set_unit_property = {units = ["batch-*.service"]}
restart_container = {containers = ["*"]}
start_container = {containers = ["web"]}
stop_container = {containers = ["web"]}
clean_files = {roots = ["/srv/scratch", "/tmp"], least_age_s = 3600}
rotate_log = {paths = ["/srv/logs/*.log"]}
compress_log = {paths = ["/srv/logs/*.log.*"]}
vacuum_journal = {least_bytes = 1000}
restore_mode = {paths = ["/srv/www/*"], owners = ["www-data"], groups = ["www-data"], modes = ["0644"]}
signal_process = {users = ["root", "nobody"], signals = ["CONT"]}
renice_process = {users = ["*"], least_nice = 5}
ionice_process = {users = ["*"], classes = ["idle"]}
run_program.programs.renew = {argv = ["/usr/bin/true", "--quiet"], timeout_s = 60}
""")
GOOD: Mapping[str, Mapping[str, object]] = {
    "sync_clock": {},
    "clean_package_cache": {},
    "restart_unit": {"unit": "nginx.service"},
    "reload_unit": {"unit": "nginx.service"},
    "start_unit": {"unit": "getty@tty1.service"},
    "stop_unit": {"unit": "batch-1.service"},
    "reset_failed_unit": {"unit": "srv-data.mount"},
    "enable_unit": {"unit": "nginx.service"},
    "disable_unit": {"unit": "nginx.service"},
    "set_unit_property": {"unit": "batch-1.service", "property": "MemoryMax", "value": "512M"},
    "restart_container": {"container": "web"},
    "start_container": {"container": "web"},
    "stop_container": {"container": "web"},
    "clean_files": {"roots": ["/srv/scratch/a/b", "/tmp"], "pattern": "*.tmp", "older_than_s": 3600},
    "rotate_log": {"path": "/srv/logs/web.log"},
    "compress_log": {"path": "/srv/logs/web.log.1"},
    "vacuum_journal": {"size_bytes": 1000},
    "restore_mode": {"path": "/srv/www/a.html", "owner": "www-data", "group": "www-data", "mode": "0644"},
    "signal_process": {"pid": 4711, "start_time": 99, "signal": "CONT"},
    "renice_process": {"pid": 4711, "start_time": 99, "nice": 19},
    "ionice_process": {"pid": 4711, "start_time": 99, "io_class": "idle", "io_level": 7},
    "run_program": {"name": "renew"},
}
ATTACKS: list[object] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**63,
    10**4000,
    1e308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "*",
    ".",
    "..",
    "/",
    "-",
    "--foo",
    "--now",
    "-H root@elsewhere",
    "../../etc/shadow",
    "/etc/shadow",
    "/etc/cortex/policy.toml",
    "/proc/1/mem",
    "/srv/scratch/../../etc",
    "/srv/scratch/./a",
    "/srv/scratch//a",
    "/srv/scratch/",
    "/srv/scratch/keep",
    "/srv/scratch/keep/deeper",
    "/srv/scratch/.ssh",
    "/srv",
    "//srv/scratch",
    "/srv/scratchy",
    "/srv/logs/../../etc/passwd.log",
    "/srv/logs/sub/web.log",
    "/srv/logs/audit.log",
    "/srv/logs/.log",
    "/srv/logs/web.log\n",
    "/srv/logs/web.log\0.log",
    "/srv/logs/\u202eweb.log",
    "srv/logs/web.log",
    "~/web.log",
    "$(reboot).service",
    "`reboot`.service",
    "nginx.service;reboot",
    "nginx.service reboot.target",
    "nginx.service\n",
    "nginx.service\0",
    "\nnginx.service",
    "-nginx.service",
    "--force.service",
    ".service",
    "@.service",
    "nginx@.service",
    "a/b.service",
    "nginx.serviсe",  # the c is Cyrillic
    "nginx\u200b.service",
    "ｎginx.service",
    "NGINX.SERVICE",
    "nginx.target",
    "init.scope",
    "-.mount",
    "-.slice",
    "sshd.service",
    "ssh.socket",
    "cortex-helper.service",
    "cortex-probed.service",
    "dbus.service",
    "systemd-reboot.service",
    "emergency.service",
    "a" * 300 + ".service",
    "a" * 100_000,
    "\ud800.service",
    "vault",
    "web\n",
    "web/../vault",
    "KILL",
    "SIGCONT",
    "cont",
    "9",
    "04755",
    "4755",
    "0777",
    "0644 ",
    "٠٦٤٤",  # digits, but not ASCII's
    "root",
    "root:root",
    "realtime",
    "0",
    "infinity",
    "512M; reboot",
    "512M\n",
    "-1%",
    "renew;sh",
    "__class__",
    [],
    {},
    ["nginx.service"],
    [["/tmp"]],
    [True],
    [None],
    ["/tmp", "/etc"],
    ["/"] * 17,
    ["/tmp"] * 10_000,
    {"unit": "nginx.service"},
]
VALUE = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(),
    st.from_regex(r"[-/.@a-z\\*]{0,12}\.(service|log|target)\n?"),
    st.from_regex(r"(/(srv|logs|scratch|www|tmp|\.\.|etc|keep|a)){0,6}\n?"),
    st.lists(st.from_regex(r"(/(srv|scratch|tmp|\.\.|etc|keep|a)){0,4}"), max_size=3),
    st.integers(),
    st.floats(),
    st.booleans(),
)
REQUESTS = st.sampled_from(sorted(KEYS)).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries({}, optional=dict.fromkeys(PARAMETERS[name], VALUE)))
)


def test_every_operation_has_its_parameters_and_its_part_of_the_policy() -> None:
    assert set(PARAMETERS) == set(KEYS) == set(GOOD) == set(POLICY.operations)


def test_every_operation_that_exists_can_be_allowed() -> None:
    assert set(OPERATIONS) <= set(KEYS)


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_what_the_policy_allows_comes_through_as_it_was_asked(operation: str) -> None:
    params = validated(POLICY, operation, GOOD[operation])

    assert {name: params[name] for name in GOOD[operation]} == GOOD[operation]


@pytest.mark.parametrize(
    ("operation", "laid_down"),
    [
        ("restart_unit", {"never": [*NEVER["units"], "ssh*"]}),
        ("restart_container", {"never": ["vault"]}),
        ("clean_files", {"allowed": ["/srv/scratch", "/tmp"]}),
        ("signal_process", {"users": [0, 65534]}),
        ("renice_process", {}),
        ("run_program", {"argv": ["/usr/bin/true", "--quiet"], "timeout_s": 60}),
        ("sync_clock", {}),
    ],
)
def test_what_the_policy_lays_down_stands_beside_it(operation: str, laid_down: Mapping[str, object]) -> None:
    params = validated(POLICY, operation, GOOD[operation])

    assert {name: value for name, value in params.items() if name not in GOOD[operation]} == laid_down


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_an_operation_that_the_policy_does_not_name_is_refused(operation: str) -> None:
    rest = {name: rule for name, rule in POLICY.operations.items() if name != operation}
    policy = type(POLICY)(POLICY.peers, POLICY.never, rest)

    with pytest.raises(OperationRefused, match="the policy does not allow"):
        validated(policy, operation, GOOD[operation])


@pytest.mark.parametrize("operation", ["rm", "", "allowed", "restart_unit ", "RESTART_UNIT", "__init__", "x" * 60_000])
def test_an_operation_that_does_not_exist_is_refused_in_few_words(operation: str) -> None:
    with pytest.raises(OperationRefused) as refusal:
        validated(POLICY, operation, {})

    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("operation", sorted(GOOD))
@pytest.mark.parametrize("name", ["argv", "never", "allowed", "users", "timeout_s", "roots ", ""])
def test_nothing_that_the_policy_lays_down_is_taken_from_a_request(operation: str, name: str) -> None:
    with pytest.raises(OperationRefused, match="takes"):
        validated(POLICY, operation, {**GOOD[operation], name: ["/bin/sh"]})


@pytest.mark.parametrize(("operation", "name"), [(each, name) for each, good in GOOD.items() for name in good])
def test_a_parameter_that_is_missing_is_refused(operation: str, name: str) -> None:
    with pytest.raises(OperationRefused, match="takes"):
        validated(POLICY, operation, {key: value for key, value in GOOD[operation].items() if key != name})


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ("clean_files", {"roots": ["/srv"]}),
        ("clean_files", {"roots": ["/srv/scratch"]}),  # holds what is never touched
        ("clean_files", {"roots": ["/srv/scratch/keep/a"]}),
        ("clean_files", {"roots": ["/srv/scratch/a"]}),  # may hold what the * stands for
        ("clean_files", {"roots": ["/srv/scratch/a/keep/b"]}),
        ("clean_files", {"roots": ["/tmp/../etc"]}),
        ("clean_files", {"roots": ["/tmp/.ssh"]}),
        ("clean_files", {"roots": "/tmp"}),
        ("clean_files", {"pattern": "../*"}),
        ("clean_files", {"older_than_s": 3599}),
        ("clean_files", {"older_than_s": True}),
        ("clean_files", {"older_than_s": float("inf")}),
        ("clean_files", {"max_bytes": 0}),
        ("clean_files", {"max_bytes": 1.5}),
        ("rotate_log", {"path": "/srv/logs/audit.log"}),
        ("rotate_log", {"path": "/srv/logs/sub/web.log"}),
        ("vacuum_journal", {"size_bytes": 999}),
        ("set_unit_property", {"property": "ExecStart"}),
        ("set_unit_property", {"property": ["MemoryMax"]}),
        ("set_unit_property", {"value": "50%%"}),
        ("set_unit_property", {"property": "CPUQuota"}),  # 512M is no share
        ("signal_process", {"pid": 1}),
        ("signal_process", {"pid": -4711}),
        ("signal_process", {"pid": 4711.0}),
        ("signal_process", {"pid": "4711"}),
        ("signal_process", {"pid": 2**22 + 1}),
        ("signal_process", {"signal": "KILL"}),
        ("renice_process", {"nice": 4}),
        ("renice_process", {"nice": -20}),
        ("renice_process", {"nice": 20}),
        ("ionice_process", {"io_class": "realtime"}),
        ("ionice_process", {"io_level": 8}),
        ("restore_mode", {"mode": "4755"}),
        ("restore_mode", {"mode": "0666"}),
        ("restore_mode", {"owner": "root"}),
        ("restore_mode", {"path": "/srv/www/a/b"}),
        ("run_program", {"name": "renew "}),
        ("restart_container", {"container": "vault"}),
        ("restart_unit", {"unit": "cortex-helper.service"}),
        ("restart_unit", {"unit": "sshd.service"}),
        ("restart_unit", {"unit": "podman-kube@-tmp-evil.yaml.service"}),
        ("start_unit", {"unit": "modprobe@dccp.service"}),
        ("reload_unit", {"unit": "apache2.service"}),
    ],
)
def test_a_parameter_outside_its_allow_set_is_refused(operation: str, changed: Mapping[str, object]) -> None:
    with pytest.raises(OperationRefused):
        validated(POLICY, operation, {**GOOD[operation], **changed})


@pytest.mark.parametrize(
    ("name", "value"),
    [("MemoryMax", ""), ("MemoryMax", "50%"), ("MemoryMax", "infinity"), ("CPUQuota", ""), ("CPUQuota", "12.5%")],
)
def test_a_property_takes_what_systemctl_takes_and_nothing_resets_it(name: str, value: str) -> None:
    asked = {"unit": "batch-1.service", "property": name, "value": value}

    assert validated(POLICY, "set_unit_property", asked)["value"] == value


@pytest.mark.parametrize(("operation", "name"), [(each, name) for each, good in GOOD.items() for name in good])
def test_no_attack_comes_through_any_parameter(operation: str, name: str) -> None:
    for attack in ATTACKS:
        outcome = outcome_of(operation, {**GOOD[operation], name: attack})
        assert outcome is None or is_within(operation, outcome), (name, attack)


@settings(max_examples=1500, deadline=None)
@given(REQUESTS)
@example(("clean_files", {"roots": ["/tmp"], "pattern": "*", "older_than_s": float("nan")}))
def test_whatever_is_asked_stays_within_the_policy(asked: tuple[str, dict[str, object]]) -> None:
    operation, params = asked
    outcome = outcome_of(operation, {**GOOD[operation], **params})
    assert outcome is None or is_within(operation, outcome)


@settings(max_examples=500, deadline=None)
@given(REQUESTS)
def test_what_came_over_the_wire_stays_within_the_policy(asked: tuple[str, dict[str, object]]) -> None:
    operation, params = asked
    try:
        request = request_of(request_line(Request(operation, {**GOOD[operation], **params}, 5.0)))
    except ValueError:
        return
    outcome = outcome_of(request.operation, request.params)
    assert outcome is None or is_within(operation, outcome)


def outcome_of(operation: str, params: Mapping[str, object]) -> Mapping[str, Any] | None:
    """None: refused, in few printable words."""
    try:
        return validated(POLICY, operation, params)
    except OperationRefused as refusal:
        reason = str(refusal)
    assert len(reason) < 5000
    assert reason.isprintable()
    return None


def is_within(operation: str, params: Mapping[str, Any]) -> bool:
    """The policy of this file, said once more in other words."""
    json.dumps(params, allow_nan=False)
    return all(WITHIN[name](operation, value) for name, value in params.items())


def unit_is_within(operation: str, unit: str) -> bool:
    allowed: Any = POLICY.operations[operation]["units"]
    return (
        unit.isascii()
        and not set(unit) & set(" /\n\0;$`")
        and unit[0] not in "-.@"
        and len(unit) < 256
        and any(fnmatchcase(unit, pattern) for pattern in allowed)
        and ("@" not in unit or (operation == "start_unit" and unit.startswith("getty@")))
        and not unit.startswith(("ssh", "cortex", "dbus", "emergency", "rescue"))
        and not any(word in unit for word in ("reboot", "halt", "kexec", "poweroff", "shutdown"))
    )


def path_is_within(operation: str, path: str) -> bool:
    parent = "/srv/www" if operation == "restore_mode" else "/srv/logs"
    ending = ".log" if operation == "rotate_log" else ""
    return str(PurePosixPath(path).parent) == parent and path.endswith(ending) and "/audit" not in path


def root_is_within(root: str) -> bool:
    """Below /srv/scratch each folder may hold one that is never touched, and the folders below that may not."""
    if ".." in root or "//" in root or "/." in root or root.endswith("/") or not root.isprintable():
        return False
    parts = root.split("/")[1:]
    if parts[:2] == ["srv", "scratch"]:
        return len(parts) > 3 and "keep" not in parts[2:4]
    return parts[0] == "tmp"


WITHIN: Mapping[str, Any] = {
    "unit": unit_is_within,
    "container": lambda operation, name: name.isascii() and "/" not in name and name != "vault" and name.isprintable(),
    "roots": lambda _, roots: 0 < len(roots) <= 16 and all(root_is_within(root) for root in roots),
    "pattern": lambda _, pattern: "/" not in pattern and pattern.isprintable() and len(pattern) < 256,
    "older_than_s": lambda _, age_s: type(age_s) in (int, float) and 3600 <= age_s < 1e10,
    "max_bytes": lambda _, limit: type(limit) is int and 0 < limit < 2**63,
    "path": path_is_within,
    "size_bytes": lambda _, size: type(size) is int and 1000 <= size < 2**63,
    "owner": lambda _, name: name == "www-data",
    "group": lambda _, name: name == "www-data",
    "mode": lambda _, mode: mode == "0644",
    "pid": lambda _, pid: type(pid) is int and 1 < pid <= 2**22,
    "start_time": lambda _, ticks: type(ticks) is int and 0 <= ticks < 2**63,
    "signal": lambda _, name: name == "CONT",
    "nice": lambda _, nice: type(nice) is int and 5 <= nice <= 19,
    "io_class": lambda _, name: name == "idle",
    "io_level": lambda _, level: type(level) is int and 0 <= level <= 7,
    "name": lambda _, name: name == "renew",
    "property": lambda _, name: name in VALUES,
    "value": lambda _, text: text.isascii() and set(text) <= set("0123456789KMGT%.infty") and len(text) < 20,
    "never": lambda operation, never: "cortex*" in never or never == ["vault"],
    "allowed": lambda _, roots: roots == ["/srv/scratch", "/tmp"],
    "users": lambda _, users: users == [0, 65534],
    "argv": lambda _, argv: argv == ["/usr/bin/true", "--quiet"],
    "timeout_s": lambda _, timeout_s: timeout_s == 60,
}

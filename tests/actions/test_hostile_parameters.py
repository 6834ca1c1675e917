"""A parameter that comes from text of the host never leaves its allow-set: each one of each action, with what such text
would put there."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probed.actions.registry import MODULES, build_actions
from probed.config.actions import (
    ActionsSettings,
    ContainersSettings,
    ProcessesSettings,
    RenewalSettings,
    RestoreModeSettings,
    RightfulSettings,
    ScriptSettings,
    UnitsSettings,
)
from probed.errors import ParameterError
from tests.corpus.reading import injections

SETTINGS = ActionsSettings(
    scripts={"requeue": ScriptSettings(argv=("/bin/true",))},
    renewals={"web": RenewalSettings(argv=("/bin/true",), path="/etc/ssl/web.pem")},
    restore_mode=RestoreModeSettings(
        baseline={"/etc/ssl/web.key": RightfulSettings(owner="root", group="root", mode="0600")}
    ),
    processes=ProcessesSettings(programs=("worker",)),
    containers=ContainersSettings(allow=("web",)),
    units=UnitsSettings(allow=("nginx", "worker@*.service")),
)
PROCESS = {"pid": 4_000_000, "start_time": 17, "program": "worker"}
UNIT = {"unit": "nginx.service"}
GOOD: Mapping[str, Mapping[str, object]] = {
    "clean_files": {"root": "/tmp", "pattern": "*.tmp", "older_than": "3d", "max_bytes": 4096},
    "clean_package_cache": {},
    "compress_log": {"path": "/var/log/app.log.1"},
    "continue_process": PROCESS,
    "enable_unit": UNIT,
    "free_deleted_space": PROCESS,
    "ionice_process": {**PROCESS, "io_class": "idle"},
    "raise_model_budget": {"budget": "day", "usd": 2.0},
    "reload_unit": UNIT,
    "renew_certificate": {"name": "web"},
    "renice_process": {**PROCESS, "nice": 10},
    "reset_failed_unit": UNIT,
    "restart_container": {"container": "web", "even_if_up": True},
    "restart_unit": {**UNIT, "even_if_up": True},
    "restore_mode": {"path": "/etc/ssl/web.key", "owner": "root", "group": "root", "mode": "0600"},
    "rotate_log": {"path": "/var/log/app.log"},
    "run_script": {"name": "requeue"},
    "set_unit_property": {**UNIT, "property": "MemoryMax", "value": "512M"},
    "start_container": {"container": "web"},
    "start_unit": UNIT,
    "stop_container": {"container": "web"},
    "stop_unit": UNIT,
    "sync_clock": {},
    "terminate_process": PROCESS,
    "vacuum_journal": {"size_bytes": 1_073_741_824},
}
"""What each action takes; one that is new has to be here."""
ONLY_COMPARED = ("program", "pattern")
"""Parameters that take any text, because it is only compared with what is there: with the name of the process that the
numbers mean, and with the names of files below the folders that are allowed."""
HOSTILE = (
    *(
        "sshd.service; rm -rf /",
        "$(reboot)",
        "`id`",
        "a|b",
        "a && b",
        "x\nExecStart=/bin/sh",
        "../../etc/shadow",
        "/etc/shadow",
    ),
    *(
        "/var/log/../../etc/shadow",
        "/tmp/../etc",
        "--force",
        "-rf",
        "",
        " ",
        "\0",
        "nginx.service\0",
        "nginx.service sshd.service",
    ),
    *(
        "ＮＧＩＮＸ.service",
        "nginx.service\u200b",
        "\u202eecivres.xnign",
        "nginx.servıce",
        "ssh.service",
        "dbus.service",
    ),
    *("${IFS}", "%2e%2e%2fetc", "ip-1-x7k2m9", "true", "0x10", "1e999", "9" * 400),
    *(text for _, text in injections()),
)
STRANGE: tuple[object, ...] = (
    None,
    [],
    {},
    ["nginx.service"],
    {"unit": "nginx.service"},
    -1,
    float("nan"),
    float("inf"),
    2**70,
)


def test_each_action_of_the_registry_is_tried() -> None:
    assert set(GOOD) == set(MODULES)


@pytest.mark.parametrize("name", GOOD)
def test_the_parameters_that_are_tried_are_all_that_it_takes(name: str) -> None:
    action = build_actions(SETTINGS).get(name)

    action.validate(GOOD[name])
    with pytest.raises(ParameterError) as caught:
        action.validate({**GOOD[name], "shell": "rm -rf /"})

    known = str(caught.value).rpartition(" knows ")[2].replace("no parameter", "").split(", ")
    left = {each for each in known if each} - set(GOOD[name])
    assert left <= {"older_than_s", "io_level"}, "another spelling of one that is tried"


@pytest.mark.parametrize(("name", "parameter"), [(name, each) for name, params in GOOD.items() for each in params])
def test_no_text_of_the_host_is_taken_for_a_parameter(name: str, parameter: str) -> None:
    """Refused, or only compared with what is there; then there is nothing of that name."""
    action = build_actions(SETTINGS).get(name)
    taken = []
    for value in (*HOSTILE, *STRANGE):
        if value == GOOD[name][parameter] or (isinstance(value, float | int) and parameter in ("usd", "start_time")):
            continue
        try:
            accepted = action.validate({**GOOD[name], parameter: value})
        except ParameterError:
            continue
        if accepted.get(parameter) == GOOD[name][parameter] or value is None:
            continue  # what nobody gave
        if parameter not in ONLY_COMPARED:
            taken.append(value)
        elif parameter == "program":
            assert not action.precondition(accepted).holds
        else:
            assert "/" not in str(value)
            assert accepted["root"] == "/tmp"

    assert taken == []

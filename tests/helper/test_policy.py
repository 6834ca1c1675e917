from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.helper.done import OperationRefused
from probed.helper.policy import EVERY_UID, KEYS, load_policy, parse_policy
from probed.helper.validators import validated
from tests.conftest import require
from tests.real.users import NOBODY

SHIPPED = Path(__file__).parents[2] / "systemd" / "policy.toml"
EMPTY = 'peers = ["root"]\n[never]\nunits = []\ncontainers = []\npaths = []\n[operations]\n'


def shipped(*, whole: bool = False) -> str:
    """`whole`: with all that it shows as an example."""
    text = SHIPPED.read_text().replace('["cortex", "root"]', '["root"]').replace("www-data", "nobody")
    if not whole:
        return text
    head, _, examples = text.partition("# Further operations")
    lines = [line.removeprefix("# ") for line in examples.splitlines() if "=" in line or line.startswith("# [")]
    return head + "\n".join(lines)


def test_the_shipped_policy_is_cautious() -> None:
    policy = parse_policy(shipped())

    risky = {"stop_unit", "enable_unit", "disable_unit", "set_unit_property", "restore_mode", "signal_process"}
    assert not risky & set(policy.operations)
    assert "run_program" not in policy.operations
    assert "restart_unit" in policy.operations
    assert "ssh*" in policy.never["units"]


@pytest.mark.parametrize("operation", ["restart_unit", "reload_unit", "start_unit"])
def test_the_shipped_policy_allows_the_instances_of_known_services_alone(operation: str) -> None:
    policy = parse_policy(shipped())

    for unit in ("nginx.service", "postgresql@15-main.service", "wg-quick@wg0.service"):
        assert validated(policy, operation, {"unit": unit})["unit"] == unit
    for unit in ("podman-kube@-tmp-evil.yaml.service", "modprobe@dccp.service", "user@0.service"):
        with pytest.raises(OperationRefused):
            validated(policy, operation, {"unit": unit})


def test_the_shipped_policy_shows_every_operation_there_is() -> None:
    assert set(parse_policy(shipped(whole=True)).operations) == set(KEYS)


def test_an_empty_policy_allows_nothing() -> None:
    policy = parse_policy(EMPTY)

    assert policy.operations == {}
    assert policy.peers == {0}


def test_a_star_is_every_user() -> None:
    text = EMPTY + '[operations.signal_process]\nusers = ["*"]\nsignals = ["CONT"]\n'

    assert parse_policy(text).operations["signal_process"]["users"] == EVERY_UID


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[operations.restrat_unit]\nunits = []", "restrat_unit"),
        ("[operations.restart_unit]", "operations.restart_unit has to have units"),
        ('[operations.restart_unit]\nunits = ["*"]\nroots = ["/"]', "roots"),
        ('[operations.restart_unit]\nunits = "*"', "units has to be a list of texts"),
        ("[operations.restart_unit]\nunits = [7]", "units has to be a list of texts"),
        ("[operations]\nrestart_unit = true", "restart_unit has to be a table"),
        ('[operations.clean_files]\nroots = ["tmp"]\nleast_age_s = 5', "'tmp' is no absolute path"),
        ('[operations.clean_files]\nroots = ["/tmp/"]\nleast_age_s = 5', "'/tmp/' is no absolute path"),
        ('[operations.clean_files]\nroots = ["/tmp/.."]\nleast_age_s = 5', "is no absolute path"),
        ('[operations.clean_files]\nroots = ["/tmp"]\nleast_age_s = true', "least_age_s has to be a whole number"),
        ('[operations.renice_process]\nusers = ["no such user"]\nleast_nice = 5', "name not found: 'no such user'"),
        ("[operations.run_program.programs.x]\nargv = []\ntimeout_s = 5", "argv is empty"),
        ('[operations.run_program.programs.x]\nargv = ["sh"]\ntimeout_s = 5', "'sh' is no absolute path"),
        ('[operations.run_program.programs.x]\nargv = ["/bin/sh"]', "timeout_s"),
        ('[operations.sync_clock]\nunits = ["*"]', "operations.sync_clock has to have nothing"),
        ("[operations.sync_clock", "Expected ']'"),
    ],
)
def test_a_policy_with_a_mistake_is_none_at_all(wrong: str, said: str) -> None:
    text = EMPTY.replace("[operations]\n", "") + wrong

    with pytest.raises((OperationRefused, ValueError)) as refusal:
        parse_policy(text)

    assert said in str(refusal.value)


@pytest.mark.parametrize("missing", ["peers", "never", "operations"])
def test_what_is_not_said_is_not_guessed(missing: str) -> None:
    text = "\n".join(line for line in EMPTY.splitlines() if missing not in line)

    with pytest.raises(OperationRefused):
        parse_policy(text)


# --- whose file it is -------------------------------------------------------------------------------------------------


def written(folder: Path) -> Path:
    require("root, whose file a policy has to be", present=os.geteuid() == 0)
    folder.chmod(0o755)
    path = folder / "policy.toml"
    path.write_text(EMPTY)
    path.chmod(0o644)
    return path


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_a_policy_of_roots_is_read(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path)).peers == {0}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.chmod(0o664), "others can change"),
        (lambda path: path.chmod(0o646), "others can change"),
        (lambda path: os.chown(path, NOBODY, 0), "does not belong to root; type: chown root"),
        (lambda path: path.parent.chmod(0o777), "others can change"),
        (lambda path: os.chown(path.parent, NOBODY, 0), "does not belong to root"),
        (lambda path: path.unlink(), "No such file"),
        (lambda path: (path.rename(path.parent / "real"), path.symlink_to("real")), "through a link"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
        (become_a_pipe, "is no file"),
        (lambda path: path.write_bytes(b"\xff"), "decode"),
        (lambda path: path.write_text("a = " + "[" * 100_000), "recursion"),
        (lambda path: path.write_text("#" * 2_000_000), "is no file of up to"),
    ],
)
def test_a_policy_that_somebody_else_could_have_written_is_refused(
    tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    path = written(tmp_path)
    spoil(path)

    with pytest.raises(OperationRefused, match=str(path)) as refusal:
        load_policy(path)

    assert said in str(refusal.value)

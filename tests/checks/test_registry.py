from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
from dataclasses import fields

import pytest

from probed.checks.registry import BUILT_IN, CheckRegistry
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Habit, Observation
from probed.errors import CheckFailed, HostFailed, ParameterError
from probed.host.mounts import Mount
from probed.ports import Checks
from tests.checks.looking import look


def refusal(check: str, params: dict[str, object]) -> ParameterError:
    with pytest.raises(ParameterError) as refused:
        CheckRegistry().bind(CheckCall(check, params))
    return refused.value


def test_the_registry_is_what_the_engine_needs() -> None:
    checks: Checks = CheckRegistry()

    assert checks.bind(CheckCall("memory")).name == "memory"


def test_an_unknown_check_names_the_nearest_one() -> None:
    assert "did you mean 'disk'?" in str(refusal("dsik", {}))


def test_an_unknown_parameter_names_itself_and_the_nearest_one() -> None:
    error = refusal("disk", {"warnign": "80%"})

    assert error.field == "warnign"
    assert "did you mean 'warning'?" in error.reason


@pytest.mark.parametrize(
    ("check", "params", "field", "reason"),
    [
        ("disk", {"warning": "a lot"}, "warning", "percentage"),
        ("disk", {"for": "soon"}, "for", "duration"),
        ("disk", {"for_s": 5}, "for_s", "unknown"),
        ("disk", {"mounts": [5]}, "mounts", "string"),
        ("disk", {"min_free": "much"}, "min_free", "size"),
        ("disk", {"full_within": "soon"}, "full_within", "duration"),
        ("load", {"unusual": "very"}, "unusual", "is none of on, off, and a number"),
        ("load", {"unusual": -1}, "unusual", "is none of on, off, and a number"),
        ("load", {"warning": True}, "warning", "number"),
        ("pressure", {"resources": "disk"}, "resources", "'cpu', 'memory' or 'io'"),
        ("tcp_port", {}, "port", "missing"),
        ("tcp_port", {"port": 70000}, "port", "65535"),
        ("tcp_port", {"port": 80, "timeout": 0}, "timeout", "greater than 0"),
        ("http", {"url": "example.org"}, "url", "http://"),
        ("tls_certificate", {}, "host", "needed"),
        ("tls_certificate", {"host": "a", "compare": [443]}, "compare", "no paths"),
        ("file", {"path": "relative"}, "path", "absolute"),
        ("file", {"path": "/x", "mode": 640}, "mode", "quotes"),
        ("processes", {"name": "a", "min": 3, "max": 2}, "max", "less than min"),
        ("command", {"command": ""}, "command", "at least 1"),
        ("command", {"command": "echo 'open"}, "command", "quotation"),
    ],
)
def test_an_unusable_parameter_is_named_with_the_reason(
    check: str, params: dict[str, object], field: str, reason: str
) -> None:
    error = refusal(check, params)

    assert error.field == field
    assert reason in error.reason


@pytest.mark.parametrize(
    ("unusual", "habit"),
    [(None, None), (False, None), ("off", None), (True, Habit()), ("on", Habit()), (20, Habit(20.0))],
)
def test_any_check_has_its_numbers_compared_with_the_past_where_the_document_wants_it(
    unusual: object, habit: Habit | None
) -> None:
    [seen] = CheckRegistry().bind(CheckCall("memory", {"unusual": unusual})).look()

    assert isinstance(seen, Observation)
    assert seen.habit == habit


def test_what_the_host_does_not_have_is_absent_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")

    assert look("docker_container") == (Absent("Docker engine"),)


def test_no_answer_of_the_host_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> tuple[Mount, ...]:
        raise HostFailed("the table of mounts is gone")

    monkeypatch.setattr("probed.checks.filesystems.mounts", fail)

    with pytest.raises(CheckFailed, match="table of mounts"):
        look("disk")


def test_no_check_is_imported_before_its_first_use() -> None:
    script = """
import json, sys
from probed.checks.registry import CheckRegistry
from probed.core.inspection import CheckCall
registry = CheckRegistry()
before = [name for name in registry.names() if f"probed.checks.{name}" in sys.modules]
for name, params in {"docker_container": {}, "tls_certificate": {"host": "a"}, "cpu": {}}.items():
    registry.bind(CheckCall(name, params))
heavy = [name for name in ("docker", "requests", "cryptography", "http.client") if name in sys.modules]
print(json.dumps([before, heavy]))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert json.loads(done.stdout) == [[], []]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_check_documents_each_of_its_parameters(name: str) -> None:
    module = importlib.import_module(BUILT_IN[name])

    undocumented = [
        each.name.removesuffix("_s")
        for each in fields(module.Params)
        if f"`{each.name.removesuffix('_s')}`" not in (module.__doc__ or "")
    ]

    assert undocumented == []


def test_a_check_that_hangs_again_and_again_holds_two_threads_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, hanging = threading.Event(), threading.Semaphore(0)

    def hang(params: object) -> CheckAnswer:
        hanging.release()
        let_go.wait(20)
        return (Absent("nothing"),)

    monkeypatch.setattr("probed.checks.entropy.look", hang)
    check = CheckRegistry().bind(CheckCall("entropy"))
    threads = [threading.Thread(target=check.look) for _ in range(2)]
    for thread in threads:
        thread.start()
        hanging.acquire(timeout=20)

    with pytest.raises(CheckFailed, match="have not come back yet"):
        check.look()

    let_go.set()
    for thread in threads:
        thread.join(20)
    assert check.look() == (Absent("nothing"),)

from __future__ import annotations

from pathlib import Path

import pytest

from probed.errors import HostFailed, NotHere
from probed.host import systemd
from tests.host.scripted import booted, show_block

KILLED = show_block(
    "t-kill.service",
    MainPID="0",
    Result="signal",
    ExecMainCode="2",
    ExecMainStatus="9",
    ActiveState="failed",
    SubState="failed",
    NRestarts="3",
    TriggeredBy="t-kill.timer t-kill.socket",
)
UNKNOWN = show_block(
    "nope.service",
    Type="",
    LoadState="not-found",
    ActiveState="inactive",
    UnitFileState="",
    InactiveExitTimestampMonotonic="0",
    ConditionResult="no",
    ConditionTimestampMonotonic="0",
)


def test_units_are_read_in_the_order_of_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = booted(tmp_path, monkeypatch)
    scripted.answer("systemctl", f"{KILLED}\n{UNKNOWN}")

    killed, unknown = systemd.show(["t-kill.service", "nope.service"])

    assert (killed.name, killed.active_state, killed.result) == ("t-kill.service", "failed", "signal")
    assert (killed.exec_main_code, killed.exec_main_status, killed.restarts) == (2, 9, 3)
    assert killed.triggered_by == ("t-kill.timer", "t-kill.socket")
    assert killed.started_at_s == pytest.approx(2579.720141)
    assert (unknown.load_state, unknown.unit_file_state, unknown.started_at_s) == ("not-found", "", 0)
    assert scripted.calls("systemctl")[0].endswith("-- t-kill.service nope.service")


def test_a_condition_that_was_never_looked_at_has_not_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = show_block("t-cond.service", ConditionResult="no", ConditionTimestampMonotonic="5000")
    booted(tmp_path, monkeypatch).answer("systemctl", f"{UNKNOWN}\n{failed}")

    unknown, skipped = systemd.show(["nope.service", "t-cond.service"])

    assert not unknown.condition_failed
    assert skipped.condition_failed


def test_names_of_listed_units_are_their_first_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = booted(tmp_path, monkeypatch)
    scripted.answer(
        "systemctl",
        "t-kill.service    loaded failed     failed       Test t-kill\n"
        "t-loop.service    loaded activating auto-restart Test t-loop\n",
    )

    names = systemd.list_units(["t-*.service"], states=["failed", "auto-restart"])

    assert names == ("t-kill.service", "t-loop.service")
    assert "--state=failed --state=auto-restart -- t-*.service" in scripted.calls("systemctl")[0]


def test_a_host_without_systemd_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = booted(tmp_path, monkeypatch)
    scripted.answer("systemctl", KILLED)
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "nothing"))

    with pytest.raises(NotHere, match="systemd"):
        systemd.show(["t-kill.service"])

    assert not (scripted.folder / "systemctl.calls").exists()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"stderr": "Failed to connect to bus: Host is down", "exit_code": 1}, "Host is down"),
        ({"stdout": KILLED, "sleep_s": 20}, "no answer within"),
        ({"stdout": ""}, "told of 0 units"),
    ],
)
def test_what_is_no_answer_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, str | int], reason: str
) -> None:
    booted(tmp_path, monkeypatch).answer("systemctl", **answer)  # type: ignore[arg-type]

    with pytest.raises(HostFailed, match=reason):
        systemd.show(["t-kill.service"], deadline_s=0.5 if "sleep_s" in answer else 60)


def test_a_systemctl_that_cannot_be_started_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HostFailed, match="systemctl"):
        systemd.list_units()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nginx", "nginx.service"),
        ("dbus-org.freedesktop.login1", "dbus-org.freedesktop.login1.service"),
        ("backup.timer", "backup.timer"),
        ("nginx*", "nginx*.service"),
    ],
)
def test_a_name_without_a_type_is_a_service(written: str, meant: str) -> None:
    assert systemd.full_name(written) == meant


def test_what_enabling_goes_by_is_read_from_the_file_and_what_was_dropped_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = (
        "# /etc/systemd/system/web.service\n[Unit]\nWants=other.service\n[Install]\nWantedBy=a.target \\\n  b.target\n"
    )
    dropped = "# /etc/systemd/system/web.service.d/x.conf\n[Install]\n# Alias=no.service\nAlias=\nAlias=www.service\n"
    booted(tmp_path, monkeypatch).answer("systemctl", f"{file}Alias=old.service\n\n{dropped}")

    assert systemd.install_section("web.service") == {
        "WantedBy": ("a.target", "b.target"),
        "Alias": ("www.service",),
    }

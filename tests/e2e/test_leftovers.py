"""A daemon that is killed outside systemd leaves the programs of its checks behind; the next one ends them."""

from __future__ import annotations

from pathlib import Path

from tests.real.daemon import RealDaemon

CHECK = (
    'timeout: 60s\nchecks:\n  - command: {{command: [sh, -c, "echo $$ >{pid}; sleep 300"], timeout: 50s, name: slow}}'
)


def lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_the_next_daemon_ends_what_a_killed_one_left_running(tmp_path: Path) -> None:
    daemon = RealDaemon(tmp_path)
    pid_file = tmp_path / "pid"
    daemon.document("slow", CHECK.format(pid=pid_file))
    daemon.start()
    daemon.wait_until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    left = pid_file.read_text().strip()
    daemon.kill()
    assert lives(left)

    daemon.document("slow", "schedule: every 1h\nchecks:\n  - load: {}")
    with daemon:
        assert not lives(left)
        assert "that an earlier daemon left behind" in daemon.log

"""A host with ten services is covered in one command, on a machine with a real systemd."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

FIRST_PORT = 20800
SERVICES = tuple(f"shop-{number}" for number in range(10))
SET_UP = f"""
set -e
mkdir -p /srv/www /var/backups/shop
for number in $(seq 0 9); do
  cat >/etc/systemd/system/shop-$number.service <<UNIT
[Service]
ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv/www $(({FIRST_PORT} + number))
[Install]
WantedBy=multi-user.target
UNIT
done
for days in 1 2 3; do
  head -c 5000 /dev/zero >/var/backups/shop/$days.dump
  touch -d "$days days ago" /var/backups/shop/$days.dump
done
systemctl daemon-reload
systemctl enable --now --quiet shop-{{0..9}}
"""
LISTENING = f"""
for port in $(seq {FIRST_PORT} {FIRST_PORT + 9}); do
  curl -s --retry 20 --retry-connrefused -o /dev/null 127.0.0.1:$port
done
"""


def said(host: Machine, *options: str) -> Any:
    done = host.run(f"cortexctl discover --json {' '.join(options)}", timeout_s=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(host: Machine, command: str) -> str:
    done = host.run(command, timeout_s=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_ten_services_are_covered_in_one_command_and_only_changes_are_proposed_after_it(host: Machine) -> None:
    run(host, SET_UP)
    run(host, LISTENING)
    before = run(host, "ls /etc/cortex/inspections")

    shown = said(host)
    assert run(host, "ls /etc/cortex/inspections") == before
    added = "\n".join(line for document in shown["documents"] for line in document["added"])
    assert all(name in added for name in SERVICES)
    assert all(f"port: {FIRST_PORT + number}, program: python3" in added for number in range(10))
    assert "path: /var/backups/shop/*.dump, max_age: 36h, min_size: 2.4KiB" in added

    assert said(host, "--write")["written"]
    run(host, "cortexctl validate && systemctl reload cortex-probed")
    assert said(host)["documents"] == []
    covered = json.loads(run(host, "cortexctl run found-services --wait --json"))
    assert covered["verdict"] == "ok", covered

    run(host, "systemctl stop shop-3 && systemctl disable --now --quiet shop-4")
    [change] = said(host)["documents"]
    [line] = [each for each in change["diff"].splitlines() if each.startswith("+  - systemd_unit")]
    assert "shop-3" in line
    assert "shop-4" not in line

"""A host is covered in one command, on a machine with a real systemd: ten services, and a server as Debian has it."""

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
    services, ports = said(host)["documents"]
    [line] = services["left"]
    assert "shop-3" in line
    assert "shop-4" not in line
    [port] = ports["removed"]
    assert port.startswith(f"port: {{port: {FIRST_PORT + 4}, ")


INSTALL = """
systemctl disable --now --quiet shop-{0..9}
rm -f /etc/cortex/inspections/found-* /etc/cortex/inspections/.discovered.json
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
  nginx-light redis-server postgresql postfix cron restic openssl >/dev/null
# the machine has the host's network, and others there may have the usual port
sed -i 's/^smtp      inet/587       inet/' /etc/postfix/master.cf
systemctl restart postfix
"""
CERTIFIED = """
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout /etc/nginx/shop.key -out /etc/nginx/shop.pem \
  -subj /CN=shop.test -addext subjectAltName=DNS:shop.test 2>/dev/null
cat >/etc/nginx/sites-enabled/shop <<'SITE'
server { listen 8443 ssl; ssl_certificate /etc/nginx/shop.pem; ssl_certificate_key /etc/nginx/shop.key; }
SITE
systemctl restart nginx
"""
BACKED_UP = """
set -e
mkdir -p /srv/restic /srv/dumps
cat >/usr/local/bin/nightly <<'SCRIPT'
#!/bin/sh
export RESTIC_REPOSITORY=/srv/restic RESTIC_PASSWORD=x
restic -q backup /etc/cron.d
SCRIPT
chmod +x /usr/local/bin/nightly
RESTIC_PASSWORD=x restic -q -r /srv/restic init
/usr/local/bin/nightly
cat >/etc/cron.d/mine <<'TABLE'
30 2 * * * root /usr/local/bin/nightly
TABLE
cat >/etc/systemd/system/dump.service <<'UNIT'
[Service]
Type=oneshot
User=postgres
Environment=DEST=/srv/dumps
ExecStart=/bin/sh -c 'exec pg_dump postgres -f ${DEST}/shop-$(date +%%u).sql'
UNIT
cat >/etc/systemd/system/dump.timer <<'UNIT'
[Timer]
OnCalendar=*-*-* 04:00:00
[Install]
WantedBy=timers.target
UNIT
chown postgres /srv/dumps
systemctl daemon-reload
systemctl enable --now --quiet dump.timer
systemctl start dump.service
"""
FOUND = ("services", "ports", "web", "certificates", "postgresql", "redis", "backups", "jobs")
NOT_OTHERS = "sed -i '/port: [0-9]*, user:/d' /etc/cortex/inspections/found-ports.md"
"""The machine has the host's network; whose programs are not seen are of other tests, and may end at any time."""
ROLE = 'su postgres -c \'psql -q -h /run/postgresql -c "CREATE ROLE cortex LOGIN" -c "GRANT pg_monitor TO cortex"\''


def of_topic(shown: Any, name: str) -> tuple[list[str], list[str]]:
    [topic] = [each for each in shown["topics"] if each["topic"] == name]
    return topic["found"], topic["watched_by"]


def changes(shown: Any) -> list[str]:
    """Without the ports of other tests."""
    kinds = ("added", "left", "removed")
    lines = [line for document in shown["documents"] for kind in kinds for line in document[kind]]
    return [line for line in lines if not line.startswith("port: ") or "program: " in line]


def removed(shown: Any) -> list[str]:
    return [line.split(":")[0] for document in shown["documents"] for line in document["removed"]]


def test_a_server_of_debian_is_covered_and_quiet_at_once(host: Machine) -> None:
    done = host.run(INSTALL, timeout_s=400)
    assert done.returncode == 0, done.stderr
    run(host, CERTIFIED)
    run(host, BACKED_UP)

    shown = said(host, "--write")

    assert of_topic(shown, "PostgreSQL") == (["/run/postgresql:5432"], ["+found-postgresql"])
    assert of_topic(shown, "Redis") == (["127.0.0.1:6379"], ["+found-redis"])
    assert "tcp/587" in of_topic(shown, "mail servers")[0]
    assert of_topic(shown, "cron jobs") == (["nightly"], ["+found-jobs"])
    assert "dump.timer" in of_topic(shown, "timers")[0]
    assert of_topic(shown, "timers")[1] == ["jobs"]
    assert "tcp/8443" in of_topic(shown, "certificates on the wire")[0]
    assert "/etc/nginx/shop.pem" in of_topic(shown, "certificates on disk")[0]
    added = [line for document in shown["documents"] for line in document["added"]]
    assert any(line.startswith("port: {port: 587, program: master, user: root}") for line in added)
    assert any(line.startswith("port: {port: 80, program: nginx, user: root}") for line in added)
    assert "backup: {path: /srv/restic/snapshots/*, max_age: 36h, min_size: 'off', shrink: 'off'}" in "\n".join(added)
    assert "backup: {path: /srv/dumps/shop-*.sql, max_age: 36h, min_size: " in "\n".join(added)
    assert shown["troubles"] == []
    folder, role = sorted(shown["to_do"], key=len)
    assert folder == "the files in /srv/restic/snapshots: let the daemon's user read the folder"
    assert "CREATE ROLE cortex LOGIN" in role

    run(host, NOT_OTHERS)
    run(host, "cortexctl validate && systemctl reload cortex-probed")
    assert changes(said(host)) == []
    assert said(host)["to_do"] == shown["to_do"]
    verdicts_are_ok(host)

    run(host, f"cd /; {ROLE}; chmod o+rx /srv/restic /srv/restic/snapshots")
    assert said(host)["to_do"] == []
    verdicts_are_ok(host)
    alerts = json.loads(run(host, "cortexctl alerts list --json"))
    assert [each for each in alerts if str(each).count("found-")] == []


def verdicts_are_ok(host: Machine) -> None:
    for name in FOUND:
        covered = json.loads(run(host, f"cortexctl run found-{name} --wait --json"))
        assert covered["verdict"] == "ok", covered


def test_only_what_changed_is_proposed_and_what_a_person_wrote_stays(host: Machine) -> None:
    """On the server of the test before."""
    run(host, "systemctl stop redis-server")
    assert changes(said(host)) == [], "what is down is to be told, not forgotten"

    run(host, "sed -i '/127.0.0.1:80/s/warning: 1s/warning: 7s/' /etc/cortex/inspections/found-web.md")
    run(host, "sed -i 's/^30 2/45 3/' /etc/cron.d/mine")
    assert (
        host.run("apt-get -qq purge -y redis-server >/dev/null; systemctl daemon-reload", timeout_s=200).returncode == 0
    )
    shown = said(host, "--write")

    gone = removed(shown)
    assert {"heartbeat", "port", "systemd_unit", "redis", "redis_memory"} <= set(gone)
    assert [each for each in gone if not each.startswith("redis")].count("port") == 1
    left = [line for document in shown["documents"] for line in document["left"]]
    assert any(line.startswith("heartbeat: {name: nightly, cron: 45 3 * * *}") for line in left)
    assert host.run("ls /etc/cortex/inspections/found-redis.md").returncode != 0
    assert "warning: 7s" in run(host, "cat /etc/cortex/inspections/found-web.md")

    run(host, "cortexctl validate && systemctl reload cortex-probed")
    assert changes(said(host)) == []

"""What backup programs left behind is found by the words of those who start them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from probed.discovery import backup_programs, backups
from probed.discovery.backup_programs import targets
from probed.discovery.proposal import Found, Noted
from probed.discovery.scheduled import Scheduled, text_of
from probed.discovery.trial import look
from probed.host.artefacts import newest_first
from tests.real.filesystems import btrfs
from tests.real.packages import program

DAY_S = 86400.0


def planned(command: str, pause_s: float = DAY_S) -> Scheduled:
    return Scheduled("/etc/cron.d/mine", text_of(command), lambda: pause_s, "found-jobs")


def found(*programs: Scheduled) -> list[Found | Noted]:
    return list(backups.find([], programs))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("borg create /srv/borg::{now} /home", ["/srv/borg/index.*"]),
        ("borg create 'ssh://u@h/./repo::{now}' /home", [""]),
        ("BORG_REPO=/srv/borg borg create ::{now} /home", ["/srv/borg/index.*"]),
        ("borg check --repository-only /srv/borg", []),
        ("restic -q -r /srv/restic backup /home", ["/srv/restic/snapshots/*"]),
        ("RESTIC_REPOSITORY=s3:https://h/b restic backup /home", [""]),
        ("restic --repo=/srv/restic backup /home", ["/srv/restic/snapshots/*"]),
        ("duplicity --no-encryption /home file:///srv/dup", ["/srv/dup/duplicity-*.manifest*"]),
        ("duplicity /home sftp://u@h/dup", [""]),
        ("pg_dump shop | gzip > /var/backups/shop-$(date +\\%F).sql.gz", ["/var/backups/shop-*.sql.gz"]),
        ('pg_dumpall -f "/srv/dumps/all.sql" 2>/dev/null', ["/srv/dumps/all.sql"]),
        ("mysqldump --all-databases --result-file=/srv/my-%u.sql", ["/srv/my-*.sql"]),
        ("mongodump --archive=/srv/mongo/`date +%F`.gz --gzip", ["/srv/mongo/*.gz"]),
        ("tar -czf /srv/etc-$DAY.tar.gz /etc", ["/srv/etc-*.tar.gz"]),
        ("tar xzf /srv/release.tar.gz -C /opt", []),
        ("sqlite3 /srv/app.db \".backup '/srv/backup/app.db'\"", ["/srv/backup/app.db"]),
        ("mysqldump shop > /tmp/shop.sql", []),
        ("kopia snapshot create /home", [""]),
        ("rsync -r /a /b", []),
        ("date > /srv/backup/stamp", []),
    ],
)
def test_the_words_of_a_command_tell_where_it_puts_what(command: str, expected: Sequence[str]) -> None:
    assert [each.pattern for each in targets(text_of(command))] == expected


def test_a_script_is_read_with_its_variables(tmp_path: Path) -> None:
    script = tmp_path / "nightly"
    script.write_text(
        "#!/bin/sh\n# borg create /old::x\nBASE=/srv/backup\nexport BORG_REPO=$BASE/borg\nDAY=$(date +%F)\n"
        'DEST="$BASE/$DAY"\nborg create ::{now} \\\n  /home\npg_dump shop > "${DEST}/shop.sql"\n'
    )

    patterns = [each.pattern for each in targets(text_of(f"nice {script} --quiet"))]

    assert patterns == ["/srv/backup/borg/index.*", "/srv/backup/*/shop.sql"]


def test_settings_of_rsnapshot_snapper_btrbk_and_borgmatic_tell_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapper and btrbk want Btrfs as root: their settings are as their manuals have them."""
    files = {
        "rsnapshot.conf": "# a comment\nsnapshot_root\t/srv/snap/\nretain\thourly\t6\nretain\tdaily\t7\n",
        "btrbk.conf": "volume /mnt/pool\n  target send-receive /mnt/backup\n  target ssh://host/backup\n",
        "snapper/root": 'SUBVOLUME="/"\nTIMELINE_CREATE="yes"\n',
        "snapper/home": 'SUBVOLUME="/home"\nTIMELINE_CREATE="no"\n',
        "borgmatic/config.yaml": "repositories:\n  - path: /srv/matic\n  - path: ssh://u@h/matic\n",
        "borgmatic/old.yaml": "location:\n  repositories: [/srv/older]\n",
        "borgmatic/broken.yaml": "{",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(backup_programs, "RSNAPSHOT_CONF", tmp_path / "rsnapshot.conf")
    monkeypatch.setattr(backup_programs, "BTRBK_CONF", tmp_path / "btrbk.conf")
    monkeypatch.setattr(backup_programs, "SNAPPER_CONFS", tmp_path / "snapper")
    monkeypatch.setattr(backup_programs, "BORGMATIC_CONFS", (tmp_path / "borgmatic",))

    def patterns(command: str) -> list[str]:
        return [each.pattern for each in targets(command)]

    assert patterns("/usr/bin/rsnapshot hourly") == ["/srv/snap/hourly.*"]
    assert patterns("rsnapshot configtest") == []
    assert patterns("/usr/bin/btrbk run") == ["/mnt/backup/*", ""]
    assert patterns("/usr/lib/snapper/systemd-helper --timeline") == ["/.snapshots/*/info.xml"]
    assert patterns("borgmatic --verbosity 0") == ["/srv/matic/index.*", "", "/srv/older/index.*"]


def backup_with(tool: str, data: Path, place: Path) -> str:
    """Make one by the real program; the command that a table of cron would have."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(place.parent),
        "RESTIC_PASSWORD": "x",
        "TMPDIR": str(place.parent),
    }
    environment |= {
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        "RESTIC_CACHE_DIR": str(place.parent / "cache"),
    }

    def run(*argv: str) -> None:
        subprocess.run(argv, check=True, capture_output=True, timeout=60, env=environment)

    path = program(tool, {"borg": "borgbackup"}.get(tool, tool))
    match tool:
        case "borg":
            run(path, "init", "-e", "none", str(place))
            run(path, "create", f"{place}::one", str(data))
            return f"borg create {place}::{{now}} {data}"
        case "restic":
            run(path, "init", "-r", str(place))
            run(path, "-r", str(place), "backup", str(data))
            return f"restic -r {place} backup {data}"
        case "duplicity":
            run(path, "--no-encryption", "--archive-dir", str(place.parent / "cache"), str(data), f"file://{place}")
            return f"duplicity --no-encryption {data} file://{place}"
        case _:
            conf = place.parent / "rsnapshot.conf"
            settings = {"config_version": "1.2", "snapshot_root": f"{place}/", "cmd_rsync": "/usr/bin/rsync"}
            settings |= {"cmd_rm": "/bin/rm", "retain": "daily\t7", "lockfile": str(place.parent / "rsnapshot.pid")}
            lines = [f"{key}\t{value}" for key, value in settings.items()]
            conf.write_text("\n".join([*lines, f"backup\t{data}/\tlocalhost/", ""]))
            run(path, "-c", str(conf), "daily")
            return f"rsnapshot -c {conf} daily"


@pytest.mark.parametrize("tool", ["borg", "restic", "duplicity", "rsnapshot"])
def test_a_backup_of_the_real_program_is_found_and_well_at_once(tool: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "file").write_text("what must not be lost")
    command = backup_with(tool, data, tmp_path / "place")

    [made] = found(planned(command))

    assert isinstance(made, Found)
    assert (made.params["max_age"], made.is_up) == ("36h", True)
    assert made.why == f"{tool}, by /etc/cron.d/mine every 1d"
    assert made.detail.startswith("the last one is ")
    assert look(made.check, made.call_params).fault == ""


def test_what_btrbk_sends_tells_its_age_and_a_snapshot_beside_its_source_does_not(tmp_path: Path) -> None:
    tool, place = program("btrfs", "btrfs-progs"), tmp_path / "pool"
    place.mkdir()
    with btrfs(place, tmp_path / "image"):
        subprocess.run([tool, "subvolume", "create", place / "data"], check=True, capture_output=True)
        subprocess.run(
            [tool, "subvolume", "snapshot", "-r", place / "data", place / "kept"], check=True, capture_output=True
        )
        (place / "sent").mkdir()
        with subprocess.Popen([tool, "send", "-q", place / "kept"], stdout=subprocess.PIPE) as sending:
            subprocess.run([tool, "receive", place / "sent"], stdin=sending.stdout, check=True, capture_output=True)
        [source], [kept], [sent] = (newest_first(f"{place}/{name}") for name in ("dat?", "kep?", "sent/*"))

    assert kept.made_at == source.made_at < sent.made_at


def test_one_that_was_never_made_is_not_begun_and_one_elsewhere_is_only_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_programs, "NO_OUTPUT", ("/dev/",))
    missing, elsewhere = found(
        planned(f"pg_dump a > {tmp_path}/a-$(date).sql"), planned("restic -r rest:https://u:hunter22@h/r backup /")
    )

    assert isinstance(missing, Found)
    assert (missing.is_up, missing.detail) == (False, "none is there yet")
    assert isinstance(elsewhere, Noted)
    assert elsewhere.name.startswith("restic: rest:https://u:***")
    assert elsewhere.name.endswith("@h/r (/etc/cron.d/mine; its last one is not seen here)")
    assert elsewhere.watched_by == "found-jobs"


def test_what_a_job_makes_is_not_found_a_second_time_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_programs, "NO_OUTPUT", ("/dev/",))
    for day in range(3):
        (tmp_path / f"shop-{day}.sql").write_bytes(b"x" * 4096)
    job = planned(f"pg_dump shop > {tmp_path}/shop-$(date +%u).sql", pause_s=7 * DAY_S)

    [made] = backups.find([str(tmp_path)], [job])

    assert isinstance(made, Found)
    assert made.params == {"path": f"{tmp_path}/shop-*.sql", "max_age": "252h", "min_size": "2.0KiB"}

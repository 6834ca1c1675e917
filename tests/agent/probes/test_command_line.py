from __future__ import annotations

import shlex
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.agent.probes import command_line
from probed.agent.probes.command_line import LONGEST, masked_command, masked_shell

WITH_SECRETS = (
    "mysql -uann -phunter2 shop",
    "cd / && mysqldump -u ann -p'hun ter2' shop | gzip > /x",
    "sudo -u postgres psql postgres://ann:hunter2@db/shop",
    'psql "host=db user=ann password=hunter2"',
    "PGPASSWORD=hunter2 psql -h db",
    "curl -uann:hunter2 https://x",
    "curl --user=ann:hunter2 https://x",
    "curl --proxy-user=ann:hunter2 https://x",
    "curl -sSu ann:hunter2 https://x",
    "curl -sSuann:hunter2 https://x",
    'curl -H "X-Auth-Token: hunter2" https://x',
    "curl -H 'Authorization: Bearer hunter2hunter2' https://x",
    'curl -b "sid=hunter2" https://x',
    "curl --oauth2-bearer hunter2 https://x",
    "wget --http-password=hunter2 --user=ann https://x",
    "wget --password hunter2 https://x",
    "redis-cli -a hunter2 ping",
    "redis-cli -h db AUTH hunter2",
    "redis-server --requirepass hunter2",
    "sshpass -p hunter2 ssh ann@h",
    "sshpass -phunter2 ssh -p 22 ann@h",
    "rsync --rsh='sshpass -p hunter2 ssh' a b",
    "smbclient -U ann%hunter2 //h/s",
    "smbclient -Uann%hunter2 //h/s",
    "smbclient --user=WG/ann%hunter2 //h/s",
    "ldapsearch -x -D cn=a -w hunter2 -b dc=x",
    "ldapsearch -x -whunter2",
    "openssl enc -aes256 -passin pass:hunter2 -k hunter2",
    'openssl rsa -passin "pass:hunter2"',
    "docker login -u ann -p hunter2 r.example",
    "docker login -phunter2",
    "docker run -e DB_PASS=hunter2 -eX=hunter2 --env=Y=hunter2 -p 80:80 img",
    "htpasswd -bc /etc/x ann hunter2",
    "htpasswd -nb ann hunter2",
    "htpasswd -bc /etc/x ann hunter2 >/dev/null 2>&1",
    "htpasswd -nb ann hunter2 2> /dev/null > /etc/x",
    "openssl passwd -6 hunter2",
    "openssl passwd -6 -salt ab hunter2 > /etc/x",
    "curl -4su ann:hunter2 https://x",
    "curl -OJRsuann:hunter2 https://x",
    "env A=hunter2 B=hunter2 prog",
    'bash -c "mysql -phunter2 shop"',
    "sh -c 'echo x; mysqldump -phunter2 a'",
    "ssh h 'mysql -phunter2'",
    "mongodump -u a -p hunter2",
    "sqlcmd -S h -U sa -P hunter2",
    "snmpwalk -v2c -c hunter2 host",
    "ipmitool -H h -U a -P hunter2 sel",
    "zip -P hunter2 a.zip b",
    "7z a -phunter2 x.7z b",
    "sqlplus ann/hunter2@db",
    "mysql -e \"ALTER USER a IDENTIFIED BY 'hunter2'\"",
    "psql -c \"ALTER ROLE a PASSWORD 'hunter2'\"",
    "nmcli dev wifi connect home password hunter2",
    "nmcli con mod x wifi-sec.psk hunter2",
    "lftp -u ann,hunter2 ftp.x",
    "http -a ann:hunter2 https://x",
    "plink -pw hunter2 h",
    "rabbitmqctl add_user ann hunter2",
    "rabbitmqctl add_user ann hunter2 >/dev/null",
    "/usr/sbin/rabbitmqctl change_password ann hunter2 --quiet",
    "mount -t cifs //h/s /m -o username=ann,password=hunter2",
    "mount -t cifs //h/s /m -o user=ann,pass=hunter2",
    "kubectl --token=hunter2 get pods",
    "mount -t cifs //h/s /m -o pass=hunter2,user=ann",
    "mount -t cifs //h/s /m -opass=hunter2",
    "kubectl create secret generic x --from-literal=a=hunter2",
    "kubectl create secret generic x --from-literal a=hunter2 --from-literal 'b=hunter2 hunter2'",
    "java -Djavax.net.ssl.keyStorePassword=hunter2 -jar x.jar",
    "vault login hunter2",
    "snmpget -v3 -A hunter2 -X hunter2 h",
    "sudo mysql --password=hunter2",
    "xfreerdp /u:a /p:hunter2",
    "aws --secret-key hunter2 s3",
    "git clone https://hunter2hunter2hunter2@github.com/x",
    "mysql --password hunter2",
    "mysqladmin -u root password hunter2",
    "mysqladmin -u root password 'hunter2 x'",
    "gpg --batch --passphrase hunter2 -d x",
    "export TOKEN=hunter2; prog",
    'set -a; SECRET="hunter2 b" prog',
    "influx -username a -password hunter2",
    'curl -d \'{"password":"hunter2"}\' https://x',
    "curl -d 'user=ann&pass=hunter2' https://x",
    'curl "https://x/?api_key=hunter2&u=1"',
    "mc alias set a https://x AK hunter2",
    "mc alias set a https://x AK hunter2 --api S3v4",
    "mc admin user add a ann hunter2",
    "az login --service-principal -u a -p hunter2",
    "openssl s_client -pass=pass:hunter2",
    'proxychains curl --cookie "a=hunter2" x',
    "nsupdate -y hmac-sha256:n:hunter2",
    'git -c http.extraheader="AUTHORIZATION: basic hunter2" fetch',
    "ansible-playbook -e ansible_become_pass=hunter2 x.yml",
    'mariadb-dump -h db "-phunter2" x',
    "systemd-run -E TOKEN=hunter2 x",
    "flock -n /l mysqldump -phunter2 a",
)
OF_A_SHELL = (
    "echo hunter2 | sudo -S reboot",
    "echo hunter2 | sudo -kS reboot",
    "echo hunter2 | sudo -u ann -Sk reboot",
    "echo hunter2 | kinit ann",
    "pass=hunter2; prog",
    "pw='hunter2 x' prog",
    'echo "ann:hunter2" | chpasswd',
    "echo hunter2 | docker login --password-stdin",
    "passwd --stdin ann <<< hunter2",
    "gpg --passphrase-fd 0 <<<hunter2",
    'cryptsetup luksOpen /dev/x y <<< "hunter2"',
    "printf '%s' 'hunter2' | cryptsetup luksOpen /dev/x y -",
    "redis-cli -a \\\n  hunter2 ping",
    "redis-cli -a\\\nhunter2 ping",
    "echo hunter2 \\\n  | sudo -S reboot",
)
HARMLESS = (
    "cd / && run-parts --report /etc/cron.hourly",
    "test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )",
    "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi",
    "ssh -p2222 host",
    "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
    "/usr/bin/docker run -p 80:80 -v /a:/b img",
    'grep -E "foo:bar|x" /var/log/x 2>&1 | tail -3',
    "curl -fsS https://hc.example.org/ping -o /dev/null",
    "/usr/sbin/sshd -D -o AuthorizedKeysFile=/etc/x",
    "rsync -au a:b c",
    "openssl req -key server.key -out x.pem",
    "find /tmp -mtime +7 -delete",
    'tar -czf "/b/$(date +\\\\%F).tgz" /etc',
    "/usr/bin/python3 -m http.server --bind 127.0.0.1",
    "mysql -u root -p shop",
    'curl -u "$U:$P" https://x',
    'mysql -p"$PASS" x',
    "rsync -a \\\n  b c\nls",
)


@pytest.mark.parametrize("line", [*WITH_SECRETS, *OF_A_SHELL])
def test_no_usual_form_of_a_password_is_told_of_a_line_of_a_shell(line: str) -> None:
    assert "hunter2" not in masked_shell(line)


@pytest.mark.parametrize("line", WITH_SECRETS)
def test_no_usual_form_of_a_password_is_told_of_a_process(line: str) -> None:
    assert "hunter2" not in masked_command(shlex.split(line))


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_as_it_is_written(line: str) -> None:
    assert masked_shell(line) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("htpasswd -b /x ann hunter2 >/dev/null 2>&1", "htpasswd -b /x ann ***secret*** >/dev/null 2>&1"),
        ("rabbitmqctl add_user ann hunter2 > /x", "rabbitmqctl add_user ann ***secret*** > /x"),
        ("rabbitmqctl add_user ann", "rabbitmqctl add_user ann"),
        ("htpasswd -B /etc/x ann", "htpasswd -B /etc/x ann"),
        ("openssl passwd", "openssl passwd"),
    ],
)
def test_where_output_goes_is_told_beside_a_password(line: str, shown: str) -> None:
    assert masked_shell(line) == shown


def test_a_word_that_holds_no_other_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`a"…"x`: its quotes stand within it, and there is nothing to be unwrapped."""
    read = list[str]()
    original = command_line._masked_text

    def counted(text: str, depth: int) -> str:
        read.append(text)
        return original(text, depth)

    monkeypatch.setattr(command_line, "_masked_text", counted)
    word = f'a"{" " * 2000}"x'

    assert (masked_shell(word), read) == (word, [word])


def test_whoever_writes_a_quote_into_a_log_costs_no_more_than_its_length() -> None:
    """Quadratic, this would take minutes."""
    began = time.process_time()

    assert command_line.QUOTED.fullmatch(f'a"{" " * 200_000}"x') is None
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["mysqldump", "-uroot", "-phunter2", "shop"], "mysqldump -uroot -p***secret*** shop"),
        (["/usr/bin/mariadb", "-phunter2"], "/usr/bin/mariadb -p***secret***"),
        (["curl", "-u", "ann:hunter2", "https://x"], "curl -u ann:***secret*** https://x"),
        (["curl", "-uann:hunter2", "https://x"], "curl -uann:***secret*** https://x"),
        (["smbclient", "--user=WG/ann%hunter2"], "smbclient --user=WG/ann%***secret***"),
        (["sh", "-c", "a; mysql -p'hun ter2' | b"], "sh -c a; mysql -p***secret*** | b"),
        (["psql", "postgres://ann:hunter2@db/shop"], "psql postgres://ann:***password_in_url***@db/shop"),
        (["serve", "--key", "/etc/x.key", "--token", "hunter2"], "serve --key /etc/x.key --token ***secret***"),
        (["ssh", "-p2222", "host"], "ssh -p2222 host"),
        ([""], ""),
        ([], ""),
    ],
)
def test_what_stands_around_a_secret_is_told(arguments: list[str], shown: str) -> None:
    assert masked_command(arguments) == shown


def test_a_secret_at_the_end_of_what_is_told_is_masked_before_it_is_cut() -> None:
    assert "hun" not in masked_command(["curl", *["x" * 99] * 39, "-u", f"ann:{'hunter2' * 99}"])


@given(st.text(alphabet="ab'\"\\ -=:|;&()`$<\n", max_size=200))
def test_whatever_stands_there_is_told_within_bounds(text: str) -> None:
    assert len(masked_shell(text)) <= LONGEST
    assert masked_shell(text).count("|") == text.count("|") or "***" in masked_shell(text)

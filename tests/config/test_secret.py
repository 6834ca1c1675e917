from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.config import secret as secrets
from probed.config.loader import parse_settings
from probed.config.secret import MAX_BYTES, SecretCommand, read_secret, shell_words
from probed.errors import ConfigError
from probed.offline import check_config, plain

KEY = "telegram.token_file"


def secret_file(folder: Path, content: bytes = b"12345:abc\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_reads_gives_the_secret(tmp_path: Path, mode: int) -> None:
    assert read_secret(secret_file(tmp_path, mode=mode), KEY) == "12345:abc"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)

    with pytest.raises(ConfigError, match=rf"telegram\.token_file can be read by others; type: chmod 600 {path}"):
        read_secret(path, KEY)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)

    with pytest.raises(ConfigError, match=r"telegram\.token_file is not a regular file"):
        read_secret(tmp_path / "token", KEY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path)
    os.chown(path, 65534, -1)

    with pytest.raises(ConfigError, match=rf"belongs to another user \(uid 65534\); type: chown 0 {path}"):
        read_secret(path, KEY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_may_look_at_what_is_the_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.config.secret.SYSTEM_USER", "nobody")
    path = secret_file(tmp_path)
    os.chown(path, 65534, -1)

    assert read_secret(path, KEY) == "12345:abc"


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"a\nb", b"\xff\xfe", b"\x00", b"x" * 5000])
def test_what_is_no_secret_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError, match="has to hold one word of printable ASCII") as caught:
        read_secret(secret_file(tmp_path, content), KEY)

    assert "two" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"telegram\.token_file cannot be read: No such file"):
        read_secret(tmp_path / "token", KEY)


def test_a_secret_in_the_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    token = "123456789:AAFakeTokenFakeTokenFakeTokenFake123"

    with pytest.raises(ConfigError, match=r"telegram\.token_file cannot be read") as caught:
        read_secret(tmp_path / token, KEY)

    assert token not in str(caught.value) + caught.value.path


class TestCommand:
    """`token_file: {secret_command: [PROGRAM, …]}`."""

    def program(self, folder: Path, body: str, mode: int = 0o700) -> SecretCommand:
        path = folder / "show-secret"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(mode)
        return SecretCommand(secret_command=(str(path), "bot"))

    def test_what_it_prints_is_the_secret(self, tmp_path: Path) -> None:
        command = self.program(tmp_path, 'echo "12345:$1"')

        assert read_secret(command, KEY) == "12345:bot"
        assert shell_words(command) == (f"{tmp_path}/show-secret", "bot")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("echo hunter2; echo hunter2 >&2; exit 3", "the program ended with 3"),
            ("echo hunter2; sleep 60", "gave no answer within 0.5 s"),
            ("echo hunter2 hunter2", "one word of printable ASCII"),
            (f"head -c {3 * MAX_BYTES} /dev/zero | tr '\\0' x", "one word of printable ASCII"),
            ("true", "one word of printable ASCII"),
        ],
    )
    def test_what_is_no_secret_is_refused_without_being_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
    ) -> None:
        monkeypatch.setattr(secrets, "DEADLINE_S", 0.5 if "sleep" in body else 10.0)

        with pytest.raises(ConfigError, match=reason) as caught:
            read_secret(self.program(tmp_path, body), KEY)

        assert "hunter2" not in str(caught.value)
        assert "bot" not in str(caught.value).replace(KEY, "")

    def test_a_program_that_others_can_change_is_not_started(self, tmp_path: Path) -> None:
        command = self.program(tmp_path, f"touch {tmp_path}/started; echo x", mode=0o777)

        with pytest.raises(ConfigError, match="can be changed by others; type: chmod go-w"):
            read_secret(command, KEY)

        assert not (tmp_path / "started").exists()

    def test_one_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ConfigError, match=r"telegram\.token_file: the program cannot be started: No such file"):
            read_secret(SecretCommand(secret_command=("/nowhere/show",)), KEY)

    def test_it_may_stand_wherever_a_file_may(self, tmp_path: Path) -> None:
        text = """
            telegram: {token_file: {secret_command: [/usr/bin/pass, show, bot]}}
            channels: {mail: {apprise_url_file: {secret_command: [/usr/bin/pass, mail]}}}
            backup: {identity_file: identity}
        """
        settings = parse_settings(text, tmp_path / "config.yaml")

        assert settings.telegram.token_file == SecretCommand(secret_command=("/usr/bin/pass", "show", "bot"))
        assert settings.channels["mail"].apprise_url_file == SecretCommand(secret_command=("/usr/bin/pass", "mail"))
        assert settings.backup.identity_file == tmp_path / "identity"
        assert plain(settings.telegram.token_file) == {"secret_command": ["/usr/bin/pass", "show", "bot"]}

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("{secret_command: [pass, show]}", "secret_command: expected a program by its absolute path"),
            ("{secret_command: []}", "secret_command: expected a program by its absolute path"),
            ("{secret_command: /bin/pass}", "secret_command: expected a list"),
            ("{command: [/bin/pass]}", "unknown key 'command' in section 'telegram.token_file'"),
            ("7", "telegram.token_file: "),
        ],
    )
    def test_a_mistake_is_named_with_its_key(self, tmp_path: Path, value: str, reason: str) -> None:
        with pytest.raises(ConfigError) as caught:
            parse_settings(f"telegram: {{token_file: {value}}}", tmp_path / "config.yaml")

        assert reason in str(caught.value)
        assert caught.value.line == 1


class TestCredentials:
    """What systemd hands over (LoadCredential)."""

    @pytest.fixture
    def credentials(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "credentials"
        folder.mkdir(mode=0o700)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        return folder

    def hand_over(self, folder: Path, name: str, mode: int = 0o400) -> Path:
        (folder / name).write_text("12345:abc\n")
        (folder / name).chmod(mode)
        return folder / name

    def test_a_bare_name_is_the_credential_of_that_name(self, tmp_path: Path, credentials: Path) -> None:
        self.hand_over(credentials, "bot-token")
        text = "telegram: {token_file: bot-token}\nagent: {api_key_file: key}"

        settings = parse_settings(text, tmp_path / "config.yaml")

        assert settings.telegram.token_file == credentials / "bot-token"
        assert read_secret(credentials / "bot-token", KEY) == "12345:abc"
        assert settings.agent.api_key_file == tmp_path / "key"  # none is there: as ever

    def test_a_path_is_a_path(self, tmp_path: Path, credentials: Path) -> None:
        self.hand_over(credentials, "bot-token")

        settings = parse_settings("telegram: {token_file: ./x/bot-token}", tmp_path / "config.yaml")

        assert settings.telegram.token_file == tmp_path / "x/bot-token"

    @pytest.mark.parametrize(("mode", "is_read"), [(0o440, True), (0o444, False), (0o460, False)])
    def test_the_mask_of_an_acl_is_no_group_that_can_read(self, credentials: Path, mode: int, is_read: bool) -> None:
        path = self.hand_over(credentials, "bot-token", mode)

        if is_read:
            assert read_secret(path, KEY) == "12345:abc"
        else:
            with pytest.raises(ConfigError, match="can be read by others"):
                read_secret(path, KEY)

    def test_a_folder_that_does_not_open_is_looked_into_all_the_same(
        self, tmp_path: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So that whoever reads the secret is told why it cannot be had."""

        def stat(path: Path) -> os.stat_result:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(Path, "stat", stat)  # root may look everywhere
        settings = parse_settings("telegram: {token_file: bot-token}", tmp_path / "config.yaml")

        assert settings.telegram.token_file == credentials / "bot-token"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can read what is handed to another user")
    def test_root_who_checks_the_systems_configuration_finds_those_of_the_running_service(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        monkeypatch.setattr(secrets, "SERVICE_CREDENTIALS", tmp_path / "of-service")
        monkeypatch.setattr(secrets, "SYSTEM_FOLDER", tmp_path)
        (tmp_path / "of-service").mkdir()
        self.hand_over(tmp_path / "of-service", "bot-token", 0o440)

        settings = parse_settings("telegram: {token_file: bot-token}", tmp_path / "config.yaml")

        assert settings.telegram.token_file == tmp_path / "of-service/bot-token"
        assert read_secret(settings.telegram.token_file, KEY) == "12345:abc"


PLACES = {
    "telegram.token_file": "telegram: {token_file: FILE}",
    "agent.api_key_file": "agent: {api_key_file: FILE}",
    "api.tcp.token_file": 'api: {tcp: {listen: "127.0.0.1:9", token_file: FILE}}',
    "backup.identity_file": "backup: {identity_file: FILE}",
    "heartbeat.url_file": "heartbeat: {url_file: FILE}",
    "channels.mail.apprise_url_file": "channels: {mail: {apprise_url_file: FILE}}",
    "tracing.headers_file": "tracing: {endpoint: 'http://127.0.0.1:9/v1/traces', headers_file: FILE}",
    "url_file": "alerts: {receivers: [{name: ops, webhook_configs: [{url_file: FILE}]}]}",
    "credentials_file": "alerts: {receivers: [{name: ops, webhook_configs: [{url: 'http://h/', "
    "http_config: {authorization: {credentials_file: FILE}}}]}]}",
    "password_file": "alerts: {receivers: [{name: ops, webhook_configs: [{url: 'http://h/', "
    "http_config: {basic_auth: {username: ann, password_file: FILE}}}]}]}",
}


@pytest.mark.parametrize("secret", ["missing", "{secret_command: [/bin/false]}"])
@pytest.mark.parametrize("key", PLACES)
def test_a_check_of_the_configuration_reads_every_secret_that_the_daemon_would(
    tmp_path: Path, key: str, secret: str
) -> None:
    (tmp_path / "inspections").mkdir()
    config = tmp_path / "config.yaml"
    places = f"inspections: {{dir: {tmp_path}/inspections}}\nmonitor: {{path: {tmp_path}/monitor.db}}\n"
    config.write_text(places + PLACES[key].replace("FILE", secret))
    config.chmod(0o600)

    with pytest.raises(ConfigError, match=f"{key}.*(cannot be read|ended with 1)"):
        check_config(config)

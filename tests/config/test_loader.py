"""Each mistake in a configuration is named with its line, and nothing else than ConfigError ever comes out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probed.config.loader import MAX_BYTES, load_settings, parse_settings
from probed.config.settings import Settings
from probed.errors import ConfigError
from tests.config.texts import yaml_like

TOKEN = "123456789:AAFakeTokenFakeTokenFakeTokenFake123"
PATH = Path("/etc/cortex/config.yaml")


def problem(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, PATH)
    return caught.value


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "{}", "alerts:\nlog:\n"])
def test_nothing_given_means_the_defaults(text: str) -> None:
    assert parse_settings(text, PATH) == Settings()


def test_json_is_understood() -> None:
    text = json.dumps({"host": "web \U0001f600", "api": {"socket": "/tmp/a.sock"}, "telegram": {"allowed_users": [1]}})

    settings = parse_settings(text, PATH)

    assert settings.host == "web \U0001f600"
    assert settings.api.socket == Path("/tmp/a.sock")
    assert settings.telegram.allowed_users == (1,)


def test_durations_are_seconds_and_one_name_counts_as_a_list() -> None:
    settings = parse_settings(
        "alerts: {route: {group_wait: 1m30s, repeat_interval: 90}}\nactions: {units: {allow: nginx.service}}",
        PATH,
    )

    assert settings.alerts.route
    assert settings.alerts.route.group_wait == 90.0
    assert settings.alerts.route.repeat_interval == 90.0
    assert settings.actions.units.allow == ("nginx.service",)


def test_words_follow_yaml_1_2() -> None:
    assert parse_settings("host: on\nalerts: {digest_at: 20:00}", PATH).host == "on"


def test_relative_paths_are_relative_to_the_file() -> None:
    settings = parse_settings(
        "monitor: {path: state/monitor.db}\nagent: {api_key_file: ../key, claude: {path: bin/claude}}", PATH
    )

    assert settings.monitor.path == Path("/etc/cortex/state/monitor.db")
    assert settings.agent.api_key_file == Path("/etc/key")
    assert settings.agent.claude.path == "/etc/cortex/bin/claude"


def test_a_program_without_a_slash_is_left_to_path() -> None:
    assert parse_settings("agent: {claude: {path: claude-next}}", PATH).agent.claude.path == "claude-next"
    command = parse_settings("agent: {command: {argv: [bin/look, a/b]}}", PATH).agent.command
    assert command
    assert command.argv == ("/etc/cortex/bin/look", "a/b")


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")

    assert parse_settings("monitor: {path: ~/monitor.db}", PATH).monitor.path == Path("/home/ann/monitor.db")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: [", 1, "not valid YAML"),
        ("mode: act\n  host: x", 2, "not valid YAML"),
        ("mode: act\nmode: observe", 2, "the key 'mode' is given twice; it was on line 1 already"),
        ("alerts:\n  route: {group_wait: 1s, group_wait: 2s}", 2, "the key 'group_wait' is given twice"),
        ("mod: act", 1, "unknown key 'mod' at the top level; did you mean 'mode'?"),
        ("alerts:\n  digest: 3", 2, "unknown key 'digest' in section 'alerts'; did you mean 'digest_at'?"),
        (
            "alerts:\n  route:\n    group_wat: 3",
            3,
            "unknown key 'group_wat' in section 'alerts.route'; did you mean 'group_wait'?",
        ),
        ("log: {zzzz: 1}", 1, "unknown key 'zzzz' in section 'log'; known are format, level"),
        ("log:\n  level: loud", 2, "log.level: expected 'debug', 'info', 'warning' or 'error', not \"loud\""),
        ("inspections:\n  workers: '3'", 2, 'inspections.workers: expected a whole number, not "3"'),
        ("inspections:\n  workers: true", 2, "inspections.workers: expected a whole number, not true"),
        ("inspections: {workers: 2.5}", 1, "inspections.workers: expected a whole number, not 2.5"),
        ("inspections: {workers: 0}", 1, "inspections.workers: expected more than 0, not 0"),
        ("inspections: {workers:}", 1, "inspections.workers: expected a whole number, not an empty value"),
        ("agent: {deadline_s: 2m}", 1, 'agent.deadline_s: expected a number, not "2m"'),
        ("agent: {deadline_s: 1e999}", 1, "the number is too large"),
        ("agent: {max_turns: 99999999999999999999}", 1, "the number is too large"),
        ("host: 42", 1, "host: expected a text, not 42; put it in quotes"),
        ("monitor: {path: [a]}", 1, 'monitor.path: expected a text, not ["a"]'),
        ("monitor: {keep_samples: soon}", 1, "monitor.keep_samples: 'soon' is not a duration; write it like 30s"),
        ("monitor: {keep_intents: 1d}", 1, "monitor.keep_intents: is shorter than keep_changes"),
        ("monitor: {keep_intents: soon}", 1, "monitor.keep_intents: 'soon' is not a duration"),
        ("monitor: {keep_samples: -5}", 1, "monitor.keep_samples: a duration is neither negative"),
        ("telegram:\n  allowed_users:\n    - 1\n    - ann", 4, "telegram.allowed_users.1: expected a whole number"),
        ("telegram: {allowed_users: 5}", 1, "telegram.allowed_users: expected a list, not 5"),
        ("alerts: 5", 1, "alerts: expected keys with values, not 5"),
        ("- a", 1, "expected keys with values"),
        (
            "actions: {policy: {\nrestart_unit: maybe}}",
            2,
            "actions.policy.restart_unit: expected 'automatic', 'ask', 'typed'",
        ),
        ("actions: {policy: [x]}", 1, "actions.policy: expected keys with values"),
        ("? [a]\n: b", 1, "a key has to be a name"),
        ("host: &x a\n", 1, "anchors and aliases"),
        ("host: !!python/name:os.system a", 1, "the tag tag:yaml.org,2002:python/name:os.system is not used here"),
        ("host: a\n---\nhost: b", 2, "expected a single document"),
        ("mode: act\nhost: \x01", 2, "a character that YAML does not allow"),
        ('host: "\\ud83d"', 1, "half of a surrogate pair is no character"),
        ('host: "\\0"', 1, "the character NUL"),
        ("[" * 1000, 1, "nested too deeply"),
        ("\n" * 3 + "api:\n  socket: /" + "x" * 107, 5, "has at most 107 bytes, this one has 108"),
        ("actions:\n  helper:\n    socket: /" + "x" * 107, 3, "has at most 107 bytes, this one has 108"),
        ("alerts: {digest_at: 8 am}", 1, "alerts.digest_at: expected a time of day like 08:00, not '8 am'"),
        ("alerts: {digest_at: '24:00'}", 1, "alerts.digest_at: expected a time of day"),
        ("telegram:\n  chat_id: 5", 2, "telegram.chat_id: is of no use without telegram.token_file"),
        ("telegram:\n  api_url: api.telegram.org", 2, "telegram.api_url: expected a URL"),
        ("agent: {backend: command}", 1, "agent.command: is not set"),
        ("agent: {backend: claude, next: [command]}", 1, "agent.command: is not set"),
        ("agent: {backend: claude, next: [anthropic, anthropic]}", 1, "agent.next: names a backend twice"),
        ("agent: {backend: claude, next: [claude]}", 1, "agent.next: names a backend twice"),
        ("agent: {next: [claude]}", 1, "agent.next: stands in for a backend, and agent.backend is none"),
        ("agent: {probes: {log_roots: logs}}", 1, "agent.probes.log_roots: expected absolute paths, not 'logs'"),
        ("agent: {probes: {logs: [/x]}}", 1, "logs"),
        ("agent: {command: {argv: []}}", 1, "agent.command.argv: is empty"),
        ("agent: {command: {argv: [x], cost_usd: -1}}", 1, "agent.command.cost_usd"),
        ("agent: {base_url: localhost:80}", 1, "agent.base_url: expected a URL"),
        ("agent: {base_url: 'http://localhost:port'}", 1, "agent.base_url: expected a URL"),
        ("agent: {base_url: https://ann:hunter2@h}", 1, "agent.base_url: a URL holds no user name and no password"),
        ("agent: {base_url: https://ann@h/v1}", 1, "the secret belongs into the file agent.api_key_file"),
        ("agent: {base_url: 'https://h/v1?key=hunter2'}", 1, "agent.base_url: a URL ends with its path"),
        ("telegram: {api_url: http://a:hunter2@h}", 1, "the secret belongs into the file telegram.token_file"),
        ("telegram: {api_url: http://h#hunter2}", 1, "telegram.api_url: expected a URL"),
        ("telegram: {api_url: 'ann:hunter2@h'}", 1, "telegram.api_url: expected a URL"),
        (
            "actions:\n  clean_files:\n    roots: [tmp]",
            3,
            "actions.clean_files.roots: expected absolute folders, not 'tmp'",
        ),
        (
            "actions:\n  clean_files:\n    pattern: a/b",
            3,
            "actions.clean_files.pattern: expected a pattern for a file's name, not 'a/b'",
        ),
        ("actions:\n  clean_files:\n    older_than: 0s", 3, "actions.clean_files.older_than: has to be at least 1s"),
        (
            "actions:\n  logs:\n    rotate: [app.log]",
            3,
            "actions.logs.rotate: expected absolute paths, not 'app.log'",
        ),
        (
            "actions:\n  vacuum_journal:\n    keep: 1MiB",
            3,
            "actions.vacuum_journal.keep: is less than `least`, which always stays",
        ),
        ("actions: {scripts: {a: {argv: [ls]}}}", 1, "a: argv has to begin with the absolute path of a program"),
        ("actions: {scripts: {a: {argv: [/a], timout: 5s}}}", 1, "timout"),
        (
            "actions:\n  scripts: {a: {argv: [/a]}}\n  renewals: {a: {argv: [/a], path: /p}}",
            3,
            "a: there is a script of this name, too",
        ),
        ("actions: {renewals: {a: {argv: [/a]}}}", 1, "a: either the path or the host of the certificate is needed"),
        (
            "actions: {restore_mode: {baseline: {/a/../b: {owner: a, group: a, mode: '0644'}}}}",
            1,
            "expected plain absolute paths, not '/a/../b'",
        ),
        (
            "actions: {restore_mode: {baseline: {/a: {owner: a, group: a, mode: '4755'}}}}",
            1,
            "/a: expected a mode like \"0640\", not '4755'",
        ),
        ("people:\n  ann: {uids: [1000]}\n  bob: {uids: [1000]}", 3, "people.bob.uids: 1000 is ann already"),
        ("people:\n  ann: {telegram: [42]}\n  bob: {telegram: [43, 42]}", 3, "people.bob.telegram: 42 is ann already"),
        ("actions: {policy: {restart_unit: two_persons}}", 1, "needs two in `people`"),
        (
            "people: {ann: {uids: [1000]}, root: {uids: [0]}}\nactions: {policy: {restart_unit: two_persons}}",
            2,
            "needs two in `people` with accounts other than root's",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    error = problem(text)

    assert (error.path, error.line) == (str(PATH), line)
    assert reason in error.reason
    assert str(error).startswith(f"{PATH}:{line}: ")
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("url", ["https://h", "http://127.0.0.1:8080", "http://[::1]:80/a@b/v1"])
def test_a_url_without_secrets_is_taken(url: str) -> None:
    assert parse_settings(f"agent: {{base_url: '{url}'}}", PATH).agent.base_url == url


def test_a_secret_in_a_wrong_place_is_not_shown() -> None:
    error = problem(f"log: {{level: {TOKEN}}}\nnonsense_{TOKEN}: 1\n")

    assert TOKEN not in str(error) + error.reason
    assert "***telegram***" in error.reason


def test_every_mistake_is_named_in_the_order_of_the_lines() -> None:
    error = problem("log: {level: loud}\nnonsense_key: {a: 1}\ninspections: {workers: 0}\nhost: a\nhost: b")

    assert [line.split(": ")[0] for line in str(error).splitlines()] == [f"{PATH}:{number}" for number in (1, 2, 3, 5)]
    assert error.line == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: cannot be read: No such file"):
        load_settings(tmp_path / "config.yaml")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


def test_a_device_is_no_configuration() -> None:
    with pytest.raises(ConfigError, match="is not a regular file"):
        load_settings(Path("/dev/zero"))


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_change_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mode: act\n")
    path.chmod(mode)

    with pytest.raises(ConfigError, match=rf"can be changed by others; type: chmod go-w {path}"):
        load_settings(path)

    path.chmod(0o644)
    assert load_settings(path).mode == "act"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.touch(0o600)
    os.chown(path, 65534, -1)

    with pytest.raises(ConfigError, match=rf"belongs to another user \(uid 65534\); type: chown 0 {path}"):
        load_settings(path)


def test_bytes_that_are_not_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"mode: act\nhost: \xff\n")

    with pytest.raises(ConfigError, match="is not UTF-8") as caught:
        load_settings(path)

    assert caught.value.line == 2


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("#" * (MAX_BYTES + 1))

    with pytest.raises(ConfigError, match="is larger than 256 KiB"):
        load_settings(path)


@settings(deadline=None)
@given(st.one_of(st.text(), yaml_like(Settings)))
def test_any_text_is_settings_or_a_configuration_error(text: str) -> None:
    outcome: Settings | ConfigError
    try:
        outcome = parse_settings(text, PATH)
    except ConfigError as error:
        outcome = error

    assert isinstance(outcome, Settings) or (outcome.line >= 1 and outcome.reason)


PASTED = """
alerts:
  global: {resolve_timeout: 10m}
  route:
    receiver: web
    group_by: ['...']
    routes:
      - match: {team: db}
        match_re: {host: "db.*"}
        continue: true
      - matchers: [severity="critical", team!=web]
        mute_time_intervals: [nights]
  receivers:
    - name: web
      webhook_configs: [{url: "http://127.0.0.1:9/x", max_alerts: 5}, {url_file: hook}]
  inhibit_rules:
    - source_match: {severity: critical}
      target_matchers: [severity="warning"]
      equal: [host]
  time_intervals:
    - name: nights
      time_intervals: [{times: [{start_time: 22:00, end_time: 24:00}], weekdays: ['monday:friday'], years: [2026]}]
"""


def test_the_routing_part_of_an_alertmanager_configuration_can_be_pasted() -> None:
    alerts = parse_settings(PASTED, PATH).alerts

    assert alerts.route
    assert alerts.global_.resolve_timeout == 600.0
    assert alerts.route.routes[0].continue_
    assert alerts.route.routes[1].matchers == ('severity="critical"', "team!=web")
    assert alerts.receivers[0].webhook_configs[1].url_file == Path("/etc/cortex/hook")
    assert alerts.time_intervals[0].time_intervals[0].years == ("2026",)


def test_values_of_labels_are_taken_as_they_are_written() -> None:
    written = "{tier: 1, enabled: true, version: 1.10, port: 0x10, old: yes, day: 2024-01-01, none: }"
    alerts = parse_settings(
        PASTED.replace("{team: db}", written).replace(
            "source_match: {severity: critical}", "source_match: {code: 042}"
        ),
        PATH,
    ).alerts

    assert alerts.route
    assert alerts.route.routes[0].match == {
        "tier": "1", "enabled": "true", "version": "1.10", "port": "0x10", "old": "yes", "day": "2024-01-01",
        "none": "",
    }  # fmt: skip
    assert alerts.inhibit_rules[0].source_match == {"code": "042"}


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("continue: true", "continu: true", 10, "unknown key 'continu' in section 'alerts.route.routes.0'"),
        ("continue: true", "continue: 1", 10, "alerts.route.routes.0.continue: expected true or false"),
        ("team!=web", "team", 11, "is no matcher"),
        ("      webhook_configs", "      slack_configs: []\n      webhook_configs", 15, "make it a channel"),
        ("resolve_timeout: 10m", "smtp_from: x", 3, "belongs to the channels"),
        ("max_alerts", "max_alert", 15, "did you mean 'max_alerts'"),
        ("resolve_timeout: 10m", "http_config: {}", 3, "write it in each of webhook_configs"),
        ("max_alerts: 5", "timeout: 10s", 15, "leave it out; an answer is waited for"),
        ("max_alerts: 5", "http_config: {no_proxy: x}", 15, "write the proxy as proxy_url"),
        ("max_alerts: 5", "http_config: {tls_config: {ca: x}}", 15, "give its file as ca_file"),
        ("max_alerts: 5", "http_config: {proxy_url: 'socks5://h:1080'}", 15, "expected a `proxy_url` like http://"),
        ("max_alerts: 5", "http_config: {proxy_url: 'http://ann:hunter2@h:port'}", 15, "expected a `proxy_url` like"),
        ('host: "db.*"', 'host: "db.("', 9, "not a regular expression"),
        ("{team: db}", "{team: [1]}", 8, "expected a text"),
    ],
)
def test_a_mistake_in_the_routing_is_named_with_its_line_and_the_remedy(
    old: str, new: str, line: int, reason: str
) -> None:
    error = problem(PASTED.replace(old, new))

    assert (error.line, reason in error.reason) == (line, True), error

from __future__ import annotations

from pathlib import Path

import pytest

from probed.config.channels import ChannelSettings
from probed.config.heartbeat import HeartbeatSettings
from probed.config.loader import parse_settings
from probed.errors import ConfigError

PATH = Path("/etc/cortex/config.yaml")


def test_a_channel_has_a_name_and_a_file_relative_to_the_configuration() -> None:
    settings = parse_settings("channels:\n  mail: {apprise_url_file: mail-url}\n", PATH)

    assert settings.channels == {"mail": ChannelSettings(apprise_url_file=Path("/etc/cortex/mail-url"))}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("channels:\n  mail:\n    apprise_url: x", 3, "unknown key 'apprise_url' in section 'channels.mail'"),
        ("channels:\n  mail: {}", 2, "of no use without apprise_url_file"),
        ("channels:\n  telegram: {apprise_url_file: x}", 2, "a channel's name"),
        ("channels:\n  'webhook:a/0': {apprise_url_file: x}", 2, "a channel's name"),
        ("heartbeat:\n  url: ftp://x", 2, "expected a URL"),
        ("heartbeat:\n  url: https://u:p@x", 2, "heartbeat.url_file"),
        ("heartbeat:\n  url: https://x\n  url_file: y", 2, "give one of them"),
        ("heartbeat:\n  every: 5s\n  timeout: 6s", 3, "would hold up the next sign"),
        ("heartbeat:\n  every: 10m", 1, "at least heartbeat.every"),
        ("heartbeat:\n  every: 0s\n", 2, "more than 0"),
        ("tracing:\n  endpoint: localhost:4318", 2, "expected a URL"),
        ("tracing:\n  endpoint: http://localhost:4318", 2, "needs the path as well"),
        ("tracing:\n  endpoint: http://u:p@localhost:4318/v1/traces", 2, "tracing.headers_file"),
        ("tracing:\n  headers_file: x", 2, "of no use without tracing.endpoint"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, PATH)

    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_heartbeat_is_written_in_people_s_units() -> None:
    settings = parse_settings("heartbeat: {url: 'https://hc.example.org/x', every: 30s, missing_after: 3m}", PATH)

    assert settings.heartbeat == HeartbeatSettings(url="https://hc.example.org/x", every=30.0, missing_after=180.0)

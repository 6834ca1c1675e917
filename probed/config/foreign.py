"""What is particular to an alertmanager.yml: keys that Cortex does not take, with what takes their place, and values
that are taken as they are written."""

from __future__ import annotations

from probed.config.alerts import AlertsSettings, GlobalSettings, InhibitRuleSettings, RouteSettings
from probed.config.receivers import (
    AuthorizationSettings,
    BasicAuthSettings,
    HttpSettings,
    ReceiverSettings,
    TlsSettings,
    WebhookSettings,
)

INTEGRATIONS = (
    "discord", "email", "incidentio", "jira", "mattermost", "msteams", "msteamsv2", "opsgenie", "pagerduty", "pushover",
    "rocketchat", "slack", "sns", "telegram", "victorops", "webex", "wechat",
)  # fmt: skip
CHANNEL = "make it a channel (section `channels`, or `telegram`) and name that in this receiver: channels: [NAME]"
NOT_SUPPORTED = "it is not supported; leave it out"
PROXY = "write the proxy as proxy_url"
FROM_FILE = "a secret does not stand in the configuration; give its file as {key}_file"
REMEDIES: dict[type, dict[str, str]] = {
    ReceiverSettings: {f"{name}_configs": CHANNEL for name in INTEGRATIONS},
    BasicAuthSettings: {"password": FROM_FILE.format(key="password")},
    AuthorizationSettings: {"credentials": FROM_FILE.format(key="credentials")},
    HttpSettings: {
        "bearer_token": "give its file as authorization.credentials_file",
        "bearer_token_file": "write it as authorization.credentials_file",
        "oauth2": "it is not supported; use authorization or basic_auth",
        "http_headers": "it is not supported; use authorization or basic_auth",
        "enable_http2": "leave it out; HTTP/1.1 is spoken",
        **dict.fromkeys(("proxy_from_environment", "no_proxy", "proxy_connect_header"), PROXY),
    },
    TlsSettings: {
        **{key: FROM_FILE.format(key=key) for key in ("ca", "cert", "key")},
        **dict.fromkeys(("min_version", "max_version"), "leave it out; what the host's OpenSSL allows is spoken"),
    },
    WebhookSettings: {"timeout": "leave it out; an answer is waited for half a minute"},
    GlobalSettings: {"http_config": "write it in each of webhook_configs"},
    AlertsSettings: {
        "templates": "leave it out; messages are changed as docs/templates.md says",
        "tracing": NOT_SUPPORTED,
    },
}
GLOBALS = (
    "smtp_", "slack_", "pagerduty_", "opsgenie_", "wechat_", "victorops_", "telegram_", "webex_", "jira_",
    "mattermost_", "rocketchat_", "incidentio_",
)  # fmt: skip
AS_WRITTEN: dict[type, frozenset[str]] = {
    RouteSettings: frozenset({"match", "match_re"}),
    InhibitRuleSettings: frozenset({"source_match", "source_match_re", "target_match", "target_match_re"}),
}


def remedy(section: type, key: str) -> str:
    """What to do instead of using this key; empty where it is none of Alertmanager's."""
    if section is GlobalSettings and key.startswith(GLOBALS):
        return "leave it out; what it is for belongs to the channels"
    return REMEDIES.get(section, {}).get(key, "")


def is_as_written(section: type, key: str) -> bool:
    """Whether the key holds values of labels, which Alertmanager takes without quotes, too: `tier: 1`."""
    return key in AS_WRITTEN.get(section, ())

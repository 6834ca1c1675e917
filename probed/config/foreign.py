"""Keys of an alertmanager.yml that Cortex does not take, and what takes their place."""

from __future__ import annotations

from probed.config.alerts import AlertsSettings, GlobalSettings
from probed.config.receivers import AuthorizationSettings, BasicAuthSettings, HttpSettings, ReceiverSettings

INTEGRATIONS = (
    "discord", "email", "incidentio", "jira", "mattermost", "msteams", "msteamsv2", "opsgenie", "pagerduty", "pushover",
    "rocketchat", "slack", "sns", "telegram", "victorops", "webex", "wechat",
)  # fmt: skip
CHANNEL = "make it a channel (section `channels`, or `telegram`) and name that in this receiver: channels: [NAME]"
FROM_FILE = "a secret does not stand in the configuration; give its file as {key}_file"
REMEDIES: dict[type, dict[str, str]] = {
    ReceiverSettings: {f"{name}_configs": CHANNEL for name in INTEGRATIONS},
    BasicAuthSettings: {"password": FROM_FILE.format(key="password")},
    AuthorizationSettings: {"credentials": FROM_FILE.format(key="credentials")},
    HttpSettings: {
        "bearer_token": "give its file as authorization.credentials_file",
        "bearer_token_file": "write it as authorization.credentials_file",
        "oauth2": "it is not supported; use authorization or basic_auth",
    },
    AlertsSettings: {"templates": "messages of Cortex need none; leave it out"},
}
GLOBALS = (
    "smtp_",
    "slack_",
    "pagerduty_",
    "opsgenie_",
    "wechat_",
    "victorops_",
    "telegram_",
    "webex_",
    "jira_",
    "http_",
)


def remedy(section: type, key: str) -> str:
    """What to do instead of using this key; empty where it is none of Alertmanager's."""
    if section is GlobalSettings and key.startswith(GLOBALS):
        return "leave it out; what it is for belongs to the channels"
    return REMEDIES.get(section, {}).get(key, "")

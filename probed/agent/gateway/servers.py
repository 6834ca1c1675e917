"""The servers that the settings name, with the keys that open them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from probed.agent.gateway.upstream import NO_KEY, Upstream
from probed.config.agent import AgentSettings, LocalSettings
from probed.config.secret import read_secret
from probed.errors import ConfigError

ANTHROPIC_URL = "https://api.anthropic.com"
SETUP = "claude setup-token"


def cloud(settings: AgentSettings) -> Upstream:
    """Where the tiers `small` and `large` are asked. Blocking. Raises ConfigError."""
    name = "the model's API"
    if uses_login(settings):
        return Upstream(f"{name}, by login", ANTHROPIC_URL, {"authorization": f"Bearer {login_token()}"}, is_login=True)
    if settings.api_key_file:
        key = read_secret(settings.api_key_file, "agent.api_key_file")
        return Upstream(name, settings.base_url or ANTHROPIC_URL, {"x-api-key": key})
    if settings.base_url:
        return Upstream(name, settings.base_url, {"x-api-key": NO_KEY})
    raise ConfigError("agent.api_key_file", 0, "is not set, and the Messages API asks for a key")


def local(settings: LocalSettings) -> Upstream:
    """Blocking. Raises ConfigError."""
    key = read_secret(settings.api_key_file, "agent.local.api_key_file") if settings.api_key_file else NO_KEY
    return Upstream("the local model", settings.base_url, {"x-api-key": key})


def uses_login(settings: AgentSettings) -> bool:
    """The Claude program's own, of the daemon's user."""
    is_wanted = settings.claude.login or not (settings.api_key_file or settings.base_url)
    return settings.backend == "claude" and is_wanted


def login_token() -> str:
    """Blocking. Raises ConfigError."""
    if token := os.environ.get("CLAUDE_CODE_OAUTH_TOKEN"):
        return token
    path = login_folder() / ".credentials.json"
    login = _login_in(path)
    found, ends_at_ms = login.get("accessToken"), login.get("expiresAt")
    if not isinstance(found, str) or not found:
        raise ConfigError("agent.api_key_file", 0, f"is not set, and nobody is logged in here; type: {SETUP}")
    if isinstance(ends_at_ms, int | float) and ends_at_ms / 1000 < time.time():
        raise ConfigError(str(path), 0, f"the login has ended; for one that lasts a year type: {SETUP}")
    return found


def login_folder() -> Path:
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")


def _login_in(path: Path) -> Mapping[str, object]:
    try:
        login = json.loads(path.read_text())["claudeAiOauth"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return login if isinstance(login, dict) else {}

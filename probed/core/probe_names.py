"""The probes that a document can name. They are loaded only where a model is to ask them."""

from __future__ import annotations

NAMES = (
    "processes",
    "process_detail",
    "disk_usage",
    "largest_files",
    "open_deleted_files",
    "mounts",
    "journal",
    "log_file",
    "kernel_log",
    "unit_status",
    "unit_file",
    "timers",
    "containers",
    "container_logs",
    "container_inspect",
    "sockets",
    "routes",
    "dns_lookup",
    "http_get",
    "certificate",
    "packages_changed",
    "logins",
    "cron",
    "config_file",
    "metric_history",
    "past_incidents",
)

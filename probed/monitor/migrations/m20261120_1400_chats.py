"""Paired chats, the code that pairs one, and the buttons that were touched already."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE chat_members (
        chat_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        chat_name VARCHAR NOT NULL,
        user_name VARCHAR NOT NULL,
        paired_at INTEGER NOT NULL,
        paired_by VARCHAR NOT NULL,
        PRIMARY KEY (chat_id, user_id)
    )
    """,
    """
    CREATE TABLE pairing_codes (
        digest VARCHAR NOT NULL,
        expires_at INTEGER NOT NULL,
        created_by VARCHAR NOT NULL,
        failures INTEGER NOT NULL,
        PRIMARY KEY (digest)
    )
    """,
    """
    CREATE TABLE button_presses (
        token VARCHAR NOT NULL,
        user_id INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (token, user_id)
    )
    """,
    "CREATE INDEX button_presses_at ON button_presses (at)",
)

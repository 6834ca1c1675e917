"""An alert may be in several groups; what each recipient was told of a group is kept by itself; silences.

Groups get the keys that Alertmanager prints. Their messages keep pointing at them, so that they can be edited.
"""

from __future__ import annotations

NEW_KEY = """
CASE WHEN alert_groups."key" = 'first-sweep' THEN 'first-sweep' ELSE '{}:{' || coalesce((
    SELECT group_concat(pair, ', ') FROM (
        SELECT own."key" || '="' || replace(replace(own.value, '\\', '\\\\'), '"', '\\"') || '"' AS pair
        FROM json_each(alert_groups.labels) AS own ORDER BY own."key"
    )
), '') || '}' END
"""

STATEMENTS = (
    "ALTER TABLE alerts ADD COLUMN fingerprint VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE alerts ADD COLUMN generator_url VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE alerts ADD COLUMN is_timeout BOOLEAN DEFAULT 0 NOT NULL",
    f"""
    CREATE TABLE renamed AS SELECT "key" AS old_key, {NEW_KEY} AS new_key FROM alert_groups
    """,  # noqa: S608 (no value from outside)
    """
    CREATE TABLE alert_members (
        group_key VARCHAR NOT NULL,
        alert_id VARCHAR NOT NULL,
        PRIMARY KEY (group_key, alert_id)
    )
    """,
    "CREATE INDEX alert_members_by_alert ON alert_members (alert_id)",
    """
    INSERT INTO alert_members SELECT renamed.new_key, alerts.id FROM alerts
    JOIN renamed ON renamed.old_key = alerts.group_key WHERE alerts.is_settled = 0
    """,
    "DROP INDEX alerts_unsettled",
    "ALTER TABLE alerts DROP COLUMN group_key",
    "ALTER TABLE alerts DROP COLUMN is_settled",
    "CREATE INDEX alerts_by_fingerprint ON alerts (fingerprint, seq) WHERE case_id IS NULL",
    "CREATE INDEX alerts_ending ON alerts (ends_at) WHERE state <> 'resolved' AND ends_at IS NOT NULL",
    """
    CREATE TABLE notification_records (
        group_key VARCHAR NOT NULL,
        receiver VARCHAR NOT NULL,
        recipient VARCHAR NOT NULL,
        firing VARCHAR NOT NULL,
        resolved VARCHAR NOT NULL,
        told_at INTEGER NOT NULL,
        PRIMARY KEY (group_key, receiver, recipient)
    )
    """,
    "CREATE INDEX notification_records_by_time ON notification_records (told_at)",
    """
    INSERT OR IGNORE INTO notification_records
    SELECT renamed.new_key, 'default', told.recipient, groups.told_firing, groups.told_resolved, groups.told_at
    FROM alert_groups AS groups JOIN renamed ON renamed.old_key = groups."key"
    JOIN (SELECT DISTINCT subject, recipient FROM effects WHERE kind = 'send') AS told ON told.subject = groups."key"
    WHERE groups.told_at IS NOT NULL
    """,
    """
    CREATE TABLE groups_as_they_are (
        "key" VARCHAR NOT NULL,
        labels VARCHAR NOT NULL,
        route_key VARCHAR NOT NULL,
        next_flush_at INTEGER,
        told_at INTEGER,
        has_flushed BOOLEAN NOT NULL,
        emptied_at INTEGER,
        PRIMARY KEY ("key")
    )
    """,
    """
    INSERT OR IGNORE INTO groups_as_they_are
    SELECT renamed.new_key, labels, '{}', next_flush_at, told_at, told_at IS NOT NULL, NULL
    FROM alert_groups JOIN renamed ON renamed.old_key = alert_groups."key"
    """,
    """
    UPDATE effects SET subject = (SELECT new_key FROM renamed WHERE old_key = subject)
    WHERE subject IN (SELECT old_key FROM renamed)
    """,
    "DROP TABLE alert_groups",
    "ALTER TABLE groups_as_they_are RENAME TO alert_groups",
    "CREATE INDEX alert_groups_awake ON alert_groups (next_flush_at) WHERE next_flush_at IS NOT NULL",
    "CREATE INDEX alert_groups_asleep ON alert_groups (told_at) WHERE next_flush_at IS NULL",
    "DROP TABLE renamed",
    """
    CREATE TABLE silences (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        matchers VARCHAR NOT NULL,
        starts_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        created_by VARCHAR NOT NULL,
        comment VARCHAR NOT NULL,
        updated_at INTEGER NOT NULL,
        alert_id VARCHAR,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX silences_by_end ON silences (ends_at)",
    "CREATE INDEX silences_of_alert ON silences (alert_id) WHERE alert_id IS NOT NULL",
)

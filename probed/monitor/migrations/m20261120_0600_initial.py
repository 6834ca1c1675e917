"""Runs, reports, the ladder, the queue of effects, the record and the event stream."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE runs (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        inspection VARCHAR NOT NULL,
        "trigger" VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        document_hash VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        report_id VARCHAR,
        cost_usd FLOAT NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX runs_by_inspection ON runs (inspection)",
    "CREATE INDEX runs_by_state ON runs (state)",
    """
    CREATE TABLE reports (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        run_id VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        verdict VARCHAR NOT NULL,
        summary VARCHAR NOT NULL,
        created_at INTEGER NOT NULL,
        unanswered VARCHAR NOT NULL,
        notes VARCHAR NOT NULL,
        cost_usd FLOAT NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id),
        UNIQUE (run_id),
        FOREIGN KEY(run_id) REFERENCES runs (id)
    )
    """,
    "CREATE INDEX reports_by_source ON reports (source)",
    """
    CREATE TABLE findings (
        seq INTEGER NOT NULL,
        report_id VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        "check" VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        summary VARCHAR NOT NULL,
        evidence VARCHAR NOT NULL,
        proposed_action VARCHAR,
        ttl_s FLOAT,
        PRIMARY KEY (seq),
        FOREIGN KEY(report_id) REFERENCES reports (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX findings_by_report ON findings (report_id)",
    "CREATE INDEX findings_by_severity ON findings (severity)",
    "CREATE INDEX findings_by_source ON findings (source)",
    """
    CREATE TABLE cases (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        "check" VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        summary VARCHAR NOT NULL,
        opened_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        stage VARCHAR NOT NULL,
        labels VARCHAR NOT NULL,
        evidence VARCHAR NOT NULL,
        runbook VARCHAR NOT NULL,
        tried VARCHAR NOT NULL,
        outlook VARCHAR NOT NULL,
        expires_at INTEGER,
        resolved_at INTEGER,
        version INTEGER NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    """
    CREATE INDEX cases_expiring
        ON cases (expires_at) WHERE stage <> 'resolved' AND expires_at IS NOT NULL
    """,
    "CREATE INDEX cases_open ON cases (seq) WHERE stage <> 'resolved'",
    "CREATE UNIQUE INDEX cases_open_once ON cases (source, \"check\", object) WHERE stage <> 'resolved'",
    """
    CREATE TABLE alerts (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        case_id VARCHAR,
        labels VARCHAR NOT NULL,
        annotations VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        peak VARCHAR NOT NULL,
        summary VARCHAR NOT NULL,
        starts_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        ends_at INTEGER,
        group_key VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        acknowledged_by VARCHAR NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id),
        FOREIGN KEY(case_id) REFERENCES cases (id)
    )
    """,
    "CREATE INDEX alerts_by_case ON alerts (case_id)",
    "CREATE INDEX alerts_by_group ON alerts (group_key, ends_at)",
    "CREATE INDEX alerts_by_state ON alerts (state)",
    "CREATE INDEX alerts_open_by_group ON alerts (group_key) WHERE state <> 'resolved'",
    "CREATE UNIQUE INDEX alerts_open_once ON alerts (case_id) WHERE state <> 'resolved'",
    """
    CREATE TABLE alert_groups (
        "key" VARCHAR NOT NULL,
        labels VARCHAR NOT NULL,
        next_flush_at INTEGER,
        told_firing VARCHAR NOT NULL,
        told_resolved VARCHAR NOT NULL,
        told_at INTEGER,
        PRIMARY KEY ("key")
    )
    """,
    "CREATE INDEX alert_groups_awake ON alert_groups (next_flush_at) WHERE next_flush_at IS NOT NULL",
    """
    CREATE TABLE decisions (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        case_id VARCHAR NOT NULL,
        call VARCHAR NOT NULL,
        host VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        summary VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        snapshot VARCHAR NOT NULL,
        dry_run VARCHAR NOT NULL,
        hash VARCHAR NOT NULL,
        decided_by VARCHAR NOT NULL,
        decided_at INTEGER,
        note VARCHAR NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id),
        FOREIGN KEY(case_id) REFERENCES cases (id)
    )
    """,
    "CREATE INDEX decisions_by_case ON decisions (case_id)",
    "CREATE INDEX decisions_by_state ON decisions (state)",
    "CREATE INDEX decisions_waiting ON decisions (expires_at) WHERE state = 'waiting'",
    "CREATE UNIQUE INDEX decisions_waiting_once ON decisions (case_id) WHERE state = 'waiting'",
    """
    CREATE TABLE effects (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        kind VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        recipient VARCHAR NOT NULL,
        payload VARCHAR NOT NULL,
        created_at INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        attempts INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        note VARCHAR NOT NULL,
        receipt VARCHAR NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX effects_dead ON effects (kind) WHERE state = 'dead'",
    """
    CREATE INDEX effects_delivered
        ON effects (subject, recipient) WHERE kind = 'send' AND state = 'done'
    """,
    """
    CREATE INDEX effects_undone
        ON effects (kind, recipient) WHERE state IN ('pending', 'started', 'in_doubt')
    """,
    """
    CREATE TABLE changes (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        case_id VARCHAR NOT NULL,
        decision_id VARCHAR,
        effect_id VARCHAR NOT NULL,
        call VARCHAR NOT NULL,
        level VARCHAR NOT NULL,
        "by" VARCHAR NOT NULL,
        dry_run VARCHAR NOT NULL,
        outcome VARCHAR NOT NULL,
        detail VARCHAR NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        "before" VARCHAR NOT NULL,
        "after" VARCHAR NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id),
        FOREIGN KEY(case_id) REFERENCES cases (id),
        FOREIGN KEY(decision_id) REFERENCES decisions (id),
        FOREIGN KEY(effect_id) REFERENCES effects (id)
    )
    """,
    "CREATE INDEX changes_by_call ON changes (call, started_at)",
    "CREATE INDEX changes_by_case ON changes (case_id)",
    "CREATE INDEX changes_by_effect ON changes (effect_id)",
    """
    CREATE TABLE intents (
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind VARCHAR NOT NULL,
        actor VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        previous VARCHAR NOT NULL,
        hash VARCHAR NOT NULL,
        detail VARCHAR NOT NULL,
        PRIMARY KEY (number)
    )
    """,
    """
    CREATE TABLE events (
        id INTEGER NOT NULL,
        at INTEGER NOT NULL,
        type VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        data VARCHAR NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE digest_lines (
        seq INTEGER NOT NULL,
        text VARCHAR NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    """
    CREATE TABLE settings (
        name VARCHAR NOT NULL,
        value VARCHAR NOT NULL,
        PRIMARY KEY (name)
    )
    """,
)

"""Solved cases: how they looked, what was behind them, what helped."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE solved_cases (
        seq INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        source VARCHAR NOT NULL,
        "check" VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        features VARCHAR NOT NULL,
        created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        origin VARCHAR NOT NULL,
        "by" VARCHAR NOT NULL,
        cause VARCHAR NOT NULL,
        remedy VARCHAR,
        advice VARCHAR NOT NULL,
        marks VARCHAR NOT NULL,
        case_id VARCHAR NOT NULL,
        run_id VARCHAR NOT NULL,
        seen INTEGER NOT NULL,
        helped INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        refuted INTEGER NOT NULL,
        vouched_by VARCHAR NOT NULL,
        cost_usd FLOAT NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    "CREATE UNIQUE INDEX ix_solved_cases_id ON solved_cases (id)",
    'CREATE INDEX ix_solved_cases_check ON solved_cases ("check")',
    "CREATE INDEX ix_solved_cases_changed_at ON solved_cases (changed_at)",
)

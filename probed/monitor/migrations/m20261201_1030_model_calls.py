"""What each request to a model took and cost."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE model_calls (
        seq INTEGER NOT NULL,
        run_id VARCHAR NOT NULL,
        inspection VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        tier VARCHAR NOT NULL,
        upstream VARCHAR NOT NULL,
        model VARCHAR NOT NULL,
        outcome VARCHAR NOT NULL,
        input_tokens INTEGER NOT NULL,
        cache_write_tokens INTEGER NOT NULL,
        cache_read_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cost_usd FLOAT NOT NULL,
        took_s FLOAT NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    "CREATE INDEX ix_model_calls_run_id ON model_calls (run_id)",
    "CREATE INDEX ix_model_calls_at ON model_calls (at)",
)

"""What `probed.monitor.model_calls` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class ModelCallRow(SQLModel, table=True):
    __tablename__ = "model_calls"

    seq: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(index=True)
    inspection: str
    at: int = Field(index=True)
    tier: str
    upstream: str
    model: str
    outcome: str
    input_tokens: int
    cache_write_tokens: int
    cache_read_tokens: int
    output_tokens: int
    cost_usd: float
    took_s: float

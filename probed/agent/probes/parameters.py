"""Parameters that many probes have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

PathOrNone = Annotated[str, Field(pattern=r"^(/[^\x00]*)?$", max_length=1000)]
"""An absolute path, or nothing."""
Rows = Annotated[int, Field(ge=1, le=100, description="at most so many rows")]
Lines = Annotated[int, Field(ge=1, le=200, description="at most so many")]
ContainerName = Annotated[str, Field(pattern=r"^[\w][\w.-]*$", max_length=200, description="of the container")]

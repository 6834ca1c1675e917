"""What a task asks of a model: a report, advice on a question, an answer in words, or whether a case is known."""

from __future__ import annotations

from typing import Any

from probed.agent import advice_prompt, ask_prompt, prompt, recall_prompt
from probed.agent.schema import report_schema
from probed.core.investigation import Task


def system_of(task: Task) -> str:
    if task.asked:
        return ask_prompt.SYSTEM
    if task.doubts:
        return recall_prompt.SYSTEM
    return advice_prompt.SYSTEM if task.question else prompt.SYSTEM


def text_of(task: Task) -> str:
    """Takes its time: call it beside the event loop."""
    if task.asked:
        return ask_prompt.ask_text(task.asked)
    if task.doubts:
        return recall_prompt.recall_text(task.doubts)
    return advice_prompt.advice_text(task, task.question) if task.question else prompt.task_text(task)


def schema_of(task: Task) -> dict[str, Any] | None:
    """None where the answer is words."""
    if task.asked:
        return None
    if task.doubts:
        return recall_prompt.recall_schema()
    return advice_prompt.advice_schema() if task.question else report_schema(task.actions)


def purpose_of(task: Task) -> str:
    if task.doubts:
        return "Say whether they are the same again."
    return "Hand in the advice." if task.question else "Hand in the report. This ends the investigation."

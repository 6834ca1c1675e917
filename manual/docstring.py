"""The text literals that stand below the members of an enumeration, and the paragraphs of a module's docstring."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import ModuleType
from typing import cast


def member_docstrings(enumeration: type) -> Mapping[str, str]:
    body = cast("ast.ClassDef", ast.parse(inspect.getsource(enumeration)).body[0]).body
    return {
        member.targets[0].id: " ".join(str(text.value.value).split())
        for member, text in pairwise(body)
        if isinstance(member, ast.Assign)
        and isinstance(member.targets[0], ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def paragraphs(module: ModuleType) -> Sequence[str]:
    return [" ".join(each.split()) for each in inspect.cleandoc(module.__doc__ or "").split("\n\n")]

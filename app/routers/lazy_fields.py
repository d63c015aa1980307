"""Validators of FastAPI's fields, built when they are first asked for, and not for each field of each route at a start.

FastAPI makes one for every parameter, body and answer of a route when its module is read, and one for every field of
every model when it writes the OpenAPI document, where nobody asks them. Most are never asked: answers are written by
the models themselves. There is no setting for it, so the class is changed here, before the first route is made; in a
release of FastAPI that does it otherwise nothing is changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from fastapi._compat import ModelField

_VALIDATOR = "_type_adapter"


def _nothing(_field: ModelField) -> None:
    """For now."""


def _put_off(build: Callable[[ModelField], None]) -> None:
    def built(field: ModelField) -> Any:
        build(field)
        return vars(field)[_VALIDATOR]

    validator = functools.cached_property(built)
    validator.__set_name__(ModelField, _VALIDATOR)
    setattr(ModelField, _VALIDATOR, validator)
    setattr(ModelField, "__post_init__", _nothing)  # noqa: B010 - a type checker lets no method be assigned


if (_build := vars(ModelField).get("__post_init__")) is not None and _VALIDATOR in _build.__code__.co_names:
    _put_off(_build)

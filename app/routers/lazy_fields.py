"""Validators of FastAPI's fields, built when they are first asked for, and not for each field of each route at a start.

FastAPI makes one for every parameter, body and answer of a route when its module is read, and one for every field of
every model when it writes the OpenAPI document, where nobody asks them. Most are never asked: answers are written by
the models themselves. There is no setting for it, so the class is changed here, before the first route is made; in a
release of FastAPI that has no such class, or makes its fields otherwise, nothing is changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

_VALIDATOR = "_type_adapter"
# All that FastAPI's method names. One that does more, which would be left out here, names more.
_KNOWN = (
    *("warnings", "catch_warnings", "shared", "PYDANTIC_VERSION_MINOR_TUPLE"),
    *("pydantic.warnings", "UnsupportedFieldAttributeWarning", "simplefilter"),
    *("asdict", "field_info", "Field", "TypeAdapter", "cast", "Any", "Annotated", "config", _VALIDATOR),
)


def put_off(fields: type[Any]) -> None:
    """Have the validator of each of `fields` made when it is asked for, if they make nothing but that."""
    build = vars(fields).get("__post_init__")
    if not isinstance(build, FunctionType) or build.__code__.co_names != _KNOWN:
        return
    validator = functools.cached_property(_built_by(build))
    validator.__set_name__(fields, _VALIDATOR)
    setattr(fields, _VALIDATOR, validator)
    setattr(fields, "__post_init__", _nothing)  # noqa: B010 - a type checker lets no method be assigned


def _built_by(build: Callable[[Any], None]) -> Callable[[Any], Any]:
    def built(field: Any) -> Any:
        build(field)
        return vars(field)[_VALIDATOR]

    return built


def _nothing(_field: Any) -> None:
    """For now."""


try:
    from fastapi._compat import ModelField
except ImportError:
    # The starts are slower then, and that is all.
    pass
else:
    put_off(ModelField)

"""What a roster would mean, before it is stored: one JSON document in, one out (contract 1.3)."""

from __future__ import annotations

from typing import Any

from app.rosters.rendering import render
from app.rosters.schemas import PreviewRequest, RenderingOut


def preview(document: object) -> dict[str, Any]:
    """Render the roster of a JSON-decoded body for its window.

    Returns the reply, ready for JSON: instants in UTC with `Z`, minutes as whole numbers. Raises
    pydantic.ValidationError, whose error types are stable codes, for a body that is not as contract 1.3 has it.
    """
    request = PreviewRequest.model_validate(document)
    rendering = render(request.roster.to_definition(), request.window.to_definition())
    return RenderingOut.of(rendering).model_dump(mode="json")

"""An entry as those see it who keep the directory."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.core import clock
from app.core.problems import NotFound
from app.directory.checks import latest_of
from app.directory.held import rows_of
from app.directory.keeping_schemas import EntryWritten, KeptEntry
from app.directory.overlay import Origin, Standing
from app.directory.words import is_hidden
from app.models import EntryVerification, LocalEntry, School
from app.schools import service as schools


def shown(session: Session, school: School, standing: Standing | None) -> KeptEntry:
    """An entry as it stands. Raises NotFound."""
    if standing is None:
        raise NotFound
    row = rows_of(session, school.id, [standing.id]).get(standing.id)
    check = latest_of(session, school.id, [standing.id]).get(standing.id)
    now = clock.now()
    return kept(standing, row, check, now=now, today=schools.today(school, now=now))


def kept(
    standing: Standing, row: LocalEntry | None, check: EntryVerification | None, *, now: dt.datetime, today: dt.date
) -> KeptEntry:
    """`today`: the day that it is at the school, by which a check is overdue."""
    due = None if standing.entry is None else standing.entry.verify_by
    changed = row.entry if row is not None and standing.origin is Origin.PATCHED else {}
    return KeptEntry.model_validate(
        {
            "id": standing.id,
            "origin": standing.origin,
            "entry": None if standing.fields is None else EntryWritten.model_validate(dict(standing.fields)),
            "changed_fields": sorted(changed),
            "served": standing.served,
            "kept_for_safety": standing.kept_for_safety,
            "hidden": row is not None and is_hidden(reason=row.hidden_reason, until=row.hidden_until, now=now),
            "hidden_reason": row.hidden_reason if row else None,
            "hidden_until": row.hidden_until if row else None,
            "pinned": row.pinned if row else False,
            "position": row.position if row else None,
            "external_id": row.external_id if row else None,
            "base_version": row.base_version if row else None,
            "national_version": standing.base.version if standing.base else None,
            "base_state": standing.base_state,
            "broken": standing.broken,
            "last_check": check,
            "check_due_on": due,
            "overdue": due is not None and due < today,
            "version": row.version if row else 0,
            "updated_at": row.updated_at if row else None,
        }
    )

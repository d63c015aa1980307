"""The places of a school: made, changed, and retired where something still names them (STUDY I07)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, NotFound
from app.core.tables import fault
from app.directory.held import KEEPERS, READERS
from app.directory.site_schemas import KeptSite, SiteCreate, SitePatch
from app.identity.actors import Actor
from app.models import LocalEntry, Report, Site

NEEDED = ("name", "kind", "region", "is_teaching_site")


def get(session: Session, actor: Actor, site_id: uuid.UUID) -> KeptSite:
    """Raises NotFound, for one that is retired too."""
    actor.require(*READERS)
    return KeptSite.model_validate(_find(session, actor, site_id))


def create(session: Session, actor: Actor, body: SiteCreate) -> KeptSite:
    actor.require(*KEEPERS)
    site = Site(school_id=actor.require_school(), updated_at=clock.now(), **body.model_dump())
    return _stored(session, actor, site, "site.created")


def patch(session: Session, actor: Actor, site_id: uuid.UUID, body: SitePatch, *, version: Version) -> KeptSite:
    """Raises NotFound, PreconditionRequired, PreconditionFailed, InvalidRequest."""
    actor.require(*KEEPERS)
    site = _find(session, actor, site_id, lock=True)
    version.check(KeptSite.model_validate(site))
    given = body.model_dump(exclude_unset=True)
    missing = [name for name in NEEDED if name in given and given[name] is None]
    if missing:
        raise InvalidRequest(errors=[fault(f"#/{name}", "required", "A site has this.") for name in missing])
    for name, value in given.items():
        setattr(site, name, value)
    if (site.latitude is None) != (site.longitude is None):
        detail = "A place has a latitude and a longitude"
        raise InvalidRequest(errors=[fault("#/latitude", "place_has_both", detail)])
    site.version, site.updated_at = site.version + 1, clock.now()
    return _stored(session, actor, site, "site.changed")


def remove(session: Session, actor: Actor, site_id: uuid.UUID, *, version: Version) -> None:
    """It is named no more for anything new. Raises NotFound, PreconditionRequired, PreconditionFailed."""
    actor.require(*KEEPERS)
    site = _find(session, actor, site_id, lock=True)
    version.check(KeptSite.model_validate(site))
    if _is_named(session, site):
        site.retired, site.version, site.updated_at = True, site.version + 1, clock.now()
        session.add(site)
    else:
        session.delete(site)
    _record(session, actor, site, "site.removed")


def _is_named(session: Session, site: Site) -> bool:
    """Whether an entry or a report of the school says its id, in whatever of its fields."""
    for documents, school_id in ((LocalEntry.entry, LocalEntry.school_id), (Report.details, Report.school_id)):
        says = sa.cast(col(documents), sa.Text).contains(str(site.id))
        if session.exec(select(sa.literal(1)).where(col(school_id) == site.school_id, says).limit(1)).first():
            return True
    return False


def _find(session: Session, actor: Actor, site_id: uuid.UUID, *, lock: bool = False) -> Site:
    statement = select(Site).where(
        Site.id == site_id, Site.school_id == actor.require_school(), col(Site.retired).is_(False)
    )
    site = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if site is None:
        raise NotFound
    return site


def _stored(session: Session, actor: Actor, site: Site, action: str) -> KeptSite:
    session.add(site)
    session.flush()
    _record(session, actor, site, action)
    return KeptSite.model_validate(site)


def _record(session: Session, actor: Actor, site: Site, action: str) -> None:
    trail.record(
        session,
        action=action,
        school_id=site.school_id,
        person_id=actor.person_id,
        subject=site.id,
        now=clock.now(),
    )

"""The places of a school: made, changed, and retired where something still names them (STUDY I07)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.core.tables import fault
from app.directory.held import READERS, Held, hold
from app.directory.shapes import MOST_SITES
from app.directory.site_schemas import KeptSite, SiteCreate, SitePatch
from app.identity.actors import Actor
from app.models import LocalEntry, OpenInvitation, Report, School, Site
from app.schools.requirements import regions_of

NEEDED = ("name", "kind", "region", "is_teaching_site")


class TooManySites(Conflict):
    code, title = "too_many_sites", "There are as many sites as a school may have"
    default_detail = f"A school can have {MOST_SITES}: remove what is none any more."


def get(session: Session, actor: Actor, site_id: uuid.UUID) -> KeptSite:
    """Raises NotFound, for one that is retired too."""
    actor.require(*READERS)
    return KeptSite.model_validate(_find(session, actor, site_id))


def create(session: Session, actor: Actor, body: SiteCreate) -> KeptSite:
    """Raises InvalidRequest for a region that the school's country has not, TooManySites."""
    held = hold(session, actor)
    _check_region(held.school, body.region)
    there = select(func.count()).where(Site.school_id == held.school.id, col(Site.retired).is_(False))
    if session.exec(there).one() >= MOST_SITES:
        raise TooManySites
    site = Site(school_id=held.school.id, updated_at=held.now, **body.model_dump())
    return _stored(held, site, "site.created")


def patch(session: Session, actor: Actor, site_id: uuid.UUID, body: SitePatch, *, version: Version) -> KeptSite:
    """Raises NotFound, PreconditionRequired, PreconditionFailed, InvalidRequest."""
    held = hold(session, actor)
    site = _find(session, actor, site_id, lock=True)
    version.check(KeptSite.model_validate(site))
    given = body.model_dump(exclude_unset=True)
    missing = [name for name in NEEDED if name in given and given[name] is None]
    if missing:
        raise InvalidRequest(errors=[fault(f"#/{name}", "required", "A site has this.") for name in missing])
    if given.get("region", site.region) != site.region:
        _check_region(held.school, given["region"])
    for name, value in given.items():
        setattr(site, name, value)
    if (site.latitude is None) != (site.longitude is None):
        detail = "A place has a latitude and a longitude"
        raise InvalidRequest(errors=[fault("#/latitude", "place_has_both", detail)])
    site.version, site.updated_at = site.version + 1, held.now
    return _stored(held, site, "site.changed")


def remove(session: Session, actor: Actor, site_id: uuid.UUID, *, version: Version) -> None:
    """It is named no more for anything new. Raises NotFound, PreconditionRequired, PreconditionFailed."""
    held = hold(session, actor)
    site = _find(session, actor, site_id, lock=True)
    version.check(KeptSite.model_validate(site))
    if _is_named(session, site):
        site.retired, site.version, site.updated_at = True, site.version + 1, held.now
        session.add(site)
    else:
        session.delete(site)
    _finish(held, site, "site.removed")


def _is_named(session: Session, site: Site) -> bool:
    """Whether an entry or a report of the school says its id, in whatever of its fields, or an invitation speaks to
    whoever is there, be it over."""
    if session.exec(select(OpenInvitation.id).where(OpenInvitation.site_id == site.id).limit(1)).first():
        return True
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


def _check_region(school: School, region: str) -> None:
    """As that of a school: services and public holidays go by it. Raises InvalidRequest."""
    known = regions_of(school.country)
    if region not in known:
        detail = f"The regions of {school.country} are {', '.join(known)}."
        raise InvalidRequest(errors=[fault("#/region", "unknown_region", detail)])


def _stored(held: Held, site: Site, action: str) -> KeptSite:
    held.session.add(site)
    _finish(held, site, action)
    return KeptSite.model_validate(site)


def _finish(held: Held, site: Site, action: str) -> None:
    """Which entries the directory has depends on where the sites are."""
    held.session.flush()
    held.record(action, site.id)
    held.finish(action)

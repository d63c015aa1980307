"""The directory of a country, which needs no database, and that of a school, each made once for its content."""

from __future__ import annotations

import functools

from sqlmodel import Session, col, select

from app.directory import catalogue
from app.directory.catalogue import Catalogue
from app.directory.hsds.collections import Directory
from app.directory.hsds.places import Place
from app.directory.hsds.services import Base
from app.directory.pack import ids, load_pack
from app.models import Site
from app.schools import service as schools


def of_country(country: str, *, year: int) -> Directory:
    return _of_country(country.upper(), year)


def of_school(session: Session, slug: str, *, year: int) -> Directory:
    """Raises SchoolNotFound."""
    school = schools.find(session, slug)
    sites = session.exec(select(Site).where(col(Site.school_id) == school.id).order_by(col(Site.id))).all()
    places = tuple((str(site.id), Place(site.name, site.latitude, site.longitude)) for site in sites)
    base = Base(scope=str(school.id), school=school.name, places=places, year=year)
    return _of_school(catalogue.catalogue_of(session, school), base, school.country)


@functools.lru_cache(maxsize=16)
def _of_country(country: str, year: int) -> Directory:
    entries = load_pack(country)
    return Directory(Base(scope=country, school=None, year=year), entries, national=ids(country))


@functools.lru_cache(maxsize=256)
def _of_school(found: Catalogue, base: Base, country: str) -> Directory:
    """What its students find, wherever they are placed."""
    return Directory(base, found.entries, national=ids(country))

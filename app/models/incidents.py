"""Privacy incidents: what went wrong with somebody's privacy, and what was done about it (STUDY P03, J19)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import Role
from app.vocabulary.keeping import IncidentKind, IncidentStatus, SeriousHarm


class PrivacyIncident(SQLModel, table=True):
    """Told by somebody of the programme. `goes_to`: those who look into it, less those it is kept from.

    It has no text any more once the report that it was about is erased.
    """

    __tablename__ = "privacy_incidents"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    kind: IncidentKind = Field(sa_column=enum_column(IncidentKind, "incident_kind"))
    what_happened_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    report_id: uuid.UUID | None = Field(default=None, foreign_key="reports.id", index=True)
    happened_on: dt.date
    told_by: uuid.UUID = Field(foreign_key="people.id")
    told_hour: dt.datetime
    goes_to: Role = Field(sa_column=enum_column(Role, "incident_goes_to"))
    status: IncidentStatus = Field(sa_column=enum_column(IncidentStatus, "incident_status"))
    # By when the school wants to know whether serious harm is likely: a clock of its own.
    assess_by: dt.date
    serious_harm: SeriousHarm | None = Field(
        default=None, sa_column=enum_column(SeriousHarm, "incident_serious_harm", nullable=True)
    )
    harm_note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    people_told_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    closed_hour: dt.datetime | None = None
    version: int = Field(default=1)


class PrivacyIncidentExclusion(SQLModel, table=True):
    """A person for whom this incident does not exist: it is about something they did."""

    __tablename__ = "privacy_incident_exclusions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    incident_id: uuid.UUID = Field(foreign_key="privacy_incidents.id", primary_key=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", primary_key=True, index=True)

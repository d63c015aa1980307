"""Rosters over time: versions, records, gaps, absences, shifts that change hands, calendars.

What a roster said so far becomes its first version, which rules from the minute in which the roster was made.

Revision: 0003, after 0002. 2026-11-26 13:48:25.390153+00:00.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ORIGIN = sa.Enum(
    "roster",
    "coordinator",
    "import",
    "offer",
    "swap",
    name="override_origin",
    native_enum=False,
    create_constraint=True,
    length=40,
)
EXPECTS = sa.Enum(
    "always",
    "planned_hours",
    "nothing",
    name="roster_expects",
    native_enum=False,
    create_constraint=True,
    length=40,
)
ROSTERS = sa.table(
    "rosters",
    sa.column("id", sa.Uuid()),
    sa.column("line", sa.String()),
    sa.column("definition", DOCUMENT),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("recorded_until", sa.DateTime(timezone=True)),
    sa.column("expects", sa.String()),
)
VERSIONS = sa.table(
    "roster_versions",
    sa.column("id", sa.Uuid()),
    sa.column("roster_id", sa.Uuid()),
    sa.column("number", sa.Integer()),
    sa.column("effective_from", sa.DateTime(timezone=True)),
    sa.column("definition", DOCUMENT),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
OVERRIDES = sa.table("roster_overrides", sa.column("origin", sa.String()), sa.column("whole", sa.Boolean()))


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "leave",
                "exam_window",
                "placement",
                "paused",
                "training_lapsed",
                name="absence_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_absences_order")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_absences_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_absences_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index("ix_absences_person", ["person_id", "ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_absences_school_id"), ["school_id"], unique=False)

    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calendar_feeds_person_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_calendar_feeds_roster_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_calendar_feeds_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feeds_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calendar_feeds_school_id"), ["school_id"], unique=False)

    op.create_table(
        "coverage_gaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "unfilled",
                "paused",
                "training_lapsed",
                "ended",
                "leave",
                "exam_window",
                "placement",
                "double_booked",
                "no_working_contact",
                name="gap_cause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "covered", "passed", name="gap_state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "notice",
            sa.Enum(
                "days_28",
                "days_14",
                "days_7",
                "days_2",
                "live",
                name="gap_notice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("external_entry_id", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_coverage_gaps_order")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_coverage_gaps_roster_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_coverage_gaps_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_gaps")),
    )
    with op.batch_alter_table("coverage_gaps", schema=None) as batch_op:
        batch_op.create_index("ix_coverage_gaps_open", ["roster_id", "state", "starts_at"], unique=False)
        batch_op.create_index("ix_coverage_gaps_school", ["school_id", "starts_at"], unique=False)

    op.create_table(
        "roster_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_call", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("turns", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("override_id", sa.Uuid(), nullable=True),
        sa.Column("away", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_roster_records_roster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_records")),
        sa.UniqueConstraint("roster_id", "starts_at", name=op.f("uq_roster_records_roster_id_starts_at")),
    )
    op.create_table(
        "roster_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("definition", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_roster_versions_person_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_roster_versions_roster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_versions")),
        sa.UniqueConstraint("roster_id", "number", name=op.f("uq_roster_versions_roster_id_number")),
    )
    with op.batch_alter_table("roster_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_versions_roster_id"), ["roster_id"], unique=False)

    op.create_table(
        "shift_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("layer_id", sa.String(length=200), nullable=True),
        sa.Column("slot_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_id", sa.Uuid(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken",
                "withdrawn",
                "void",
                name="offer_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_offers_order")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shift_offers_person_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_shift_offers_roster_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_shift_offers_school_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["people.id"], name=op.f("fk_shift_offers_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_offers")),
    )
    with op.batch_alter_table("shift_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_offers_roster_id"), ["roster_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_offers_school_id"), ["school_id"], unique=False)

    op.create_table(
        "shift_swaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "withdrawn",
                "void",
                name="swap_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("layer_id", sa.String(length=200), nullable=True),
        sa.Column("slot_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_id", sa.Uuid(), nullable=True),
        sa.Column("other_roster_id", sa.Uuid(), nullable=False),
        sa.Column("other_layer_id", sa.String(length=200), nullable=True),
        sa.Column("other_slot_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("other_override_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["people.id"], name=op.f("fk_shift_swaps_other_id")),
        sa.ForeignKeyConstraint(["other_roster_id"], ["rosters.id"], name=op.f("fk_shift_swaps_other_roster_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shift_swaps_person_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_shift_swaps_roster_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_shift_swaps_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_swaps")),
    )
    with op.batch_alter_table("shift_swaps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_swaps_other_id"), ["other_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_swaps_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_swaps_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("roster_overrides", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", ORIGIN, nullable=True))
        batch_op.add_column(sa.Column("origin_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("layer_id", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("slot_start", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("whole", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_roster_overrides_ends", ["roster_id", "ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_roster_overrides_origin_id"), ["origin_id"], unique=False)
    with op.batch_alter_table("rosters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expects", EXPECTS, nullable=True))
        batch_op.add_column(sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=True))
    _keep_definitions()
    with op.batch_alter_table("roster_overrides", schema=None) as batch_op:
        batch_op.alter_column("origin", existing_type=ORIGIN, nullable=False)
        batch_op.alter_column("whole", existing_type=sa.Boolean(), nullable=False)
    with op.batch_alter_table("rosters", schema=None) as batch_op:
        batch_op.alter_column("expects", existing_type=EXPECTS, nullable=False)
        batch_op.alter_column("recorded_until", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_rosters_school_id_line_level"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_rosters_school_id_line_level_name"), ["school_id", "line", "level", "name"]
        )
        batch_op.drop_column("definition")


def _keep_definitions() -> None:
    connection = op.get_bind()
    connection.execute(sa.update(OVERRIDES).values(origin="roster", whole=False))
    for roster in connection.execute(sa.select(ROSTERS)).all():
        minute = _utc(roster.created_at).replace(second=0, microsecond=0)
        advice = roster.line in ("clinical_advice", "academic_advice", "independent_advice")
        connection.execute(
            sa.insert(VERSIONS).values(
                id=uuid.uuid4(),
                roster_id=roster.id,
                number=1,
                effective_from=minute,
                definition=roster.definition,
                created_at=roster.created_at,
            )
        )
        connection.execute(
            sa.update(ROSTERS)
            .where(ROSTERS.c.id == roster.id)
            .values(recorded_until=minute, expects="always" if advice else "planned_hours")
        )


def _utc(instant: dt.datetime) -> dt.datetime:
    """SQLite gives back what it was given, UTC, without saying so."""
    return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)


def _give_definitions_back() -> None:
    """The newest version; a second roster of a line and level has no place in the older tables, and stops this."""
    connection = op.get_bind()
    for version in connection.execute(sa.select(VERSIONS).order_by(VERSIONS.c.number)).all():
        connection.execute(
            sa.update(ROSTERS).where(ROSTERS.c.id == version.roster_id).values(definition=version.definition)
        )


def downgrade() -> None:
    with op.batch_alter_table("rosters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("definition", DOCUMENT, nullable=True))
    _give_definitions_back()
    with op.batch_alter_table("rosters", schema=None) as batch_op:
        batch_op.alter_column("definition", existing_type=DOCUMENT, nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_rosters_school_id_line_level_name"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_rosters_school_id_line_level"), ["school_id", "line", "level"])
        batch_op.drop_column("recorded_until")
        batch_op.drop_constraint(batch_op.f("ck_rosters_roster_expects"), type_="check")
        batch_op.drop_column("expects")

    with op.batch_alter_table("roster_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_overrides_origin_id"))
        batch_op.drop_index("ix_roster_overrides_ends")
        batch_op.drop_column("removed_at")
        batch_op.drop_column("whole")
        batch_op.drop_column("slot_start")
        batch_op.drop_column("layer_id")
        batch_op.drop_column("reason")
        batch_op.drop_column("origin_id")
        batch_op.drop_constraint(batch_op.f("ck_roster_overrides_override_origin"), type_="check")
        batch_op.drop_column("origin")

    with op.batch_alter_table("shift_swaps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shift_swaps_school_id"))
        batch_op.drop_index(batch_op.f("ix_shift_swaps_person_id"))
        batch_op.drop_index(batch_op.f("ix_shift_swaps_other_id"))

    op.drop_table("shift_swaps")
    with op.batch_alter_table("shift_offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shift_offers_school_id"))
        batch_op.drop_index(batch_op.f("ix_shift_offers_roster_id"))

    op.drop_table("shift_offers")
    with op.batch_alter_table("roster_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_versions_roster_id"))

    op.drop_table("roster_versions")
    op.drop_table("roster_records")
    with op.batch_alter_table("coverage_gaps", schema=None) as batch_op:
        batch_op.drop_index("ix_coverage_gaps_school")
        batch_op.drop_index("ix_coverage_gaps_open")

    op.drop_table("coverage_gaps")
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_feeds_school_id"))
        batch_op.drop_index(batch_op.f("ix_calendar_feeds_person_id"))

    op.drop_table("calendar_feeds")
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absences_school_id"))
        batch_op.drop_index("ix_absences_person")

    op.drop_table("absences")

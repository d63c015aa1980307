"""Codes by which a peer chooses a supporter, what they choose, and open invitations. A contact need come of no report.

Revision: 0032, after 0034. 2026-11-27 06:00:00+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0034"
branch_labels = None
depends_on = None

STATES = ("asked", "accepted", "nobody_could", "over")
BANDS = ("earlier_years", "middle_years", "final_years", "not_said")


def upgrade() -> None:
    op.create_table(
        "given_contact_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("good_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_given_contact_codes_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given_contact_codes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("given_contact_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_given_contact_codes_report_id"), ["report_id"])
    op.create_table(
        "contact_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("back_hash", sa.LargeBinary(), nullable=True),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_contact_codes_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_contact_codes_code_hash")),
        sa.UniqueConstraint("back_hash", name=op.f("uq_contact_codes_back_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("contact_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_codes_good_until"), ["good_until"])
    op.create_table(
        "choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", _enum("choice_state", *STATES), nullable=False),
        sa.Column("wishes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reach_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_hour", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_choices_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choices")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_choices_code_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_choices_school_id_state"), ["school_id", "state"])
    op.create_table(
        "open_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("audience", _enum("invitation_audience", "everybody", "year_band", "site"), nullable=False),
        sa.Column("year_band", _enum("invitation_year_band", *BANDS), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("meeting", sa.String(length=500), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_open_invitations_made_by")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_open_invitations_school_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_open_invitations_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_invitations")),
    )
    with op.batch_alter_table("open_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_invitations_school_id_opens_at"), ["school_id", "opens_at"])
    with op.batch_alter_table("contacts", schema=None, table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.alter_column("report_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("choice_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_contacts_choice_id"), "choices", ["choice_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_contacts_choice_id"), ["choice_id"])


def downgrade() -> None:
    """Contacts that came of no report are lost: an earlier release knows none."""
    contacts = sa.table("contacts", sa.column("report_id", sa.Uuid()))
    op.execute(sa.delete(contacts).where(contacts.c.report_id.is_(None)))
    with op.batch_alter_table("contacts", schema=None, table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_choice_id"))
        batch_op.drop_constraint(batch_op.f("fk_contacts_choice_id"), type_="foreignkey")
        batch_op.drop_column("choice_id")
        batch_op.alter_column("report_id", existing_type=sa.Uuid(), nullable=False)
    for table in ("open_invitations", "choices", "contact_codes", "given_contact_codes"):
        op.drop_table(table)


def _enum(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=40)

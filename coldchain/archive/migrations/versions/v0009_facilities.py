"""Facilities, their people and what they confirm."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = {"nullable": False, "server_default": ""}
FLAG = {"nullable": False, "server_default": sa.false()}
CARD: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("unit_code", sa.String(12), {}),
    ("has_maternity", sa.Boolean(), FLAG),
    ("has_rabies", sa.Boolean(), FLAG),
    ("address", sa.String(200), TEXT),
    ("head", sa.String(200), TEXT),
    ("telephone", sa.String(40), TEXT),
    ("service_form", sa.String(40), TEXT),
    ("service_cycle", sa.String(40), TEXT),
    ("working_week", sa.String(40), TEXT),
    ("population", sa.Integer(), {}),
    ("staff", sa.Integer(), {}),
    ("certified_staff", sa.Integer(), {}),
    ("rooms_m2", sa.Double(), {}),
    ("information", sa.Text(), TEXT),
    ("licensed_on", sa.String(10), {}),
    ("licensed_until", sa.String(10), {}),
    ("licence", sa.String(64), {}),
    ("status", sa.String(40), {"nullable": False, "server_default": "active"}),
)
REACHED: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("user", sa.String(64), {}),
    ("email", sa.String(200), TEXT),
    ("wechat", sa.String(200), TEXT),
    ("wecom", sa.String(200), TEXT),
)


def upgrade() -> None:
    """To this version. Facilities that stand here are active; the rest of their cards nobody has said yet."""
    _add("facility", CARD)
    with altering("facility") as batch:
        batch.create_index("uq_facility_unit_code", ["unit_code"], unique=True)
    _add("person", REACHED)
    with altering("person") as batch:
        batch.create_foreign_key("fk_person_user_user_account", "user_account", ["user"], ["name"])
        batch.create_index("ix_person_user", ["user"])
    _create_history()
    _create_posts()
    _create_training()
    _create_collections()


def downgrade() -> None:
    """Back to the one before: posts, training, hand-overs and collections are gone."""
    for table in (
        "collection_snapshot", "collection_unit", "collection", "hand_over", "attendance", "course", "post", "phone",
        "calendar_day", "facility_status",
    ):  # fmt: skip
        op.drop_table(table)
    with altering("person") as batch:
        batch.drop_index("ix_person_user")
        batch.drop_constraint("fk_person_user_user_account", type_="foreignkey")
        for name, _, _ in REACHED:
            batch.drop_column(name)
    with altering("facility") as batch:
        batch.drop_index("uq_facility_unit_code")
        for name, _, _ in CARD:
            batch.drop_column(name)


def _add(table: str, columns: tuple[tuple[str, Any, dict[str, Any]], ...]) -> None:
    """Columns with a value for the rows that are there; later rows bring their own."""
    with altering(table) as batch:
        for name, kind, options in columns:
            batch.add_column(sa.Column(name, kind, **options))
    with altering(table) as batch:
        for name, kind, options in columns:
            if options:
                batch.alter_column(name, existing_type=kind, server_default=None)


def _create_history() -> None:
    op.create_table(
        "facility_status",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(64), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("before", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_facility_status_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_facility_status"),
    )
    op.create_index("ix_facility_status_facility_at", "facility_status", ["facility", "at"])
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("region", sa.String(64), nullable=True),
        sa.Column("facility", sa.String(64), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(region is null) <> (facility is null)", name=op.f("ck_calendar_day_scope")),
        sa.CheckConstraint("kind in ('holiday', 'workday')", name=op.f("ck_calendar_day_kind")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_calendar_day_region_region"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_calendar_day_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_day"),
    )
    for column in ("day", "region", "facility"):
        op.create_index(f"ix_calendar_day_{column}", "calendar_day", [column])


def _create_posts() -> None:
    op.create_table(
        "phone",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("phone_number", sa.String(40), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_phone_person_person"),
        sa.PrimaryKeyConstraint("id", name="pk_phone"),
    )
    op.create_index("ix_phone_person", "phone", ["person"])
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("facility", sa.String(64), nullable=False),
        sa.Column("post", sa.String(40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_post_order")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_post_person_person"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_post_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
    )
    op.create_index("ix_post_person", "post", ["person"])
    op.create_index("ix_post_facility_post", "post", ["facility", "post"])
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(64), nullable=False),
        sa.Column("leaver", sa.Integer(), nullable=False),
        sa.Column("taker", sa.Integer(), nullable=False),
        sa.Column("leaver_name", sa.String(200), nullable=False),
        sa.Column("taker_name", sa.String(200), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("has_left", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.JSON(), nullable=False),
        sa.Column("matters", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.String(200), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("leaver <> taker", name=op.f("ck_hand_over_two")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_hand_over_facility_facility"),
        sa.ForeignKeyConstraint(["leaver"], ["person.id"], name="fk_hand_over_leaver_person"),
        sa.ForeignKeyConstraint(["taker"], ["person.id"], name="fk_hand_over_taker_person"),
        sa.PrimaryKeyConstraint("id", name="pk_hand_over"),
    )
    op.create_index("ix_hand_over_facility", "hand_over", ["facility"])


def _create_training() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("held_on", sa.String(10), nullable=False),
        sa.Column("held_by", sa.String(200), nullable=False),
        sa.Column("region", sa.String(64), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("hours > 0", name=op.f("ck_course_hours")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_course_region_region"),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
    )
    op.create_index("ix_course_held_on", "course", ["held_on"])
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("course", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("has_passed", sa.Boolean(), nullable=False),
        sa.Column("certificate", sa.String(200), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=True),
        sa.Column("valid_until", sa.String(10), nullable=True),
        sa.Column("document", sa.String(64), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["course"], ["course.id"], name="fk_attendance_course_course"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_attendance_person_person"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_attendance_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
    )
    op.create_index("ix_attendance_course", "attendance", ["course"])
    op.create_index("ix_attendance_person_course", "attendance", ["person", "course"])


def _create_collections() -> None:
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("as_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("frozen_by", sa.String(200), nullable=True),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.Column("roll_up", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_collection_region_region"),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
    )
    op.create_index("uq_collection_region_year", "collection", ["region", "year"], unique=True)
    op.create_table(
        "collection_unit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("collection", sa.Integer(), nullable=False),
        sa.Column("facility", sa.String(64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["collection"], ["collection.id"], name="fk_collection_unit_collection_collection"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_collection_unit_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_collection_unit"),
    )
    op.create_index(
        "uq_collection_unit_collection_facility", "collection_unit", ["collection", "facility"], unique=True
    )
    op.create_index("ix_collection_unit_facility", "collection_unit", ["facility"])
    op.create_table(
        "collection_snapshot",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(200), nullable=False),
        sa.Column("confirmed_by", sa.String(200), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["collection_unit.id"], name="fk_collection_snapshot_unit_collection_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_collection_snapshot"),
    )
    op.create_index("ix_collection_snapshot_unit", "collection_snapshot", ["unit"])

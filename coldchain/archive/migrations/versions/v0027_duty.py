"""Who is told: policies with levels, rotas, absences, ways to a person and their quarterly question."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "duty_policy",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_duty_policy_order")),
        sa.CheckConstraint(
            "(case when region is null then 0 else 1 end) + (case when facility is null then 0 else 1 end)"
            " + (case when equipment is null then 0 else 1 end) <= 1",
            name=op.f("ck_duty_policy_place"),
        ),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_duty_policy_equipment_equipment")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_duty_policy_facility_facility")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_duty_policy_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_policy")),
    )
    op.create_index(op.f("ix_duty_policy_equipment"), "duty_policy", ["equipment"], unique=False)
    op.create_index(op.f("ix_duty_policy_facility"), "duty_policy", ["facility"], unique=False)
    op.create_index(op.f("ix_duty_policy_region"), "duty_policy", ["region"], unique=False)
    op.create_table(
        "rota",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("is_desk", sa.Boolean(), nullable=False),
        sa.Column("otherwise", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("region is null or facility is null", name=op.f("ck_rota_place")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_rota_facility_facility")),
        sa.ForeignKeyConstraint(["otherwise"], ["rota.id"], name=op.f("fk_rota_otherwise_rota")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_rota_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota")),
    )
    op.create_index(op.f("ix_rota_facility"), "rota", ["facility"], unique=False)
    op.create_index(op.f("ix_rota_region"), "rota", ["region"], unique=False)
    op.create_table(
        "rota_turn",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("rota", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("to_min", sa.Integer(), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_rota_turn_order")),
        sa.CheckConstraint("every_weeks between 1 and 53", name=op.f("ck_rota_turn_every_weeks")),
        sa.CheckConstraint(
            "from_min between 0 and 1439 and to_min > from_min and to_min - from_min <= 1440",
            name=op.f("ck_rota_turn_hours"),
        ),
        sa.CheckConstraint("weekday between 0 and 7", name=op.f("ck_rota_turn_weekday")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_rota_turn_person_person")),
        sa.ForeignKeyConstraint(["rota"], ["rota.id"], name=op.f("fk_rota_turn_rota_rota")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_turn")),
    )
    op.create_index(op.f("ix_rota_turn_rota"), "rota_turn", ["rota"], unique=False)
    op.create_table(
        "rota_shift",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("rota", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("instead_of", sa.Integer(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" > start', name=op.f("ck_rota_shift_order")),
        sa.ForeignKeyConstraint(["instead_of"], ["person.id"], name=op.f("fk_rota_shift_instead_of_person")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_rota_shift_person_person")),
        sa.ForeignKeyConstraint(["rota"], ["rota.id"], name=op.f("fk_rota_shift_rota_rota")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_shift")),
    )
    op.create_index(op.f("ix_rota_shift_rota"), "rota_shift", ["rota"], unique=False)
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("stand_in", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" > start', name=op.f("ck_absence_order")),
        sa.CheckConstraint("stand_in is null or stand_in <> person", name=op.f("ck_absence_stand_in")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_absence_person_person")),
        sa.ForeignKeyConstraint(["stand_in"], ["person.id"], name=op.f("fk_absence_stand_in_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person"), "absence", ["person"], unique=False)
    op.create_table(
        "way_word",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("said", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_way_word_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_word")),
    )
    op.create_index("ix_way_word_person_kind", "way_word", ["person", "kind"], unique=False)
    op.create_table(
        "reach_wish",
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_reach_wish_person_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_reach_wish")),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("reach_wish")
    op.drop_table("way_word")
    op.drop_table("absence")
    op.drop_table("rota_shift")
    op.drop_table("rota_turn")
    op.drop_table("rota")
    op.drop_table("duty_policy")

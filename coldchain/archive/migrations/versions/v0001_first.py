"""The first archive: places, equipment, lots, excursions, alarms, people, journals."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In the order of their references: nothing refers to a table below it.
TABLES = (
    "region",
    "facility",
    "equipment",
    "compartment",
    "channel",
    "assignment",
    "vaccine",
    "lot",
    "movement",
    "excursion",
    "excursion_revision",
    "observation",
    "alarm",
    "transition",
    "notice",
    "person",
    "user_account",
    "token",
    "session",
    "cursor",
    "checkpoint",
    "change",
    "lease",
    "refused",
    "audit",
)


def upgrade() -> None:
    """To this version."""
    _places()
    _equipment()
    _lots()
    _cases()
    _alarms()
    _people()
    _journal()


def downgrade() -> None:
    """Back to nothing."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _places() -> None:
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_region_level")),
        sa.ForeignKeyConstraint(["parent"], ["region.code"], name=op.f("fk_region_parent_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_index(op.f("ix_region_parent"), "region", ["parent"])
    op.create_table(
        "facility",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("short_zh", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_facility_region_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facility")),
    )
    op.create_index(op.f("ix_facility_region"), "facility", ["region"])


def _equipment() -> None:
    op.create_table(
        "equipment",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("short_zh", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("serial", sa.String(length=200), nullable=False),
        sa.Column("is_medical", sa.Boolean(), nullable=False),
        sa.Column("volume_cold_l", sa.Double(), nullable=True),
        sa.Column("volume_frozen_l", sa.Double(), nullable=True),
        sa.Column("started_on", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_equipment_facility_facility")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_equipment")),
    )
    op.create_index(op.f("ix_equipment_facility"), "equipment", ["facility"])
    op.create_table(
        "compartment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.CheckConstraint("purpose in ('vaccine', 'ice_packs', 'empty')", name=op.f("ck_compartment_purpose")),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_compartment_equipment_equipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compartment")),
    )
    op.create_index("uq_compartment_equipment_name", "compartment", ["equipment", "name"], unique=True)
    op.create_table(
        "channel",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.create_index(op.f("ix_channel_gateway"), "channel", ["gateway"])
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_assignment_order")),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_assignment_channel_channel")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_assignment_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_assignment_equipment_equipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_channel_start", "assignment", ["channel", "start"])
    op.create_index(op.f("ix_assignment_compartment"), "assignment", ["compartment"])
    op.create_index(op.f("ix_assignment_equipment"), "assignment", ["equipment"])


def _lots() -> None:
    op.create_table(
        "vaccine",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("freeze_sensitive", sa.Boolean(), nullable=False),
        sa.Column("vvm_type", sa.String(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vaccine")),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("vaccine", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("expires_on", sa.String(), nullable=False),
        sa.Column("doses_per_vial", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["vaccine"], ["vaccine.code"], name=op.f("fk_lot_vaccine_vaccine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
    )
    op.create_index(op.f("ix_lot_vaccine"), "lot", ["vaccine"])
    op.create_index("uq_lot_vaccine_maker_number", "lot", ["vaccine", "maker", "number"], unique=True)
    op.create_table(
        "movement",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=True),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("doses > 0", name=op.f("ck_movement_doses")),
        sa.CheckConstraint("source is not null or target is not null", name=op.f("ck_movement_ends")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_movement_lot_lot")),
        sa.ForeignKeyConstraint(["source"], ["compartment.id"], name=op.f("fk_movement_source_compartment")),
        sa.ForeignKeyConstraint(["target"], ["compartment.id"], name=op.f("fk_movement_target_compartment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
    )
    op.create_index("ix_movement_lot_at", "movement", ["lot", "at"])
    op.create_index(op.f("ix_movement_source"), "movement", ["source"])
    op.create_index(op.f("ix_movement_target"), "movement", ["target"])


def _cases() -> None:
    op.create_table(
        "excursion",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("anchor", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("certainty", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("known_good_before", sa.BigInteger(), nullable=True),
        sa.Column("first_bad", sa.BigInteger(), nullable=False),
        sa.Column("last_bad", sa.BigInteger(), nullable=False),
        sa.Column("known_good_after", sa.BigInteger(), nullable=True),
        sa.Column("extreme_mc", sa.Integer(), nullable=True),
        sa.Column("out_ms", sa.BigInteger(), nullable=False),
        sa.Column("unknown_ms", sa.BigInteger(), nullable=False),
        sa.Column("degree_ms", sa.BigInteger(), nullable=False),
        sa.Column("mkt_mc", sa.Integer(), nullable=True),
        sa.Column("lots_known", sa.String(length=40), nullable=False),
        sa.Column("lots", sa.JSON(), nullable=False),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_excursion_channel_channel")),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name=op.f("fk_excursion_compartment_compartment")),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_excursion_equipment_equipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excursion")),
    )
    op.create_index("ix_excursion_channel_anchor", "excursion", ["channel", "anchor"])
    op.create_index(op.f("ix_excursion_equipment"), "excursion", ["equipment"])
    op.create_index("ix_excursion_state", "excursion", ["state"])
    op.create_table(
        "excursion_revision",
        sa.Column("excursion", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("evidence_start", sa.BigInteger(), nullable=False),
        sa.Column("evidence_end", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("certainty", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("known_good_before", sa.BigInteger(), nullable=True),
        sa.Column("first_bad", sa.BigInteger(), nullable=False),
        sa.Column("last_bad", sa.BigInteger(), nullable=False),
        sa.Column("known_good_after", sa.BigInteger(), nullable=True),
        sa.Column("extreme_mc", sa.Integer(), nullable=True),
        sa.Column("out_ms", sa.BigInteger(), nullable=False),
        sa.Column("unknown_ms", sa.BigInteger(), nullable=False),
        sa.Column("degree_ms", sa.BigInteger(), nullable=False),
        sa.Column("mkt_mc", sa.Integer(), nullable=True),
        sa.Column("lots_known", sa.String(length=40), nullable=False),
        sa.Column("lots", sa.JSON(), nullable=False),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["excursion"], ["excursion.id"], name=op.f("fk_excursion_revision_excursion_excursion")
        ),
        sa.PrimaryKeyConstraint("excursion", "revision", name=op.f("pk_excursion_revision")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_observation_equipment_equipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    op.create_index(op.f("ix_observation_equipment"), "observation", ["equipment"])
    op.create_index("ix_observation_kind_subject_end", "observation", ["kind", "subject", "end"])


def _alarms() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("excursion", sa.String(length=64), nullable=True),
        sa.Column("observation", sa.Integer(), nullable=True),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_past", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_by", sa.String(length=200), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_alarm_equipment_equipment")),
        sa.ForeignKeyConstraint(["excursion"], ["excursion.id"], name=op.f("fk_alarm_excursion_excursion")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_alarm_facility_facility")),
        sa.ForeignKeyConstraint(["observation"], ["observation.id"], name=op.f("fk_alarm_observation_observation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("excursion", name=op.f("uq_alarm_excursion")),
        sa.UniqueConstraint("observation", name=op.f("uq_alarm_observation")),
    )
    op.create_index(op.f("ix_alarm_equipment"), "alarm", ["equipment"])
    op.create_index(op.f("ix_alarm_facility"), "alarm", ["facility"])
    op.create_index("ix_alarm_state", "alarm", ["state"])
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=True),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expanded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name=op.f("fk_transition_alarm_alarm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(op.f("ix_transition_alarm"), "transition", ["alarm"])
    op.create_index(op.f("ix_transition_expanded"), "transition", ["expanded"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("transition", sa.Integer(), nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", sa.Double(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name=op.f("fk_notice_alarm_alarm")),
        sa.ForeignKeyConstraint(["transition"], ["transition.id"], name=op.f("fk_notice_transition_transition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_alarm"), "notice", ["alarm"])
    op.create_index("ix_notice_state", "notice", ["state"])
    op.create_index("uq_notice_once", "notice", ["transition", "person", "channel", "step"], unique=True)


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("post", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_person_facility_facility")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_facility"), "person", ["facility"])
    op.create_index("uq_person_facility_name", "person", ["facility", "name"], unique=True)
    op.create_table(
        "user_account",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_user_account_facility_facility")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_user_account_region_region")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user_account")),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_token_facility_facility")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_token_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("csrf", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["user_account.name"], name=op.f("fk_session_user_user_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_user"), "session", ["user"])


def _journal() -> None:
    op.create_table(
        "cursor",
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("collector", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "collector", "shard", name=op.f("pk_cursor")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=True),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("lot", sa.String(length=64), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "refused",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("collector", sa.String(length=64), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("spool", sa.String(length=40), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused")),
    )
    op.create_index(op.f("ix_refused_gateway"), "refused", ["gateway"])
    op.create_index("uq_refused_once", "refused", ["gateway", "sha256", "reason"], unique=True)
    op.create_table(
        "audit",
        sa.Column("stream", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.String(length=200), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("stream", "n", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_entity", "audit", ["entity", "entity_id"])

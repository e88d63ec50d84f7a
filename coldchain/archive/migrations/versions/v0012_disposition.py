"""Holds by place and quantity, dossiers and signatures."""

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "dossier", "dossier_version", "dossier_document", "opinion", "authority_report", "proposal", "witness",
    "proposal_line", "signature",
)  # fmt: skip
IN_FORCE = sa.text("lifted_at is null")
STANDING = sa.text("decided_at is null and lapsed_at is null")


def upgrade() -> None:
    """To this version. A hold of before was known when its excursion was, and its doses lie where they were exposed."""
    _dossier()
    _papers()
    _proposal()
    _signatures()
    _hold()


def downgrade() -> None:
    """Back to the one before: what was isolated is held where its excursion held most of it, and dossiers are gone."""
    _one_hold_each()
    for name in ("ix_hold_excursion_lot", "ix_hold_lot_lifted_at", "ix_hold_in_force"):
        op.drop_index(name, "hold")
    with altering("hold") as batch:
        batch.drop_constraint("fk_hold_dossier_dossier", type_="foreignkey")
        batch.drop_constraint("fk_hold_movement_movement", type_="foreignkey")
        for name in ("held_at", "came_at", "movement", "dossier"):
            batch.drop_column(name)
    op.create_index("ix_hold_facility", "hold", ["facility"])
    op.create_index("ix_hold_lot", "hold", ["lot"])
    op.create_index(
        "uq_hold_in_force", "hold", ["excursion", "lot"], unique=True,
        sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
    )  # fmt: skip
    for table in reversed(TABLES):
        op.drop_table(table)


def _one_hold_each() -> None:
    """An excursion's hold of a lot is one row again, with all its doses."""
    op.execute(
        "update hold set doses = (select sum(other.doses) from hold as other where other.excursion = hold.excursion "
        "and other.lot = hold.lot and other.lifted_at is null) where lifted_at is null"
    )
    op.execute(
        "delete from hold where lifted_at is null and id not in "
        "(select min(id) from hold where lifted_at is null group by excursion, lot)"
    )


def _hold() -> None:
    for name in ("uq_hold_in_force", "ix_hold_facility", "ix_hold_lot"):
        op.drop_index(name, "hold")
    with altering("hold") as batch:
        batch.add_column(sa.Column("held_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("came_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("movement", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("dossier", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_hold_movement_movement", "movement", ["movement"], ["id"])
        batch.create_foreign_key("fk_hold_dossier_dossier", "dossier", ["dossier"], ["id"])
    op.execute("update hold set held_at = (select opened_at from excursion where excursion.id = hold.excursion)")
    with altering("hold") as batch:
        batch.alter_column("held_at", existing_type=sa.BigInteger(), nullable=False)
    op.create_index("ix_hold_excursion_lot", "hold", ["excursion", "lot"])
    op.create_index("ix_hold_lot_lifted_at", "hold", ["lot", "lifted_at"])
    op.create_index("ix_hold_in_force", "hold", ["facility"], sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)


def _dossier() -> None:
    op.create_table(
        "dossier",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("excursion", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["excursion"], ["excursion.id"], name="fk_dossier_excursion_excursion"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_dossier_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_dossier"),
    )
    op.create_index("uq_dossier_excursion_facility", "dossier", ["excursion", "facility"], unique=True)
    op.create_index("ix_dossier_facility_state", "dossier", ["facility", "state"])
    op.create_table(
        "dossier_version",
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("back", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=200), nullable=True),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.Column("frozen_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_dossier_version_dossier_dossier"),
        sa.PrimaryKeyConstraint("dossier", "version", name="pk_dossier_version"),
    )


def _papers() -> None:
    op.create_table(
        "dossier_document",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_dossier_document_dossier_dossier"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_dossier_document_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_dossier_document"),
    )
    op.create_index("uq_dossier_document_once", "dossier_document", ["dossier", "document"], unique=True)
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("use_by", sa.String(length=10), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.String(length=10), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("verdict in ('usable', 'not_usable', 'conditional')", name="ck_opinion_verdict"),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_opinion_dossier_dossier"),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name="fk_opinion_lot_lot"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_opinion_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_opinion"),
    )
    op.create_index("ix_opinion_dossier", "opinion", ["dossier", "version"])
    op.create_table(
        "authority_report",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=200), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_authority_report_dossier_dossier"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_authority_report_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_authority_report"),
    )
    op.create_index("ix_authority_report_dossier", "authority_report", ["dossier"])


def _proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("lapsed_at", sa.BigInteger(), nullable=True),
        sa.Column("lapsed_why", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_proposal_dossier_dossier"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
    )
    op.create_index("ix_proposal_dossier", "proposal", ["dossier"])
    op.create_index(
        "uq_proposal_standing", "proposal", ["dossier"], unique=True, sqlite_where=STANDING, postgresql_where=STANDING
    )
    op.create_table(
        "witness",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.id"], name="fk_witness_dossier_dossier"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_witness_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_witness"),
    )
    op.create_index("ix_witness_dossier", "witness", ["dossier"])


def _signatures() -> None:
    op.create_table(
        "proposal_line",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.Integer(), nullable=True),
        sa.Column("stability", sa.JSON(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("witness", sa.Integer(), nullable=True),
        sa.Column("movement", sa.Integer(), nullable=True),
        sa.CheckConstraint("doses > 0", name="ck_proposal_line_doses"),
        sa.CheckConstraint("outcome in ('release', 'destroy', 'return', 'missing')", name="ck_proposal_line_outcome"),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name="fk_proposal_line_proposal_proposal"),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name="fk_proposal_line_lot_lot"),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_proposal_line_compartment_compartment"),
        sa.ForeignKeyConstraint(["opinion"], ["opinion.id"], name="fk_proposal_line_opinion_opinion"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_proposal_line_document_document"),
        sa.ForeignKeyConstraint(["witness"], ["witness.id"], name="fk_proposal_line_witness_witness"),
        sa.ForeignKeyConstraint(["movement"], ["movement.id"], name="fk_proposal_line_movement_movement"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_line"),
    )
    op.create_index("ix_proposal_line_proposal", "proposal_line", ["proposal"])
    op.create_index("ix_proposal_line_lot_compartment", "proposal_line", ["lot", "compartment"])
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("display", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("place in (1, 2)", name="ck_signature_place"),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name="fk_signature_proposal_proposal"),
        sa.ForeignKeyConstraint(["user"], ["user_account.name"], name="fk_signature_user_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
    )
    op.create_index("uq_signature_proposal_place", "signature", ["proposal", "place"], unique=True)
    op.create_index("uq_signature_proposal_user", "signature", ["proposal", "user"], unique=True)

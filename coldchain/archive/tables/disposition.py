"""What must not be used, and how it is decided what becomes of it: holds, dossiers, opinions, signatures, witnesses."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Day, Long, Ms, Name, Serial, Word


class Hold(Base):
    """These doses, where they are now, are not to be used because of an excursion; what was lifted stays in the book.

    An excursion may have several rows for a lot: where its doses were, where some were isolated, what was gone already.
    Together they always come to what the excursion named.
    """

    __tablename__ = "hold"
    __table_args__ = (
        Index("ix_hold_excursion_lot", "excursion", "lot"),
        Index("ix_hold_lot_lifted_at", "lot", "lifted_at"),
        Index(
            "ix_hold_in_force", "facility", sqlite_where=text("lifted_at is null"), postgresql_where=text("lifted_at is null")
        ),
        CheckConstraint("doses > 0", name="doses"),
    )  # fmt: skip

    id: Mapped[Serial]
    excursion: Mapped[str] = mapped_column(ForeignKey("excursion.id"))
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))  # None: somewhere at the facility
    doses: Mapped[int]
    since: Mapped[Ms]  # the first bad reading
    held_at: Mapped[Ms]  # when it became known that they must be held
    came_at: Mapped[Ms | None]  # when they came here from where they were exposed; None: here they were
    movement: Mapped[int | None] = mapped_column(ForeignKey("movement.id"))  # that brought them here, or took them away
    lifted_at: Mapped[Ms | None]
    lifted_why: Mapped[Word | None]  # withdrawn | merged | gone | released | destroyed | returned | missing
    dossier: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))  # by which it was lifted


class Dossier(Base):
    """What is known of an excursion's doses at one facility, what was decided of them, and by whom."""

    __tablename__ = "dossier"
    __table_args__ = (
        Index("uq_dossier_excursion_facility", "excursion", "facility", unique=True),
        Index("ix_dossier_facility_state", "facility", "state"),
    )

    id: Mapped[Serial]
    excursion: Mapped[str] = mapped_column(ForeignKey("excursion.id"))
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    version: Mapped[int]  # the one that is in force
    state: Mapped[Word]  # open | frozen | opinion_in | proposed | first_signature | decided | reopened | void
    opened_at: Mapped[Ms]


class DossierVersion(Base):
    """The evidence as it stood when it was frozen; facts that came later make another version, never change this one."""

    __tablename__ = "dossier_version"

    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opened_at: Mapped[Ms]
    changed: Mapped[list[str]] = mapped_column(JSON)  # what the version before did not say so
    back: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # released doses: held again, or gone where
    revision: Mapped[int | None]  # of the case that is frozen
    facts: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # of the case, those a decision rests on
    evidence: Mapped[bytes | None] = mapped_column(LargeBinary)  # canonical JSON
    sha256: Mapped[Name | None]  # of it
    frozen_at: Mapped[Ms | None]
    frozen_by: Mapped[Name | None]


class DossierDocument(Base):
    """A photo or paper that was put into a dossier."""

    __tablename__ = "dossier_document"
    __table_args__ = (Index("uq_dossier_document_once", "dossier", "document", unique=True),)

    id: Mapped[Serial]
    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    kind: Mapped[Word]  # photo | document
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    at: Mapped[Ms]
    withdrawn_at: Mapped[Ms | None]


class Opinion(Base):
    """What the holder of the marketing authorisation wrote about a lot, on the evidence of one version."""

    __tablename__ = "opinion"
    __table_args__ = (
        Index("ix_opinion_dossier", "dossier", "version"),
        CheckConstraint("verdict in ('usable', 'not_usable', 'conditional')", name="verdict"),
    )

    id: Mapped[Serial]
    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    version: Mapped[int]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    verdict: Mapped[Word]  # usable | not_usable | conditional
    condition: Mapped[Long] = mapped_column(default="")
    use_by: Mapped[Day | None]
    author: Mapped[Name]  # who signed it
    organisation: Mapped[Name]  # the holder
    dated: Mapped[Day]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    by: Mapped[Name]
    at: Mapped[Ms]
    withdrawn_at: Mapped[Ms | None]


class AuthorityReport(Base):
    """A report that the law demands, as it was made to one authority."""

    __tablename__ = "authority_report"

    id: Mapped[Serial]
    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    article: Mapped[Word]  # 39 | 73
    authority: Mapped[Word]  # drug 药品监督管理部门 | health 卫生健康主管部门
    told: Mapped[Name]  # who there
    told_at: Mapped[Ms]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    at: Mapped[Ms]
    withdrawn_at: Mapped[Ms | None]


class Proposal(Base):
    """What is to become of some of a dossier's doses; two signatures make it the decision."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index(
            "uq_proposal_standing", "dossier", unique=True,
            sqlite_where=text("decided_at is null and lapsed_at is null"),
            postgresql_where=text("decided_at is null and lapsed_at is null"),
        ),
        Index("ix_proposal_dossier", "dossier"),
    )  # fmt: skip

    id: Mapped[Serial]
    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    version: Mapped[int]
    why: Mapped[Long] = mapped_column(default="")
    sha256: Mapped[Name]  # of evidence, basis and lines: what is signed
    by: Mapped[Name]
    at: Mapped[Ms]
    decided_at: Mapped[Ms | None]
    lapsed_at: Mapped[Ms | None]  # replaced, or later facts took its ground away
    lapsed_why: Mapped[Name | None]


class ProposalLine(Base):
    """Doses of a lot in one place, what is to become of them, and on what that rests."""

    __tablename__ = "proposal_line"
    __table_args__ = (
        Index("ix_proposal_line_proposal", "proposal"),
        Index("ix_proposal_line_lot_compartment", "lot", "compartment"),
        CheckConstraint("doses > 0", name="doses"),
        CheckConstraint("outcome in ('release', 'destroy', 'return', 'missing')", name="outcome"),
    )

    id: Mapped[Serial]
    proposal: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))
    doses: Mapped[int]
    outcome: Mapped[Word]
    opinion: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"))
    stability: Mapped[list[int]] = mapped_column(JSON)  # the makers' limits it lies within
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # what shows that doses are missing
    witness: Mapped[int | None] = mapped_column(ForeignKey("witness.id"))  # who saw it carried out
    movement: Mapped[int | None] = mapped_column(ForeignKey("movement.id"))  # by which it was


class Signature(Base):
    """A user's name under a proposal, given with the password; two of different users decide."""

    __tablename__ = "signature"
    __table_args__ = (
        Index("uq_signature_proposal_place", "proposal", "place", unique=True),
        Index("uq_signature_proposal_user", "proposal", "user", unique=True),
        CheckConstraint("place in (1, 2)", name="place"),
    )

    id: Mapped[Serial]
    proposal: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    place: Mapped[int]  # 1 | 2
    user: Mapped[str] = mapped_column(ForeignKey("user_account.name"))
    display: Mapped[Name]  # as the user was called then
    role: Mapped[Word]
    meaning: Mapped[Long]
    sha256: Mapped[Name]  # what was signed
    at: Mapped[Ms]


class Witness(Base):
    """Somebody from outside who saw a destruction, or took a return, by a signed scan."""

    __tablename__ = "witness"

    id: Mapped[Serial]
    dossier: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    outcome: Mapped[Word]  # destroy | return
    name: Mapped[Name]
    organisation: Mapped[Name]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    seen_at: Mapped[Ms]
    by: Mapped[Name]
    at: Mapped[Ms]

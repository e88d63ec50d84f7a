"""Documents: photos, certificates, signed scans, written opinions. What an act refers to, kept with it."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Ms, Name, Serial, Word


class Document(Base):
    """A file by its content: the same bytes are the same document, and nobody changes them."""

    __tablename__ = "document"

    sha256: Mapped[CodeKey]
    media_type: Mapped[Word]
    name: Mapped[Name]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)  # None: the county's
    added_by: Mapped[Name]
    added_at: Mapped[Ms]


class Filing(Base):
    """A facility that has this document too: the same manual comes with every refrigerator of a model.

    Who sees one of a document's facilities sees the document; under which name, each of them says for itself.
    """

    __tablename__ = "filing"
    __table_args__ = (Index("uq_filing_document_facility", "document", "facility", unique=True),)

    id: Mapped[Serial]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    name: Mapped[Name]
    added_by: Mapped[Name]
    added_at: Mapped[Ms]

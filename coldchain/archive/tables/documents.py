"""Documents: photos, certificates, signed scans, written opinions. What an act refers to, kept with it."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Ms, Name, Word


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

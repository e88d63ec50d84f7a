"""How sheets of other systems are read: what people said once, so that nobody says it with every file."""

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Ms, Name, Word


class SheetMapping(Base):
    """A platform's titles in our words, by the name under which people call it; it belongs to no facility."""

    __tablename__ = "sheet_mapping"

    name: Mapped[CodeKey]
    kind: Mapped[Word]  # of sheet: stock, given, equipment …
    titles: Mapped[dict[str, str]] = mapped_column(JSON)  # title in the sheet → field
    fixed: Mapped[dict[str, str]] = mapped_column(JSON)  # field → what every row has
    withdrawn_at: Mapped[Ms | None]


class StockPicture(Base):
    """Up to when a stock file has told how much of a lot lies somewhere: an older file changes nothing there any more."""

    __tablename__ = "stock_picture"

    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    place: Mapped[Name] = mapped_column(primary_key=True)  # equipment/compartment; empty: all of the facility
    at: Mapped[Ms]
    document: Mapped[Name]  # the file

"""How sheets of other systems are read: what people said once, so that nobody says it with every file."""

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Ms, Word


class SheetMapping(Base):
    """A platform's titles in our words, by the name under which people call it; it belongs to no facility."""

    __tablename__ = "sheet_mapping"

    name: Mapped[CodeKey]
    kind: Mapped[Word]  # of sheet: stock, given, equipment …
    titles: Mapped[dict[str, str]] = mapped_column(JSON)  # title in the sheet → field
    fixed: Mapped[dict[str, str]] = mapped_column(JSON)  # field → what every row has
    withdrawn_at: Mapped[Ms | None]

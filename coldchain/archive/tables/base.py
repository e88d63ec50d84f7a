"""What all tables share: names of constraints (so that migrations can name them) and column shorthands."""

from typing import Annotated

from sqlalchemy import BigInteger, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Ms = Annotated[int, mapped_column(BigInteger)]  # ms UTC, or a span in ms
Code = Annotated[str, mapped_column(String(64))]  # a code of the programme or of ours
Name = Annotated[str, mapped_column(String(200))]
Day = Annotated[str, mapped_column(String(10))]  # YYYY-MM-DD
Word = Annotated[str, mapped_column(String(40))]  # one of a StrEnum
Long = Annotated[str, mapped_column(Text)]
CodeKey = Annotated[str, mapped_column(String(64), primary_key=True)]
Serial = Annotated[int, mapped_column(primary_key=True, autoincrement=True)]

"""Where things are: administrative regions and the facilities in them."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Name, Word


class Region(Base):
    """An administrative division: province 1, prefecture 2, county 3, township 4, village 5; 12-digit national code."""

    __tablename__ = "region"
    __table_args__ = (CheckConstraint("level between 1 and 5", name="level"),)

    code: Mapped[CodeKey]
    level: Mapped[int]
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    parent: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)


class Facility(Base):
    """A CDC store, clinic, ward or village post. It may have no equipment; then it is not silent, it has nothing to say."""

    __tablename__ = "facility"

    code: Mapped[CodeKey]
    region: Mapped[str] = mapped_column(ForeignKey("region.code"), index=True)
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    short_zh: Mapped[Word]  # 简称, at most 6 characters: what fits a text message
    kind: Mapped[Word]  # county_store | township_clinic | maternity_ward | village_post | hospital | other
    gateway: Mapped[str | None] = mapped_column(String(64))  # the box that stands there, if one does
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    feeder: Mapped[Name] = mapped_column(
        default="", index=True
    )  # 供电线路: outages are planned for all that hang on it

"""Where things are: administrative regions and the facilities in them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Day, Long, Name, Word


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
    """A CDC store, clinic, ward or village post. It may have no equipment; then it is not silent, it has nothing to say.

    Below `feeder` stands the rest of its card (预防接种单位档案): empty or None where nobody has said it yet.
    """

    __tablename__ = "facility"
    __table_args__ = (Index("uq_facility_unit_code", "unit_code", unique=True),)

    code: Mapped[CodeKey]
    region: Mapped[str] = mapped_column(ForeignKey("region.code"), index=True)
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    short_zh: Mapped[Word]  # 简称, at most 6 characters: what fits a text message
    kind: Mapped[Word]  # county_store | township_clinic | maternity_ward | village_post | hospital | …
    gateway: Mapped[str | None] = mapped_column(String(64))  # the box that stands there, if one does
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    feeder: Mapped[Name] = mapped_column(
        default="", index=True
    )  # 供电线路: outages are planned for all that hang on it
    unit_code: Mapped[str | None] = mapped_column(String(12))  # 预防接种单位编码
    has_maternity: Mapped[bool] = mapped_column(default=False)  # 产科接种室
    has_rabies: Mapped[bool] = mapped_column(default=False)  # 犬伤门诊
    address: Mapped[Name] = mapped_column(default="")
    head: Mapped[Name] = mapped_column(default="")  # 负责人
    telephone: Mapped[Word] = mapped_column(default="")  # of the office, nobody's own
    service_form: Mapped[Word] = mapped_column(default="")  # clinic | fixed_post | outreach | ward
    service_cycle: Mapped[Word] = mapped_column(default="")  # day | week | month
    working_week: Mapped[Word] = mapped_column(default="")  # "12345": Monday to Friday; empty: somebody is there daily
    population: Mapped[int | None]  # 服务人口
    staff: Mapped[int | None]
    certified_staff: Mapped[int | None]
    rooms_m2: Mapped[float | None]  # 接种室面积
    information: Mapped[Long] = mapped_column(default="")  # 信息化设备
    licensed_on: Mapped[Day | None]  # 资质批准日期
    licensed_until: Mapped[Day | None]
    licence: Mapped[str | None] = mapped_column(
        String(64)
    )  # a document's sha256; documents refer to facilities already
    status: Mapped[Word] = mapped_column(default="active")  # active | suspended | closed; since when: facility_status

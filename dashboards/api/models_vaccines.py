"""The shapes of the catalogue: vaccines, prices, makers' stability tables. Instants are ISO 8601 with offset."""

from pydantic import Field

from coldchain.archive.stock.words import Funding, Light, Presentation
from dashboards.api.models import Shape
from dashboards.api.models_facilities import Code, Day, Instant, Name, Number, Taken, When, Words
from dashboards.api.models_stock import Celsius, Doses, Sha256, Short


class VaccineAnswer(Taken):
    """A vaccine. `freeze_sensitive` and `heat_group` are two axes; `certainty` says how each fact is known."""

    code: str
    name_zh: str
    name_en: str
    who_code: str
    info_codes: str = Field(description="Of the information system, 4 digits each, separated by spaces.")
    funding: Funding
    profile: str
    freeze_sensitive: bool
    heat_group: str
    light: Light
    presentation: Presentation
    is_diluent: bool = Field(description="A diluent must never freeze.")
    needs_diluent: bool
    may_thaw: bool = Field(description="It is stored frozen, and may lie at 2 to 8 °C for as long as its insert says.")
    vvm_type: str | None = Field(
        description="Of a prequalified product of the kind; domestic vials usually carry none."
    )
    note: str
    source: str
    catalogue: str
    certainty: dict[str, str]


class VaccineForm(Shape):
    """What is said of a vaccine; what is left out stays as it is."""

    name_zh: Name
    name_en: Name
    freeze_sensitive: bool
    profile: Short | None = None
    who_code: Short | None = None
    info_codes: Name | None = None
    funding: Funding | None = None
    heat_group: Short | None = None
    light: Light | None = None
    presentation: Presentation | None = None
    is_diluent: bool | None = None
    needs_diluent: bool | None = None
    may_thaw: bool | None = None
    vvm_type: Short | None = None
    note: Words | None = None
    source: Words | None = None


class PriceAnswer(Taken):
    """A price in fen per dose, from a day on; `region` null: everybody's."""

    id: int
    vaccine: str
    maker: str
    region: str | None
    fen: int
    valid_from: str
    valid_to: str | None
    source: str
    withdrawn_at: Instant | None


class PriceForm(Shape):
    """… as it is said, for a region of yours; everybody's price is said by who holds everything."""

    region: Code | None = None

    fen: Doses
    valid_from: Day
    valid_to: Day | None = None
    maker: Name = ""
    source: Words


class StabilityAnswer(Taken):
    """A line of a maker's stability table; a release may rest on it once a second person approved it."""

    id: int
    vaccine: str
    maker: str
    product: str
    low_c: float | None
    high_c: float | None
    max_cumulative_hours: float
    max_count: int | None
    note: str
    document_no: str
    document: str | None
    source: str
    certainty: str
    valid_from: Instant
    valid_to: Instant | None
    entered_by: str
    approved_at: Instant | None
    approved_by: str | None
    withdrawn_at: Instant | None


class StabilityForm(Shape):
    """… as its maker's paper says it."""

    maker: Name
    product: Name = ""
    low_c: Celsius | None = None
    high_c: Celsius | None = None
    max_cumulative_hours: float = Field(gt=0, lt=100_000)
    max_count: Number | None = None
    note: Words = ""
    document_no: Name
    document: Sha256 | None = None
    source: Words
    certainty: Short
    valid_from: When
    valid_to: When | None = None


class VaccineCard(Shape):
    """A vaccine with its prices and its makers' tables."""

    vaccine: VaccineAnswer
    prices: list[PriceAnswer]
    stability: list[StabilityAnswer]


class AtForm(Shape):
    """From when on."""

    at: When

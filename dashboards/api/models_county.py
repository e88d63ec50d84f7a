"""The shapes of regions, compartments, probes, and of what decides by which rules a reading is judged."""

from pydantic import Field

from coldchain.archive.equipment import Purpose
from coldchain.archive.occasions import OccasionKind
from coldchain.archive.region_findings import OddRegion
from coldchain.archive.upkeep.oddities import Odd
from dashboards.api.models import Shape, Tagged
from dashboards.api.models_upkeep import SHA256, Asked

WHEN = "ISO 8601 with offset, or ms."


class RegionPut(Asked):
    """What is said of a region; `parent` is what it lies in."""

    level: int = Field(description="1 province, 2 prefecture, 3 county, 4 township, 5 village")
    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(max_length=200)
    parent: str | None = Field(default=None, max_length=12)


class RegionAnswer(Shape):
    """A region."""

    code: str
    level: int
    name_zh: str
    name_en: str
    parent: str | None


class RegionFindingAnswer(Shape):
    """A region whose place in the tree cannot well be."""

    region: str
    what: OddRegion
    told: str


class OddityAnswer(Shape):
    """Something in the archive of equipment that cannot well be."""

    facility: str
    equipment: str
    what: Odd
    about: str = Field(description="The channel, the compartment, or the other piece.")
    told: str


class CorrectionPart(Asked):
    """Why the past was entered wrongly, and the document that shows it; without it nothing reaches back."""

    reason: str = Field(min_length=1, max_length=2000)
    document: str = Field(pattern=SHA256)


class UseFields(Asked):
    """What a compartment is for, and which band it is meant to keep."""

    purpose: Purpose
    profile: str = Field(max_length=64)


class CompartmentPut(UseFields):
    """A compartment; another purpose or profile holds from now on."""

    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)


class UsePost(UseFields):
    """… from when on."""

    start: str | None = Field(default=None, max_length=40, description=WHEN + " Now, if it is left out.")
    correction: CorrectionPart | None = None


class UseAnswer(Shape):
    """In [start, end) it was so; null = as long as anybody knows, or still."""

    purpose: Purpose
    profile: str
    start: str | None
    end: str | None


class RoomAnswer(Tagged):
    """A compartment of a piece."""

    name: str
    name_zh: str
    name_en: str
    purpose: Purpose
    profile: str
    uses: list[UseAnswer]


class HangPost(Asked):
    """From `start` on this channel measures here; where it measured before ends then."""

    channel: str = Field(max_length=200, description="gateway/device/quantity")
    compartment: str | None = Field(
        default=None, max_length=40, description="By its name; none: the whole (mains, door)."
    )
    position: str = Field(default="", max_length=200)
    interval_s: int = Field(default=60, ge=1, le=86_400)
    start: str | None = Field(default=None, max_length=40, description=WHEN + " Now, if it is left out.")
    reason: str = Field(min_length=1, max_length=500)


class TakeOffPost(Asked):
    """From `end` on it measures here no more."""

    end: str | None = Field(default=None, max_length=40, description=WHEN + " Now, if it is left out.")
    reason: str = Field(min_length=1, max_length=500)


class ProbeAnswer(Tagged):
    """From when to when a channel measured this piece."""

    channel: str
    equipment: str
    compartment: str | None
    position: str
    interval_s: int
    start: str
    end: str | None


class EndingPost(Asked):
    """From `end` on no more."""

    end: str = Field(max_length=40, description=WHEN)
    reason: str = Field(min_length=1, max_length=500)
    correction: CorrectionPart | None = None


class TakingBackPost(Asked):
    """It was a mistake."""

    reason: str = Field(min_length=1, max_length=500)
    correction: CorrectionPart | None = None


class ChoicePost(Asked):
    """This pack judges here: exactly one of facility, equipment, compartment (its number) and vaccine."""

    pack: str = Field(max_length=64)
    start: str = Field(max_length=40, description=WHEN)
    end: str | None = Field(default=None, max_length=40)
    facility: str | None = Field(default=None, max_length=64)
    equipment: str | None = Field(default=None, max_length=64)
    compartment: int | None = Field(default=None, ge=1, lt=2**31)
    vaccine: str | None = Field(default=None, max_length=64, description="For those only who see everything.")
    correction: CorrectionPart | None = None


class ChoiceAnswer(Tagged):
    """… as it stands."""

    pack: str
    start: str
    end: str | None
    facility: str | None
    equipment: str | None
    compartment: int | None
    vaccine: str | None
    withdrawn_at: str | None


class BufferPost(Asked):
    """What lies at this probe follows its reading with this time constant; a person approves, and a document shows it."""

    channel: str = Field(max_length=200, description="gateway/device/temperature")
    tau_s: int
    source: str = Field(max_length=2000)
    start: str = Field(max_length=40, description=WHEN)
    end: str | None = Field(default=None, max_length=40)
    correction: CorrectionPart | None = None


class BufferAnswer(Tagged):
    """… as it stands."""

    channel: str
    tau_s: int
    source: str
    approved_by: str
    approved_at: str
    start: str
    end: str | None
    withdrawn_at: str | None


class OccasionPost(Asked):
    """From–to something goes on: exactly one of facility, equipment and feeder says where."""

    kind: OccasionKind
    start: str = Field(max_length=40, description=WHEN)
    end: str = Field(max_length=40, description=WHEN)
    facility: str | None = Field(default=None, max_length=64)
    equipment: str | None = Field(default=None, max_length=64)
    feeder: str | None = Field(default=None, max_length=200, description="An outage of all that hang on it.")
    note: str = Field(default="", max_length=2000)


class OccasionAnswer(Tagged):
    """… as it stands; it explains as far as the policy lets it, and mutes nothing dangerous."""

    kind: OccasionKind
    start: str
    end: str
    facility: str | None
    equipment: str | None
    feeder: str | None
    note: str
    by: str
    withdrawn_at: str | None

"""Storage profiles: the temperature band a compartment is meant to keep, as printed on charts and forms.

The limits that judge a reading stand in dated rule packs with their source; a profile only says which of their
sections concerns a compartment, and what a chart shades.
"""

from dataclasses import dataclass

from coldchain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Profile:
    """A band in °C, both ends inside; None is no limit on that side."""

    name: str
    low_c: float | None
    high_c: float | None

    def holds(self, value_c: float) -> bool:
        """True when the value is inside the band."""
        return (self.low_c is None or value_c >= self.low_c) and (self.high_c is None or value_c <= self.high_c)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("2-8", 2.0, 8.0),  # 冷藏: refrigerated vaccine
        Profile("frozen", None, -15.0),  # 冷冻: WHO/CDC frozen band's upper end; the Chinese sheet asks for -20
        Profile("ultra-cold", -90.0, -60.0),  # 深低温
        Profile("ice-packs", None, 0.0),  # a freezer compartment that holds no vaccine
        Profile("ambient", None, None),  # a room probe: recorded, never judged
    )
}


def profile_of(name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        BadInput: listing the names there are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise BadInput("profile", f"{name!r} is unknown", f"use one of {', '.join(PROFILES)}") from None


THAWED = PROFILES["2-8"]  # what is stored frozen may lie thawed: its life there is the insert's to say
STORED_FROZEN = frozenset({"frozen", "ultra-cold"})


def may_lie_in(vaccine: Profile, place: Profile, *, may_thaw: bool = True) -> bool:
    """True when a place that keeps its band keeps the vaccine's, or keeps thawed what may be thawed."""
    is_warm_enough = vaccine.low_c is None or (place.low_c is not None and place.low_c >= vaccine.low_c)
    is_cold_enough = vaccine.high_c is None or (place.high_c is not None and place.high_c <= vaccine.high_c)
    return (is_warm_enough and is_cold_enough) or (may_thaw and vaccine.name in STORED_FROZEN and place == THAWED)

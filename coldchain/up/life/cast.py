"""Who works in the demo's county: everybody is invented, and is called so that nobody can take them for somebody.

A surname and one of the stems by which Chinese textbooks number people: 甲 keeps the cold chain, 乙 stands in, 丙 vaccinates.
Their mobiles begin with 154, which no operator has, their fixed lines with 0819, an area code that was given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.archive.county import County
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.places import Facility, FacilityKind

SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩"
PINYIN: Final = (
    "zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "wang", "feng", "chen", "chu", "wei", "jiang", "shen", "han",
)  # fmt: skip
STEMS: Final = (("甲", "jia"), ("乙", "yi"), ("丙", "bing"))
CALLED: Final = {
    PostKind.KEEPER: "冷链管理员",
    PostKind.DEPUTY: "冷链管理员（备）",
    PostKind.VACCINATOR: "接种护士",
    PostKind.COUNTY_MANAGER: "免疫规划科",
}
OF_CLINICS: Final = (PostKind.KEEPER, PostKind.DEPUTY, PostKind.VACCINATOR)
OF_THE_STORE: Final = (PostKind.KEEPER, PostKind.DEPUTY, PostKind.COUNTY_MANAGER)
WITHOUT_DEPUTY: Final = "519921109"  # 松林乡: its deputy left, and nobody took the post


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a post; `user` is the login of those who sign."""

    facility: str
    name: str
    post: PostKind
    phone: str
    user: str | None

    @property
    def called(self) -> str:
        """What they are called."""
        return CALLED[self.post]


def cast(county: County) -> list[Member]:
    """Everybody, by facility."""
    posted = [each for each in county.facilities if each.kind is not FacilityKind.VILLAGE_POST]
    return [member for number, facility in enumerate(posted) for member in _of(number, facility)]


def keepers(members: Sequence[Member]) -> dict[str, str]:
    """The login of each facility's keeper."""
    return {each.facility: each.user for each in members if each.post is PostKind.KEEPER and each.user}


def managers(members: Sequence[Member]) -> tuple[str, str]:
    """The logins of the two at the county, of whom one proposes and the other approves."""
    first = next(each.user for each in members if each.post is PostKind.COUNTY_MANAGER)
    second = next(each.user for each in members if each.post is PostKind.KEEPER)
    assert first is not None
    assert second is not None
    return first, second


def _of(number: int, facility: Facility) -> list[Member]:
    is_store = facility.kind is FacilityKind.COUNTY_STORE
    posts = OF_THE_STORE if is_store else OF_CLINICS
    members = []
    for place, post in enumerate(posts):
        if facility.code == WITHOUT_DEPUTY and post is PostKind.DEPUTY:
            continue
        stem, sounds = STEMS[place]
        surname = (number + 4 * place) % len(SURNAMES)
        signs = post is PostKind.KEEPER or is_store
        phone = (
            f"154{10 + place:04d}{number + 1:04d}" if post is not PostKind.VACCINATOR else f"0819-555{number + 1:04d}"
        )
        user = f"{PINYIN[surname]}{sounds}" if signs else None
        members.append(Member(facility.code, SURNAMES[surname] + stem, post, phone, user))
    return members

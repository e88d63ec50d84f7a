"""What became of a drill: verified, still going on, or which link of the path is broken. Pure.

Verified: everybody whom the first level named was accepted by a provider, and somebody answered. A page that nobody has to
look at, a console, a robot's group are nobody told; but where a site has no other way, they are all that can be tried, and
the drill says that it was by these.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from alerting.notify.channels import OWN
from coldchain.archive.drills import Drill, Link, Story
from coldchain.archive.telling.notices import DROPPED, PENDING, TOLD, Notice


@dataclass(frozen=True, slots=True)
class Found:
    """What a drill found: no `link` is a whole path."""

    ways: tuple[str, ...] = ()
    link: Link | None = None
    words: str = ""


def found(drill: Drill, story: Story, proving: Collection[str], names: Mapping[int, str], at: int) -> Found | None:
    """What a running drill has found; None: nothing yet.

    Args:
        drill: as it stands.
        story: what happened since it began.
        proving: the ways whose acceptance says that a named person was told; empty: the site has none.
        names: of people, by number.
        at: domain time.
    """
    lacking = _lacking(drill, story, proving)
    if not lacking and story.answers:
        return Found(_ways(story.notices, proving or OWN))
    if drill.answer_by is None or at < drill.answer_by:
        return None
    if story.alarm is None:
        return Found(link=Link.ALARM, words="no alarm was raised")
    if lacking:
        said = [f"{names.get(person, person)}: {_why(story.notices, person, proving)}" for person in lacking]
        return Found(link=Link.WAY, words="; ".join(said))
    return Found(link=Link.ANSWER, words=f"nobody answered, of {len(drill.people)} who were told")


def _lacking(drill: Drill, story: Story, proving: Collection[str]) -> list[int]:
    """Who of the first level was not reached."""
    if not proving:  # a page stands there for all of them, once it stands
        is_shown = any(each.channel in OWN and each.state == TOLD for each in story.notices)
        return [] if is_shown else list(drill.people)
    reached = {each.person for each in story.notices if _proves(each, proving)}
    if story.answers:  # then the ladder calls no more, and it is no fault of theirs
        reached |= {each.person for each in story.notices if each.channel in proving and each.state == DROPPED}
    return [person for person in drill.people if str(person) not in reached]


def _proves(notice: Notice, proving: Collection[str]) -> bool:
    return notice.channel in proving and notice.state == TOLD


def _ways(notices: Sequence[Notice], proving: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({each.channel for each in notices if _proves(each, proving)}))


def _why(notices: Sequence[Notice], person: int, proving: Collection[str]) -> str:
    mine = [each for each in notices if each.person == str(person) and each.channel in proving]
    if not mine:
        return "has none of the ways that are open here"
    return "; ".join(f"{each.channel} {_became(each)}" for each in mine)


def _became(notice: Notice) -> str:
    state = "not accepted yet" if notice.state in PENDING else notice.state
    return " ".join(part for part in (state, notice.provider_code, notice.answer) if part)

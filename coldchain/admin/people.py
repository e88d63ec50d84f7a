"""The word `person`: the posts, numbers and training of people.

Whoever stands at this terminal answers for the whole archive: numbers are shown here.
"""

from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    At,
    From,
    Json,
    Number,
    Reason,
    Settings,
    Until,
    by,
    moment,
    moment_or_none,
    reading,
    say,
    span,
    writing,
)
from coldchain.archive import places
from coldchain.archive.db import Tx
from coldchain.archive.facilities import (
    contacts,
    numbers,
    persons,
    posts,
    training,
)
from coldchain.archive.facilities.contacts import NewPhone, Phone
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.persons import NewPerson, Person
from coldchain.archive.facilities.posts import NewPost, Post, PostKind
from coldchain.archive.facilities.training import Level, NewAttendance, NewCourse
from coldchain.errors import BadInput

person = typer.Typer(help="People: posts, numbers, training.", add_completion=False, no_args_is_help=True)

OfRegion = Annotated[str | None, typer.Option("--region", help="In this region and below.")]
AtFacility = Annotated[str | None, typer.Option("--facility", help="At this facility, by code.")]


@person.command("list")
def list_people(
    facility: AtFacility = None, region: OfRegion = None, as_json: Json = False, settings: Settings = None
) -> None:
    """People who are there, with the posts they hold now."""

    async def work(tx: Tx) -> tuple[list[Person], dict[int, list[Phone]], list[Post]]:
        found = await persons.persons(tx, facility=facility, region=region)
        numbers_ = await contacts.phones_of(tx, [each.id for each in found])
        return found, numbers_, [each for each in await posts.posts_at(tx, None) if each.holds_at(clock.now())]

    found, reached, held = reading(settings, work)
    items = [
        msgspec.to_builtins(each)
        | {
            "phones": [numbers.shown(phone.phone_number) for phone in reached.get(each.id, [])],
            "posts": [f"{post.post} {post.facility}" for post in held if post.person == each.id],
        }
        for each in found
    ]
    lines = [
        "\t".join([str(each["id"]), each["facility"], each["name"], *each["posts"], *each["phones"]]) for each in items
    ]
    say({"items": items}, "\n".join(lines), as_json=as_json)


@person.command("add")
def add_person(
    name: Annotated[str, typer.Argument(help="How they are called.")],
    facility: Annotated[str, typer.Argument(help="At which facility, by code.")],
    actor: Actor,
    called: Annotated[str, typer.Option(help="What they are called there.")] = "nurse",
    user: Annotated[str | None, typer.Option(help="The login that is theirs.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Add somebody to a facility."""
    new = NewPerson(name=name, facility=facility, post=called, user=user)

    async def work(tx: Tx) -> Person:
        await places.facility(tx, facility)
        return await persons.add(tx, new, by(actor))

    done = writing(settings, work)
    say(msgspec.to_builtins(done), f"{done.id}\t{done.facility}\t{done.name}", as_json=as_json)


@person.command("phones")
def set_phones(
    number: Number,
    phones: Annotated[
        list[str], typer.Argument(help="mobile:13800138000 ward_night:0827-5551234, the first tried first.")
    ],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """From now on these are somebody's numbers."""
    wanted = [_phone(each) for each in phones]

    found = writing(settings, lambda tx: contacts.set_phones(tx, number, wanted, by(actor)))
    lines = [f"{each.kind}\t{numbers.shown(each.phone_number)}" for each in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@person.command("post")
def begin_post(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    post: Annotated[PostKind, typer.Argument(help="Which post.")],
    facility: Annotated[str, typer.Argument(help="At which facility, by code.")],
    start: From,
    actor: Actor,
    until: Until = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Let somebody hold a post."""
    first, last = moment(start, "--from"), moment_or_none(until, "--until")
    new = NewPost(person=number, facility=facility, post=post, start=first, end=last)

    done = writing(settings, lambda tx: posts.begin(tx, new, by(actor)))
    say(msgspec.to_builtins(done), _post_line(done), as_json=as_json)


@person.command("posts")
def list_posts(facility: AtFacility = None, as_json: Json = False, settings: Settings = None) -> None:
    """All posts that were ever held."""
    found = reading(settings, lambda tx: posts.posts_at(tx, None if facility is None else [facility]))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_post_line(each) for each in found), as_json=as_json)


@person.command("end-post")
def end_post(number: Number, at: At, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Let a post end; to give it to another, hand it over instead."""
    when = moment(at, "--at")

    writing(settings, lambda tx: posts.end(tx, number, when, by(actor, reason)))


@person.command("trained")
def trained(  # noqa: PLR0913, PLR0917 - a command's options
    people: Annotated[list[int], typer.Argument(help="Who passed, by their numbers.")],
    topic: Annotated[str, typer.Option(help="Of what: cold_chain, temperature …")],
    title: Annotated[str, typer.Option(help="How the course was called.")],
    held_on: Annotated[str, typer.Option(help="When, 2026-03-01.")],
    held_by: Annotated[str, typer.Option(help="Who taught and examined.")],
    actor: Actor,
    level: Annotated[Level, typer.Option(help="Of which level.")] = Level.COUNTY,
    hours: Annotated[float, typer.Option(help="How long it was.")] = 1.0,
    region: OfRegion = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Write down a course and who passed it."""
    new = NewCourse(
        topic=topic, title=title, level=level, hours=hours, held_on=held_on, held_by=held_by, region=region
    )  # fmt: skip

    async def work(tx: Tx) -> training.Course:
        held = await training.hold(tx, new, by(actor))
        for each in people:
            await training.attend(tx, NewAttendance(course=held.id, person=each, has_passed=True), by(actor))
        return held

    done = writing(settings, work)
    say(msgspec.to_builtins(done), f"{done.id}\t{done.topic}\t{done.held_on}\t{len(people)} passed", as_json=as_json)


@person.command("lacking")
def list_lacking(as_json: Json = False, settings: Settings = None) -> None:
    """Who holds a post without the training that it needs."""

    async def work(tx: Tx) -> tuple[list[training.Lack], dict[int, str]]:
        found = await training.lacking(tx, None, clock.now())
        return found, {each.id: each.name for each in await persons.persons(tx)}

    found, names = reading(settings, work)
    lines = [
        f"{each.facility}\t{each.person} {names[each.person]}\t{each.post}\t{each.topic}"
        f"\t{'never' if each.until is None else f'until {each.until}'}\t{each.source}"
        for each in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def _phone(written: str) -> NewPhone:
    kind, found, number = written.partition(":")
    if not found or kind not in set(PhoneKind):
        raise BadInput(
            "phone", f"{written[:40]!r} cannot be read", f"write kind:number, kinds are {', '.join(PhoneKind)}"
        )
    return NewPhone(kind=PhoneKind(kind), phone_number=number)


def _post_line(post: Post) -> str:
    return f"{post.id}\t{post.facility}\t{post.post}\t{post.person}\t{span(post.start, post.end)}"

"""/api/v1/people, posts, hand-overs and trainings: who answers for what, and what they learned.

Privacy: numbers, addresses and logins are told to those who keep or manage the books of that facility. An auditor sees
names, posts and trainings, and `null` where a number would stand. In the audit trail numbers and addresses are
fingerprints, but for a person's first number; `/audit` withholds all of them from the same callers, for there are so few
numbers that a fingerprint tells which one it is.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import contacts, handover, numbers, persons, posts
from coldchain.archive.facilities.contacts import NewPhone, Phone
from coldchain.archive.facilities.handover import NewHandOver, Signer
from coldchain.archive.facilities.persons import NewPerson, Person
from coldchain.archive.facilities.posts import NewPost
from coldchain.clock import iso_or_none
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_facilities import (
    EndForm,
    HandOverAnswer,
    HandOverForm,
    PersonAnswer,
    PersonForm,
    PhoneForm,
    PostAnswer,
    PostForm,
)
from dashboards.api.writing import Seen, by_of, check_seen, signer_of, tagged, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound, Problem
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["people"])

Code = Annotated[str, Path(max_length=64)]
Facility = Annotated[str | None, Query(max_length=64)]
Region = Annotated[str | None, Query(max_length=64, description="It and all below it.")]


@router.get("/people")
async def people(
    request: Request, viewer: Asking, page: Paged, facility: Facility = None, region: Region = None
) -> Listed[PersonAnswer]:
    """People in scope who are still there, by number."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await persons.persons(
            tx, facility=facility, region=region, scope=viewer.scope, after=last[0] if last else 0, limit=page.limit + 1
        )
        reached = await contacts.phones_of(tx, [each.id for each in found])
    return listed(found, page, lambda each: (each.id,), lambda each: _person(viewer, each, reached.get(each.id, ())))


@router.post("/people", status_code=HTTPStatus.CREATED)
async def add_person(request: Request, viewer: Asking, form: PersonForm) -> PersonAnswer:
    """Add somebody to a facility."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, form.facility)
        _check_login(viewer, form, None)
        await persons.add(tx, _form(form), by_of(viewer))
        number = await persons.number_of(tx, form.facility, form.name)
        return await _shown(tx, viewer, number)


@router.get("/people/{number}")
async def person(request: Request, viewer: Asking, number: Number, response: Response) -> PersonAnswer:
    """Somebody in scope; the ETag is wanted to change what stands of them."""
    async with parts_of(request).archive.reading() as tx:
        _, tag = await within.person_in(tx, viewer, number)
        tagged(response, tag)
        return await _shown(tx, viewer, number)


@router.put("/people/{number}")
async def put_person(
    request: Request, viewer: Asking, number: Number, form: PersonForm, seen: Seen, response: Response
) -> PersonAnswer:
    """Change what stands of somebody; which login is theirs says the county."""
    async with parts_of(request).archive.writing() as tx:
        before, _ = await within.person_in(tx, viewer, number)
        _check_login(viewer, form, before)
        await persons.change_person(tx, number, _form(form), by_of(viewer), seen=seen)
        tagged(response, (await persons.person(tx, number))[1])
        return await _shown(tx, viewer, number)


@router.put("/people/{number}/phones")
async def put_phones(
    request: Request, viewer: Asking, number: Number, phones: list[PhoneForm], seen: Seen, response: Response
) -> PersonAnswer:
    """From now on these are their numbers, the first of them tried first."""
    wanted = [NewPhone(kind=each.kind, phone_number=each.number) for each in phones]
    async with parts_of(request).archive.writing() as tx:
        await within.person_in(tx, viewer, number)
        await contacts.set_phones(tx, number, wanted, by_of(viewer), seen=seen)
        tagged(response, (await persons.person(tx, number))[1])
        return await _shown(tx, viewer, number)


@router.get("/posts")
async def list_posts(request: Request, viewer: Asking, page: Paged, facility: Facility = None) -> Listed[PostAnswer]:
    """Posts at facilities in scope, those that ended too, by number."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        scope = viewer.scope if facility is None else [facility]
        found = [each for each in await posts.posts_at(tx, scope) if viewer.sees(each.facility)]
        rows = [each for each in sorted(found, key=_number) if last is None or each.id > last[0]]
        answers = listed(rows[: page.limit + 1], page, lambda each: (each.id,), PostAnswer.model_validate)
        return Listed(items=await with_tags(tx, tables.Post, answers.items), next=answers.next)


@router.post("/posts", status_code=HTTPStatus.CREATED)
async def begin_post(request: Request, viewer: Asking, form: PostForm) -> PostAnswer:
    """Let somebody hold a post."""
    start, end = moment(form.start, "start"), moment(form.end, "end")
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, form.facility)
        await within.person_in(tx, viewer, form.person)
        new = NewPost(person=form.person, facility=form.facility, post=form.post, start=start, end=end)
        return await with_tag(tx, tables.Post, PostAnswer.model_validate(await posts.begin(tx, new, by_of(viewer))))


@router.post("/posts/{number}/end")
async def end_post(request: Request, viewer: Asking, number: Number, seen: Seen, form: EndForm) -> PostAnswer:
    """Let a post end; to give it to another, hand it over instead."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _post_in(tx, viewer, number), seen)
        ended = PostAnswer.model_validate(await posts.end(tx, number, at, by_of(viewer)))
        return await with_tag(tx, tables.Post, ended)


@router.post("/posts/{number}/withdraw")
async def withdraw_post(request: Request, viewer: Asking, number: Number, seen: Seen) -> PostAnswer:
    """Take back a post that was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _post_in(tx, viewer, number), seen)
        return PostAnswer.model_validate(await posts.withdraw(tx, number, by_of(viewer)))


@router.get("/facilities/{code}/hand-overs")
async def hand_overs(request: Request, viewer: Asking, code: Code) -> Listed[HandOverAnswer]:
    """The hand-overs of a facility (交接), the newest first."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        found = [HandOverAnswer.model_validate(each) for each in await handover.hand_overs(tx, code)]
        return Listed(items=await with_tags(tx, tables.HandOver, found), next=None)


@router.post("/facilities/{code}/hand-overs", status_code=HTTPStatus.CREATED)
async def hand_over(request: Request, viewer: Asking, code: Code, form: HandOverForm) -> HandOverAnswer:
    """Hand posts over in one act, signed by the caller: who leaves, who takes it, or somebody of the county."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        for number in (form.leaver, form.taker):
            await within.person_in(tx, viewer, number)
        signer = Signer(signer_of(viewer), is_county=viewer.may(Right.MANAGE))
        new = NewHandOver(
            facility=code, leaver=form.leaver, taker=form.taker, at=at, posts=form.posts,
            has_left=form.has_left, note=form.note,
        )  # fmt: skip
        done = await handover.hand_over(tx, new, by_of(viewer, form.note), wall=clock.wall(), signer=signer)
        return await with_tag(tx, tables.HandOver, HandOverAnswer.model_validate(done))


@router.post("/facilities/{code}/hand-overs/{number}/countersign")
async def countersign(request: Request, viewer: Asking, code: Code, number: Number, seen: Seen) -> HandOverAnswer:
    """The other of the two says that it was so, or somebody of the county confirms it."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        row = await tx.get(tables.HandOver, number)
        if row is None or row.facility != code:
            raise NotFound("hand-over", number)
        signer = Signer(signer_of(viewer), is_county=viewer.may(Right.MANAGE))
        await check_seen(tx, row, seen)
        done = await handover.countersign(tx, number, by_of(viewer), signer=signer)
        return await with_tag(tx, tables.HandOver, HandOverAnswer.model_validate(done))


async def _post_in(tx: Tx, viewer: Viewer, number: int) -> tables.Post:
    row = await tx.get(tables.Post, number)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("post", number)
    return row


async def _shown(tx: Tx, viewer: Viewer, number: int) -> PersonAnswer:
    found, _ = await persons.person(tx, number)
    return _person(viewer, found, (await contacts.phones_of(tx, [number])).get(number, ()))


def _person(viewer: Viewer, found: Person, phones: Sequence[Phone]) -> PersonAnswer:
    told = viewer.may(Right.KEEP)
    return PersonAnswer(
        id=found.id,
        name=found.name,
        facility=found.facility,
        post=found.post,
        left_at=iso_or_none(found.left_at),
        user=found.user if told else None,
        phones=[PhoneForm(kind=each.kind, number=numbers.shown(each.phone_number)) for each in phones]
        if told
        else None,
        email=found.email if told else None,
        wechat=found.wechat if told else None,
        wecom=found.wecom if told else None,
    )


def _form(form: PersonForm) -> NewPerson:
    """What was said; null is nothing."""
    said = form.model_dump(exclude_unset=True)
    told = {name: "" if value is None and name != "user" else value for name, value in said.items()}
    return msgspec.convert(told, NewPerson)


def _check_login(viewer: Viewer, form: PersonForm, before: Person | None) -> None:
    """Which login is whose says the county: who signs as whom is not for the unit to say.

    Raises:
        Problem: 403.
    """
    kept = before.user if before is not None else None
    if "user" in form.model_fields_set and form.user != kept and not viewer.may(Right.MANAGE):
        raise Problem(HTTPStatus.FORBIDDEN, "the county says which login is whose: ask it to change that")


def _number(post: posts.Post) -> int:
    return post.id

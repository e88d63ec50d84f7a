"""/api/v1/courses and trainings: what was taught, who passed it, and who holds a post without having learned what it needs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import places, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import training
from coldchain.archive.facilities.training import Lack, NewAttendance, NewCourse
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_facilities import (
    AttendanceAnswer,
    AttendanceForm,
    CourseAnswer,
    CourseForm,
    LackAnswer,
    LearnedAnswer,
)
from dashboards.api.writing import Seen, by_of, check_seen, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["people"])

Facility = Annotated[str | None, Query(max_length=64)]


@router.get("/courses")
async def courses(request: Request, page: Paged) -> Listed[CourseAnswer]:
    """Courses that were held, by number; they name nobody who was there."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await training.courses(tx, after=last[0] if last else 0, limit=page.limit + 1)
        answers = listed(found, page, lambda each: (each.id,), CourseAnswer.model_validate)
        return Listed(items=await with_tags(tx, tables.Course, answers.items), next=answers.next)


@router.post("/courses", status_code=HTTPStatus.CREATED)
async def hold_course(request: Request, viewer: Asking, form: CourseForm) -> CourseAnswer:
    """Write down a course of a region that is wholly in scope."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_region(tx, viewer, form.region)
        new = NewCourse(**form.model_dump())
        return CourseAnswer.model_validate(await training.hold(tx, new, by_of(viewer)))


@router.post("/courses/{number}/withdraw")
async def withdraw_course(request: Request, viewer: Asking, number: Number, seen: Seen) -> CourseAnswer:
    """Take back a course that was not held."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _course_in(tx, viewer, number), seen)
        return CourseAnswer.model_validate(await training.withdraw_course(tx, number, by_of(viewer)))


@router.post("/courses/{number}/attendances", status_code=HTTPStatus.CREATED)
async def attend(request: Request, viewer: Asking, number: Number, form: AttendanceForm) -> AttendanceAnswer:
    """Write down that somebody in scope was there; whose course it was does not matter."""
    async with parts_of(request).archive.writing() as tx:
        if await tx.get(tables.Course, number) is None:
            raise NotFound("course", number)
        await within.person_in(tx, viewer, form.person)
        new = NewAttendance(course=number, **form.model_dump())
        return AttendanceAnswer.model_validate(await training.attend(tx, new, by_of(viewer)))


@router.post("/attendances/{number}/withdraw")
async def withdraw_attendance(request: Request, viewer: Asking, number: Number, seen: Seen) -> AttendanceAnswer:
    """Take back that somebody was there."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.Attendance, number)
        if row is None:
            raise NotFound("attendance", number)
        await within.person_in(tx, viewer, row.person)
        await check_seen(tx, row, seen)
        return AttendanceAnswer.model_validate(await training.withdraw_attendance(tx, number, by_of(viewer)))


@router.get("/trainings")
async def trainings(request: Request, viewer: Asking, page: Paged, facility: Facility = None) -> Listed[LearnedAnswer]:
    """Who of those in scope was trained in what, when; the newest entry first."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await training.learned_in(
            tx, viewer.scope, facility=facility, before=last[0] if last else None, limit=page.limit + 1
        )
        answers = listed(found, page, lambda each: (each.attendance,), LearnedAnswer.model_validate)
        return Listed(items=await with_tags(tx, tables.Attendance, answers.items, "attendance"), next=answers.next)


@router.get("/trainings/lacking")
async def lacking(request: Request, viewer: Asking, page: Paged) -> Listed[LackAnswer]:
    """Who holds a post in scope without the training that it needs, and who says that it needs it; by facility."""
    last, now = page.after(str, int, str, str), clock.now()
    async with parts_of(request).archive.reading() as tx:
        codes = [each.code for each in await places.facilities(tx) if viewer.sees(each.code)]
        rows = await within.by_facility(codes, page, last, lambda some: training.lacking(tx, some, now), _place)
    return listed(rows, page, _place, LackAnswer.model_validate)


def _place(lack: Lack) -> tuple[str, int, str, str]:
    return lack.facility, lack.person, lack.post, lack.topic


async def _course_in(tx: Tx, viewer: Viewer, number: int) -> tables.Course:
    row = await tx.get(tables.Course, number)
    if row is None:
        raise NotFound("course", number)
    await within.check_region(tx, viewer, row.region)
    return row

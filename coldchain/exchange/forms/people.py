"""人员: a row per person; with a post and the day since when they hold it, they hold it."""

from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import UNSET

from coldchain.archive.db import Tx
from coldchain.archive.facilities import persons, posts
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.errors import BadInput
from coldchain.exchange import cells
from coldchain.exchange.cells import Choice
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms.kind import Kind, Sender, Values, said
from coldchain.exchange.forms.scope import check_facility

POSTS: Final = (
    Choice(PostKind.KEEPER, "冷链管理员", "keeper", ("管理员",)),
    Choice(PostKind.DEPUTY, "副管理员", "deputy", ("冷链副管理员", "备岗")),
    Choice(PostKind.HEAD, "负责人", "head"),
    Choice(PostKind.VACCINATOR, "接种人员", "vaccinator", ("接种护士",)),
    Choice(PostKind.DUTY, "值班", "on duty", ("值班人员",)),
    Choice(PostKind.COUNTY_MANAGER, "县级管理", "county manager", ("县级管理员",)),
)


def form(zone: tzinfo) -> Form:
    """Its form; a day without a time begins at midnight of `zone`."""
    return Form(
        "people",
        "人员",
        "people",
        (
            Column("facility", "单位编码", "Facility", cells.printed(64), ("所属单位编码",), is_required=True),
            Column("name", "姓名", "Name", cells.text(), is_required=True),
            Column("post", "岗位", "Post", cells.choice(POSTS), ("职务",), is_required=True),
            Column("since", "任职日期", "Since", cells.midnight(zone), ("起始日期",), default=UNSET),
            Column("phone", "手机", "Phone", cells.printed(40), ("联系电话", "电话", "手机号"), default=UNSET),
            Column("email", "邮箱", "E-mail", cells.text(), ("电子邮箱",), default=UNSET),
            Column("wechat", "微信", "WeChat", cells.printed(), default=UNSET),
            Column("wecom", "企业微信", "WeCom", cells.text(), default=UNSET),
        ),
        key=("facility", "name"),
    )


async def put(tx: Tx, values: Values, sender: Sender) -> bool:
    """Enter or change a person, and let them hold their post."""
    await check_facility(tx, values["facility"], sender)
    row = said(values)
    since = row.pop("since", None)
    count = await persons.put_persons(tx, [msgspec.convert(row, NewPerson)], sender.by)
    if since is not None:
        count += await _hold(tx, row, since, sender)
    return count > 0


async def _hold(tx: Tx, row: dict[str, Any], since: int, sender: Sender) -> int:
    there = await persons.persons(tx, facility=row["facility"])
    person = next((each for each in there if each.name == row["name"]), None)
    if person is None:
        raise BadInput("name", f"{row['name']} has left", "enter them under another name, or correct it")
    new = NewPost(person=person.id, facility=row["facility"], post=PostKind(row["post"]), start=since)
    held = [each for each in await posts.posts_of(tx, person.id) if each.withdrawn_at is None and each.post is new.post]
    if any(each.facility == new.facility and each.start <= since and each.end is None for each in held):
        return 0
    await posts.begin(tx, new, sender.by)
    return 1


KIND: Final = Kind(form, put)

"""A county whose people are reached by every way: its settings, a nurse and a chief with numbers, alarms they were told of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from coldchain import clock
from coldchain.archive import alarms, people
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.facilities import persons
from coldchain.archive.people import NewPerson
from coldchain.archive.telling import attempts, notices
from coldchain.archive.telling.attempts import Moment
from coldchain.archive.telling.notices import NewNotice, Outcome
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.providers.chat_sections import WechatSettings
from coldchain.providers.settings import ChannelsSettings, WebhookSettings
from dashboards.app import create_app
from tests.dashboards.conftest import World, made_world, running
from tests.fakes.wecom import FakeWecom
from tests.parts.mosquitto import Mosquitto
from tests.providers import sections

TOKEN = SecretStr("the-word-in-the-path-of-callbacks")
SECRET = "a-secret-of-the-countys-own-system"
NURSE, CHIEF = "+8613900001234", "+8613900005678"


@dataclass(frozen=True, slots=True)
class Site:
    """What a test of calling works with."""

    app: FastAPI
    archive: Archive
    world: World
    nurse: int
    chief: int

    async def ring(self, facility: str = "F03", *, kind: Kind = Kind.HEAT, is_drill: bool = False) -> Alarm:
        """An alarm about nothing in particular."""
        now = clock.now()
        new = NewAlarm(
            kind=kind, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=now, facility=facility,
            equipment="E" + facility[1:], is_drill=is_drill,
        )  # fmt: skip
        async with self.archive.writing() as tx:
            return await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", now))

    async def tell(self, alarm: Alarm, person: int, channel: str = "aliyun_sms", **outcome: Any) -> int:
        """Somebody is told of it; gives the notice's number."""
        now = clock.now()
        to = {self.nurse: NURSE, self.chief: CHIEF}[person]
        async with self.archive.writing() as tx:
            transition = next(each for each, about in await alarms.unexpanded(tx) if about.id == alarm.id)
            new = NewNotice(
                transition=transition.id, alarm=alarm.id, person=str(person), channel=channel, step=1, text_zh="龙潭镇冰箱超温",
                text_en="Longtan: too warm", created_at=now, level=1, sent_to=to,
            )  # fmt: skip
            await notices.make(tx, [new])
            claimed = [each for each in await notices.claim(tx, "w", 0.0, 60.0, 50) if each.alarm == alarm.id][-1]
            [number] = (await attempts.begin(tx, [claimed], Moment(now, 1.0))).values()
            answer = Outcome("told", now, "OK", "accepted", f"m{claimed.id}")
            answer = replace(answer, **outcome)
            await notices.settle(tx, [(claimed, answer)])
            await attempts.end(tx, [(number, answer)])
        return claimed.id

    async def end(self, alarm: Alarm, at: int | None = None) -> None:
        """The facts are over."""
        async with self.archive.writing() as tx:
            arrow = Arrow(AlarmState.ENDED, "ended", clock.now() if at is None else at)
            await alarms.change(tx, await alarms.alarm(tx, alarm.id), arrow)

    async def look(self, alarm: Alarm) -> Alarm:
        """The alarm as it is now."""
        async with self.archive.reading() as tx:
            return await alarms.alarm(tx, alarm.id)


def channels(wecom: FakeWecom | None = None, wechat: WechatSettings | None = None) -> ChannelsSettings:
    """A site with every way that calls us."""
    url = "http://127.0.0.1:1/"
    return ChannelsSettings(
        aliyun_sms=sections.aliyun_sms(url).model_copy(update={"callback_token": TOKEN}),
        aliyun_voice=sections.aliyun_voice(url).model_copy(update={"callback_token": TOKEN}),
        tencent_sms=sections.tencent_sms(url).model_copy(update={"callback_token": TOKEN}),
        tencent_voice=sections.tencent_voice(url),  # nobody gave it a token
        wecom=wecom.settings() if wecom else None,
        wechat=wechat,
        webhook=WebhookSettings(url=url, secret=SecretStr(SECRET)),
    )


@asynccontextmanager
async def calling(folder: Path, mosquitto: Mosquitto, ways: ChannelsSettings) -> AsyncIterator[Site]:
    """That county, running."""
    async with made_world(folder, mosquitto) as made:
        world = replace(made, settings=made.settings.model_copy(update={"channels": ways}))
        async with open_archive(world.settings.archive) as archive, running(create_app(world.settings)) as app:
            by = By("test", clock.now() - 3_600_000)
            async with archive.writing() as tx:
                for name, place, phone in (("王芳", "F03", NURSE), ("赵敏", "F00", CHIEF)):
                    await people.put_persons(tx, [NewPerson(name=name, facility=place, post="keeper", phone=phone)], by)
                nurse = await persons.number_of(tx, "F03", "王芳")
                chief = await persons.number_of(tx, "F00", "赵敏")
            yield Site(app, archive, world, nurse, chief)


async def bound(site: Site, person: int) -> str:
    """The openid that somebody is bound to."""
    async with site.archive.reading() as tx:
        return (await persons.person(tx, person))[0].wechat

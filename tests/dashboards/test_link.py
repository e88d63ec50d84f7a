"""The page behind a message's link: looking changes nothing, acting wants the last four digits of who was told."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import delete

from coldchain import clock
from coldchain.archive import tables, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.telling.story import story
from coldchain.archive.telling.taking import Closing, close
from coldchain.excursion import AlarmState
from dashboards.app import create_app
from tests.dashboards.calling import CHIEF, NURSE, Site, calling, channels
from tests.dashboards.conftest import client, running
from tests.parts.mosquitto import Mosquitto

DAY = 86_400_000


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[Site]:
    async with calling(tmp_path_factory.mktemp("link"), mosquitto, channels()) as made:
        yield made


@pytest.fixture
async def phone(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(site.app, **{"Accept-Language": "zh"}) as browser:
        yield browser


@pytest.fixture
async def alarm(site: Site) -> Alarm:
    """One of which the nurse was told, and nobody else."""
    made = await site.ring()
    await site.tell(made, site.nurse)
    return made


async def act(phone: httpx2.AsyncClient, alarm: Alarm, digits: str, **said: str) -> httpx2.Response:
    return await phone.post(f"/a/{alarm.code}", data={"act": "going", "eta_min": "20", "digits": digits, **said})


async def arrows(site: Site, alarm: Alarm) -> list[str]:
    async with site.archive.reading() as tx:
        return [each.why for each in await views.transitions(tx, [alarm.id])]


async def test_looking_changes_nothing_however_often(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    for _ in range(3):  # the messenger's preview, the person, whoever it was forwarded to
        answer = await phone.get(f"/a/{alarm.code}?act=going&digits=1234")
        assert answer.status_code == 200
    assert (await site.look(alarm)).state is AlarmState.RINGING
    assert await arrows(site, alarm) == ["raised"]


async def test_a_forwarded_link_shows_the_trouble_and_nobody_s_number(phone: httpx2.AsyncClient, alarm: Alarm):
    answer = await phone.get(f"/a/{alarm.code}")
    assert "龙潭镇卫生院" in answer.text
    for hidden in (NURSE[3:], NURSE[-4:], CHIEF[-4:], "王芳"):
        assert hidden not in answer.text


async def test_nobody_keeps_finds_or_passes_on_the_address(phone: httpx2.AsyncClient, alarm: Alarm):
    headers = (await phone.get(f"/a/{alarm.code}")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"  # with no-referrer a browser sends its own form as from nowhere
    assert "noindex" in headers["x-robots-tag"]
    assert "set-cookie" not in headers


async def test_who_was_told_takes_it_by_their_last_four_digits(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    answer = await act(phone, alarm, NURSE[-4:])
    assert (answer.status_code, answer.headers["location"]) == (303, f"/a/{alarm.code}")
    taken = await site.look(alarm)
    assert (taken.state, taken.taken_by) == (AlarmState.TAKEN, "王芳")
    assert taken.eta_at == (taken.taken_at or 0) + 20 * 60_000
    assert "王芳 正在前往" in (await phone.get(f"/a/{alarm.code}")).text


async def test_seen_lets_the_ladder_go_on(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    await act(phone, alarm, NURSE[-4:], act="seen")
    seen = await site.look(alarm)
    assert (seen.state, seen.next_at) == (AlarmState.SEEN, alarm.next_at)


@pytest.mark.parametrize("digits", [CHIEF[-4:], "0000", "234", "01234", "12 4", "١٢٣٤", "%%%%"])
async def test_wrong_digits_or_of_who_was_not_told_take_nothing(
    site: Site, phone: httpx2.AsyncClient, alarm: Alarm, digits: str
):
    answer = await act(phone, alarm, digits)
    assert answer.status_code == 403
    assert "没有号码尾号为这四位的" in answer.text
    assert (await site.look(alarm)).state is AlarmState.RINGING


async def test_after_five_tries_the_right_digits_take_nothing_either(
    site: Site, phone: httpx2.AsyncClient, alarm: Alarm
):
    statuses = [(await act(phone, alarm, f"900{n}")).status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]
    answer = await act(phone, alarm, NURSE[-4:])
    assert answer.status_code == 429
    assert "尝试次数过多" in answer.text
    other = await site.ring()
    await site.tell(other, site.nurse)
    assert (await act(phone, other, NURSE[-4:])).status_code == 303  # each alarm counts for itself


async def test_two_people_with_the_same_digits_answer_another_way(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    async with site.archive.writing() as tx:
        number = "+8613700001234"
        tx.add(tables.Phone(person=site.chief, kind="mobile", phone_number=number, withdrawn_at=None))
    await site.tell(alarm, site.chief)
    answer = await act(phone, alarm, "1234")
    assert answer.status_code == 403
    assert "多人尾号相同" in answer.text
    async with site.archive.writing() as tx:
        await tx.execute(delete(tables.Phone).where(tables.Phone.phone_number == number))
    assert (await site.look(alarm)).state is AlarmState.RINGING


async def test_a_form_of_another_site_burns_no_try(phone: httpx2.AsyncClient, alarm: Alarm):
    data = {"act": "going", "digits": NURSE[-4:]}
    for _ in range(6):
        answer = await phone.post(f"/a/{alarm.code}", data=data, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
    assert (await act(phone, alarm, NURSE[-4:])).status_code == 303


@pytest.mark.parametrize("code", ["ZZZZZZ", "short", "../../x", "O0O0O0", "%00%00%00"])
async def test_a_code_of_nothing_is_nothing(phone: httpx2.AsyncClient, code: str):
    assert (await phone.get(f"/a/{code}")).status_code == 404


async def test_small_letters_and_misread_ones_are_the_same_code(phone: httpx2.AsyncClient, alarm: Alarm):
    written = (alarm.code or "").lower().replace("0", "o").replace("1", "l")
    assert (await phone.get(f"/a/{written}")).status_code == 200


async def test_what_is_over_is_read_for_a_day_and_taken_by_nobody(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    await site.end(alarm)
    answer = await phone.get(f"/a/{alarm.code}")
    assert answer.status_code == 200
    assert "<form" not in answer.text.partition("<main")[2]
    assert (await act(phone, alarm, NURSE[-4:])).status_code == 409
    async with site.archive.writing() as tx:
        await close(tx, Closing(alarm.id, "门未关", "关门", "王芳", clock.now()))
    assert (await phone.get(f"/a/{alarm.code}")).status_code == 200


async def test_a_day_after_the_end_the_link_is_gone(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    await site.end(alarm, clock.now() - DAY)
    assert (await phone.get(f"/a/{alarm.code}")).status_code == 404
    assert (await act(phone, alarm, NURSE[-4:])).status_code == 404


async def test_a_drill_says_so(site: Site, phone: httpx2.AsyncClient):
    drill = await site.ring(is_drill=True)
    assert "演练" in (await phone.get(f"/a/{drill.code}")).text
    async with client(site.app, **{"Accept-Language": "en"}) as english:
        assert "Drill" in (await english.get(f"/a/{drill.code}")).text


async def test_tries_count_over_all_processes_and_restarts(site: Site, alarm: Alarm):
    async with running(create_app(site.world.settings)) as another:
        for n in range(6):
            app = (site.app, another)[n % 2]
            async with client(app, **{"Accept-Language": "zh"}) as browser:
                status = (await act(browser, alarm, f"900{n}")).status_code
            assert status == (403 if n < 5 else 429)
    async with running(create_app(site.world.settings)) as restarted, client(restarted) as browser:
        assert (await act(browser, alarm, NURSE[-4:])).status_code == 429
    assert (await site.look(alarm)).state is AlarmState.RINGING


async def test_each_try_stands_in_the_story_and_its_digits_nowhere(site: Site, phone: httpx2.AsyncClient, alarm: Alarm):
    await act(phone, alarm, "9876")
    await act(phone, alarm, NURSE[-4:])
    async with site.archive.reading() as tx:
        tried = (await story(tx, alarm.id)).replies
    assert [(each.provider, each.person, each.outcome, each.text) for each in tried] == [
        ("link", "", "not_yours", "1 20"),
        ("link", "王芳", "going", "1 20"),
    ]
    assert "9876" not in repr(tried)


async def test_a_messenger_s_crawler_changes_nothing_and_burns_no_try(
    site: Site, phone: httpx2.AsyncClient, alarm: Alarm
):
    for _ in range(6):
        for method in ("HEAD", "GET", "OPTIONS", "PUT", "DELETE"):
            answer = await phone.request(method, f"/a/{alarm.code}", params={"act": "going", "digits": NURSE[-4:]})
            assert answer.status_code in {200, 405}
    assert await arrows(site, alarm) == ["raised"]
    assert (await act(phone, alarm, NURSE[-4:])).status_code == 303

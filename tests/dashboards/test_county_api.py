"""What a county's archive is made of, over HTTP: regions, facilities, equipment, compartments, probes, and by what they are judged."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import client, made_world, running
from tests.dashboards.site import COUNTY, channel
from tests.parts.mosquitto import Mosquitto

API = "/api/v1"
ANY, NEW = {"If-Match": "*"}, {"If-None-Match": "*"}
TOWN = "511902103000"  # of clinic F03
FRIDGE = {"name_zh": "二号冰箱", "name_en": "Refrigerator 2", "short_zh": "冰箱2", "type": "medical_fridge"}
WARD = {"name_zh": "新村卫生室", "name_en": "New Post", "short_zh": "新村", "kind": "village_post"}
ROOM = {"name_zh": "冷藏室", "name_en": "cold", "purpose": "vaccine", "profile": "2-8"}
HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Desk:
    """A county's manager and a clinic's nurse as persons, and somebody of another county."""

    manager: httpx2.AsyncClient
    nurse: httpx2.AsyncClient
    elsewhere: httpx2.AsyncClient
    administrator: httpx2.AsyncClient


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[Desk]:
    async with (
        made_world(tmp_path_factory.mktemp("county"), mosquitto, hours=1) as world,
        running(create_app(world.settings)) as app,
    ):
        chief = NewToken(label="m", role=Role.MANAGER, region=COUNTY, user="manager")
        nurse = NewToken(label="n", role=Role.CLINIC, facility="F03", user="nurse")
        async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
            by = By("test", world.site.now)
            secrets = [(await people.create_token(tx, new, by)).secret for new in (chief, nurse)]
        others = [world.site.tokens[name] for name in ("elsewhere", "administrator")]
        yield Desk(*(client(app, secret) for secret in (*secrets, *others)))


async def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def ago(hours: float) -> str:
    return clock.iso(clock.now() - round(hours * HOUR))


async def one(caller: httpx2.AsyncClient, path: str, **said: object) -> Any:
    """The one item of a list that says this."""
    items = (await ok(await caller.get(f"{API}{path}")))["items"]
    [found] = [each for each in items if all(each[name] == value for name, value in said.items())]
    return found


async def test_a_new_piece_is_entered_once_by_the_county_where_it_stands(desk: Desk):
    path = f"{API}/equipment/NEW1"
    assert (await desk.manager.put(path, json=FRIDGE)).status_code == 428
    assert (await desk.manager.put(path, json=FRIDGE, headers=ANY)).status_code == 404
    assert (await desk.manager.put(path, json=FRIDGE, headers=NEW)).json()["errors"][0]["field"] == "facility"
    assert (await desk.manager.put(path, json=FRIDGE | {"facility": "F30"}, headers=NEW)).status_code == 404
    assert (await desk.nurse.put(path, json=FRIDGE | {"facility": "F03"}, headers=NEW)).status_code == 403
    entered = await desk.manager.put(path, json=FRIDGE | {"facility": "F03"}, headers=NEW)
    assert (await ok(entered, 201))["facility"] == "F03"
    assert (await desk.manager.put(path, json=FRIDGE | {"facility": "F03"}, headers=NEW)).status_code == 412
    seen = {"If-Match": entered.headers["etag"]}
    moved = await desk.manager.put(path, json=FRIDGE | {"facility": "F04"}, headers=seen)
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "facility")
    assert (await ok(await desk.manager.put(path, json=FRIDGE | {"brand": "海尔"}, headers=seen)))["brand"] == "海尔"


@pytest.mark.parametrize("headers", [{"If-Match": "*", "If-None-Match": "*"}, {"If-None-Match": '"abc"'}])
async def test_there_is_one_way_to_say_that_something_is_new(desk: Desk, headers: dict[str, str]):
    answer = await desk.manager.put(f"{API}/equipment/NEW2", json=FRIDGE | {"facility": "F03"}, headers=headers)
    assert answer.status_code == 400


async def test_a_region_and_a_first_facility_in_it_are_founded_by_whoever_answers_for_the_ground(desk: Desk):
    village = {"level": 5, "name_zh": "新村", "name_en": "New Village", "parent": TOWN}
    path = f"{API}/regions/511902103201"
    assert (await desk.nurse.put(path, json=village, headers=NEW)).status_code == 403
    founded = await desk.manager.put(path, json=village, headers=NEW)
    await ok(founded, 201)
    assert (await desk.manager.put(path, json=village, headers=NEW)).status_code == 412
    ward = f"{API}/facilities/F99"
    assert (await desk.nurse.put(ward, json=WARD | {"region": "511902103201"}, headers=NEW)).status_code == 403
    lacks = await desk.manager.put(ward, json=WARD, headers=NEW)
    assert (lacks.status_code, lacks.json()["errors"][0]["field"]) == (422, "region")
    card = await ok(await desk.manager.put(ward, json=WARD | {"region": "511902103201"}, headers=NEW), 201)
    assert (card["code"], card["region"]) == ("F99", "511902103201")
    assert (await desk.manager.get(ward)).status_code == 200
    assert (await desk.manager.put(ward, json=WARD | {"region": TOWN}, headers=NEW)).status_code == 412


async def test_nothing_is_founded_on_other_peoples_ground(desk: Desk):
    theirs = (await ok(await desk.elsewhere.get(f"{API}/facilities")))["items"][0]["region"]
    village = {"level": 5, "name_zh": "村", "name_en": "x", "parent": theirs}
    assert (await desk.manager.put(f"{API}/regions/511903999201", json=village, headers=NEW)).status_code == 404
    top = {"level": 1, "name_zh": "省", "name_en": "x"}
    assert (await desk.manager.put(f"{API}/regions/520000000000", json=top, headers=NEW)).status_code == 404
    ward = WARD | {"region": theirs}
    assert (await desk.manager.put(f"{API}/facilities/F98", json=ward, headers=NEW)).status_code == 404
    assert theirs not in {each["code"] for each in (await ok(await desk.manager.get(f"{API}/regions")))["items"]}


async def test_a_compartment_is_for_something_else_from_now_on(desk: Desk):
    await ok(await desk.manager.put(f"{API}/equipment/C1", json=FRIDGE | {"facility": "F03"}, headers=NEW), 201)
    path = f"{API}/equipment/C1/compartments/cold"
    room = await ok(await desk.manager.put(path, json=ROOM, headers=NEW), 201)
    assert (await desk.manager.put(path, json=ROOM, headers=NEW)).status_code == 412
    use = {"purpose": "empty", "profile": "2-8"}
    assert (await desk.manager.post(f"{path}/use", json=use, headers={"If-Match": "old"})).status_code == 412
    turned = await ok(await desk.manager.post(f"{path}/use", json=use, headers={"If-Match": room["tag"]}))
    assert [each["purpose"] for each in turned["uses"]] == ["vaccine", "empty"]
    assert (await one(desk.nurse, "/equipment/C1/compartments", name="cold"))["tag"] == turned["tag"]
    assert (await desk.elsewhere.get(f"{API}/equipment/C1/compartments")).status_code == 404


async def test_a_probe_is_hung_seen_and_taken_off(desk: Desk):
    await ok(await desk.manager.put(f"{API}/equipment/C2", json=FRIDGE | {"facility": "F03"}, headers=NEW), 201)
    await ok(await desk.manager.put(f"{API}/equipment/C2/compartments/cold", json=ROOM, headers=NEW), 201)
    path, new = f"{API}/equipment/C2/probes", {"channel": "gw-new/aa/temperature", "reason": "new probe"}
    nowhere = await desk.manager.post(path, json=new)
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "compartment")
    hung = await ok(await desk.manager.post(path, json=new | {"compartment": "cold", "start": ago(2)}), 201)
    assert (hung["compartment"], hung["end"]) == ("cold", None)
    off = f"{path}/{hung['id']}/take-off"
    assert (await desk.manager.post(off, json={"reason": "broken"})).status_code == 428
    ended = await desk.manager.post(off, json={"reason": "broken", "end": ago(1)}, headers={"If-Match": hung["tag"]})
    assert (await ok(ended))["end"] is not None
    again = await desk.manager.post(off, json={"reason": "broken"}, headers=ANY)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "probe")
    assert (await one(desk.nurse, "/equipment/C2/probes", id=hung["id"]))["end"] == ended.json()["end"]


async def test_a_probe_of_another_county_is_not_drawn_away(desk: Desk):
    wanted = {"channel": channel(30), "compartment": "cold", "reason": "ours now"}
    assert (await desk.manager.post(f"{API}/equipment/E03/probes", json=wanted)).status_code == 404
    unknown = {"channel": "gw-30/unheard/temperature", "compartment": "cold", "reason": "its gateway stands there"}
    assert (await desk.manager.post(f"{API}/equipment/E03/probes", json=unknown)).status_code == 404


async def test_a_pack_is_chosen_in_scope_ended_and_taken_back(desk: Desk):
    start = clock.iso(clock.now() + HOUR)
    new = {"pack": "who-pqs", "start": start, "equipment": "E04"}
    assert (await desk.manager.post(f"{API}/rule-choices", json=new | {"equipment": "E30"})).status_code == 404
    for_all = {"pack": "who-pqs", "start": start, "vaccine": "HepB"}
    assert (await desk.manager.post(f"{API}/rule-choices", json=for_all)).status_code == 404
    chosen = await ok(await desk.manager.post(f"{API}/rule-choices", json=new), 201)
    path = f"{API}/rule-choices/{chosen['id']}"
    end = {"end": clock.iso(clock.now() + 2 * HOUR), "reason": "tried"}
    assert (await desk.elsewhere.post(f"{path}/end", json=end, headers=ANY)).status_code == 403
    ended = await ok(await desk.manager.post(f"{path}/end", json=end, headers={"If-Match": chosen["tag"]}))
    stale = await desk.manager.post(f"{path}/withdraw", json={"reason": "slip"}, headers={"If-Match": chosen["tag"]})
    assert stale.status_code == 412
    gone = await desk.manager.post(f"{path}/withdraw", json={"reason": "slip"}, headers={"If-Match": ended["tag"]})
    assert (await ok(gone))["withdrawn_at"] is not None
    assert chosen["id"] not in {
        each["id"] for each in (await ok(await desk.elsewhere.get(f"{API}/rule-choices")))["items"]
    }


async def test_a_buffer_is_approved_under_the_own_login_and_the_past_needs_a_document(desk: Desk):
    new = {"channel": channel(3), "tau_s": 300, "source": "glycol, sheet 4", "start": clock.iso(clock.now() + HOUR)}
    assert (await desk.administrator.post(f"{API}/buffers", json=new)).status_code == 403  # a program's token
    assert (await desk.manager.post(f"{API}/buffers", json=new | {"channel": channel(30)})).status_code == 404
    approved = await ok(await desk.manager.post(f"{API}/buffers", json=new), 201)
    assert approved["approved_by"] == "manager"
    unseen = {"reason": "wrong", "document": "0" * 64}
    refused = await desk.manager.post(
        f"{API}/buffers/{approved['id']}/withdraw", json={"reason": "slip", "correction": unseen}, headers=ANY
    )
    assert refused.json()["errors"][0]["field"] == "document"
    gone = await desk.manager.post(f"{API}/buffers/{approved['id']}/withdraw", json={"reason": "slip"}, headers=ANY)
    assert (await ok(gone))["withdrawn_at"] is not None


async def test_an_occasion_is_of_a_place_in_scope(desk: Desk):
    times = {"start": clock.iso(clock.now() + HOUR), "end": clock.iso(clock.now() + 2 * HOUR)}
    new = {"kind": "planned_outage", "facility": "F03"} | times
    assert (await desk.manager.post(f"{API}/occasions", json=new | {"facility": "F30"})).status_code == 404
    entered = await ok(await desk.manager.post(f"{API}/occasions", json=new), 201)
    assert (await one(desk.nurse, "/occasions", id=entered["id"]))["by"] == "manager"
    assert entered["id"] not in {
        each["id"] for each in (await ok(await desk.elsewhere.get(f"{API}/occasions")))["items"]
    }
    path = f"{API}/occasions/{entered['id']}/withdraw"
    assert (await desk.manager.post(path, json={"reason": "put off"}, headers={"If-Match": "old"})).status_code == 412
    gone = await desk.manager.post(path, json={"reason": "put off"}, headers={"If-Match": entered["tag"]})
    assert (await ok(gone))["withdrawn_at"] is not None


async def test_only_what_is_carried_is_vouched_for_by_two_readings_and_under_the_own_login(desk: Desk):
    bag = FRIDGE | {"facility": "F03", "type": "carrier", "name_zh": "冷藏包"}
    await ok(await desk.manager.put(f"{API}/equipment/BAG", json=bag, headers=NEW), 201)
    await ok(await desk.manager.put(f"{API}/equipment/BAG/compartments/cold", json=ROOM, headers=NEW), 201)
    said = {"start": ago(5), "end": ago(2), "departure_c": 4.5, "return_c": 6.0}
    fridge = f"{API}/equipment/E03/compartments/cold/evidence"
    for caller in (desk.nurse, desk.manager):
        refused = await caller.post(fridge, json=said)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "compartment")
    path = f"{API}/equipment/BAG/compartments/cold/evidence"
    assert (await desk.nurse.post(path, json=said | {"signed_by": "somebody"})).status_code == 422
    assert (await desk.nurse.post(path, json=said | {"start": ago(60)})).json()["errors"][0]["field"] == "end"
    entered = await ok(await desk.nurse.post(path, json=said), 201)
    assert entered["signed_by"] == "王护士 (nurse)"
    assert (await desk.elsewhere.get(path)).status_code == 404
    assert await one(desk.manager, "/equipment/BAG/compartments/cold/evidence", id=entered["id"]) == entered
    gone = await desk.nurse.post(f"{path}/{entered['id']}/withdraw", json={}, headers={"If-Match": entered["tag"]})
    assert (await ok(gone))["withdrawn_at"] is not None


async def test_what_cannot_well_be_is_listed_in_scope(desk: Desk):
    for code in ("T1", "T2"):
        twice = FRIDGE | {"facility": "F05", "national_code": "51190009"}
        await ok(await desk.manager.put(f"{API}/equipment/{code}", json=twice, headers=NEW), 201)
    odd = (await ok(await desk.manager.get(f"{API}/checks/equipment", params={"limit": 1})))["items"]
    assert len(odd) == 1
    assert (await one(desk.manager, "/checks/equipment", equipment="T1", what="twice"))["about"] == "T2"
    assert (await ok(await desk.elsewhere.get(f"{API}/checks/equipment")))["items"] == []
    farm = {"level": 5, "name_zh": "农场", "name_en": "Farm", "parent": COUNTY}
    await ok(await desk.manager.put(f"{API}/regions/511902900201", json=farm, headers=NEW), 201)
    told = await one(desk.manager, "/checks/regions", region="511902900201")
    assert (told["what"], told["told"]) == ("skips", "a village directly in a county")

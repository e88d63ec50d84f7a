"""The API answers in the shapes that outsiders rely on."""

from typing import Any

import httpx2

from coldchain import clock
from coldchain.excursion import Kind
from tests.dashboards.conftest import Caller
from tests.dashboards.site import DAY, HOUR, MINUTE, Site, channel


def _new_fields(schemas: Any) -> list[Any]:
    fields = schemas["ExcursionAnswer"]["properties"]
    return [fields[name] for name in ("kind", "product_extreme_c", "explained_by", "held", "certainty", "severity")]


async def get(caller: httpx2.AsyncClient, path: str, **query: object) -> Any:
    answer = await caller.get(f"/api/v1{path}", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_equipment_comes_with_the_newest_reading_of_each_channel(call: Caller, site: Site) -> None:
    answer = await get(call("manager"), "/equipment", facility="F03")
    (item,) = answer["items"]
    assert answer["next"] is None
    assert set(item) == {"code", "name", "type", "facility", "status", "compartments", "channels"}
    assert (item["code"], item["facility"], item["status"], item["name"]) == ("E03", "F03", "normal", "疫苗冰箱")
    newest = next(one for one in item["channels"] if one["quantity"] == "temperature")
    assert set(newest) == {"channel", "quantity", "compartment", "position", "value", "time", "quality"}
    assert newest["value"] > 8
    assert newest["compartment"] == "cold"
    assert newest["time"] == clock.iso(site.now // MINUTE * MINUTE)
    assert item["compartments"][0]["state"] == "heat"


async def test_equipment_of_a_region_is_that_of_all_below_it(call: Caller) -> None:
    admin = call("administrator")
    everything = {item["code"] for item in (await get(admin, "/equipment"))["items"]}
    county = {item["code"] for item in (await get(admin, "/equipment", region="511902000000"))["items"]}
    assert everything - county == {"E30"}


async def test_a_list_comes_in_pages_that_neither_skip_nor_repeat(call: Caller) -> None:
    manager, found, cursor = call("manager"), [], None
    while True:
        page = await get(manager, "/equipment", limit=4, **({"cursor": cursor} if cursor else {}))
        found += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == sorted(set(found))
    assert len(found) == 14


async def test_raw_readings_are_columns(call: Caller, site: Site) -> None:
    last = site.now // MINUTE * MINUTE
    answer = await get(call("manager"), "/readings", channel=channel(11), start=last - 40 * MINUTE, end=last + 1)
    assert set(answer) == {"channel", "t", "v", "q"}
    assert len(answer["t"]) == len(answer["v"]) == len(answer["q"]) == 41
    assert answer["v"][-1] is None
    assert answer["q"][-1] == 3


async def test_readings_take_iso_times_even_with_a_lost_plus_sign(call: Caller, site: Site) -> None:
    start = clock.iso(site.now // MINUTE * MINUTE - HOUR)
    caller = call("manager")
    answer = await caller.get(f"/api/v1/readings?channel={channel(1)}&start={start}")
    assert answer.status_code == 200
    assert answer.json()["t"][0] == site.now // MINUTE * MINUTE - HOUR


async def test_an_envelope_hides_no_peak(call: Caller, site: Site) -> None:
    asked = {"channel": channel(3), "start": site.now - 2 * DAY, "end": site.now + 1}
    raw = await get(call("manager"), "/readings", **asked)
    envelope = await get(call("manager"), "/readings", points=50, **asked)
    assert set(envelope) == {"channel", "t", "min", "max", "mean"}
    assert len(envelope["t"]) <= 50
    assert max(envelope["max"]) == max(raw["v"])
    assert min(envelope["min"]) == min(raw["v"])


async def test_excursions_have_the_contract_s_shape(call: Caller) -> None:
    answer = await get(call("manager"), "/excursions")
    open_one = next(item for item in answer["items"] if item["id"] == "c3")
    assert list(open_one) == [
        "id", "revision", "channel", "equipment", "compartment", "kind", "rule", "severity", "certainty", "state", "start",
        "end", "extreme_c", "minutes_out", "minutes_unknown", "degree_minutes", "mkt_c", "product_extreme_c", "explained_by",
        "held", "lots_known", "lots",
    ]  # fmt: skip
    assert open_one["end"] is None
    assert open_one["compartment"] == "cold"
    assert open_one["extreme_c"] == 9.4
    assert open_one["lots"][0] == {"lot": "L2", "vaccine": "DTaP", "doses": 160, "minutes_out": 52.0}
    closed = next(item for item in answer["items"] if item["id"] == "c2")
    assert closed["revision"] == 3
    assert set(closed["end"]) == {"last_bad", "known_good"}
    assert set(closed["start"]) == {"known_good", "first_bad"}


async def test_excursions_can_be_asked_for_by_time_equipment_and_state(call: Caller, site: Site) -> None:
    manager = call("manager")
    assert [one["id"] for one in (await get(manager, "/excursions", state="open"))["items"]] == ["c3", "flat"]
    assert [one["id"] for one in (await get(manager, "/excursions", equipment="E02"))["items"]] == ["c2"]
    old = await get(manager, "/excursions", start=clock.iso(site.now - 30 * HOUR), end=clock.iso(site.now - 10 * HOUR))
    assert {one["id"] for one in old["items"] if not one["id"].startswith("w")} == {"c2", "d3", "d4", "d5"}
    first = await get(manager, "/excursions", state="open", limit=1)
    second = await get(manager, "/excursions", state="open", limit=1, cursor=first["next"])
    assert [one["id"] for one in first["items"] + second["items"]] == ["c3", "flat"]
    assert second["next"] is None


async def test_excursions_of_all_kinds_come_unless_some_are_asked_for(call: Caller) -> None:
    manager = call("manager")

    async def kinds(**query: object) -> set[str]:
        return {item["kind"] for item in (await get(manager, "/excursions", limit=1000, **query))["items"]}

    every, temperatures, watch = await kinds(), await kinds(kind="temperature"), await kinds(kind="watch")
    assert temperatures == {"heat", "freeze", "cumulative_heat", "mean_kinetic_heat"}
    assert watch == {"no_answer", "flat_line", "spike", "power_on_value"}
    assert every == temperatures | watch
    assert await kinds(kind="spike") == {"spike"}
    assert await kinds(kind="forecast") == set()
    wrong = await manager.get("/api/v1/excursions?kind=melted")
    assert wrong.status_code == 422
    assert "kind" in wrong.json()["detail"]


async def test_an_excursion_says_what_explains_it_what_is_held_and_the_product_s_own_temperature(call: Caller) -> None:
    items = (await get(call("manager"), "/excursions", equipment="E08", kind="temperature"))["items"]
    found = {item["id"]: item for item in items}
    assert (found["d1"]["explained_by"], found["d1"]["severity"]) == ("session", "note")
    assert (found["d3"]["held"], found["d3"]["certainty"], found["d3"]["minutes_unknown"]) == (True, "possible", 41.0)
    assert (found["d6"]["extreme_c"], found["d6"]["product_extreme_c"]) == (9.9, 6.2)
    assert (found["d2"]["explained_by"], found["d2"]["held"], found["d2"]["product_extreme_c"]) == (None, False, None)


async def test_a_watch_event_has_no_temperature_of_its_own(call: Caller) -> None:
    (event,) = (await get(call("manager"), "/excursions", kind="flat_line"))["items"]
    assert (event["extreme_c"], event["mkt_c"], event["degree_minutes"], event["lots"]) == (None, None, 0.0, [])
    assert event["rule"] == "watch/flat-line"


async def test_alarms_say_what_where_and_since_when(call: Caller, site: Site) -> None:
    (alarm,) = (await get(call("manager"), "/alarms"))["items"]
    assert alarm["id"] == site.alarm
    assert (alarm["kind"], alarm["equipment"], alarm["compartment"]) == ("heat", "E03", "cold")
    assert alarm["since"] == clock.iso(site.now // MINUTE * MINUTE - 52 * MINUTE)
    assert (await get(call("manager"), f"/alarms/{site.alarm}/notices")) == {"items": [], "next": None}


async def test_the_audit_tells_who_changed_what(call: Caller) -> None:
    answer = await get(call("administrator"), "/audit", entity="equipment/E03")
    (entry,) = answer["items"]
    assert (entry["actor"], entry["entity"], entry["image"]["facility"]) == ("test", "equipment", "F03")
    assert len(entry["hash"]) == 64


async def test_a_regional_auditor_reads_the_entries_of_the_region_page_by_page(call: Caller) -> None:
    auditor, found, cursor = call("auditor elsewhere"), [], None
    while True:
        page = await get(auditor, "/audit", limit=3, **({"cursor": cursor} if cursor else {}))
        found += [(one["entity"], one["entity_id"]) for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert ("equipment", "E30") in found
    assert ("facility", "F30") in found
    assert ("equipment", "E03") not in found
    assert len(found) == len(set(found))


async def test_refused_messages_are_seen_with_their_reason(call: Caller) -> None:
    (row,) = (await get(call("manager"), "/refused"))["items"]
    assert (row["gateway"], row["reason"], row["seq"]) == ("gw-3", "malformed", 7)
    assert "<script>" in row["payload"]


async def test_health_is_open_and_names_each_part(call: Caller) -> None:
    answer = await get(call(), "/health")
    assert set(answer) == {"status", "parts"}
    assert set(answer["parts"]) == {"archive", "series", "broker", "collector", "alerting", "clock"}
    assert answer["parts"]["series"]["status"] == "ok"


async def test_the_description_names_every_route_and_needs_no_other_host(call: Caller) -> None:
    described = await get(call(), "/openapi.json")
    assert set(described["paths"]["/api/v1/readings"]["get"]["responses"]) >= {"200", "401", "422"}
    schemas = described["components"]["schemas"]
    assert set(schemas["Kind"]["enum"]) == set(Kind)
    assert all(field.get("description") for field in _new_fields(schemas))
    page = (await call().get("/api/v1/docs")).text
    assert all(f"<code>{kind}</code>" in page for kind in Kind)
    assert all(path in page for path in described["paths"])
    assert "http://" not in page.replace("http://test", "")
    assert "https://" not in page

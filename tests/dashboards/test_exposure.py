"""What a lot went through and what an excursion concerns, through the API."""

import pytest

from tests.dashboards.conftest import Caller

SUMS = {
    "bands", "degree_minutes", "minutes_known", "minutes_manual", "minutes_unknown", "low_c", "high_c", "mkt_c", "excursions",
}  # fmt: skip


async def test_the_api_gives_bands_unknown_minutes_and_life_used(call: Caller) -> None:
    answer = (await call("clinic").get("/api/v1/lots/L2/exposure")).json()
    assert set(answer) == {"lot", "vaccine", "doses", "held", "places", "vvm", *SUMS}
    assert (answer["lot"], answer["vaccine"], answer["doses"], answer["vvm"]) == ("L2", "DTaP", 160, None)
    assert answer["held"] is True
    assert [(place["equipment"], place["compartment"], place["doses_held"]) for place in answer["places"]] == [
        ("E00", "cold", 0),
        ("E03", "cold", 160),
    ]
    assert answer["bands"]["8..15"] > 20
    assert 2 < answer["mkt_c"] < 8


async def test_vial_life_is_an_estimate_where_the_type_is_known(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/lots/202603A12/exposure?dossier=true")).json()
    assert answer["lot"] == "L1"
    assert (answer["vvm"]["type"], answer["vvm"]["estimate"]) == ("VVM30", True)
    assert 0 < answer["vvm"]["nominal_pct"] < answer["vvm"]["life_used_pct"] < 0.2


async def test_estimates_stand_in_the_dossier_only(call: Caller) -> None:
    assert (await call("manager").get("/api/v1/lots/L1/exposure")).json()["vvm"] is None
    assert (await call("manager").get("/api/v1/lots/L2/exposure?dossier=true")).json()["vvm"] is None


async def test_a_lot_is_held_where_a_hold_names_it_and_for_whoever_sees_that(call: Caller) -> None:
    everywhere = (await call("manager").get("/api/v1/lots/L1/exposure")).json()
    assert everywhere["held"] is True
    assert {place["equipment"]: place["doses_held"] for place in everywhere["places"] if place["doses_held"]} == {
        "E08": 140
    }
    free = (await call("manager").get("/api/v1/lots/L3/exposure")).json()
    assert {place["equipment"] for place in free["places"] if place["doses_held"]} == {"E03"}


async def test_a_hold_elsewhere_does_not_stop_the_doses_here(call: Caller) -> None:
    here = (await call("clinic").get("/api/v1/lots/L3/exposure")).json()
    assert (here["held"], here["doses"]) == (True, 180)
    assert [place["doses_held"] for place in here["places"]] == [0, 180]


async def test_the_sums_are_those_of_the_way_with_most_time_outside(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/lots/L1/exposure")).json()
    counted = [place for place in answer["places"] if place["counted"]]
    assert [place["equipment"] for place in counted] == ["E00", "E02"]  # where the worst excursion was
    assert answer["bands"]["8..15"] == pytest.approx(sum(place["bands"]["8..15"] for place in counted), abs=0.2)
    total = sum(answer["bands"].values()) + answer["minutes_unknown"]
    assert total == pytest.approx(47 * 60, abs=3)


async def test_each_place_has_the_same_sums(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/lots/L1/exposure")).json()
    assert all(set(place) >= SUMS for place in answer["places"])
    [warm] = [place for place in answer["places"] if place["equipment"] == "E02"]
    assert warm["excursions"] == 1
    assert 8 < warm["high_c"] < 15
    assert 0 < warm["degree_minutes"]["8..15"] <= (warm["high_c"] - 8) * warm["bands"]["8..15"]
    assert warm["degree_minutes"]["2..8"] == 0
    assert warm["minutes_manual"] == 0


async def test_an_excursion_tells_which_doses_it_concerns_and_where_they_are(call: Caller) -> None:
    answer = (await call("manager").get("/api/v1/excursions/c3/affected")).json()
    assert (answer["excursion"], answer["lots_known"]) == ("c3", "compartment")
    assert {lot["lot"]: (lot["doses"], lot["minutes_out"]) for lot in answer["lots"]} == {
        "L2": (160, 52),
        "L3": (180, 52),
    }
    here = {"compartment": "cold", "equipment": "E03", "facility": "F03"}
    assert answer["lots"][0]["now"] == [here | {"doses": 160, "concerned": 160}]
    assert (answer["lots"][0]["elsewhere"], answer["lots"][0]["issued"], answer["lots"][0]["given"]) == (0, [], [])


async def test_an_excursion_that_is_not_there_concerns_nothing(call: Caller) -> None:
    assert (await call("manager").get("/api/v1/excursions/nope/affected")).status_code == 404


# ── What people add ──

EVIDENCE = "/api/v1/equipment/E30/compartments/cold/evidence"


async def test_evidence_is_of_its_own_compartment(call: Caller) -> None:
    assert (await call("manager").post(f"{EVIDENCE}/1/withdraw", json={}, headers={"If-Match": "*"})).status_code == 404
    wrong = EVIDENCE.replace("cold", "attic")
    assert (await call("administrator").get(wrong)).status_code == 404


async def test_doses_given_are_counted_for_own_facilities_only(call: Caller) -> None:
    def items(facility: str) -> dict[str, object]:
        return {"items": [{"facility": facility, "given_on": "2026-01-07", "doses": 3, "source": "test"}]}

    assert (await call("clinic").post("/api/v1/lots/L3/given", json=items("F30"))).status_code == 404
    assert (await call("clinic").post("/api/v1/lots/L3/given", json=items("F03"))).json() == {"changed": 1}
    [mine] = (await call("clinic").get("/api/v1/lots/L3/given")).json()["items"]
    assert (mine["facility"], mine["doses"], mine["strange"]) == ("F03", 3, None)
    assert (await call("elsewhere").get("/api/v1/lots/L3/given")).json()["items"] == []
    taken = await call("clinic").post(
        f"/api/v1/lots/L3/given/{mine['id']}/withdraw", json={}, headers={"If-Match": "*"}
    )
    assert taken.status_code == 200

"""Which packs judge where: chosen, ended, withdrawn, and what each makes the engine judge again."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.archive import chains, lots, rule_choices
from coldchain.archive.db import Archive
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.rule_choices import Chosen, NewChoice, RuleChoice, timeline_of
from coldchain.errors import BadInput
from tests.archive.journal import last, told
from tests.archive.small import HOUR, NURSE, PROBE, T0, compartment_of, fill

CLINIC, FRIDGE, MAINS = "511900012", "511900012-BX1", "511900012-1/mains/power"
DAY = 24 * HOUR


async def choose(archive: Archive, pack: str, start: int = T0, **where: Any) -> RuleChoice:
    async with archive.writing() as tx:
        return await rule_choices.choose(tx, NewChoice(pack=pack, start=start, **where), NURSE)


async def chosen_for(archive: Archive, compartment: int | None) -> list[Chosen]:
    async with archive.reading() as tx:
        return (await rule_choices.choices_for(tx, [(FRIDGE, compartment)]))[FRIDGE, compartment]


def at(time: int, choices: list[NewChoice]) -> tuple[tuple[str, ...] | None, set[str]]:
    """As the rule is told: the most specific scope that has any, and what joins."""
    now = [each for each in choices if each.start <= time and (each.end is None or time < each.end)]
    packs: tuple[str, ...] | None = None
    for scope in ("facility", "equipment", "compartment"):
        here = tuple(each.pack for each in now if each.scope == scope)
        packs = here or packs
    return packs, {each.pack for each in now if each.scope == "vaccine"} - set(packs or ())


wheres = st.sampled_from([{"facility": "f"}, {"equipment": "e"}, {"compartment": 1}, {"vaccine": "v"}])
spans = st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(1, 5)))
made = st.builds(
    lambda pack, where, span: NewChoice(
        pack=pack, start=span[0], end=None if span[1] is None else span[0] + span[1], **where
    ),
    st.sampled_from(["a", "b", "c"]),
    wheres,
    spans,
)


@given(st.lists(made, max_size=6), st.integers(-1, 16))
def test_at_every_moment_the_timeline_says_what_the_choices_say(choices: list[NewChoice], time: int):
    here = [each for each in timeline_of(choices) if each.start <= time and (each.end is None or time < each.end)]
    packs, added = at(time, choices)
    assert [(each.packs, set(each.added)) for each in here] == ([(packs, added)] if packs is not None or added else [])


@given(st.lists(made, max_size=6))
def test_neighbours_in_the_timeline_differ(choices: list[NewChoice]):
    found = timeline_of(choices)
    assert all(
        one.end is not None and (one.end < two.start or (one.packs, one.added) != (two.packs, two.added))
        for one, two in pairwise(found)
    )


def test_packs_that_join_come_after_the_sites_own_and_each_once():
    assert Chosen(0, None, None, ("who", "cn")).over(["cn", "watch"]) == ("cn", "watch", "who")
    assert Chosen(0, None, ("cdc",), ("who",)).over(["cn", "watch"]) == ("cdc", "who")


async def test_the_most_specific_choice_judges_a_compartment_and_the_equipment_as_a_whole_has_its_own(archive: Archive):
    await fill(archive)
    cold, frozen = [await compartment_of(archive, name) for name in ("cold", "frozen")]
    await choose(archive, "cn-2017", facility=CLINIC)
    await choose(archive, "gsp", T0 + HOUR, end=T0 + 2 * HOUR, equipment=FRIDGE)
    await choose(archive, "who-pqs", T0 + HOUR, compartment=cold)
    before = Chosen(T0, T0 + HOUR, ("cn-2017",))
    assert await chosen_for(archive, cold) == [before, Chosen(T0 + HOUR, None, ("who-pqs",))]
    with_gsp = [before, Chosen(T0 + HOUR, T0 + 2 * HOUR, ("gsp",)), Chosen(T0 + 2 * HOUR, None, ("cn-2017",))]
    assert await chosen_for(archive, frozen) == with_gsp == await chosen_for(archive, None)


async def test_a_vaccines_pack_joins_only_while_its_doses_are_there(archive: Archive):
    await fill(archive)
    cold, frozen = [await compartment_of(archive, name) for name in ("cold", "frozen")]
    await choose(archive, "hepb", T0 - DAY, vaccine="HepB")
    async with archive.writing() as tx:
        gone = NewMovement(lot="HepB-A1", at=T0 + 3 * HOUR, doses=70, reason=Reason.ISSUED, source=cold)
        await lots.move(tx, gone, NURSE)
    assert await chosen_for(archive, cold) == [Chosen(T0, T0 + 3 * HOUR, None, ("hepb",))]
    assert await chosen_for(archive, frozen) == []


async def test_a_choice_makes_every_channel_of_its_scope_be_judged_again_for_as_long_as_both_last(archive: Archive):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    for where, channels in (
        ({"facility": CLINIC}, [PROBE, MAINS]),
        ({"equipment": FRIDGE}, [PROBE, MAINS]),
        ({"compartment": cold}, [PROBE]),
        ({"vaccine": "HepB"}, [PROBE]),
    ):
        before = await last(archive)
        await choose(archive, "cn-2017", T0 - DAY, end=T0 + DAY, **where)
        assert await told(archive, before, "rule_choice") == [(channel, T0, T0 + DAY) for channel in channels]


async def test_ending_a_choice_concerns_only_what_comes_after(archive: Archive):
    await fill(archive)
    choice = await choose(archive, "cn-2017", equipment=FRIDGE)
    before = await last(archive)
    async with archive.writing() as tx:
        await rule_choices.end_choice(tx, choice.id, T0 + HOUR, NURSE)
    assert await told(archive, before, "rule_choice") == [(PROBE, T0 + HOUR, None), (MAINS, T0 + HOUR, None)]
    assert await chosen_for(archive, None) == [Chosen(T0, T0 + HOUR, ("cn-2017",))]


async def test_a_choice_that_was_withdrawn_never_was_but_stays_in_the_book(archive: Archive):
    await fill(archive)
    choice = await choose(archive, "cn-2017", equipment=FRIDGE)
    before = await last(archive)
    async with archive.writing() as tx:
        await rule_choices.withdraw_choice(tx, choice.id, NURSE)
    assert await told(archive, before, "rule_choice") == [(PROBE, T0, None), (MAINS, T0, None)]
    assert await chosen_for(archive, None) == []
    async with archive.reading() as tx:
        assert [each.withdrawn_at for each in await rule_choices.listed(tx)] == [NURSE.at]
        assert await chains.unseen(tx) == []


REFUSED = [
    (NewChoice(pack="cn-2017", start=T0), "scope: nothing says where; give one of compartment"),
    (
        NewChoice(pack="cn-2017", start=T0, facility=CLINIC, vaccine="HepB"),
        "scope: facility and vaccine says where",
    ),
    (NewChoice(pack="who-pqs", start=T0, facility=CLINIC), "pack: 'who-pqs' is no pack; use one of cn-2017, watch"),
    (NewChoice(pack="CN 2017", start=T0, facility=CLINIC), "pack: 'CN 2017' is no pack"),
    (NewChoice(pack="cn-2017", start=T0, facility="F9"), "facility: 'F9' is not in the archive; import it"),
    (NewChoice(pack="cn-2017", start=T0, compartment=99), "compartment: 99 is not in the archive"),
    (NewChoice(pack="cn-2017", start=T0, end=T0, facility=CLINIC), "end: .* is not after its start"),
    (NewChoice(pack="watch", start=T0 - 1, end=T0 + 1, facility=CLINIC), r"start: watch is chosen .* \(number 1\)"),
]


async def test_a_choice_that_cannot_be_is_refused_and_the_others_stay(archive: Archive):
    await fill(archive)
    await choose(archive, "watch", facility=CLINIC)
    for new, words in REFUSED:
        with pytest.raises(BadInput, match=words):
            async with archive.writing() as tx:
                await rule_choices.choose(tx, new, NURSE, known=["watch", "cn-2017"])
    async with archive.reading() as tx:
        assert [each.pack for each in await rule_choices.listed(tx)] == ["watch"]


async def test_what_is_over_or_withdrawn_is_not_ended_again(archive: Archive):
    await fill(archive)
    choice = await choose(archive, "cn-2017", end=T0 + HOUR, equipment=FRIDGE)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match=r"end: it is from 2026-07-01T00:00:00.* to .*; end it within"):
            await rule_choices.end_choice(tx, choice.id, T0 + HOUR, NURSE)
        await rule_choices.withdraw_choice(tx, choice.id, NURSE)
        with pytest.raises(BadInput, match=f"choice: {choice.id} is not one that counts"):
            await rule_choices.end_choice(tx, choice.id, T0 + 1, NURSE)


async def test_a_facilitys_list_has_its_own_choices_and_those_for_vaccines(archive: Archive):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    for where in ({"facility": CLINIC}, {"facility": "511900013"}, {"compartment": cold}, {"vaccine": "HepB"}):
        await choose(archive, "cn-2017", **where)
    async with archive.reading() as tx:
        here = await rule_choices.listed(tx, CLINIC)
    assert [each.scope for each in here] == ["facility", "compartment", "vaccine"]


async def test_a_movement_makes_the_compartment_be_judged_again_where_a_pack_was_chosen_for_its_vaccine(
    archive: Archive,
):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    await choose(archive, "hepb", T0, end=T0 + DAY, vaccine="HepB")
    before = await last(archive)
    async with archive.writing() as tx:
        issued = NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=70, reason=Reason.ISSUED, source=cold)
        await lots.move(tx, issued, NURSE)
    assert await told(archive, before, "movement") == [(PROBE, T0 + 2 * HOUR, T0 + DAY)]


async def test_a_lot_taken_for_another_vaccine_is_followed_by_the_packs_of_both(archive: Archive):
    await fill(archive)
    await choose(archive, "hepb", T0, vaccine="HepB")
    async with archive.writing() as tx:
        bcg = lots.Vaccine(code="BCG", name_zh="卡介苗", name_en="BCG", freeze_sensitive=False)
        await lots.put_vaccines(tx, [bcg], NURSE)
        lot = await lots.lot(tx, "HepB-A1")
    before = await last(archive)
    async with archive.writing() as tx:
        other = {name: getattr(lot, name) for name in lot.__struct_fields__} | {"vaccine": "BCG"}
        await lots.put_lots(tx, [lots.Lot(**other)], NURSE)
    assert (PROBE, T0 + HOUR, None) in await told(archive, before, "lot")
    assert await chosen_for(archive, await compartment_of(archive, "cold")) == []

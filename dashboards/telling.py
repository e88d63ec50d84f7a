"""How pages tell of excursions, of held lots and of what stands beside an alarm's arrows and messages; before: templates.

What was measured stands first and says so; what is reckoned from it, a product's temperature, says that too.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coldchain.archive.tables import Alarm, Excursion, ExcursionRevision, Facility, Transition
from coldchain.excursion import CaseState, Certainty, Kind
from dashboards.county import Card, County, HeldLot, Unit
from dashboards.history import Told
from dashboards.i18n import MINUTE, Language
from dashboards.terms import OCCASIONS, PACK_NOTES, PACKS, REASONS, SEVERITIES, word
from dashboards.terms_telling import ACTED_BY, ANSWERS, CHANNELS, EDGE_ANSWERS
from dashboards.watched import observed

MEAN_KINETIC = frozenset({Kind.MEAN_KINETIC_HEAT, Kind.MEAN_KINETIC_COLD})
SUMS = frozenset({Kind.CUMULATIVE_HEAT, Kind.CUMULATIVE_FREEZE})
COUNTING = frozenset({CaseState.OPEN, CaseState.CLOSED})
PART = " · "  # between what `archive.telling.taking` writes beside an arrow
_GOES = re.compile(r"(?P<name>.+) is on the way")
_AT_EDGE = re.compile(r"told by gateway (?P<gateway>\S+) itself, (?P<way>\w+): (?P<answer>\w+)")
_CLOSED = re.compile(r"no channel (?P<name>\S+) is open")
AFTER_MS = 600_000  # what began within so long of the last good reading began then, for a reader

Case = Excursion | ExcursionRevision


def value(case: Case, language: Language) -> str:
    """The temperature that an excursion is about: its extreme, or its mean kinetic one; empty for a watch event."""
    found = case.mkt_mc if case.kind in MEAN_KINETIC else case.extreme_mc
    return "" if found is None else language.degrees(found / 1000)


def product(case: Case, language: Language) -> str:
    """Measured and reckoned temperature side by side, where the product's own is reckoned at all."""
    if case.product_mc is None or case.extreme_mc is None:
        return ""
    pair = {"measured": language.degrees(case.extreme_mc / 1000), "product": language.degrees(case.product_mc / 1000)}
    if Kind(case.kind).is_cold:
        return language.text("measured, lowest %(measured)s; product, reckoned, lowest %(product)s", **pair)
    return language.text("measured, highest %(measured)s; product, reckoned, highest %(product)s", **pair)


def doubt(case: Case, language: Language) -> str:
    """What a possible excursion rests on: known minutes, and unknown ones that would have to be out as well."""
    if case.certainty != Certainty.POSSIBLE:
        return ""
    return language.text(
        "possible: %(known)s known to be outside, %(unknown)s unknown; it stands only if those were outside too",
        known=language.span(case.out_ms),
        unknown=language.span(case.unknown_ms),
    )


def explained(case: Case, language: Language) -> str:
    """What accounts for it."""
    if case.explained is None:
        return ""
    return language.text("accounted for: %(occasion)s", occasion=word(OCCASIONS, case.explained, language))


def rule(case: Case, language: Language) -> str:
    """By which rule, in which version."""
    return language.text("rule %(rule)s, version %(version)s", rule=case.rule, version=case.rule_version)


def rules(told: Iterable[Told], language: Language) -> list[tuple[str, str]]:
    """The packs by which these were judged, once each: what they quote, and what they are not."""
    packs = sorted({one.case.rule.partition("/")[0] for one in told} & PACKS.keys())
    return [
        (pack, f"{language.text(PACKS[pack])}{language.text(': ')}{language.text(PACK_NOTES[pack])}") for pack in packs
    ]


@dataclass(frozen=True, slots=True)
class Remark:
    """A line under an excursion; `mark` is how it looks."""

    text: str
    mark: str = ""


def remarks(case: Case, language: Language) -> list[Remark]:
    """What a reader must know beside kind and extreme, the most urgent first."""
    found = [
        Remark(language.text("lots not to be used") if case.is_held and case.state in COUNTING else "", "stopped"),
        Remark(product(case, language)),
        Remark(doubt(case, language), "doubt"),
        Remark(explained(case, language), "explained"),
        Remark(rule(case, language), "rule"),
    ]
    return [remark for remark in found if remark.text]


def outside(case: Case, language: Language) -> str:
    """For how long it was known to be out; nothing for a mean over a whole day."""
    if case.kind in MEAN_KINETIC:
        return ""
    span = language.span(case.out_ms)
    return language.text("%(span)s in all", span=span) if case.kind in SUMS else span


def unknown(case: Case, language: Language) -> str:
    """For how long nothing is known of it; nothing when that is hardly any time."""
    return language.span(case.unknown_ms) if case.unknown_ms >= MINUTE else ""


def began(case: Case, now: int, language: Language) -> tuple[str, str]:
    """When it began, and since when it may have."""
    first, good = case.first_bad, case.known_good_before
    after = (
        ""
        if good is None or first - good <= AFTER_MS
        else language.text("after %(time)s", time=language.when(good, now))
    )
    return language.when(first, now), after


def ended(case: Case, now: int, language: Language) -> tuple[str, str]:
    """When it was last seen outside, and until when it may have been."""
    last, good = case.last_bad, case.known_good_after
    if case.state == CaseState.OPEN:
        return "—", ""
    before = (
        ""
        if good is None or good - last <= AFTER_MS
        else language.text("before %(time)s", time=language.when(good, now))
    )
    return language.when(last, now), before


def alarms_of(county: County, case: Excursion) -> list[Alarm]:
    """The alarms that an excursion has, as far as something is due of them still."""
    cards = [*county.alarms, *county.due]
    return [card.case.alarm for card in cards if card.case.excursion and card.case.excursion.id == case.id]


def noted(step: Transition, language: Language) -> str:
    """What was written beside an arrow: minutes until somebody is there, their own words, and the way that they used."""
    said = [part for part in step.note.split(PART) if part]
    if not step.by or step.why == "closed" or not said:
        return step.note
    minutes, unit = (*said[0].split(" ", 1), "")[:2]
    if step.why == "taken" and unit == "min" and minutes.isdecimal():
        said[0] = language.text("there in %(span)s", span=language.span(int(minutes) * MINUTE))
    if said[-1] in ACTED_BY:
        said[-1] = word(ACTED_BY, said[-1], language)
    return PART.join(said)


def answered(words: str, language: Language) -> str:
    """What stands beside a message: ours in the reader's language, a provider's own words as they are."""
    if found := _GOES.fullmatch(words):
        return language.text("%(name)s is on the way", name=found["name"])
    if found := _AT_EDGE.fullmatch(words):
        way, said = word(CHANNELS, found["way"], language), word(EDGE_ANSWERS, found["answer"], language)
        return language.text(
            "told by gateway %(gateway)s itself, %(way)s: %(said)s", **found.groupdict() | {"way": way, "said": said}
        )
    if found := _CLOSED.fullmatch(words):
        return language.text("the channel %(name)s is not open", name=found["name"])
    return word(ANSWERS, words, language)


def revision(before: ExcursionRevision | None, after: ExcursionRevision, language: Language) -> str:
    """What a revision changed, in words: an excursion that began earlier than was known says so."""
    said = [word(REASONS, after.reason, language)]
    if after.note:
        rows = after.note.partition(": ")[2]
        said.append(language.text("facts changed by configuration (%(rows)s)", rows=rows))
    if before is None:
        return language.text("; ").join(said)
    if before.first_bad != after.first_bad:
        said.append(
            language.text(
                "start revised from %(old)s to %(new)s",
                old=language.when(before.first_bad),
                new=language.when(after.first_bad),
            )
        )
    if value(before, language) != value(after, language) and value(after, language):
        said.append(language.text("extreme %(value)s", value=value(after, language)))
    if before.severity != after.severity:
        said.append(language.text("now %(severity)s", severity=word(SEVERITIES, after.severity, language)))
    if before.explained != after.explained:
        said.append(explained(after, language) or language.text("no longer accounted for"))
    if after.is_held and not before.is_held:
        said.append(language.text("use of its lots suspended"))
    return language.text("; ").join(said)


def beside(card: Card, now: int, language: Language) -> list[str]:
    """What an alarm says beside what, where and since when."""
    if card.case.excursion:
        case = card.case.excursion
        return [said for said in (product(case, language), doubt(case, language)) if said]
    seen = card.case.observation
    return observed(seen, now, language, card.forecast) if seen else []


def held_by_place(held: Sequence[HeldLot]) -> list[tuple[Facility, list[HeldLot]]]:
    """Held lots by facility, in the order in which they came."""
    found: dict[str, tuple[Facility, list[HeldLot]]] = {}
    for one in held:
        found.setdefault(one.facility.code, (one.facility, []))[1].append(one)
    return list(found.values())


def held_in(held: Iterable[HeldLot], unit: Unit) -> list[HeldLot]:
    """Those that lie in this equipment, or may."""
    return [one for one in held if one.may_be_in(unit)]


def lots_in(held: Sequence[HeldLot]) -> int:
    """How many lots that are, wherever they lie."""
    return len({one.lot.id for one in held})

"""The word `rules`: which packs judge where. A choice replaces the site's default packs, but for a vaccine's, which joins."""

from typing import Annotated

import msgspec
import typer

from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    At,
    From,
    Json,
    Number,
    Reason,
    Settings,
    Shown,
    Until,
    by,
    correction,
    moment,
    moment_or_none,
    reading,
    say,
    span,
    when,
    writing,
)
from coldchain.archive import backdating, equipment, rule_choices, rule_packs
from coldchain.archive.backdating import Backdating
from coldchain.archive.db import Tx
from coldchain.archive.rule_choices import NewChoice, RuleChoice
from coldchain.archive.rule_packs import Version
from coldchain.errors import BadInput

rules = typer.Typer(
    help="Which rule packs judge where, in place of the site's default ones.",
    add_completion=False,
    no_args_is_help=True,
)

FacilityOption = Annotated[str | None, typer.Option("--facility", help="A facility, by code.")]
EquipmentOption = Annotated[str | None, typer.Option("--equipment", help="A piece of equipment, by code.")]


@rules.command("choose")
def choose(  # noqa: PLR0913, PLR0917 - a command's options
    pack: Annotated[str, typer.Option(help="The pack's name, such as cn-2017.")],
    start: From,
    actor: Actor,
    facility: FacilityOption = None,
    equipment_code: EquipmentOption = None,
    compartment: Annotated[str | None, typer.Option(help="One of its compartments, by name.")] = None,
    vaccine: Annotated[str | None, typer.Option(help="Wherever doses of this vaccine are, by code.")] = None,
    until: Until = None,
    document: Shown = None,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Let a pack judge somewhere. The most specific choice counts: compartment, then equipment, then facility.

    It judges in place of the site's default packs; a vaccine's pack joins whatever judges there. What was judged stays so:
    a choice that begins before now where probes have spoken takes a reason and a document, and lifts no hold.
    """
    if compartment is not None and equipment_code is None:
        raise BadInput("--compartment", "it is in no equipment", "name the equipment too")
    first, end = moment(start, "--from"), moment_or_none(until, "--until")

    async def work(tx: Tx) -> RuleChoice:
        inside = await _compartment(tx, equipment_code, compartment)
        new = NewChoice(
            pack=pack,
            start=first,
            end=end,
            facility=facility,
            equipment=equipment_code if inside is None else None,
            compartment=inside,
            vaccine=vaccine,
        )
        known = await rule_packs.names(tx) or None
        return await rule_choices.choose(tx, new, by(actor, reason), known, correction(reason, document))

    chosen = writing(settings, work)
    say(msgspec.to_builtins(chosen), _line(chosen), as_json=as_json)


@rules.command("packs")
def list_packs(as_json: Json = False, settings: Settings = None) -> None:
    """The packs that may be chosen, with their versions and sources: those that alerting has loaded."""
    found = [each for each in reading(settings, rule_packs.versions) if each.is_loaded]
    shapes = [{name: value for name, value in msgspec.to_builtins(each).items() if name != "text"} for each in found]
    say({"items": shapes}, "\n".join(_pack_line(each) for each in found), as_json=as_json)


@rules.command("list")
def list_choices(facility: FacilityOption = None, as_json: Json = False, settings: Settings = None) -> None:
    """All choices that were ever made, or those that concern a facility."""
    found = reading(settings, lambda tx: rule_choices.listed(tx, facility))
    say({"items": msgspec.to_builtins(found)}, "\n".join(_line(each) for each in found), as_json=as_json)


@rules.command("end")
def end_choice(
    number: Number,
    at: At,
    actor: Actor,
    document: Shown = None,
    reason: Reason = TERMINAL,
    settings: Settings = None,
) -> None:
    """From a time on a choice holds no more."""
    end = moment(at, "--at")

    writing(
        settings, lambda tx: rule_choices.end_choice(tx, number, end, by(actor, reason), correction(reason, document))
    )


@rules.command("withdraw")
def withdraw_choice(
    number: Number, actor: Actor, document: Shown = None, reason: Reason = TERMINAL, settings: Settings = None
) -> None:
    """Take back a choice that was entered by mistake: it never was."""
    writing(
        settings, lambda tx: rule_choices.withdraw_choice(tx, number, by(actor, reason), correction(reason, document))
    )


@rules.command("backdated")
def list_backdated(as_json: Json = False, settings: Settings = None) -> None:
    """What was said afterwards of by what the past was to be judged: uses of compartments, choices, buffers."""
    found = reading(settings, backdating.listed)
    say({"items": msgspec.to_builtins(found)}, "\n".join(_past_line(each) for each in found), as_json=as_json)


async def _compartment(tx: Tx, code: str | None, name: str | None) -> int | None:
    return None if code is None or name is None else (await equipment.compartment(tx, code, name)).id


def _pack_line(each: Version) -> str:
    return f"{each.pack}\t{each.version}\tfrom {when(each.valid_from)}\t{each.title_en}\t{each.source}"


def _past_line(each: Backdating) -> str:
    what = f"{each.entity}/{each.entity_id} {each.action}"
    return (
        f"{each.id}\t{when(each.at)}\t{each.by}\t{what}\t{span(each.start, each.end)}\t{each.reason}\t{each.document}"
    )


def _line(each: RuleChoice) -> str:
    scope = each.scope
    withdrawn = "" if each.withdrawn_at is None else "\twithdrawn"
    return f"{each.id}\t{each.pack}\t{scope} {getattr(each, scope)}\t{span(each.start, each.end)}{withdrawn}"

"""The word `dossier`: what becomes of held doses, from the frozen evidence to the witness.

list, show, told, lot ─► look    open, freeze, document, opinion, report, withdraw, propose, witness ─► act    sign ─► user, password
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from coldchain.admin.dossier_terms import LINE, Places, act, described, kept, line_of, password_of, say_list, shown
from coldchain.admin.sites import with_stores
from coldchain.admin.terminal import Actor, At, Json, Number, Settings, by, moment, reading, say, with_archive
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.disposition import dossiers, freezing, opening, papers, proposing, signing, told, witnessing
from coldchain.archive.disposition.dossiers import Wish
from coldchain.archive.disposition.papers import NewOpinion, NewReport
from coldchain.archive.disposition.proposing import NewProposal
from coldchain.archive.disposition.records import Shown
from coldchain.archive.disposition.witnessing import NewWitness
from coldchain.archive.disposition.words import Outcome, State, Verdict
from coldchain.errors import BadInput
from coldchain.ledger.evidence import evidence_of
from coldchain.series import Series

dossier = typer.Typer(help="What becomes of held doses.", add_completion=False, no_args_is_help=True)

File = Annotated[Path, typer.Option("--file", help="The paper: a scan or a photo.")]
PasswordFile = Annotated[Path | None, typer.Option(help="A file with the password; without it you are asked.")]


class What(StrEnum):
    """What can be taken back."""

    OPINION = "opinion"
    DOCUMENT = "document"
    REPORT = "report"


@dossier.command("list")
def list_dossiers(
    state: Annotated[State | None, typer.Option(help="How far they are.")] = None,
    facility: Annotated[str | None, typer.Option(help="At this facility, by code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Dossiers, the newest first."""
    found = reading(settings, lambda tx: dossiers.listed(tx, Wish(None, state, facility), limit))
    say_list(found[:limit], as_json=as_json)


@dossier.command("lot")
def of_lot(
    lot: Annotated[str, typer.Argument(help="Its id.")], as_json: Json = False, settings: Settings = None
) -> None:  # fmt: skip
    """Every dossier that ever concerned a lot: where to look when somebody fell ill after it."""
    say_list(reading(settings, lambda tx: dossiers.of_lot(tx, lot)), as_json=as_json)


@dossier.command("show")
def show(
    number: Number,
    evidence: Annotated[int | None, typer.Option(help="Print the frozen evidence of this version instead.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """One dossier with all that belongs to it."""
    if evidence is not None:
        typer.echo(reading(settings, lambda tx: dossiers.evidence(tx, number, evidence)).decode())
        return

    found, places = reading(settings, lambda tx: shown(tx, number))
    say(msgspec.to_builtins(found), described(found, places), as_json=as_json)


@dossier.command("told")
def who_was_told(number: Number, as_json: Json = False, settings: Settings = None) -> None:
    """Who was told of its excursion and answered what, as known now; what of it came after the evidence was frozen."""
    found = reading(settings, lambda tx: told.appendix(tx, number))
    frozen = "not frozen" if found.frozen_sha256 is None else f"frozen as {found.frozen_sha256}"
    lines = [f"dossier {number} version {found.version}\t{found.sha256}\t{frozen}"]
    lines += [f"+ {name}" for name in found.new] + [f"~ {name}" for name in found.changed]
    say(msgspec.to_builtins(found), "\n".join(lines), as_json=as_json)


@dossier.command("open")
def open_dossier(
    excursion: Annotated[str, typer.Argument(help="Its id.")],
    facility: Annotated[str, typer.Argument(help="Where it holds doses, by code.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Open the dossier of doses that were held before there were dossiers; others open by themselves."""
    act(settings, lambda tx, who: opening.open_for(tx, excursion, facility, who), by(actor), as_json=as_json)


@dossier.command("freeze")
def freeze(number: Number, actor: Actor, as_json: Json = False, settings: Settings = None) -> None:
    """Freeze all that is known now, readings and archive, as the evidence of the version in force."""
    who = by(actor)

    async def work(archive: Archive, series: Series) -> tuple[Shown, Places]:
        found = await evidence_of(archive, series, number, who.at)
        async with archive.writing() as tx:
            await freezing.freeze(tx, number, found, who)
            return await shown(tx, number)

    frozen, places = with_stores(settings, work)
    say(msgspec.to_builtins(frozen), described(frozen, places), as_json=as_json)


@dossier.command("document")
def document(
    number: Number,
    file: File,
    actor: Actor,
    photo: Annotated[bool, typer.Option("--photo", help="It is a photo.")] = False,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Put a photo or paper into it."""

    async def work(tx: Tx, who: By) -> int:
        kind: papers.Kind = "photo" if photo else "document"
        await papers.add_document(tx, number, await kept(tx, file, number, who), kind, who, note=note)
        return number

    act(settings, work, by(actor), as_json=as_json)


@dossier.command("opinion")
def opinion(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    lot: Annotated[str, typer.Option(help="On which lot, by id.")],
    verdict: Annotated[Verdict, typer.Option(help="What it says.")],
    author: Annotated[str, typer.Option(help="Who signed it.")],
    organisation: Annotated[str, typer.Option(help="The holder of the marketing authorisation.")],
    dated: Annotated[str, typer.Option(help="Its day, 2026-07-03.")],
    file: File,
    actor: Actor,
    condition: Annotated[str, typer.Option(help="Conditional: under which condition.")] = "",
    use_by: Annotated[str | None, typer.Option(help="Conditional: until which day.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Enter what the manufacturer wrote about a lot."""

    async def work(tx: Tx, who: By) -> int:
        new = NewOpinion(
            lot=lot, verdict=verdict, author=author, organisation=organisation, dated=dated, condition=condition,
            use_by=use_by, document=await kept(tx, file, number, who),
        )  # fmt: skip
        await papers.add_opinion(tx, number, new, who)
        return number

    act(settings, work, by(actor), as_json=as_json)


@dossier.command("report")
def report(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    article: Annotated[str, typer.Option(help="Of the Vaccine Administration Law: 39 or 73.")],
    authority: Annotated[str, typer.Option(help="drug or health.")],
    told: Annotated[str, typer.Option(help="Who there.")],
    at: At,
    file: File,
    actor: Actor,
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Enter a report that was made to an authority; `--at` is when."""
    told_at = moment(at, "--at")

    async def work(tx: Tx, who: By) -> int:
        new = NewReport(
            article=article, authority=authority, told=told, told_at=told_at, note=note,
            document=await kept(tx, file, number, who),
        )  # fmt: skip
        await papers.add_report(tx, number, new, who)
        return number

    act(settings, work, by(actor), as_json=as_json)


@dossier.command("propose")
def propose(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    version: Annotated[int, typer.Option(help="The version that was looked at.")],
    actor: Actor,
    line: Annotated[list[str] | None, typer.Option(help=LINE)] = None,
    why: Annotated[str, typer.Option(help="Why so.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="The paper that shows what is missing.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Propose what is to become of held doses."""

    async def work(tx: Tx, who: By) -> int:
        paper = None if file is None else await kept(tx, file, number, who)
        lines = [await line_of(tx, each, paper) for each in line or []]
        await proposing.propose(tx, number, NewProposal(version=version, lines=lines, why=why), who)
        return number

    act(settings, work, by(actor), as_json=as_json)


@dossier.command("withdraw")
def withdraw(
    number: Number,
    what: Annotated[What, typer.Argument(help="What was entered by mistake.")],
    which: Annotated[int, typer.Argument(min=1, help="Its number, as `show` tells it.")],
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Take back what was entered by mistake; it stays in the book and counts no more."""

    async def work(tx: Tx, who: By) -> int:
        take_back = {
            What.OPINION: papers.withdraw_opinion,
            What.DOCUMENT: papers.withdraw_document,
            What.REPORT: papers.withdraw_report,
        }
        await take_back[what](tx, number, which, who)
        return number

    act(settings, work, by(actor), as_json=as_json)


@dossier.command("sign")
def sign(
    number: Number,
    proposal: Annotated[int, typer.Option(help="Which proposal.")],
    user: Annotated[str, typer.Option(help="Whose login.")],
    password_file: PasswordFile = None,
    meaning: Annotated[str, typer.Option(help="What is meant by it.")] = "",
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Put a user's name under a proposal; the second one, of another person, decides."""
    password = password_of(password_file)

    async def work(archive: Archive) -> tuple[Shown, Places]:
        found = await people.check_password(archive, user, password)
        if found is None:
            raise BadInput("password", f"it is not that of {user[:80]!r}", "write the one that user logs in with")
        async with archive.writing() as tx:
            await signing.sign(tx, number, proposal, found, by(user), meaning=meaning)
            return await shown(tx, number)

    signed, places = with_archive(settings, work)
    say(msgspec.to_builtins(signed), described(signed, places), as_json=as_json)


@dossier.command("witness")
def witness(  # noqa: PLR0913, PLR0917 - a command's options
    number: Number,
    outcome: Annotated[Outcome, typer.Option(help="destroy or return.")],
    name: Annotated[str, typer.Option(help="Who saw it.")],
    organisation: Annotated[str, typer.Option(help="From where.")],
    at: At,
    file: File,
    actor: Actor,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Carry out what was decided, under the eyes of somebody from outside; `--at` is when."""
    seen_at = moment(at, "--at")

    async def work(tx: Tx, who: By) -> int:
        new = NewWitness(
            outcome=outcome, name=name, organisation=organisation, seen_at=seen_at,
            document=await kept(tx, file, number, who),
        )  # fmt: skip
        await witnessing.witness(tx, number, new, who)
        return number

    act(settings, work, by(actor), as_json=as_json)

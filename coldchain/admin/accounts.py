"""The words `token` and `user`: who may ask the API, and who may log in."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import Actor, Json, Settings, by, ended, reading, say, with_archive, writing
from coldchain.archive import people
from coldchain.archive.db import Archive
from coldchain.archive.people import NewToken, Role, User
from coldchain.errors import BadInput

token = typer.Typer(help="Tokens of the API.", add_completion=False, no_args_is_help=True)
user = typer.Typer(help="People who may log in.", add_completion=False, no_args_is_help=True)

RoleOption = Annotated[Role, typer.Option(help="What it allows.")]
Region = Annotated[str | None, typer.Option(help="The region it sees, by code; by default everything.")]
Facility = Annotated[str | None, typer.Option(help="The facility a clinic's role sees, by code.")]
PasswordFile = Annotated[Path | None, typer.Option(help="A file with the password; without it you are asked.")]


@token.command("create")
def create_token(  # noqa: PLR0913, PLR0917 - a command's options
    role: RoleOption,
    actor: Actor,
    region: Region = None,
    facility: Facility = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    user: Annotated[str | None, typer.Option(help="The user who acts by it; without one it signs nothing.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Make a token. It is printed now and never again."""
    new = NewToken(label=label, role=role, region=region, facility=facility, user=user)
    issued = writing(settings, lambda tx: people.create_token(tx, new, by(actor)))
    say({"token": issued.secret} | msgspec.to_builtins(issued.token), issued.secret, as_json=as_json)


@token.command("list")
def list_tokens(as_json: Json = False, settings: Settings = None) -> None:
    """All tokens, without their secrets."""
    found = reading(settings, people.tokens)
    lines = [
        f"{t.id}\t{t.role}\t{t.region or t.facility or 'everything'}\t{ended(t.revoked_at)}\t{t.label}" for t in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@token.command("revoke")
def revoke_token(
    number: Annotated[int, typer.Argument(help="Its number in the list.")], actor: Actor, settings: Settings = None
) -> None:
    """Let a token in no more."""
    writing(settings, lambda tx: people.revoke_token(tx, number, by(actor)))


@user.command("create")
def create_user(  # noqa: PLR0913, PLR0917 - a command's options
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: RoleOption,
    actor: Actor,
    region: Region = None,
    facility: Facility = None,
    display: Annotated[str, typer.Option(help="The name that others see.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    password_file: PasswordFile = None,
    settings: Settings = None,
) -> None:
    """Let somebody log in."""
    new = User(name=name, display=display or name, role=role, region=region, facility=facility, language=language)

    password = _password(password_file)

    async def work(archive: Archive) -> None:
        hashed = await people.hash_password(password)
        async with archive.writing() as tx:
            await people.create_user(tx, new, hashed, by(actor))

    with_archive(settings, work)


@user.command("list")
def list_users(as_json: Json = False, settings: Settings = None) -> None:
    """All users."""
    found = reading(settings, people.users)
    lines = [
        f"{u.name}\t{u.role}\t{u.region or u.facility or 'everything'}\t{ended(u.disabled_at)}\t{u.display}"
        for u in found
    ]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


@user.command("password")
def set_password(
    name: Annotated[str, typer.Argument(help="Whose.")],
    actor: Actor,
    password_file: PasswordFile = None,
    settings: Settings = None,
) -> None:
    """Give a user another password, and end the sessions begun with the old one."""
    password = _password(password_file)

    async def work(archive: Archive) -> None:
        hashed = await people.hash_password(password)
        async with archive.writing() as tx:
            await people.set_password(tx, name, hashed, by(actor), wall=clock.wall())

    with_archive(settings, work)


@user.command("disable")
def disable_user(name: Annotated[str, typer.Argument(help="Whom.")], actor: Actor, settings: Settings = None) -> None:
    """Let a user in no more, and end all its sessions."""
    writing(settings, lambda tx: people.disable_user(tx, name, by(actor), wall=clock.wall()))


def _password(file: Path | None) -> str:
    if file is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("password-file", f"{file}: {error}", "name a UTF-8 file that can be read") from None

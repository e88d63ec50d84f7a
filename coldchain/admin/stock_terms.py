"""What the words of stock have in common: records out of JSON files, in people's terms, and acts that answer with a record.

receipt.json: {"at": "2026-07-03T16:00:00+08:00", "lines": [{"compartment": "E03/cold", …}]} ─► places, times ─► record
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import msgspec
import typer

from coldchain import clock
from coldchain.admin.terminal import by, say, with_archive, writing
from coldchain.archive import equipment, people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.errors import BadInput

T = TypeVar("T")
R = TypeVar("R")

File = Annotated[Path, typer.Argument(help="JSON; - reads from standard input.", allow_dash=True)]
Why = Annotated[str, typer.Option("--why", help="Why.")]
Sha256 = Annotated[str, typer.Option("--document", help="The paper's sha256, as `documents` told it.")]
User = Annotated[str, typer.Option("--user", help="Whose login puts its name to it.")]

TIMES: Final = frozenset({"at", "start", "consented_at", "told_at"})
PLACES: Final = frozenset({"compartment", "source", "target", "carrier"})


def read(file: Path) -> dict[str, Any]:
    """A file's object.

    Raises:
        BadInput: when it cannot be read.
    """
    try:
        text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text(encoding="utf-8")
        return msgspec.json.decode(text, type=dict[str, Any])
    except OSError as error:
        raise BadInput("file", str(error.strerror), "name a file that can be read") from None
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise BadInput("file", f"it is no object in JSON: {error}", "write one, in UTF-8") from None


async def said(tx: Tx, kind: type[R], values: dict[str, Any], **more: object) -> R:
    """A record of what a file says; a place may be `equipment/name`, a time ISO 8601, left out: now.

    Raises:
        BadInput: naming the field.
    """
    names = getattr(kind, "__struct_fields__", ())
    defaults = {name: clock.now() for name in ("at", "start") if name in names}
    texts = {name for name, hint in get_type_hints(kind).items() if hint is str}  # a source may be words, too
    plain = {name: each if name in texts else await _plain(tx, each, name) for name, each in values.items()}
    try:
        return msgspec.convert({**defaults, **plain, **more}, kind)
    except msgspec.ValidationError as error:
        wrong, _, place = str(error).partition(" - at `$")
        raise BadInput(place.rstrip("`").lstrip(".") or "file", wrong, "see docs/vaccine.md") from None


async def _plain(tx: Tx, value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: await _plain(tx, each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [await _plain(tx, each, name) for each in value]
    if isinstance(value, str) and name in TIMES:
        return clock.parse_iso(value, name)
    if isinstance(value, str) and name in PLACES:
        code, _, room = value.partition("/")
        return (await equipment.compartment(tx, code, room)).id
    return value


def act(
    settings: Path | None, who: By, work: Callable[[Tx, By], Awaitable[T]], line: Callable[[T], str], *, as_json: bool
) -> None:
    """Do it in one transaction, and answer with what it made."""
    done = writing(settings, lambda tx: work(tx, who))
    say(msgspec.to_builtins(done), line(done), as_json=as_json)


def signed(
    settings: Path | None,
    login: tuple[str, str],
    work: Callable[[Tx, By], Awaitable[T]],
    line: Callable[[T], str],
    *,
    as_json: bool,
) -> None:
    """… under a user's name, who shows it by their password.

    Raises:
        BadInput: when it is another.
    """
    user, password = login

    async def do(archive: Archive) -> T:
        if await people.check_password(archive, user, password) is None:
            raise BadInput("password", f"it is not that of {user[:80]!r}", "write the one that user logs in with")
        async with archive.writing() as tx:
            return await work(tx, by(user))

    done = with_archive(settings, do)
    say(msgspec.to_builtins(done), line(done), as_json=as_json)

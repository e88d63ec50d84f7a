"""Sealed days of readings: one row per gateway, UTC day and version, with a link in the gateway's chain.

drafts of due days ─► other than the version before? ─► row + link, in one transaction
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, tuple_

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.evidence.arrived import Cite, GatewayDay
from coldchain.archive.evidence.days import HOURS, SHORT, DayDigest

ACTOR: Final = "ledger"
SOME: Final = 200
WIDTH: Final = HOURS * SHORT


@dataclass(frozen=True, slots=True)
class SealedChannel:
    """One channel's day; hours in which it holds what no arrival brought, and in which late readings lie among sealed ones.

    `mixed`: an hour was sealed, then something came for it, and what remains without that is not what was sealed. Nobody
    can show of such an hour that what was there before is there still.
    """

    digest: DayDigest
    uncovered: tuple[int, ...] = ()
    mixed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """One version of a gateway's sealed day. `channels` by device/quantity."""

    gateway: str
    day: int
    version: int
    sealed_at: int
    channels: Mapping[str, SealedChannel]
    cites: tuple[Cite, ...]

    def upto(self, collector: str) -> int:
        """Up to which position of a collector's journal it was looked."""
        return max((cite.upto for cite in self.cites if cite.collector == collector), default=0)


def row_of(seal: Seal) -> tables.Seal:
    """A seal as it is kept."""
    its = sorted(seal.channels.items())
    return tables.Seal(
        gateway=seal.gateway,
        day=seal.day,
        version=seal.version,
        sealed_at=seal.sealed_at,
        channels=[
            [name, each.digest.count, each.digest.sha256, list(each.uncovered), list(each.mixed)] for name, each in its
        ],
        hours=b"".join(each.digest.hours for _, each in its),
        cites=[cite.row() for cite in seal.cites],
    )


def seal_of(row: tables.Seal) -> Seal:
    """A row as a seal. One that somebody made unreadable says nothing: that its row differs is found apart from it."""
    return seal_from(row.gateway, row.day, row.version, row.sealed_at, row.channels, row.hours, row.cites)


def seal_from(
    gateway: str,
    day: int,
    version: int,
    sealed_at: int,
    channels: Any,  # noqa: ANN401 - whatever JSON stands there
    hours: bytes,
    cites: Any,  # noqa: ANN401 - as above
) -> Seal:
    """The same of its columns."""
    try:
        its = {
            name: SealedChannel(DayDigest(count, sha256, hours[n * WIDTH : (n + 1) * WIDTH]), *map(tuple, odd))
            for n, (name, count, sha256, *odd) in enumerate(channels)
        }
        return Seal(gateway, day, version, sealed_at, its, tuple(Cite(*cite) for cite in cites))
    except (TypeError, ValueError):
        return Seal(gateway, day, version, sealed_at, {}, ())


async def newest(tx: Tx, days: Collection[GatewayDay]) -> dict[GatewayDay, Seal]:
    """The newest version of each of these that was sealed."""
    seal = tables.Seal
    wanted = sorted(days)
    found: dict[GatewayDay, Seal] = {}
    for first in range(0, len(wanted), SOME):
        some = wanted[first : first + SOME]
        query = select(seal).where(tuple_(seal.gateway, seal.day).in_(some)).order_by(seal.version)
        found |= {(row.gateway, row.day): seal_of(row) for row in await tx.scalars(query)}
    return found


async def add(tx: Tx, seals: Iterable[Seal], at: int) -> None:
    """Keep them, each with its link."""
    rows = [row_of(seal) for seal in seals]
    tx.add_all(rows)
    audit.decided(tx, By(ACTOR, at), "sealed", rows)
    await tx.flush()


async def gateways(tx: Tx) -> list[str]:
    """The gateways of which anything is sealed."""
    return list(await tx.scalars(select(tables.Seal.gateway).distinct().order_by(tables.Seal.gateway)))


async def of_gateway(tx: Tx, gateway: str) -> AsyncIterator[Seal]:
    """Every version of every day of a gateway, in time."""
    seal = tables.Seal
    query = select(seal).where(seal.gateway == gateway).order_by(seal.day, seal.version).limit(SOME)
    rest = query
    while rows := (await tx.scalars(rest)).all():
        for row in rows:
            yield seal_of(row)
        rest = query.where(tuple_(seal.day, seal.version) > (rows[-1].day, rows[-1].version))
        tx.expunge_all()


async def count(tx: Tx) -> int:
    """How many gateways' days are sealed, in all versions."""
    return await tx.scalar(select(func.count()).select_from(tables.Seal)) or 0


def by_gateway(days: Sequence[GatewayDay]) -> dict[str, list[int]]:
    """The same, by gateway."""
    found: dict[str, list[int]] = {}
    for gateway, day in days:
        found.setdefault(gateway, []).append(day)
    return found

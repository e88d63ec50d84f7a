"""Which devices a scope covers: those whose temperature was ever assigned to equipment that stands in it."""

from sqlalchemy import ColumnElement, String, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, Equipment
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Quantity

Column = InstrumentedAttribute[str]


def channel_of(device: str) -> str:
    """The channel in which a device tells its temperature.

    Raises:
        BadInput: it is no device.
    """
    if device.count("/") != 1:
        raise BadInput("device", f"{device[:200]!r} is no device", "write gateway/device")
    return str(ChannelName.parse(f"{device}/{Quantity.TEMPERATURE}"))


def device_of(channel: str) -> str:
    """`gateway/device` of a channel."""
    return channel.rpartition("/")[0]


def covers(channel: Column, scope: Scope, equipment: str | None = None) -> ColumnElement[bool]:
    """True for a channel that ever measured something in scope, or this piece of equipment."""
    if scope is None and equipment is None:
        return true()
    query = select(Assignment.channel).join(Equipment, Equipment.code == Assignment.equipment)
    if scope is not None:
        query = query.where(Equipment.facility.in_(scope))
    if equipment is not None:
        query = query.where(Equipment.code == equipment)
    return channel.in_(query)


def covers_device(device: Column, scope: Scope, equipment: str | None = None) -> ColumnElement[bool]:
    """The same for the device behind a channel."""
    if scope is None and equipment is None:
        return true()
    query = select(literal(1)).select_from(Assignment).join(Equipment, Equipment.code == Assignment.equipment)
    query = query.where(Assignment.channel == device.concat(literal(f"/{Quantity.TEMPERATURE}", String)))
    if scope is not None:
        query = query.where(Equipment.facility.in_(scope))
    if equipment is not None:
        query = query.where(Equipment.code == equipment)
    return query.exists()


async def is_in(tx: Tx, channel: str, scope: Scope) -> bool:
    """True when this channel ever measured something in scope."""
    if scope is None:
        return True
    query = select(Assignment.id).join(Equipment, Equipment.code == Assignment.equipment)
    query = query.where(Assignment.channel == channel, Equipment.facility.in_(scope))
    return await tx.scalar(query.limit(1)) is not None


async def is_kept_in(tx: Tx, channel: str, scope: Scope) -> bool:
    """True when what this channel measured last stands in scope: whoever had the probe before may look, and writes no more."""
    if scope is None:
        return True
    query = select(Equipment.facility).join(Assignment, Assignment.equipment == Equipment.code)
    query = query.where(Assignment.channel == channel).order_by(Assignment.start.desc()).limit(1)
    return await tx.scalar(query) in scope


async def equipment_in(tx: Tx, scope: Scope) -> frozenset[str] | None:
    """The codes of the equipment that stands in scope; None: all."""
    if scope is None:
        return None
    return frozenset(await tx.scalars(select(Equipment.code).where(Equipment.facility.in_(scope))))

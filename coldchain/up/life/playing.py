"""The whole life in one transaction: all of it stands in the archive, or none; a county that lives already is left alone."""

from typing import Final

from coldchain.archive import people
from coldchain.archive.county import County
from coldchain.archive.db import Archive
from coldchain.up.life import beginnings, duty, equipment, metrology, records, transport, vaccine
from coldchain.up.life import people as of_people
from coldchain.up.life.acts import Calendar, Stage, play
from coldchain.up.life.cast import cast, keepers, managers

SEED: Final = "qingjiang"


async def live(archive: Archive, county: County, live_at: int, password_hash: str) -> int:
    """Play what happened before the story goes live; returns the number of acts, 0 where they were played before."""
    members = cast(county)
    stage = Stage(county, Calendar(live_at), SEED)
    stage.made["members"] = members
    at_county, at_clinics = managers(members), keepers(members)
    acts = [
        *beginnings.acts(stage),
        *of_people.acts(stage, members, password_hash),
        *duty.acts(stage, members),
        *equipment.acts(stage, at_clinics, at_county),
        *metrology.acts(stage, at_county),
        *vaccine.acts(stage, at_clinics, at_county),
        *transport.acts(stage, at_clinics, at_county),
        *records.acts(stage, at_clinics),
    ]
    async with archive.writing() as tx:
        if at_county[0] in {user.name for user in await people.users(tx)}:
            return 0
        return await play(tx, stage, acts)

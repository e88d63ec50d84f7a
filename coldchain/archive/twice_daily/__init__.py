"""The record by hand (冷链设备温度记录表): what people read off the equipment's own display, mornings and afternoons.

What comes before: nothing but people. What comes after: pages, the API, forms; and exposure, where no sensor knows.

    hours ─► entries ─┬─► missing, sheet    what the county asks for and what a month's form shows
                      ├─► difference        display against our probes, reckoned only once an entry stands
                      └─► evidence          spans between two good readings

Files in reading order: `hours.toml`, `hours` (when both are to be read, by region and day), `entries` (enter, withdraw,
list), `days` (sets of days, pure), `months` (which days stand, kept beside the entries), `duties` (who is to read what, from
day to day), `duty` (what is due), `missing` (what is not there, rates), `sheet` (a month of a piece of equipment),
`difference` (pure), `evidence`.

Never does: read a sensor. What our probes said comes from the caller, after the entry, and is never written here.
"""

"""A believable refrigerator and a believable device: what the rest of the house is tried on, and what the demo shows.

    scenario ─► installation (physics, faults) ─┬─► device ─► cable ─► a gateway on a serial line    `simulate devices`
                                                └─► fleet ──────────► the broker, straight           `simulate fleet`, `county`

In reading order: `physics/` (heat, pure), `device/` (somebody else's firmware with its own encoder), `cable` (a serial line
that can be cruel), `faults` (what goes wrong, when), `scenario`, `scenario_check`, `scenario_file` (TOML), `installation`
(equipment where it stands), `tending`, `serving` (its devices on ptys), `modem/` (a GSM modem on a pty), `phones/`
(telephones of simulated people), `fleet/` (gateways without serial lines), `archive_records`
(the papers of a scenario), `telling` (its captions), `cli`.

Never does: decide about a temperature, or share an encoder with the gateway that reads it.
"""

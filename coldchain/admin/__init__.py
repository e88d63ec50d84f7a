"""The administrator's words: what whoever runs the machine, or answers for a county, does to the archive directly.

    coldchain WORD … ─► archive, and its audit trail under the name of the operating system's user or `--actor`

Files in reading order: `terminal` (options, the archive, answers), `accounts` (token, user), `county` with `sheets`
(import, export, scan), `rules` (rules), `occasions` (occasion, sessions), `probes` (buffer), `calibrations` with
`corrections` and `tolerance` (calibration), `equipment` with `equipment_terms`, `equipment_uses`, `equipment_books`,
`equipment_probes` and `equipment_checks` (equipment), `exposure` (exposure, affected, given). `dossiers` with
`dossier_terms` (dossier), `rounds` (round), `runs` (run), `records` (record), `stock` with `stock_terms`,
`stock_entries`, `stock_books` and `custody` (vaccine, lot, stock), `facilities` (facility), `people` (person),
`collection` (collection), `performance` (performance). `sites` (where both stores are, and a site's time), `evidence`
(verify, evidence), `retention` (retention). `alarms` (alarms) with `alarm_stories` and `alarm_drills`, and `duty` with
`duty_books` (duty): who is told.

Like `cli` and `up` it stands above the doors and nothing imports it. Never does: decide what a change means; the archive
refuses what cannot be, and alerting follows its change journal.
"""

from coldchain.admin.accounts import token, user
from coldchain.admin.calibrations import calibration
from coldchain.admin.county import import_
from coldchain.admin.occasions import occasion, sessions
from coldchain.admin.probes import buffer
from coldchain.admin.rules import rules

__all__ = ["buffer", "calibration", "import_", "occasion", "rules", "sessions", "token", "user"]

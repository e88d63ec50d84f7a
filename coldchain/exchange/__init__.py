"""Sheets that people send (equipment, facilities, people, stock, doses given, logger strips) and sheets that they get.

    file ─► sheets (door) ─► header found, columns matched ─► cells read ─► every row's faults, in Chinese and English
                                                                 └─► rows ─► archive     (none, while it is a dry run)

Files in reading order: `cells` (what may stand in a cell), `form` (columns by their titles), `taking` (a sheet against a
form), `words` (refusals in Chinese), `forms/` (one module per kind of sheet) with `kinds`, `mapping` (titles said once),
`importing` (dry run, then rows into the archive), `strips` and `vouching` (a logger's strip, signed), `exporting` with
`titles` and `abnormal` (the form of abnormal temperatures), `scanning` and `finding` (codes on boxes, and which lots they may be of).

Stands above the archive and the door to sheets; the command line and the dashboards use it. Never does: guess. A row that
is not understood is named with its number, its column and the cure, and its good neighbours go in all the same.
"""

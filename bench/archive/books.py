"""What a county wrote of its equipment in five years: care, repairs, papers, certificates, the record by hand, its machines' days.

Every piece is cleaned weekly, read twice a day, and calibrated yearly; a few percent of it all were forgotten, as anywhere.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.archive.county import DAY_MS, END, HOUR, County, Row, Rows, every
from coldchain.archive import tables
from coldchain.archive.performance.months import later, month_of
from coldchain.archive.performance.years import BEFORE, Year

MONTH_SUMS = ("run_ms", "run_known_ms", "deviation", "spread_known_ms")
HALVES, HOURS = ("am", "pm"), (1, 8)  # when the record by hand is made
MANY_BYTES = 100_000  # a photo


def day_of(at: int) -> str:
    """A day as people write it."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def rows(county: County) -> Iterator[Rows]:
    """Table by table."""
    yield from _papers(county)
    yield from _certificates(county)
    yield from _life(county)
    yield _care(county)
    yield _records(county)
    yield _record_months(county)
    yield from _machines(county)


def _papers(county: County) -> Iterator[Rows]:
    """A photo and a manual for every third piece."""
    pieces = range(1, county.size.pieces + 1, 3)
    photo = bytes(MANY_BYTES)
    names = ("sha256", "media_type", "name", "size", "content", "facility", "added_by", "added_at")
    yield (
        tables.Document,
        names,
        (
            (paper(n), "image/jpeg", "photo.jpg", MANY_BYTES, photo, county.home(n), "keeper", END - n * HOUR)
            for n in pieces
        ),
    )
    yield (
        tables.EquipmentDocument,
        ("id", "equipment", "document", "kind", "added_by", "added_at"),
        ((n, f"E{n}", paper(n), "photo", "keeper", END - n * HOUR) for n in pieces),
    )
    yield (
        tables.Filing,
        ("id", "document", "facility", "name", "added_by", "added_at"),
        ((n, paper(n), "F1", "photo.jpg", "keeper", END - n * HOUR) for n in pieces if county.home(n) != "F1"),
    )


def paper(piece: int) -> str:
    """The key of a piece's photo, which every third has."""
    return hashlib.sha256(b"photo %d" % piece).hexdigest()


def _certificates(county: County) -> Iterator[Rows]:
    """One a year for each probe; now and then one is found wrong."""
    years, size = max(1, county.size.days // 365), county.size
    found = [
        (n * years + year + 1, n + 1, size.start + (year * 365 + n % 365) * DAY_MS)
        for n in range(size.pieces)
        for year in range(years)
    ]
    yield (
        tables.Calibration,
        ("id", "device", "certificate", "done_on", "due_on", "by", "uncertainty_mc", "as_found", "as_left"),
        (
            (n, f"gw-{piece}/28ff01", f"JL{n}", day_of(at), day_of(at + 365 * DAY_MS), "省计量院", 100, "pass", "pass")
            for n, piece, at in found
        ),
    )
    yield (
        tables.CalibrationPoint,
        ("calibration", "state", "reference_mc", "indicated_mc"),
        ((n, "as_found", point, point + 60) for n, _, _ in found for point in (2000, 5000, 8000)),
    )
    yield (
        tables.Correction,
        (
            "id", "channel", "calibration", "state", "start",
            "proposed_by", "proposed_at", "approved_by", "approved_at",
        ),
        (
            (n, county.channel(piece), n, "as_found", at, "keeper", at, "manager", at + HOUR)
            for n, piece, at in found
            if n % 10 == 0
        ),
    )  # fmt: skip
    yield (
        tables.ToleranceCase,
        ("id", "calibration", "channel", "until", "opened_at"),
        ((n, n, county.channel(piece), day_of(at), at) for n, piece, at in found if n % 50 == 0),
    )


def _life(county: County) -> Iterator[Rows]:
    """Statuses, repairs, what was asked for, what is counted."""
    size = county.size
    yield (
        tables.EquipmentStatus,
        ("id", "equipment", "status", "since", "until", "by"),
        [(n, f"E{n}", "normal", "2021-07-01", None, "manager") for n in range(20, size.pieces + 1, 20)],
    )
    yield (
        tables.Repair,
        ("id", "equipment", "broken_on", "repaired_on", "cause", "cost_fen", "by"),
        (
            (n, f"E{n % size.pieces + 1}", day_of(at), None if n % 40 == 0 else day_of(at + DAY_MS), "压缩机", 500, "k")
            for n, at in enumerate(every(county, size.pieces * 2), 1)
        ),
    )
    yield (
        tables.ChangeRequest,
        ("id", "kind", "facility", "equipment", "wanted_on", "wanted", "applicant", "asked_at", "state"),
        (
            (n, "parameters", county.home(n), f"E{n}", day_of(at), "limits", "keeper", at, "done" if n % 9 else "open")
            for n, at in enumerate(every(county, size.pieces), 1)
        ),
    )
    counts = enumerate(
        (
            (f"F{facility}", kind, at)
            for at in every(county, 20)
            for facility in range(size.facilities)
            for kind in ("ice_pack", "carrier", "cold_box", "thermometer")
        ),
        1,
    )
    yield (
        tables.ItemCount,
        ("id", "facility", "kind", "quantity", "counted_on", "by"),
        ((n, facility, kind, 10, day_of(at), "keeper") for n, (facility, kind, at) in counts),
    )


def _care(county: County) -> Rows:
    """Weekly; every twentieth piece was last looked after a month ago."""
    kinds = ("cleaned", "checked", "checked", "defrosted")

    def found() -> Iterator[Row]:
        n = 0
        for week, at in enumerate(range(county.size.start, END, 7 * DAY_MS)):
            for piece in range(1, county.size.pieces + 1):
                if piece % 20 == 0 and at > END - 30 * DAY_MS:
                    continue
                n += 1
                yield n, f"E{piece}", kinds[(piece + week) % 4], at + (piece % 7) * DAY_MS // 2, 2.0, "keeper"

    return tables.Care, ("id", "equipment", "kind", "done_at", "frost_mm", "by"), found()


def _records(county: County) -> Rows:
    """Both halves of each day of each piece; one in fifty was forgotten, one in fifty came late."""
    names = (
        "id",
        "compartment",
        "day",
        "half",
        "taken_at",
        "value_c",
        "signed_by",
        "entered_at",
        "late_reason",
        "action",
    )

    def found() -> Iterator[Row]:
        days = _days(county)
        for piece in range(1, county.size.pieces + 1):
            for k, day, which, odd in _halves(days, piece):
                n = (k * 2 + which) * county.size.pieces + piece  # numbered as they were entered, day by day
                taken = county.size.start + k * DAY_MS + HOURS[which] * HOUR + piece % 60 * 60_000
                half = HALVES[which]
                yield n, piece, day, half, taken, 4.8, "keeper", taken, "停电" if odd == 1 else None, ""

    return tables.ManualRecord, names, found()


def _days(county: County) -> list[str]:
    return [day_of(at) for at in range(county.size.start, END, DAY_MS)]


def _halves(days: Sequence[str], piece: int) -> Iterator[tuple[int, str, int, int]]:
    """Those of a piece that were written: the number of the day, the day, morning or afternoon; at 1 it was late."""
    for k, day in enumerate(days):
        for which, hour in enumerate(HOURS):
            odd = (piece * 31 + k * 7 + hour) % 50
            if odd:
                yield k, day, which, odd


def _record_months(county: County) -> Rows:
    """… as sets of days."""

    def found() -> Iterator[Row]:
        days = _days(county)
        for piece in range(1, county.size.pieces + 1):
            months: dict[str, list[int]] = {}
            for _, day, which, odd in _halves(days, piece):
                its, bit = months.setdefault(day[:7], [0, 0, 0, 0]), 1 << (int(day[8:]) - 1)
                its[which] |= bit
                its[which + 2] |= bit if odd == 1 else 0
            yield from ((month, piece, *its) for month, its in months.items())

    return tables.RecordMonth, ("month", "compartment", "am", "pm", "am_late", "pm_late"), found()


def _machines(county: County) -> Iterator[Rows]:
    """How each ran each day, and a loss of mains a quarter."""
    size = county.size
    pieces = range(1, size.pieces + 1)
    days = range(size.start, END, DAY_MS)
    yield (
        tables.MachineDay,
        (
            "equipment", "day", "known_ms", "basis", "run_ms", "run_known_ms", "cycles", "periods", "period_ms",
            "open_ms", "open_known_ms", "openings", "out_ms", "mains_known_ms", "built_at",
        ),
        (
            (f"E{n}", day, DAY_MS, "compressor", DAY_MS // 3 + n, DAY_MS, 24, 23, DAY_MS, 600_000, DAY_MS, 9, 0, DAY_MS, END)
            for n in pieces
            for day in days
        ),
    )  # fmt: skip
    yield (
        tables.SpreadDay,
        ("compartment", "day", "known_ms", "low_mc", "high_mc", "mean_mc", "deviation_mc", "built_at"),
        ((n, day, DAY_MS, 3100, 6600, 4800, 300 + n % 90, END) for n in pieces for day in days),
    )
    yield tables.MachineMonth, ("equipment", "month", *MONTH_SUMS), (
        (f"E{n}", month, count * (DAY_MS // 3 + n), count * DAY_MS, count * (300 + n % 90) * DAY_MS, count * DAY_MS)
        for n in pieces
        for month, count in Counter(map(month_of, days)).items()
    )  # fmt: skip
    yield tables.MachineYear, ("month", "equipment", *Year._fields), (
        (month, f"E{n}", *_year_of(n, share)) for n in pieces for month, share in _years(days).items()
    )  # fmt: skip
    yield (
        tables.Outage,
        ("equipment", "start", "end", "compartment", "limit_mc", "start_mc", "peak_mc", "holdover_ms", "catalogue_ms",
         "back_at", "built_at"),
        (
            (f"E{n}", day + n * 1000, day + 3 * HOUR, n, 8000, 4800, 9000, 2 * HOUR, 4 * HOUR, day + 4 * HOUR, END)
            for n in pieces
            for day in _losses(days)
        ),
    )  # fmt: skip


def _losses(days: range) -> range:
    """The days on which the mains were lost."""
    return days[:: min(91, len(days))]


def _years(days: range) -> dict[int, float | None]:
    """The months of which a year is kept, and what the losses of mains in it prove of a card, percent."""
    months, lost = {month_of(day) for day in days}, {month_of(day) for day in _losses(days)}
    known = {later(month, n) for month in months for n in range(BEFORE + 1)}
    return {month: 50.0 if lost & {later(month, -n) for n in range(BEFORE + 1)} else None for month in sorted(known)}


def _year_of(piece: int, holdover_pct: float | None) -> Year:
    """One day of a machine is like another."""
    duty_pct = round(100 * (DAY_MS // 3 + piece) / DAY_MS, 2)
    return Year(duty_pct, round((300 + piece % 90) / 1000, 2), holdover_pct)


def digest(of: object) -> str:
    """Any hash."""
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()

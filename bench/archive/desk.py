"""What a county wrote at its desks in five years: people and training, rounds, deliveries, stock-takes, alarms, dossiers, the audit."""

import json
from collections.abc import Iterator

from bench.archive.books import day_of, digest
from bench.archive.county import DAY_MS, END, HOUR, County, Row, Rows, every
from coldchain.archive import tables

POSTS = ("keeper", "deputy", "head", "vaccinator", "duty")


def rows(county: County) -> Iterator[Rows]:
    """Table by table."""
    yield from _people(county)
    yield from _training(county)
    yield from _collections(county)
    yield from _rounds(county)
    yield from _deliveries(county)
    yield from _counts(county)
    yield from _alarms(county)
    yield from _dossiers(county)
    yield from _vouched(county)
    yield from _evidence(county)


def _people(county: County) -> Iterator[Rows]:
    """Five at each facility, each with a post and two numbers."""
    people = [(n + 1, f"F{n // 5}", POSTS[n % 5]) for n in range(county.size.facilities * 5)]
    start = county.size.start
    yield tables.User, ("name", "display", "password_hash", "role"), [("keeper", "keeper", "-", "clinic")]
    yield (
        tables.Person,
        ("id", "name", "facility", "post", "phone"),
        [(n, f"张{n}", facility, post, f"+8613800{n:06}") for n, facility, post in people],
    )
    yield (
        tables.Phone,
        ("id", "person", "kind", "phone_number"),
        [(n * 2 + k, n, kind, f"+86138{k}0{n:06}") for n, _, _ in people for k, kind in enumerate(("mobile", "fixed"))],
    )
    yield (
        tables.Post,
        ("id", "person", "facility", "post", "start"),
        [(n, n, facility, post, start) for n, facility, post in people],
    )
    yield (
        tables.HandOver,
        ("id", "facility", "leaver", "taker", "leaver_name", "taker_name", "posts", "at", "has_left", "ended", "matters",
         "note", "signed_by", "signed_at"),
        [
            (n, f"F{(n - 1) % county.size.facilities}", 1, 2, "张", "李", '["keeper"]', at, False, "{}", "{}", "", "manager", at)
            for n, at in enumerate(every(county, county.size.facilities * 2), 1)
        ],
    )  # fmt: skip
    yield (
        tables.FacilityStatus,
        ("id", "facility", "status", "before", "at", "reason"),
        [(n, f"F{n % county.size.facilities}", "active", "active", at, "") for n, at in enumerate(every(county, 600))],
    )


def _training(county: County) -> Iterator[Rows]:
    """A course a week, and everybody in one each year."""
    courses = list(enumerate(every(county, county.size.days // 7), 1))
    people = county.size.facilities * 5
    yield (
        tables.Course,
        ("id", "topic", "title", "level", "hours", "held_on", "held_by", "region"),
        [(n, ("cold_chain", "temperature", "vaccination")[n % 3], "课", "county", 4.0, day_of(at), "CDC", "R") for n, at in courses],
    )  # fmt: skip
    yield (
        tables.Attendance,
        ("id", "course", "person", "has_passed"),
        [(n, n % len(courses) + 1, n * 7 % people + 1, True) for n in range(1, people * 6)],
    )
    yield (
        tables.CalendarDay,
        ("id", "day", "kind", "name", "region", "source"),
        [
            (n, day_of(at), "holiday", "节", "R", "国办")
            for n, at in enumerate(every(county, county.size.days // 13), 1)
        ],
    )


def _collections(county: County) -> Iterator[Rows]:
    """One a year; of the last, half are in."""
    years = [2021, 2022, 2023, 2024, 2025]
    size = county.size.facilities
    yield (
        tables.Collection,
        ("id", "year", "region", "as_at", "due_on", "opened_by", "opened_at"),
        [(n, year, "R", END - DAY_MS, f"{year + 1}-01-31", "manager", END - DAY_MS) for n, year in enumerate(years, 1)],
    )
    yield (
        tables.CollectionUnit,
        ("id", "collection", "facility", "state", "changed_at"),
        [
            (n * size + k + 1, n + 1, f"F{k}", "waiting" if n == len(years) - 1 and k % 2 else "consolidated", END)
            for n in range(len(years))
            for k in range(size)
        ],
    )
    yield (
        tables.CollectionSnapshot,
        ("id", "unit", "content", "sha256", "confirmed_by", "confirmed_at"),
        ((n, n, "{}" + " " * 8000, digest(n), "keeper", END) for n in range(1, len(years) * size + 1)),
    )


def _rounds(county: County) -> Iterator[Rows]:
    """One every two months, with a run of ten stops for each thirty facilities."""
    size = county.size
    rounds = list(enumerate(every(county, max(1, size.days // 61)), 1))
    runs = [
        (n, number, at + n % 10 * DAY_MS) for n, (number, at) in enumerate((r for r in rounds for _ in range(30)), 1)
    ]
    yield (
        tables.Round,
        ("id", "region", "year", "number", "name", "first_day", "last_day"),
        [(n, "R", int(day_of(at)[:4]), n, "轮", day_of(at), day_of(at + 20 * DAY_MS)) for n, at in rounds],
    )
    yield (
        tables.RoundLine,
        ("round", "facility", "planned_doses", "sessions_held"),
        [(n, f"F{k}", 500, 4) for n, _ in rounds for k in range(1, size.facilities)],
    )
    yield (
        tables.Run,
        ("id", "kind", "round", "origin", "tool", "cooling", "way", "plate", "purpose", "sender", "order_no",
         "started_at", "ended_at", "despite"),
        [
            (n, "supply", number, "F0", "refrigerated_vehicle", "refrigerated_vehicle", "delivered", "川A", "下发", "张", "",
             at, None if n % 100 == 0 else at + 9 * HOUR, "")
            for n, number, at in runs
        ],
    )  # fmt: skip
    yield (
        tables.RunCarrier,
        ("run", "compartment"),
        [(n, n % size.pieces + 1) for n, _, _ in runs],
    )
    yield (
        tables.RunStop,
        ("run", "facility", "position", "arrived_at"),
        [
            (n, f"F{stop}", k, at + k * HOUR // 2)
            for n, _, at in runs
            for k, stop in enumerate(dict.fromkeys((n * 10 + k) % (size.facilities - 1) + 1 for k in range(10)), 1)
        ],
    )
    yield (
        tables.RunReading,
        ("id", "run", "carrier", "point", "at", "vaccine_c", "by"),
        [
            (n * 3 + k, n, n % size.pieces + 1, "en_route", at + k * HOUR, 5.0, "k")
            for n, _, at in runs
            for k in range(3)
        ],
    )


def _deliveries(county: County) -> Iterator[Rows]:
    """A receipt for what came to the store, and for what came to each clinic."""
    came = [(n, move) for n, move in enumerate(county.moves, 1) if move.target is not None]
    yield (
        tables.Receipt,
        ("id", "facility", "at", "document", "supplier", "transport", "papers_complete", "state", "why", "by"),
        (
            (n, county.home(move.target or 0), move.at, f"D{n}", "CDC", "other", True, "accepted" if n % 500 else "waiting", "", "k")
            for n, move in came
        ),
    )  # fmt: skip
    yield (
        tables.ReceiptLine,
        ("id", "receipt", "lot", "doses", "compartment", "movement"),
        ((n, n, f"L{move.lot}", move.doses, move.target, n) for n, move in came),
    )
    yield (
        tables.Custody,
        ("id", "lot", "doses", "owner", "keeper", "source", "target", "why", "consented_by", "consented_at", "start",
         "returned_at", "by"),
        [
            (n, f"L{n % county.size.lots}", 5, county.home(n), county.home(n + 1), n, n + 1, "停电", "CDC", at, at,
             None if n % 20 == 0 else at + DAY_MS, "k")
            for n, at in enumerate(every(county, min(1500, county.size.pieces - 1)), 1)
        ],
    )  # fmt: skip
    yield (
        tables.Price,
        ("id", "vaccine", "fen", "valid_from", "source"),
        [(n, f"V{n % 20}", 9900, "2021-01-01", "省") for n in range(1, 60)],
    )


def _counts(county: County) -> Iterator[Rows]:
    """Each facility counts its first piece each month."""
    rooms = {county.home(n): n for n in range(county.size.pieces, 0, -1)}
    taken = list(
        enumerate(((room, at) for at in every(county, max(1, county.size.days // 30)) for room in rooms.values()), 1)
    )
    yield (
        tables.StockCount,
        ("id", "compartment", "at", "counted_by", "by", "posted_at"),
        [(n, room, at, "张", "keeper", at) for n, (room, at) in taken],
    )
    yield (
        tables.StockCountLine,
        ("id", "count", "lot", "counted", "booked"),
        ((n * 10 + k, n, f"L{(n * 10 + k) % county.size.lots}", 5, 5) for n, _ in taken for k in range(10)),
    )


def _alarms(county: County) -> Iterator[Rows]:
    """Each excursion's; of the last hundred some are open."""
    cases = county.size.pieces * county.size.cases
    found = [(n, n // county.size.cases + 1) for n in range(cases)]
    at = every(county, cases)
    yield (
        tables.Alarm,
        ("id", "excursion", "equipment", "facility", "kind", "severity", "state", "raised_at"),
        (
            (
                n + 1,
                f"c{n}",
                f"E{piece}",
                county.home(piece),
                "heat",
                "warning",
                "ended" if n % 100 else "ringing",
                at[n],
            )
            for n, piece in found
        ),
    )
    steps = (("raised", None, "ringing"), ("taken", "ringing", "taken"), ("ended", "taken", "ended"))
    yield (
        tables.Transition,
        ("id", "alarm", "at", "before", "after", "why", "expanded"),
        (
            (n * 3 + k + 1, n + 1, at[n] + k * HOUR, before, after, why, True)
            for n, _ in found
            for k, (why, before, after) in enumerate(steps)
        ),
    )
    yield (
        tables.Notice,
        ("id", "transition", "alarm", "person", "channel", "step", "text_zh", "text_en", "created_at", "state"),
        (
            (n * 6 + k + 1, n * 3 + k // 2 + 1, n + 1, "张", ("sms", "page")[k % 2], 0, "超温", "heat", at[n], "told")
            for n, _ in found
            for k in range(6)
        ),
    )
    yield (
        tables.Observation,
        ("id", "kind", "subject", "equipment", "severity", "start", "end", "seen_at", "detail", "is_followed"),
        ((n + 1, "silence", county.channel(piece), f"E{piece}", "warning", at[n], at[n] + HOUR, at[n], "{}", True)
         for n, piece in found),
    )  # fmt: skip
    yield (
        tables.RefusedRow,
        ("id", "collector", "gateway", "topic", "received_at", "reason", "detail", "sha256", "payload"),
        (
            (n, "main", f"gw-{n % county.size.pieces + 1}", "t", at, "conflict", "d", digest(n), bytes(2000))
            for n, at in enumerate(every(county, 5000), 1)
        ),
    )


def _dossiers(county: County) -> Iterator[Rows]:
    """One for every fifth excursion, with the doses that it held; a tenth are not decided."""
    wanted = list(range(0, county.size.pieces * county.size.cases, 5))
    piece = {n: n // county.size.cases + 1 for n in wanted}
    yield (
        tables.Dossier,
        ("id", "excursion", "facility", "version", "state", "opened_at"),
        [(n + 1, f"c{n}", county.home(piece[n]), 1, "decided" if n % 10 else "open", END - n * HOUR) for n in wanted],
    )
    yield (
        tables.DossierVersion,
        ("dossier", "version", "opened_at", "changed", "back", "evidence", "facts"),
        ((n + 1, 1, END - n * HOUR, "[]", "[]", bytes(20_000), None) for n in wanted),
    )
    yield (
        tables.Hold,
        ("id", "excursion", "lot", "facility", "compartment", "doses", "since", "held_at", "lifted_at", "lifted_why", "dossier"),
        [
            (n + 1, f"c{n}", f"L{n * 3 % county.size.lots}", county.home(piece[n]), piece[n], 5, END - n * HOUR, END - n * HOUR,
             END if n % 10 else None, "released" if n % 10 else None, n + 1 if n % 10 else None)
            for n in wanted
        ],
    )  # fmt: skip


def _vouched(county: County) -> Iterator[Rows]:
    """Evidence by hand, and what other systems count as given."""
    size = county.size
    yield (
        tables.ManualEvidence,
        ("id", "compartment", "start", "end", "departure_c", "return_c", "signed_by"),
        (
            (n, n % size.pieces + 1, at, at + 6 * HOUR, 4.0, 6.0, "k")
            for n, at in enumerate(every(county, size.pieces * 4), 1)
        ),
    )
    yield (
        tables.Given,
        ("id", "lot", "facility", "given_on", "doses", "source"),
        (
            (n, f"L{n % size.lots}", f"F{n % size.facilities}", day_of(at), 3, "his")
            for n, at in enumerate(every(county, size.lots * 4), 1)
        ),
    )


def _evidence(county: County) -> Iterator[Rows]:
    """An entry for each movement and each excursion, and a root a day; the hashes are of nothing, for nobody verifies here."""
    yield tables.AuditEntry, ("stream", "n", "at", "actor", "action", "entity", "entity_id", "image", "reason", "previous", "hash"), _entries(county)  # fmt: skip
    heads = json.dumps([["county", 1, digest(0)], *([f"shard-{n:02}", n, digest(n)] for n in range(64))])
    yield (
        tables.Root,
        ("n", "at", "heads", "previous", "hash"),
        ((n, at, heads, digest(n), digest(n + 1)) for n, at in enumerate(range(county.size.start, END, DAY_MS), 1)),
    )


def _entries(county: County) -> Iterator[Row]:
    nothing = digest(0)
    for n, move in enumerate(county.moves, 1):
        image = json.dumps(
            {"lot": f"L{move.lot}", "at": move.at, "source": move.source, "target": move.target, "doses": move.doses}
        )
        yield "county", n, move.at, "keeper", move.reason, "movement", str(n), image, "", nothing, nothing
    ends = every(county, county.size.pieces * county.size.cases)
    for n, at in enumerate(ends):
        piece = n // county.size.cases + 1
        image = json.dumps({"case": {"equipment": f"E{piece}", "compartment": piece}, "excursion": f"c{n}"})
        yield (
            f"shard-{n % 64:02}",
            n // 64 + 1,
            at,
            "",
            "opened",
            "excursion_revision",
            f"c{n}",
            image,
            "",
            nothing,
            nothing,
        )

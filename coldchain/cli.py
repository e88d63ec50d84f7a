"""The one command, `coldchain`: each word is an entry point that is loaded only when it is typed.

Stands above everything; nothing imports it. A word whose extra is not installed says what to install.
"""

import sys
from importlib.metadata import EntryPoint, entry_points, version

import typer

from coldchain.errors import ColdchainError

GROUP = "coldchain.commands"
# What each word does, so that `coldchain --help` loads nothing; and the extra that it needs.
WORDS = {
    "demo": ("a simulated county on this machine, live and faster than time", "all"),
    "up": ("all services of one site, supervised", "all"),
    "gateway": ("the edge box: run, scan ports, watch readings", "gateway"),
    "collector": ("broker → time series, acknowledged only when durable", "collector"),
    "alerting": ("readings → excursions → alarms → people", "alerting"),
    "dashboards": ("pages and API", "dashboards"),
    "simulate": ("refrigerators, devices and fleets that are not there", "sim"),
    "replay": ("judge a file or stored history by any rules, as a what-if", "alerting"),
    "import": ("bring a county's archive in from a file, or a sheet", "sheets"),
    "export": ("sheets of what the archive holds: XLSX, CSV, JSON", "sheets"),
    "scan": ("what a box's code says, and what the archive knows of it", "sheets"),
    "alarms": ("alarms, and who would be told of them", "archive"),
    "duty": ("who is told: policies, rotas, gaps, numbers to ask for", "archive"),
    "facility": ("facilities, their cards and what is amiss with them", "archive"),
    "person": ("people with their posts, training and hand-overs", "archive"),
    "collection": ("the yearly collection as at 31 December", "archive"),
    "equipment": ("the equipment archive: cards, status, repairs, requests, care", "archive"),
    "calibration": ("certificates of devices, corrections, probes out of tolerance", "archive"),
    "buffer": ("approved buffers between a probe and the product", "archive"),
    "performance": ("how machines run, and what to replace first", "archive"),
    "record": ("the twice-daily record by hand", "archive"),
    "vaccine": ("the catalogue of vaccines", "archive"),
    "lot": ("lots and where their doses are", "archive"),
    "stock": ("the register, first expired first out, labels", "archive"),
    "exposure": ("what a lot went through", "archive"),
    "affected": ("which doses an excursion concerns, and where they are now", "archive"),
    "given": ("doses that were given where we never saw them", "archive"),
    "dossier": ("holds and what becomes of them: evidence, opinion, two signatures", "archive"),
    "round": ("the year's rounds of supply", "archive"),
    "run": ("vaccine on the road, with its record", "archive"),
    "rules": ("which rule packs judge where", "archive"),
    "occasion": ("stock-takes, defrosts, planned outages: what explains a deviation", "archive"),
    "sessions": ("when a facility vaccinates", "archive"),
    "verify": ("check offline that nothing was changed unseen", "archive"),
    "evidence": ("roots, and one file from which an auditor checks alone", "archive"),
    "retention": ("what must be kept how long, and the one act that deletes", "archive"),
    "token": ("tokens of the API", "archive"),
    "user": ("people who may log in", "archive"),
}


def usage() -> str:
    """The words there are, in the order a newcomer needs them."""
    lines = [f"  {word:<12} {about}" for word, (about, _) in WORDS.items()]
    return "\n".join(
        [
            "Usage: coldchain WORD …    (coldchain WORD --help tells more; coldchain --version)",
            "",
            "Vaccine cold-chain monitoring: no reading lost, no excursion missed or invented, somebody told.",
            "",
            *lines,
        ]
    )


def main() -> None:
    """Run one word; an error of ours is one line, never a traceback."""
    word, *rest = sys.argv[1:] or ["--help"]
    if word in ("-h", "--help"):
        print(usage())
    elif word == "--version":
        print(f"coldchain {version('coldchain')}")
    else:
        _run(word, rest)


def _run(word: str, rest: list[str]) -> None:
    points = entry_points(group=GROUP, name=word)
    if not points:
        print(f"coldchain: there is no word {word!r}\n\n{usage()}", file=sys.stderr)
        raise SystemExit(2)
    try:
        _load(next(iter(points)))(rest, prog_name=f"coldchain {word}")
    except ColdchainError as error:
        print(f"coldchain {word}: {error}", file=sys.stderr)
        # 2: nothing but a person's hand cures it, so nobody starts us again; 1: it may pass
        raise SystemExit(1 if error.retry else 2) from None


def _load(point: EntryPoint) -> typer.Typer:
    try:
        loaded = point.load()
    except ModuleNotFoundError as error:
        extra = WORDS.get(point.name, ("", "all"))[1]
        print(f"coldchain {point.name} needs {error.name}: pip install 'coldchain[{extra}]'", file=sys.stderr)
        raise SystemExit(2) from None
    assert isinstance(loaded, typer.Typer)
    return loaded

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
    "import": ("bring a county's archive in from a file", "archive"),
    "rules": ("which rule packs judge where", "archive"),
    "occasion": ("stock-takes, defrosts, planned outages: what explains a deviation", "archive"),
    "sessions": ("when a facility vaccinates", "archive"),
    "buffer": ("approved buffers between a probe and the product", "archive"),
    "calibration": ("certificates of devices", "archive"),
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

"""`python -m bench [PART …]`: run, print the tables, write `bench/results.json`. Without a part, all of them.

ingest      what receiving costs, on real parts
engine      what judging costs
archive     a county's archive after five years: how long its questions take; --small only shows that it runs
alerting    from a reading to a call that the provider accepted, while readings flow and in a burst; --small as above
detectors   a simulated county: what alarms are worth, ours and others'; --full is 60 fridges × 12 months

Every figure is of one run on this machine; compare two machines by their calibration loops.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import engine, ingest
from bench.alerting import run as alerting
from bench.archive import run as archive
from bench.county_year import run as county
from bench.county_year import table
from bench.watch import calibration_s

RESULTS = Path(__file__).parent / "results.json"
QUICK = county.Size(seed="county", fridges=10, days=60, trouble=4.0)
FULL = county.Size(seed="county", fridges=60, days=360)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts that are named."""
    options = _options(arguments)
    calibration = calibration_s()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in options.parts or PARTS:
        results[part] = PARTS[part](options, calibration)
    results["calibration_s"] = round(calibration, 3)
    if not options.small:
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\ncalibration loop: {calibration:.2f} s" + ("" if options.small else f"; written to {RESULTS}"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--full", action="store_true", help="detectors: 60 fridges × 12 months, as often as assumed")
    parser.add_argument(
        "--small", action="store_true", help="archive, alerting: a few pieces; the figures are not kept"
    )
    parser.add_argument("--profile", type=Path, help="alerting: where the profile of the service is written")
    parser.add_argument("--fridges", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--every-min", type=int, help="minutes between readings")
    parser.add_argument("--trouble", type=float, help="times the assumed rates of whatever goes wrong")
    parser.add_argument("--seed")
    options = parser.parse_args(arguments)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"{part!r} is no part; name some of {', '.join(PARTS)}")
    return options


def _ingest(_options: argparse.Namespace, _calibration: float) -> object:
    figures = ingest.run()
    print(f"\nmosquitto → receiver → influxd 1.6.7 behind nginx; {ingest.GATEWAYS} gateways, window 8")
    print(f"{'':44}{'readings/s':>12}{'CPU s/100k':>12}{'peak MB':>10}")
    for name, row in figures.items():
        print(f"{SAYS[name]:44}{row['readings_per_s']:12,.0f}{row['cpu_s_per_100k']:12.2f}{row['peak_mb']:10.0f}")
    return figures


def _engine(_options: argparse.Namespace, calibration: float) -> object:
    figures = engine.run()
    engine.show(figures, calibration)
    return asdict(figures)


def _archive(options: argparse.Namespace, _calibration: float) -> object:
    return archive.run(small=options.small)


def _alerting(options: argparse.Namespace, _calibration: float) -> object:
    return alerting.run(small=options.small, profile=options.profile)


def _detectors(options: argparse.Namespace, _calibration: float) -> object:
    usual = FULL if options.full else QUICK
    size = county.Size(
        seed=options.seed or usual.seed,
        fridges=options.fridges or usual.fridges,
        days=options.days or usual.days,
        every_min=options.every_min or usual.every_min,
        trouble=options.trouble or usual.trouble,
    )
    began = time.monotonic()
    report = county.run(size)
    table.show(report, size)
    print(f"simulated and judged in {time.monotonic() - began:.0f} s")
    return table.figures(report, size)


SAYS = {
    "batch60": "collector, batches of 60 readings",
    "single": "collector, one reading per message",
    "by_hand": "paho + influxdb-client, a Point per reading",
    "library_floor": "aiomqtt alone, one reading per message",
}
PARTS: dict[str, Callable[[argparse.Namespace, float], object]] = {
    "ingest": _ingest,
    "engine": _engine,
    "archive": _archive,
    "alerting": _alerting,
    "detectors": _detectors,
}


if __name__ == "__main__":
    main()

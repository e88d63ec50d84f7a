"""`python -m bench`: run, print the table, write `bench/results.json`."""

import json
from pathlib import Path

from bench import ingest
from bench.watch import calibration_s

RESULTS = Path(__file__).parent / "results.json"
SAYS = {
    "batch60": "collector, batches of 60 readings",
    "single": "collector, one reading per message",
    "by_hand": "paho + influxdb-client, a Point per reading",
    "library_floor": "aiomqtt alone, one reading per message",
}


def main() -> None:
    calibration = calibration_s()
    figures = ingest.run()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results |= {"calibration_s": round(calibration, 3), "ingest": figures}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nmosquitto → receiver → influxd 1.6.7 behind nginx; {ingest.GATEWAYS} gateways, window 8")
    print(f"{'':44}{'readings/s':>12}{'CPU s/100k':>12}{'peak MB':>10}")
    for name, row in figures.items():
        print(f"{SAYS[name]:44}{row['readings_per_s']:12,.0f}{row['cpu_s_per_100k']:12.2f}{row['peak_mb']:10.0f}")
    print(f"calibration loop: {calibration:.2f} s; written to {RESULTS}")


if __name__ == "__main__":
    main()

"""The county's table, as `python -m bench detectors` prints it, and the same for `results.json`."""

from bench.county_year.run import OURS, Report, Size
from bench.county_year.score import Score

AIM_FALSE, AIM_NIGHT = 0.1, 0.02
_HEAD = ("missed", "invented", "doubled", "missed", "again", "median", "most", "false", "at night")


def show(report: Report, size: Size) -> None:
    """Print what everybody missed, invented and told late."""
    ours = report.scores[OURS]
    print(
        f"\n{size.fridges} fridges × {size.days} days, a reading every {size.every_min} min, {_often(size)}, seed {size.seed!r}"
    )
    print(f"{report.readings:,} readings, some up to {report.late_days:.1f} days late; {_causes(report)}")
    print(
        f"{ours.dangers} dangers: the true air out for longer than people wait, by more than a probe's margin; "
        f"{report.unseen} more that nothing measured"
    )
    print(f"\n{'':38}{'excursions by its own rule':^38}{'dangers':>12}{'min late':>16}{'per fridge-month':>22}")
    print(f"{'':38}{'there are':>11}" + "".join(f"{head:>9}" for head in _HEAD))
    for name, score in report.scores.items():
        print(f"{name:38}{_row(score)}")
    print(f"aim: 0, 0, 0; ≤ {AIM_FALSE} false alarms and ≤ {AIM_NIGHT} false night calls per fridge-month")
    for kind, count in report.others.most_common():
        at_night = ours.per_month(report.others_at_night[kind])
        print(
            f"coldchain also told of {kind}: {ours.per_month(count):.3f} per fridge-month, {at_night:.3f} of them at night"
        )
    for what, count in report.false_by.most_common(8):
        print(f"  false: {count} × {what}")


def figures(report: Report, size: Size) -> dict[str, object]:
    """The same as data."""
    return {
        "fridge_months": round(report.scores[OURS].months, 1),
        "seed": size.seed,
        "detectors": {name: _figures(score) for name, score in report.scores.items()},
    }


def _row(score: Score) -> str:
    counts = (score.missed, score.invented, score.doubled, score.dangers_missed, score.again)
    late = (score.median_late_min, score.most_late_min)
    rates = (score.per_month(score.false_alarms), score.per_month(score.false_nights))
    return (
        f"{score.excursions:11}"
        + "".join(f"{count:9}" for count in counts)
        + "".join(f"{minutes:9.1f}" for minutes in late)
        + "".join(f"{rate:9.3f}" for rate in rates)
    )


def _figures(score: Score) -> dict[str, float]:
    return {
        "excursions": score.excursions,
        "missed": score.missed,
        "invented": score.invented,
        "doubled": score.doubled,
        "dangers": score.dangers,
        "dangers_missed": score.dangers_missed,
        "told_again": score.again,
        "median_late_min": round(score.median_late_min, 2),
        "most_late_min": round(score.most_late_min, 2),
        "false_per_fridge_month": round(score.per_month(score.false_alarms), 4),
        "false_nights_per_fridge_month": round(score.per_month(score.false_nights), 4),
    }


def _often(size: Size) -> str:
    return "troubles as often as assumed" if size.trouble == 1 else f"troubles {size.trouble:g} × as often as assumed"


def _causes(report: Report) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(report.causes.items()))

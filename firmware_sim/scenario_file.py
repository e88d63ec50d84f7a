"""Reads a scenario from TOML: `load("county")` one of those that come along, `load("my.toml")` a file.

Whatever is wrong in it is told with the file, the key and the cure, before anything runs.
"""

import re
import tomllib
from pathlib import Path

import msgspec

from coldchain.errors import BadInput
from firmware_sim.scenario import Scenario
from firmware_sim.scenario_check import check

SHIPPED = Path(__file__).parent / "scenarios"


def load(name: str | Path) -> Scenario:
    """Read a scenario that comes along by its name, or any other by its path.

    Raises:
        BadInput: naming the file, the key, what is wrong and the cure.
    """
    path = SHIPPED / f"{name}.toml" if str(name) in shipped() else Path(name)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        cure = f"name a TOML file, or one of {', '.join(shipped())}"
        raise BadInput("scenario", f"{path}: {error.strerror}", cure) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("scenario", str(error), "write TOML, UTF-8", where=str(path)) from None
    return parse(tables, str(path))


def shipped() -> list[str]:
    """The names of the scenarios that come along."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def parse(tables: dict[str, object], where: str) -> Scenario:
    """Turn TOML tables into a checked scenario.

    Raises:
        BadInput: as `load`.
    """
    try:
        scenario = msgspec.convert(tables, Scenario, strict=True)
    except msgspec.ValidationError as error:
        raise _bad_input(str(error), where) from None
    check(scenario, where)
    return scenario


_AT = re.compile(r"^(?P<wrong>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)


def _bad_input(message: str, where: str) -> BadInput:
    match = _AT.match(message)
    key, wrong = (match["key"], match["wrong"]) if match else (None, message)
    if "unknown field" in wrong:
        cure = "remove the key or mend its spelling"
    elif "missing required field" in wrong:
        cure = "add it"
    else:
        cure = "write a value of that kind; firmware_sim/scenario.py lists every key"
    return BadInput(key or "scenario", wrong, cure, where=where)

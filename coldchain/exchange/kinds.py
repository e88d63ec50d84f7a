"""All kinds of sheet that can be sent, by the name that callers use."""

from collections.abc import Mapping
from typing import Final

from coldchain.exchange.forms import equipment, facilities, given, people, stock
from coldchain.exchange.forms.kind import Kind

KINDS: Final[Mapping[str, Kind]] = {
    "facilities": facilities.KIND,
    "people": people.KIND,
    "equipment": equipment.KIND,
    "stock": stock.KIND,
    "given": given.KIND,
}

"""Two languages: catalogues, which of them a caller reads, and how times, spans and numbers are written in each.

Texts in code and templates are English; `locale/{zh_CN,en}/LC_MESSAGES/messages.po` hold what is shown.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALE = Path(__file__).parent / "locale"
FOLDERS = {"zh": "zh_CN", "en": "en"}
LANGUAGES = tuple(FOLDERS)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAYS_ZH = "一二三四五六日"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "shown later, collected now"
    """Mark a text for the catalogues; it is looked up where it is shown."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """The same for a text that depends on a number."""
    return one, many


def choose(*, cookie: str | None, user: str | None, accepted: str | None, default: str) -> str:
    """The language for a caller: what they switched to, their user's, their browser's, the site's."""
    for wish in (cookie, user, *_accepted(accepted or "")):
        if wish in LANGUAGES:
            return str(wish)
    return default


def _accepted(header: str) -> Iterable[str]:
    """Primary tags of an Accept-Language header, the most wanted first."""
    wishes = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, rest = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{1,3})?)\s*", rest)
        wishes.append((-float(weight[1]) if weight else -1.0, position, tag.split("-")[0].lower()))
    return [tag for weight, _, tag in sorted(wishes) if weight < 0]


@cache
def _catalogue(code: str) -> GNUTranslations:
    """The compiled catalogue; in a checkout whose .po is newer than its .mo, the .po."""
    po = LOCALE / FOLDERS[code] / "LC_MESSAGES" / "messages.po"
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
        with mo.open("rb") as file:
            return GNUTranslations(file)
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - only in a checkout, and babel is slow to load
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    with po.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True, slots=True)
class Language:
    """One language in one time zone: everything that turns facts into text."""

    code: str
    zone: ZoneInfo

    @property
    def tag(self) -> str:
        """For `<html lang>`."""
        return "zh-CN" if self.code == "zh" else "en"

    def text(self, message: str, **values: object) -> str:
        """The message in this language, its `%(name)s` filled in."""
        shown = _catalogue(self.code).gettext(message) if message else ""
        return shown % values if values else shown

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The message in the form that the number asks for; `%(n)s` is the number."""
        return _catalogue(self.code).ngettext(one, many, n) % {"n": n, **values}

    def name(self, thing: object) -> str:
        """The name of whatever has `name_zh` and `name_en`."""
        return str(getattr(thing, f"name_{self.code}") or getattr(thing, "name_zh", ""))

    def _local(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, self.zone)

    def clock(self, ms: int) -> str:
        """15:42."""
        return f"{self._local(ms):%H:%M}"

    def day(self, ms: int) -> str:
        """11月22日, 22 Nov."""
        moment = self._local(ms)
        if self.code == "zh":
            return f"{moment.month}月{moment.day}日"
        return f"{moment.day} {_MONTHS[moment.month - 1]}"

    def weekday(self, ms: int) -> str:
        """周三, Wed."""
        day = self._local(ms).weekday()
        return f"周{_WEEKDAYS_ZH[day]}" if self.code == "zh" else _WEEKDAYS[day]

    def when(self, ms: int, now: int | None = None) -> str:
        """Day and time; the time alone when it is today's."""
        if now is not None and self._local(ms).date() == self._local(now).date():
            return self.clock(ms)
        year = f"{self._local(ms).year}" if now is not None and self._local(ms).year != self._local(now).year else ""
        if self.code == "zh":
            return f"{year + '年' if year else ''}{self.day(ms)} {self.clock(ms)}"
        return f"{self.day(ms)}{' ' + year if year else ''} {self.clock(ms)}"

    def span(self, ms: int) -> str:
        """How long: 47 分钟, 3 小时 20 分钟, 2 天 4 小时."""
        minutes = max(0, ms) // MINUTE
        hours, days = minutes // 60, minutes // 1440
        if minutes < 1:
            return self.text("less than a minute")
        if hours < 1:
            return self.count("%(n)s minute", "%(n)s minutes", minutes)
        if days < 1:
            rest = minutes % 60
            whole = self.count("%(n)s hour", "%(n)s hours", hours)
            return f"{whole} {self.count('%(n)s minute', '%(n)s minutes', rest)}" if rest else whole
        rest = hours % 24
        whole = self.count("%(n)s day", "%(n)s days", days)
        return f"{whole} {self.count('%(n)s hour', '%(n)s hours', rest)}" if rest else whole

    def ago(self, ms: int, now: int) -> str:
        """How old: 刚刚, 3 分钟前."""
        return self.text("just now") if now - ms < MINUTE else self.text("%(span)s ago", span=self.span(now - ms))

    def degrees(self, value: float | None, digits: int = 1) -> str:
        """A temperature with its unit and a true minus sign."""
        return "—" if value is None else f"{value:.{digits}f}".replace("-", "−") + " °C"

    def kelvin(self, value: float) -> str:
        """A difference of temperatures with its sign, in degrees as a thermometer counts them."""
        return f"{value:+.1f}".replace("-", "−") + " °C"

    def number(self, value: float) -> str:
        """A count with thin groups of three, as both languages read it."""
        return f"{value:,.0f}"


def language(code: str, zone: str) -> Language:
    """The language of that code, telling times in that zone."""
    return Language(code if code in LANGUAGES else "zh", ZoneInfo(zone))

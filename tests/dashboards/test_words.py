"""Two languages with the same keys, nothing untranslated; times, spans and numbers as people write them."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dashboards
from dashboards.i18n import FOLDERS, LANGUAGES, LOCALE, choose, language

KEYWORDS = {"_": None, "N_": None, "text": None, "count": (1, 2), "ngettext": (1, 2), "NN_": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
NOON = 1_782_964_800_000  # 2026-07-02T12:00:00+08:00


@pytest.fixture(scope="module")
def texts() -> set[str | tuple[str, ...]]:
    """Every text in code and templates."""
    found = extract_from_dir(Path(dashboards.__file__).parent, METHODS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def catalogue(code: str) -> Catalog:
    with (LOCALE / FOLDERS[code] / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_has_every_text_and_no_other(code: str, texts: set[str | tuple[str, ...]]) -> None:
    assert {message.id for message in catalogue(code) if message.id} == texts


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_untranslated(code: str) -> None:
    for message in catalogue(code):
        if message.id:
            shown = message.string if isinstance(message.string, tuple | list) else [message.string]
            assert all(shown), message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_keeps_the_places_to_fill(code: str) -> None:
    for message in catalogue(code):
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        shown = message.string if isinstance(message.string, tuple | list) else [message.string]
        places = {place for text in ids for place in re.findall(r"%\(\w+\)s", text)}
        assert {place for text in shown for place in re.findall(r"%\(\w+\)s", str(text))} == places, message.id


def test_chinese_is_written_in_chinese() -> None:
    plain = {message.id for message in catalogue("zh") if message.id and message.string == message.id}
    assert plain == set()


@pytest.mark.parametrize(
    ("ms", "zh", "en"),
    [
        (0, "不到 1 分钟", "less than a minute"),
        (60_000, "1 分钟", "1 minute"),
        (47 * 60_000, "47 分钟", "47 minutes"),
        (3 * 3_600_000, "3 小时", "3 hours"),
        (200 * 60_000, "3 小时 20 分钟", "3 hours 20 minutes"),
        (52 * 3_600_000, "2 天 4 小时", "2 days 4 hours"),
    ],
)
def test_a_span_reads_as_people_say_it(ms: int, zh: str, en: str) -> None:
    assert language("zh", "Asia/Shanghai").span(ms) == zh
    assert language("en", "Asia/Shanghai").span(ms) == en


def test_times_are_the_site_s_on_a_24_hour_clock() -> None:
    zh, en = language("zh", "Asia/Shanghai"), language("en", "Asia/Shanghai")
    afternoon = NOON + 4 * 3_600_000
    assert zh.when(afternoon, NOON) == "16:00"
    assert zh.when(afternoon - 86_400_000, NOON) == "7月1日 16:00"
    assert en.when(afternoon - 86_400_000, NOON) == "1 Jul 16:00"
    assert zh.when(afternoon - 366 * 86_400_000, NOON) == "2025年7月1日 16:00"
    assert zh.ago(NOON - 30_000, NOON) == "刚刚"


def test_a_minus_is_a_minus_sign() -> None:
    assert language("zh", "Asia/Shanghai").degrees(-18.24) == "−18.2 °C"
    assert language("zh", "Asia/Shanghai").degrees(None) == "—"


@pytest.mark.parametrize(
    ("cookie", "user", "accepted", "chosen"),
    [
        ("en", "zh", "zh", "en"),
        ("xx", "en", "zh", "en"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "zh;q=0.2, en;q=0.8", "en"),
        (None, None, "en;q=0, zh", "zh"),
        (None, None, "fr, de", "zh"),
        (None, None, ";;;q=,", "zh"),
        (None, None, None, "zh"),
    ],
)
def test_the_nearest_wish_for_a_language_wins(
    cookie: str | None, user: str | None, accepted: str | None, chosen: str
) -> None:
    assert choose(cookie=cookie, user=user, accepted=accepted, default="zh") == chosen

"""`deploy/coldchain.sample.toml` is the annotated truth: it says each default, and every key stands in it."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from alerting.settings import AlertingSettings
from coldchain.errors import BadInput
from coldchain.providers.sections import HttpSection
from coldchain.providers.settings import ChannelsSettings
from coldchain.settings import ServiceSettings, load
from collector.settings import CollectorSettings
from dashboards.settings import DashboardsSettings

SAMPLE = Path(__file__).parents[2] / "deploy" / "coldchain.sample.toml"
TEXT = SAMPLE.read_text()
SERVICES: list[type[ServiceSettings]] = [CollectorSettings, AlertingSettings, DashboardsSettings]
SECTIONS = {name: set(dict(getattr(model(), name))) for model in SERVICES for name in model.model_fields}
SHARED = {"limits", "longest_variable", "longest_text", "proxy"}  # said where they first stand
INSTEAD = {"maildir"}  # of another that stands there: both are refused
NO_DEFAULT = {"ca_file", "user", "spool", "imap", "qr_image"}
WAYS = SECTIONS.pop("channels")  # each a section of its own, and none of them live: they would reach somebody


@pytest.mark.parametrize("model", SERVICES)
def test_the_sample_says_the_defaults(model):
    assert load(model, SAMPLE, {}) == model()


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_the_sample_names_every_key(section):
    body = re.search(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert body, f"[{section}] is missing"
    keys = set(re.findall(r"^#? ?(\w+) = ", body[1], re.MULTILINE))
    assert keys == SECTIONS[section]


def test_the_sample_has_no_section_that_nobody_reads():
    assert set(tomllib.loads(TEXT)) == {*SECTIONS, "channels"}


def ways() -> str:
    """The ways as they would stand there without their #."""
    body = re.search(r"^\[channels\]\n(.*?)(?=^\[|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert body
    live = "\n".join(line.removeprefix("# ") for line in body[1].splitlines())
    return live.replace('"…"', f'"{"x" * 43}"').replace("/etc/coldchain/mail-ca.pem", "/dev/null")


def test_the_sample_reaches_nobody():
    assert tomllib.loads(TEXT)["channels"] == {}


def test_every_way_stands_in_the_sample_as_it_would_work(tmp_path):
    (tmp_path / "site.toml").write_text("[channels]\n" + ways())
    loaded = load(AlertingSettings, tmp_path / "site.toml", {}).channels
    assert {name for name in WAYS if getattr(loaded, name) is not None} == WAYS


@pytest.mark.parametrize("way", sorted(WAYS))
def test_the_sample_says_each_ways_own_defaults(way):
    said = tomllib.loads("[channels]\n" + ways())["channels"][way]
    model = next(kind for kind in get_args(ChannelsSettings.model_fields[way].annotation) if kind is not type(None))
    own = {name for name in model.model_fields if name not in HttpSection.model_fields} | {"limits"}
    assert own - {"templates"} - set(said) <= SHARED | INSTEAD
    for name in set(said) - NO_DEFAULT:
        field = model.model_fields[name]
        if not field.is_required() and not isinstance(field.default, SecretStr):
            default = (
                [each.model_dump(exclude_none=True) for each in field.default] if name == "limits" else field.default
            )
            assert said[name] == (list(default) if name == "trusted" else default), name


def test_what_is_wrong_in_a_way_is_named_with_its_cure(tmp_path):
    (tmp_path / "site.toml").write_text("[channels.mail]\nhost = 'm'\nsender = 'nobody'\n")
    with pytest.raises(BadInput, match="write name@host") as refused:
        load(AlertingSettings, tmp_path / "site.toml", {})
    assert refused.value.field == "channels.mail"


@pytest.mark.parametrize(
    ("model", "user"),
    [(CollectorSettings, "collector"), (AlertingSettings, "alerting"), (DashboardsSettings, "dashboards")],
)
def test_a_service_is_itself_on_the_broker_also_when_the_file_names_the_host(tmp_path, model, user):
    (tmp_path / "site.toml").write_text('[broker]\nhost = "b"\n')
    assert load(model, tmp_path / "site.toml", {}).broker.user == user

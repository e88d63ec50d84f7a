"""`deploy/coldchain.sample.toml` is the annotated truth: it says each default, and every key stands in it."""

import re
import tomllib
from pathlib import Path

import pytest

from alerting.settings import AlertingSettings
from coldchain.settings import ServiceSettings, load
from collector.settings import CollectorSettings
from dashboards.settings import DashboardsSettings

SAMPLE = Path(__file__).parents[2] / "deploy" / "coldchain.sample.toml"
TEXT = SAMPLE.read_text()
SERVICES: list[type[ServiceSettings]] = [CollectorSettings, AlertingSettings, DashboardsSettings]
SECTIONS = {name: set(dict(getattr(model(), name))) for model in SERVICES for name in model.model_fields}


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
    assert set(tomllib.loads(TEXT)) == set(SECTIONS)


@pytest.mark.parametrize(
    ("model", "user"),
    [(CollectorSettings, "collector"), (AlertingSettings, "alerting"), (DashboardsSettings, "dashboards")],
)
def test_a_service_is_itself_on_the_broker_also_when_the_file_names_the_host(tmp_path, model, user):
    (tmp_path / "site.toml").write_text('[broker]\nhost = "b"\n')
    assert load(model, tmp_path / "site.toml", {}).broker.user == user

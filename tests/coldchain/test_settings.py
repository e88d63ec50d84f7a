from pathlib import Path

import pytest
from pydantic import SecretStr

from alerting.settings import AlertingSettings
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings, BrokerSettings, SeriesSettings, ServiceSettings, load


class Example(ServiceSettings):
    broker: BrokerSettings = BrokerSettings()
    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()


def write(folder: Path, text: str) -> Path:
    path = folder / "coldchain.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold():
    assert load(Example, environ={}) == Example()


def test_the_environment_stands_above_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COLDCHAIN_BROKER__PORT", "8883")
    settings = load(Example, write(tmp_path, '[broker]\nhost = "b"\nport = 1'), {})
    assert (settings.broker.host, settings.broker.port) == ("b", 8883)


def test_a_secret_comes_from_a_file(tmp_path):
    (tmp_path / "password").write_text("geheim\n")
    settings = load(Example, None, {"COLDCHAIN_BROKER__PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.broker.password == SecretStr("geheim")
    assert "geheim" not in repr(settings)


def test_the_real_environment_may_name_a_secrets_file(tmp_path, monkeypatch):
    (tmp_path / "password").write_text("geheim")
    monkeypatch.setenv("COLDCHAIN_BROKER__PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("COLDCHAIN_BROKER__CA_FILE", "/etc/ca.pem")
    settings = load(Example)
    assert settings.broker.password == SecretStr("geheim")
    assert settings.broker.ca_file == Path("/etc/ca.pem")


def test_a_secret_of_a_section_within_a_section_finds_its_place(tmp_path):
    (tmp_path / "key").write_text("geheim-genug-und-lang\n")
    path = write(tmp_path, '[channels.webhook]\nurl = "https://wall.example.org/"')
    environ = {"COLDCHAIN_CHANNELS__WEBHOOK__SECRET_FILE": str(tmp_path / "key")}
    channels = load(AlertingSettings, path, environ).channels
    assert channels.webhook
    assert channels.webhook.secret == SecretStr("geheim-genug-und-lang")
    assert channels.webhook.url == "https://wall.example.org/"


def test_a_secret_for_what_is_no_section_is_refused_by_its_name(tmp_path):
    (tmp_path / "key").write_text("x")
    environ = {"COLDCHAIN_BROKER__HOST__SECRET_FILE": str(tmp_path / "key")}
    with pytest.raises(BadInput, match=r"COLDCHAIN_BROKER__HOST__SECRET_FILE: broker\.host is no section"):
        load(Example, write(tmp_path, '[broker]\nhost = "b"'), environ)


def test_a_missing_secret_is_loud(tmp_path):
    with pytest.raises(BadInput, match="COLDCHAIN_BROKER__PASSWORD_FILE"):
        load(Example, None, {"COLDCHAIN_BROKER__PASSWORD_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[broker]\nprot = 1883", "broker.prot"),
        ("[broker]\nport = 99999", "broker.port"),
        ('[series]\nkind = "mysql"', "series.kind"),
        ("[brokers]", "brokers"),
        ("[broker", "settings"),
    ],
)
def test_a_wrong_setting_names_file_field_and_cure(tmp_path, text, field):
    with pytest.raises(BadInput) as caught:
        load(Example, write(tmp_path, text), {})
    assert caught.value.field == field
    assert "coldchain.toml" in str(caught.value)
    assert caught.value.cure


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.toml"):
        load(Example, tmp_path / "nowhere.toml", {})


def test_settings_cannot_be_changed_later():
    with pytest.raises(ValueError, match="frozen"):
        Example().broker.port = 1

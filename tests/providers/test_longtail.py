"""The long tail: which of apprise's plugins can be believed, shown on the plugins themselves."""

import asyncio

import apprise
import pytest
from apprise.manager_plugins import NotificationManager
from pydantic import SecretStr

from coldchain.errors import BadInput
from coldchain.providers import longtail
from coldchain.providers.outcome import Verdict
from coldchain.providers.settings import AppriseSettings
from tests.fakes.receivers import NTFY_TOKEN, fake_any, fake_ntfy, plugins_loaded
from tests.fakes.serving import says
from tests.providers.messages import MESSAGE, at

UUID = "12345678-1234-1234-1234-123456789abc"
# A service at the vendor's fixed address -> a URL of apprise's, and how the vendor refuses with HTTP 200.
LIARS = {
    "wecombot": (f"wecombot://{UUID}", b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
    "dingtalk": ("dingtalk://abcdefgh12345678", b'{"errcode":310000,"errmsg":"sign not match"}'),
    "feishu": (f"feishu://{UUID}", b'{"code":19021,"msg":"sign match fail"}'),
    "lark": (f"lark://{UUID}", b'{"code":19021,"msg":"sign match fail"}'),
    "schan": ("schan://12345678", b'{"code":40001,"message":"bad pushkey"}'),
    "qq": (f"qq://{'a1b2c3d4' * 4}", b'{"success":false,"reason":"not authorised","code":500}'),
    "spugpush": (f"spugpush://{'a1b2c3d4' * 4}", b'{"code":400,"msg":"token not found"}'),
    "vonage": (
        "vonage://a1b2c3d4:" + "a" * 16 + "@15551233456/15551233457",
        b'{"messages":[{"status":"4","error-text":"Bad Credentials"}]}',
    ),
}
HONEST = {
    "pushplus": (f"pushplus://{'a' * 32}", b'{"code":903,"msg":"invalid token"}'),
    "wxpusher": ("wxpusher://AT_appid1234/UID_abcd1234", b'{"code":1001,"msg":"invalid token","success":false}'),
}


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    plugins_loaded()


async def believes(monkeypatch: pytest.MonkeyPatch, schema: str, url: str, body: bytes) -> bool:
    """What the plugin itself says when its service answers this with HTTP 200."""
    async with fake_any(body) as fake:
        plugin = NotificationManager()[schema]
        monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{fake.port}/x")
        monkeypatch.setattr(plugin, "request_rate_per_sec", 0)  # some wait seconds before the first
        way = apprise.Apprise.instantiate(url)
        assert way is not None, url
        told = await asyncio.to_thread(way.notify, "body", "title")
        assert fake.asked, "the fake was not asked"
        return bool(told)


@pytest.mark.parametrize("schema", sorted(LIARS))
async def test_a_plugin_that_calls_a_refusal_a_success_still_does(monkeypatch: pytest.MonkeyPatch, schema: str):
    # When this fails the plugin was mended: take it off the list.
    assert await believes(monkeypatch, schema, *LIARS[schema])
    assert schema in longtail.CALLS_A_REFUSAL_A_SUCCESS


@pytest.mark.parametrize("schema", sorted(HONEST))
async def test_a_plugin_that_is_offered_instead_reads_the_answer(monkeypatch: pytest.MonkeyPatch, schema: str):
    assert not await believes(monkeypatch, schema, *HONEST[schema])
    assert schema in longtail.READ


@pytest.mark.parametrize("schema", sorted(longtail.CALLS_A_REFUSAL_A_SUCCESS))
def test_a_service_whose_plugin_cannot_be_believed_is_refused_with_another_way(schema: str):
    with pytest.raises(BadInput, match=r"calls a refusal a success; take ") as caught:
        longtail.check("x", f"{schema}://{{}}", trusted=(schema,))
    assert caught.value.field == "channels.apprise.services.x"


@pytest.mark.parametrize("schema", sorted(longtail.READ | set(longtail.CALLS_A_REFUSAL_A_SUCCESS)))
def test_every_name_on_both_lists_is_one_of_apprises(schema: str):
    assert schema in NotificationManager()


def test_a_plugin_that_nobody_has_read_needs_the_countys_word():
    with pytest.raises(BadInput, match="trusted"):
        longtail.check("x", "zulip://bot@org/token/{}")
    longtail.check("x", "zulip://bot@org/token/{}", trusted=("zulip",))


@pytest.mark.parametrize("url", ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1{}", "nothing", ""])
def test_a_services_own_address_hides_no_plugin(url: str):
    with pytest.raises(BadInput):
        longtail.check("x", url)


def test_a_service_without_a_place_for_the_person_is_refused():
    with pytest.raises(BadInput, match=r"\{\}"):
        longtail.check("x", "ntfy://host/everybody")


async def test_a_way_with_such_a_service_does_not_open():
    with pytest.raises(BadInput, match=r"channels\.robot"):
        async with longtail.opened(AppriseSettings(services={"desk": SecretStr("dingtalk://{}")})):
            pass


async def test_a_person_gets_the_text_at_his_own_target():
    async with fake_ntfy() as fake:
        service = SecretStr(f"ntfy://{NTFY_TOKEN}@127.0.0.1:{fake.port}/{{}}")
        async with longtail.opened(AppriseSettings(services={"ntfy": service})) as way:
            assert (await way.send(at("ntfy:clinic-7"))).verdict is Verdict.ACCEPTED
    [taken] = fake.taken
    assert (taken["topic"], taken["title"]) == ("clinic-7", "高温报警")
    assert MESSAGE.text in taken["message"]


@pytest.mark.parametrize("target", ["a/b", "..", "a?to=other", "a@other.example", "a%2Fb", "a,b", "张"])
async def test_a_target_cannot_become_another_address(target: str):
    async with fake_ntfy() as fake:
        service = SecretStr(f"ntfy://{NTFY_TOKEN}@127.0.0.1:{fake.port}/{{}}")
        async with longtail.opened(AppriseSettings(services={"ntfy": service})) as way:
            answer = await way.send(at(f"ntfy:{target}"))
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "our.address")
    assert not fake.taken


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(400, Verdict.REFUSED), (403, Verdict.BROKEN), (429, Verdict.LATER), (500, Verdict.UNKNOWN)],
)
async def test_the_status_in_apprises_words_is_read(status: int, verdict: Verdict):
    async with fake_ntfy() as fake:
        fake.faults.append(says({"code": status * 100 + 1, "error": "words of ntfy"}, status))
        service = SecretStr(f"ntfy://{NTFY_TOKEN}@127.0.0.1:{fake.port}/{{}}")
        async with longtail.opened(AppriseSettings(services={"ntfy": service})) as way:
            answer = await way.send(at("ntfy:clinic"))
    assert (answer.verdict, answer.code) == (verdict, f"http.{status}")
    assert "words of ntfy" in answer.words
    assert NTFY_TOKEN not in answer.words


@pytest.mark.parametrize("address", ["", "clinic", "nobody:clinic", "ntfy:"])
async def test_an_address_of_no_service_is_refused(address: str):
    async with longtail.opened(AppriseSettings(services={"ntfy": SecretStr("ntfy://127.0.0.1:9/{}")})) as way:
        answer = await way.send(at(address))
    assert answer.verdict is Verdict.REFUSED
    assert "address" in answer.words


async def test_a_lost_connection_may_have_been_lost_after_the_message():
    async with longtail.opened(AppriseSettings(services={"ntfy": SecretStr("ntfy://127.0.0.1:9/{}")})) as way:
        assert (await way.send(at("ntfy:clinic"))).verdict is Verdict.UNKNOWN

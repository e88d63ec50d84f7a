"""The signed webhook: what is sent, how a receiver checks it, what its answers mean."""

import json
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.providers import webhook, webhook_back
from coldchain.providers.outcome import Verdict
from coldchain.providers.settings import WebhookSettings
from tests.fakes.receivers import SECRET, FakeSystem, fake_system
from tests.fakes.serving import Fault, Said
from tests.providers.messages import MESSAGE, SHORT, at

AT = 1_795_000_000_000
BODY = b'{"id": "n-1"}'


@pytest.fixture
async def fake() -> AsyncIterator[FakeSystem]:
    async with fake_system() as running:
        yield running


def settings(fake: FakeSystem, **changed: object) -> WebhookSettings:
    given = {"url": fake.url, "secret": SECRET, "timeout_s": 10.0, **changed}
    return WebhookSettings.model_validate(given)


async def test_the_receiver_gets_the_whole_message(fake: FakeSystem):
    async with webhook.opened(settings(fake)) as way:
        answer = await way.send(at("zhang"))
    assert (answer.verdict, answer.message_id) == (Verdict.ACCEPTED, "theirs-1")
    taken = fake.taken["n-4711-1"]
    assert (taken["to"], taken["text"], taken["code"]) == ("zhang", MESSAGE.text, "K7M2Q9")
    assert (taken["kind"], taken["language"], taken["short"]) == ("alarm", "zh", SHORT)


async def test_a_receiver_with_our_own_check_takes_it_and_acts_once(fake: FakeSystem):
    async with webhook.opened(settings(fake)) as way:
        await way.send(at("zhang"))
        await way.send(at("zhang"))
    first, second = (webhook.check(SECRET, asked.headers, asked.body, clock.wall()) for asked in fake.asked)
    assert first == second == "n-4711-1"
    assert len(fake.taken) == 1


async def test_a_receiver_without_numbers_is_answered_with_ours(fake: FakeSystem):
    fake.number = False
    async with webhook.opened(settings(fake)) as way:
        answer = await way.send(at("zhang"))
    assert (answer.verdict, answer.message_id, answer.code) == (Verdict.ACCEPTED, "n-4711-1", "http.204")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, Verdict.REFUSED),
        (413, Verdict.REFUSED),
        (422, Verdict.REFUSED),
        (301, Verdict.BROKEN),
        (401, Verdict.BROKEN),
        (404, Verdict.BROKEN),
        (429, Verdict.LATER),
        (500, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
    ],
)
async def test_each_status_means_what_it_means(fake: FakeSystem, status: int, verdict: Verdict):
    fake.faults.append(Fault("say", said=Said(b"words", status, {"Location": fake.url})))
    async with webhook.opened(settings(fake)) as way:
        answer = await way.send(at("zhang"))
    assert (answer.verdict, answer.code) == (verdict, f"http.{status}")
    assert not fake.taken


async def test_whether_it_names_a_person_is_the_countys_word(fake: FakeSystem):
    for named in (False, True):
        async with webhook.opened(settings(fake, names_person=named)) as way:
            assert way.names_person is named


def test_a_signature_covers_time_and_body():
    headers = webhook.headers(SECRET, "n-1", BODY, AT)
    # printf '1795000000.{"id": "n-1"}' | openssl dgst -sha256 -hmac a-webhook-secret-of-tests
    assert headers["Coldchain-Signature"] == "v1=492139fa6056d725b163817ed97b95d2e7bdc257b105da45abc7fabcdf8a8b3d"
    assert webhook.check(SECRET, headers, BODY, AT) == "n-1"


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({}, BODY + b" "),
        ({"Coldchain-Timestamp": "1795000001"}, BODY),
        ({"Coldchain-Signature": "v1=00"}, BODY),
        ({"Coldchain-Signature": ""}, BODY),
        ({"Coldchain-Signature": "v1=é"}, BODY),
    ],
)
def test_what_was_changed_is_not_believed(changed: dict[str, str], body: bytes):
    headers = {**webhook.headers(SECRET, "n-1", BODY, AT), **changed}
    with pytest.raises(BadInput, match="Coldchain-Signature"):
        webhook.check(SECRET, headers, body, AT)


@pytest.mark.parametrize("later_s", [-301, 301])
def test_what_was_kept_and_sent_again_is_not_believed(later_s: int):
    with pytest.raises(BadInput, match="Coldchain-Timestamp"):
        webhook.check(SECRET, webhook.headers(SECRET, "n-1", BODY, AT), BODY, AT + later_s * 1000)


def test_a_short_secret_is_refused_when_the_settings_are_read():
    with pytest.raises(ValueError, match="16"):
        WebhookSettings(url="https://c.example/", secret=SecretStr("short"))


@pytest.mark.parametrize("at", [-5, 0, 10**15, 10**30])
def test_a_time_that_is_none_is_that_of_its_arrival(at: int):
    body = json.dumps({"receipts": [{"id": "n1", "state": "read", "at": at}, {"id": "n2", "state": "read"}]}).encode()
    assert [each.at for each in webhook_back.receipts_of(body, 77, "webhook")] == [77, 77]

"""WeCom, WeChat, the groups' robots, mail, the webhook and the long tail before their fakes."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from coldchain.providers.chat_sections import GroupSettings
from coldchain.providers.opening import open_channels
from coldchain.providers.settings import AppriseSettings, ChannelsSettings, WebhookSettings
from coldchain.settings import Section
from tests.fakes import receivers, robots, smtp, wechat, wecom
from tests.fakes.serving import says
from tests.providers.contract.rig import As, Bad, Rig, Stand, http_bad, nobodys, timeout_s, waits
from tests.providers.messages import at

WRONG = SecretStr("not it, though as long as it should be")
ALL_BUT_HTTP = frozenset({Bad.REFUSE, Bad.HANG, Bad.HANG_AFTER, Bad.CUT_AFTER})


def _ways(name: str, section: Section) -> AbstractAsyncContextManager[dict[str, Any]]:
    return open_channels(ChannelsSettings.model_validate({name: section}))


def _url(how: As, port: int, path: str = "") -> str:
    url = f"http://127.0.0.1:{port}/{path}"
    return nobodys(url) if how is As.NOBODY_THERE else url


def _account(
    name: str, running: Callable[[], AbstractAsyncContextManager[Any]], code: int, words: str
) -> Callable[[As], AbstractAsyncContextManager[Stand]]:
    """WeCom and WeChat; what goes wrong shall go wrong with the message, so their token is fetched before it."""

    @asynccontextmanager
    async def stand(how: As) -> AsyncIterator[Stand]:
        async with running() as fake:
            changed = {"secret": WRONG} if how is As.WRONG_KEY else {}
            section = fake.settings(**{**waits(how), **changed, "url": _url(how, fake.port)})
            async with _ways(name, section) as ways:
                if how in (As.IT_IS, As.SILENT):
                    await ways[name]._tokens.get()
                bad = http_bad(fake, says({"errcode": code, "errmsg": words}))
                yield Stand(ways[name], lambda: len(fake.shown), bad, lambda: not fake.faults)

    return stand


def _robot(kind: robots.Kind) -> Callable[[As], AbstractAsyncContextManager[Stand]]:
    refused = (
        {"code": 19002, "msg": "params error"} if kind == "feishu" else {"errcode": 40035, "errmsg": "params error"}
    )

    @asynccontextmanager
    async def stand(how: As) -> AsyncIterator[Stand]:
        async with robots.fake_robots() as fake:
            group = GroupSettings(key=WRONG, secret=WRONG)
            changed: dict[str, Any] = {"groups": {"desk": group}} if how is As.WRONG_KEY else {}
            section = fake.settings(kind, **{**waits(how), **changed, "url": _url(how, fake.port)})
            async with _ways("robot", section) as ways:
                yield Stand(
                    ways["robot"], lambda: len(fake.shown), http_bad(fake, says(refused)), lambda: not fake.faults
                )

    return stand


@asynccontextmanager
async def _mail(how: As) -> AsyncIterator[Stand]:
    misbehaves = {Bad.HANG: "data", Bad.HANG_AFTER: "after", Bad.CUT_AFTER: "cut"}
    fake = smtp.FakeSmtp(tls="starttls", wants_login=True)

    def bad(how: Bad) -> None:
        fake.misbehaves = misbehaves.get(how, "")
        if how is Bad.REFUSE:
            fake.rcpt["zhang@county.example"] = "550 5.1.1 no such user here"

    with tempfile.TemporaryDirectory() as folder:
        async with smtp.fake_smtp(fake, Path(folder)):
            changed: dict[str, Any] = {"password": WRONG} if how is As.WRONG_KEY else {}
            port = 9 if how is As.NOBODY_THERE else fake.port
            async with _ways("mail", fake.settings(port=port, timeout_s=3 * timeout_s(how), **changed)) as ways:
                yield Stand(ways["mail"], lambda: len(fake.taken), bad, lambda: not fake.misbehaves)


@asynccontextmanager
async def _webhook(how: As) -> AsyncIterator[Stand]:
    async with receivers.fake_system() as fake:
        secret = WRONG if how is As.WRONG_KEY else SecretStr(receivers.SECRET)
        section = WebhookSettings.model_validate({"url": _url(how, fake.port, "told"), "secret": secret, **waits(how)})
        async with _ways("webhook", section) as ways:
            refused = says({"error": "nobody of that name"}, 422)
            yield Stand(ways["webhook"], lambda: len(fake.taken), http_bad(fake, refused), lambda: not fake.faults)


@asynccontextmanager
async def _apprise(how: As) -> AsyncIterator[Stand]:
    async with receivers.fake_ntfy() as fake:
        token = "tk_wrong" if how is As.WRONG_KEY else receivers.NTFY_TOKEN
        service = SecretStr(f"ntfy://{token}@127.0.0.1:{fake.port}/{{}}?rto={timeout_s(how)}")
        async with _ways("apprise", AppriseSettings(services={"ntfy": service}, timeout_s=timeout_s(how))) as ways:
            refused = says({"code": 40009, "http": 400, "error": "invalid topic"}, 400)
            yield Stand(ways["apprise"], lambda: len(fake.taken), http_bad(fake, refused), lambda: not fake.faults)


def _robot_rig(kind: robots.Kind, code: str) -> Rig:
    return Rig("robot", _robot(kind), at("desk"), at("no such group"), refusal=(code, "params error"))


RIGS = [
    Rig(
        name="wecom",
        stand=_account("wecom", wecom.fake_wecom, 81013, "user & party & tag all invalid"),
        message=at("ZhangSan"),
        bad_address=at("@all"),
        takes_again=False,
        refusal=("81013", "user & party & tag all invalid"),
    ),
    Rig(
        name="wechat",
        stand=_account("wechat", wechat.fake_wechat, 43004, "require subscribe"),
        message=at("oZhang"),
        bad_address=at("o Zhang"),
        takes_again=False,
        refusal=("43004", "require subscribe"),
    ),
    _robot_rig("wecom", "40035"),
    _robot_rig("dingtalk", "40035"),
    _robot_rig("feishu", "19002"),
    Rig(
        name="mail",
        stand=_mail,
        message=at("zhang@county.example"),
        bad_address=at("zhang@county.example\r\nBcc: all@county.example"),
        can=ALL_BUT_HTTP,
        refusal=("550", "recipient: 5.1.1 no such user here"),
    ),
    Rig(
        name="webhook",
        stand=_webhook,
        message=at("zhang"),
        bad_address=at(""),
        takes_again=False,
        refusal=("http.422", 'HTTP 422: {"error": "nobody of that name"}'),
    ),
    Rig(
        name="apprise",
        stand=_apprise,
        message=at("ntfy:clinic"),
        bad_address=at("clinic"),
        can=(frozenset(Bad) - {Bad.BUSY, Bad.UNREADABLE}),  # apprise hands on neither a header nor a body
        stands=frozenset(As) - {As.NOBODY_THERE},  # and does not tell a lost connection from one never made
        refusal=("http.400", "Failed to send ntfy notification to topic 'clinic': invalid topic, error=40009."),
    ),
]

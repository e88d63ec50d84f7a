"""The long tail through apprise: a hundred services for one adapter, but none whose plugin calls a refusal a success.

    NAME:target ─► services.NAME with the target in its place ─► apprise ─► true | false ─► its log's words ─► Answer

apprise answers true or false and no number. Some of its plugins look at the HTTP status alone, of services that refuse
with 200: those are refused when the settings are read. Those in `READ` were read and tried; any other needs the
county's own word (`trusted`).
"""

import asyncio
import logging
import re
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote

import apprise

from coldchain.errors import BadInput
from coldchain.providers import cutting
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.providers.settings import AppriseSettings

NAME = "apprise"
TEXT_B = 4096
AT_ONCE = 8
_ROBOT = "take [channels.robot], which reads the answer"
# A service that answers a refusal with HTTP 200, and a plugin that looks no further.
CALLS_A_REFUSAL_A_SUCCESS = {
    "wecombot": _ROBOT,
    "dingtalk": _ROBOT,
    "feishu": _ROBOT,
    "lark": _ROBOT,
    "wechat": "take [channels.wecom], which sees who was not reached",
    "mailto": "take [channels.mail], which sees each recipient's refusal",
    "mailtos": "take [channels.mail], which sees each recipient's refusal",
    "schan": "take pushplus or wxpusher, whose plugins read the answer",
    "pushdeer": "take ntfy or gotify, whose plugins read the answer",
    "pushdeers": "take ntfy or gotify, whose plugins read the answer",
    "qq": "take pushplus or wxpusher, whose plugins read the answer",
    "spugpush": "take pushplus or wxpusher, whose plugins read the answer",
    "vonage": "take twilio, which refuses with a status, or an SMS provider of [channels]",
    "nexmo": "take twilio, which refuses with a status, or an SMS provider of [channels]",
}
READ = frozenset(
    {"ntfy", "ntfys", "gotify", "gotifys", "json", "jsons", "form", "forms", "xml", "xmls"}
    | {"pushplus", "wxpusher", "tgram", "pover", "twilio"}
)
# apprise splits a URL after it has undone the quoting: a target with a stroke in it would become two.
_TARGET = re.compile(r"[A-Za-z0-9+_-][A-Za-z0-9+_.-]{0,127}")
_STATUS = re.compile(r"error=(\d{3})")
# Without files: a token that apprise kept on disk would be a secret of ours in a place that nobody looks after.
_ASSET = apprise.AppriseAsset(async_mode=False, storage_mode="memory", secure_logging=True, app_id="coldchain")


class Longtail:
    """The way. Made by `opened`."""

    name = NAME
    wakes = False
    names_person = True

    def __init__(self, section: AppriseSettings, threads: ThreadPoolExecutor) -> None:
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in section.limits)
        self._section = section
        self._threads = threads
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: Message) -> Answer:
        """`address` is NAME:target, a service of the settings and whom it shall reach there."""
        name, _, target = message.address.partition(":")
        service = self._section.services.get(name)
        if service is None or not _TARGET.fullmatch(target):
            return Answer(
                Verdict.REFUSED,
                "our.address",
                f"the address {message.address[:64]!r} names none of the services, or a target that is not of letters, digits and +_.-; write NAME:target",
            )
        url = service.get_secret_value().replace("{}", quote(target))
        async with self._turn:
            try:
                async with asyncio.timeout(self._section.timeout_s):
                    return await asyncio.get_running_loop().run_in_executor(self._threads, sent, url, message)
            except RuntimeError:  # the executor's word for: closed
                return Answer(Verdict.LATER, "our.closed", "the service is stopping; nothing was sent")
            except TimeoutError:
                return Answer(Verdict.UNKNOWN, "our.silence", "no answer in time")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the protocol's
        """Apprise gives no number and cannot ask."""
        return None


@asynccontextmanager
async def opened(section: AppriseSettings) -> AsyncIterator[Longtail]:
    """The way.

    Raises:
        BadInput: a service whose plugin is known to call a refusal a success, or that nobody has read.
    """
    for name, service in section.services.items():
        check(name, service.get_secret_value(), section.trusted)
    threads = ThreadPoolExecutor(2 * AT_ONCE, thread_name_prefix="apprise")
    try:
        yield Longtail(section, threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def check(name: str, url: str, trusted: tuple[str, ...] = ()) -> None:
    """Refuse a service whose plugin cannot be believed, before anybody relies on it.

    Raises:
        BadInput: naming the service and what to take instead.
    """
    field, schema = f"channels.apprise.services.{name}", url.partition("://")[0].lower()
    if schema in CALLS_A_REFUSAL_A_SUCCESS:
        raise BadInput(field, f"apprise's {schema} calls a refusal a success", CALLS_A_REFUSAL_A_SUCCESS[schema])
    if schema not in READ and schema not in trusted:
        cure = f"take one of {', '.join(sorted(READ))}, or try its refusals yourself and name it in trusted"
        raise BadInput(field, f"nobody here has read apprise's {schema[:32]!r}", cure)
    if "{}" not in url:
        raise BadInput(field, "no place for a person's target", "write {} where it belongs")


def sent(url: str, message: Message) -> Answer:
    """Tell by one apprise URL; blocks."""
    with _heard() as words:
        ways = apprise.Apprise(asset=_ASSET)
        if not ways.add(url):  # its words quote the token
            return Answer(Verdict.REFUSED, "our.address", "the address is none that apprise can make out")
        kind = apprise.NotifyType.SUCCESS if message.kind == "over" else apprise.NotifyType.WARNING
        body = cutting.whole_text(message, TEXT_B)
        told = ways.notify(body=body, title=message.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    return Answer(Verdict.ACCEPTED, "true", "", message.out_id) if told else refused("; ".join(words)[:500])


def refused(words: str) -> Answer:
    """What a false means, from the words of apprise's log; a lost connection may have been lost after the request."""
    status = _STATUS.search(words)
    if status is None:
        lost = "onnection error" in words
        return Answer(Verdict.UNKNOWN if lost else Verdict.REFUSED, "our.cut" if lost else "false", words)
    code = int(status[1])
    if code in (429, 503):
        verdict = Verdict.LATER
    elif code in (401, 403):
        verdict = Verdict.BROKEN
    else:
        verdict = Verdict.UNKNOWN if code >= 500 else Verdict.REFUSED
    return Answer(verdict, f"http.{code}", words)


class _Words(logging.Handler):
    """Keeps the warnings of one thread: plugins say why they failed there and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.words.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    handler = _Words()
    log = logging.getLogger("apprise")
    log.addHandler(handler)
    try:
        yield handler.words
    finally:
        log.removeHandler(handler)

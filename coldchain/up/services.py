"""The site's services as programs: what each is told, and as whom it goes to the broker."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from coldchain.up.site import SERVICES, Site
from coldchain.up.supervisor import Program, Supervisor, word


def own_gateway(site: Site) -> str | None:
    """The name of the gateway that this very machine is, when the site's settings have a `[[bus]]`."""
    tables = tomllib.loads(site.settings.read_text(encoding="utf-8"))
    return str(tables.get("gateway", {}).get("name", "gateway")) if tables.get("bus") else None


def environ(site: Site, broker_port: int) -> dict[str, str]:
    """What every service of the site is told."""
    return {
        "COLDCHAIN_SETTINGS": str(site.settings),
        "COLDCHAIN_BROKER__HOST": "127.0.0.1",
        "COLDCHAIN_BROKER__PORT": str(broker_port),
    }


def as_user(site: Site, user: str) -> dict[str, str]:
    """Who a service is on the broker."""
    return {"COLDCHAIN_BROKER__USER": user, "COLDCHAIN_BROKER__PASSWORD_FILE": str(site.broker_user(user))}


def watching(host: str, port: int) -> dict[str, str]:
    """What alerting's watch on the watcher is told: whom it watches."""
    local = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return {
        "COLDCHAIN_DEADMAN__DASHBOARDS_URL": f"http://{local}:{port}/api/v1/health",
    }


async def start_services(
    supervisor: Supervisor,
    site: Site,
    host: str,
    port: int,
    names: Sequence[str] = SERVICES,
    ways: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Start collector, alerting and dashboards (or those named), in the order of a reading's way.

    Args:
        supervisor: starts them.
        site: whose they are.
        host: of the pages.
        port: of the pages.
        names: which.
        ways: what alerting and dashboards are told of ways to people beside the settings' own.
    """
    for name in names:
        extra = as_user(site, name)
        if name != "collector":
            extra |= ways
        if name == "alerting":
            extra |= {key: text for key, text in watching(host, port).items() if key not in os.environ}
        if name == "dashboards":
            extra |= {"COLDCHAIN_DASHBOARDS__HOST": host, "COLDCHAIN_DASHBOARDS__PORT": str(port)}
        await supervisor.start(Program(name, word(name), site.log(name), extra))


async def start_gateway(supervisor: Supervisor, site: Site, name: str) -> None:
    """Start the gateway that reads this machine's own ports."""
    await supervisor.start(Program("gateway", word("gateway", "run"), site.log("gateway"), as_user(site, name)))


def by_phones(site: Site, port: int, pages: str) -> dict[str, str]:
    """The ways to simulated people: their telephones' gateway listens at that port, and knows one secret with us."""
    secret = str(site.secret("phones"))
    return {
        "COLDCHAIN_CHANNELS__WEBHOOK_SMS__URL": f"http://127.0.0.1:{port}/sms",
        "COLDCHAIN_CHANNELS__WEBHOOK_SMS__SECRET_FILE": secret,
        "COLDCHAIN_CHANNELS__WEBHOOK_VOICE__URL": f"http://127.0.0.1:{port}/voice",
        "COLDCHAIN_CHANNELS__WEBHOOK_VOICE__SECRET_FILE": secret,
        "COLDCHAIN_ALERTING__LINK_URL": f"{pages}/a/",
        # an hour of a clock that hurries is a minute: drills are asked for, and their answers have time to arrive
        "COLDCHAIN_DRILLS__MONTHLY": "false",
        "COLDCHAIN_DRILLS__ANSWER_MIN": "120",
    }


def phones(site: Site, port: int, pages: str, *, speaks: bool) -> Program:
    """The simulated telephones; what they are told is shown to whoever started us, or logged."""
    command = word("simulate", "phones", "--port", str(port), "--callbacks", pages)
    command += ["--secret-file", str(site.secret("phones"))]
    return Program("phones", command, site.log("phones"), speaks=speaks)

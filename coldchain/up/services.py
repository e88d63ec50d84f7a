"""The site's services as programs: what each is told, and as whom it goes to the broker."""

import tomllib
from collections.abc import Sequence

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


async def start_services(
    supervisor: Supervisor, site: Site, host: str, port: int, names: Sequence[str] = SERVICES
) -> None:
    """Start collector, alerting and dashboards (or those named), in the order of a reading's way."""
    for name in names:
        extra = as_user(site, name)
        if name == "dashboards":
            extra |= {"COLDCHAIN_DASHBOARDS__HOST": host, "COLDCHAIN_DASHBOARDS__PORT": str(port)}
        await supervisor.start(Program(name, word(name), site.log(name), extra))


async def start_gateway(supervisor: Supervisor, site: Site, name: str) -> None:
    """Start the gateway that reads this machine's own ports."""
    await supervisor.start(Program("gateway", word("gateway", "run"), site.log("gateway"), as_user(site, name)))

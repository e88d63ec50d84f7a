"""The site's services as programs: what each is told, and as whom it goes to the broker."""

from collections.abc import Sequence

from coldchain.up.site import SERVICES, Site
from coldchain.up.supervisor import Program, Supervisor, word


def known_gateways(site: Site) -> list[str]:
    """Gateways that were given a password before."""
    names = {path.name for path in (site.folder / "secrets").iterdir()}
    return sorted(name for name in names if name not in SERVICES and not name.startswith("user-"))


def environ(site: Site, broker_port: int) -> dict[str, str]:
    """What every service of the site is told."""
    return {
        "COLDCHAIN_SETTINGS": str(site.settings),
        "COLDCHAIN_BROKER__HOST": "127.0.0.1",
        "COLDCHAIN_BROKER__PORT": str(broker_port),
    }


def as_user(site: Site, user: str) -> dict[str, str]:
    """Who a service is on the broker."""
    return {"COLDCHAIN_BROKER__USER": user, "COLDCHAIN_BROKER__PASSWORD_FILE": str(site.secret(user))}


async def start_services(
    supervisor: Supervisor, site: Site, host: str, port: int, names: Sequence[str] = SERVICES
) -> None:
    """Start collector, alerting and dashboards (or those named), in the order of a reading's way."""
    for name in names:
        extra = as_user(site, name)
        if name == "dashboards":
            extra |= {"COLDCHAIN_DASHBOARDS__HOST": host, "COLDCHAIN_DASHBOARDS__PORT": str(port)}
        await supervisor.start(Program(name, word(name), site.log(name), extra))

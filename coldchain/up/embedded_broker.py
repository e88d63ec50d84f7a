"""amqtt as the broker of a site without mosquitto: `python -m coldchain.up.embedded_broker FOLDER PORT USER…`.

For looking around: it takes some hundred messages a second and speaks MQTT 3.1.1. Users and access are as strict as
mosquitto's: the same list, turned into amqtt's form.
"""

import asyncio
import hmac
import sys
from dataclasses import dataclass, field
from pathlib import Path

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from coldchain import service
from coldchain.up.brokers import deployed
from coldchain.up.site import Site


class SitePasswords(BaseAuthPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Lets in whoever knows the secret that the site's folder holds for that name."""

    async def authenticate(self, *, session: Session) -> bool:
        """True for a listed user with its password."""
        known: dict[str, str] = self._get_config_option("passwords", {})
        expected = known.get(session.username or "")
        return expected is not None and hmac.compare_digest(expected, session.password or "")

    @dataclass
    class Config:
        """User → password."""

        passwords: dict[str, str] = field(default_factory=dict)


def access_lists(acl: str, users: list[str]) -> dict[str, dict[str, list[str]]]:
    """Mosquitto's access file as user → topics, apart for `write` and `read`."""
    lists: dict[str, dict[str, list[str]]] = {"write": {u: [] for u in users}, "read": {u: [] for u in users}}
    current = ""
    for line in acl.splitlines():
        match line.split():
            case ["user", name]:
                current = name
            case ["topic", access, topic] if current in users:
                lists[access][current].append(topic)
            case ["pattern", access, topic]:
                for user in users:
                    lists[access][user].append(topic.replace("%u", user))
    return lists


def config(site: Site, port: int, users: list[str]) -> dict[str, object]:
    """Amqtt's configuration."""
    acl = access_lists(deployed("mosquitto/acl").read_text(), users)
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {
            "coldchain.up.embedded_broker.SitePasswords": {
                "passwords": {u: site.broker_user(u).read_text().strip() for u in users}
            },
            "amqtt.plugins.topic_checking.TopicAccessControlListPlugin": {
                "publish_acl": acl["write"],
                "acl": acl["read"],
            },
        },
    }


async def serve(site: Site, port: int, users: list[str]) -> None:
    """Run until cancelled."""
    broker = Broker(config(site, port, users))
    await broker.start()
    try:
        await asyncio.Event().wait()
    finally:
        await broker.shutdown()


if __name__ == "__main__":
    _folder, _port, *_users = sys.argv[1:]
    service.run(lambda: serve(Site(Path(_folder)), int(_port), _users), log_level="warning")

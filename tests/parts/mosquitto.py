"""A real mosquitto with the access list that is deployed, plus users for any gateway and for foreign MQTT devices."""

import getpass
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from coldchain.settings import BrokerSettings
from tests.parts.process import Server, answers, free_port, program

DEPLOY = Path(__file__).parents[2] / "deploy" / "mosquitto"
# Beside the deployed list: `device` stands for foreign sensors on a gateway's own broker, `tester` hears and says all.
EXTRA_ACL = """
user device
topic readwrite tele/#
topic readwrite zigbee2mqtt/#

user tester
topic readwrite #
"""


class Mosquitto(Server):
    """`settings(user)` gives what `coldchain.broker.connect` wants; every user's password is its name backwards."""

    def __init__(self, folder: Path, gateways: Iterable[str]) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.folder = folder
        users = ["collector", "alerting", "dashboards", "device", "tester", *gateways]
        passwords = folder / "passwords"
        passwords.write_text("".join(f"{user}:{self.password(user)}\n" for user in users))
        passwords.chmod(0o600)
        subprocess.run([program("mosquitto_passwd", "/usr/bin"), "-U", str(passwords)], check=True)
        (folder / "acl").write_text((DEPLOY / "acl").read_text() + EXTRA_ACL)
        (folder / "acl").chmod(0o600)
        conf = folder / "mosquitto.conf"
        conf.write_text(
            (DEPLOY / "mosquitto.conf").read_text()
            + f"\nlistener {self.port} 127.0.0.1\npassword_file {passwords}\nacl_file {folder / 'acl'}\n"
            + f"user {getpass.getuser()}\n"
        )
        command = [program("mosquitto", "/usr/sbin"), "-c", str(conf)]
        super().__init__(command, folder / "mosquitto.log", lambda: answers(self.port))

    @staticmethod
    def password(user: str) -> str:
        return user[::-1]

    def settings(self, user: str) -> BrokerSettings:
        return BrokerSettings(
            host=self.host, port=self.port, user=user, password=SecretStr(self.password(user)), keepalive_s=10
        )


@contextmanager
def mosquitto_broker(folder: Path, gateways: Iterable[str] = ()) -> Iterator[Mosquitto]:
    """A running mosquitto, stopped on leaving."""
    folder.mkdir(parents=True, exist_ok=True)
    broker = Mosquitto(folder, gateways)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()

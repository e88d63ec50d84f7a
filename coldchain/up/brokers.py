"""Which broker a site on one machine runs: mosquitto when it is installed, else amqtt with a printed warning.

Both get the same users with random passwords and the same access list, `deploy/mosquitto/acl`.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import coldchain
from coldchain.errors import BadInput
from coldchain.up.site import SERVICES, Site
from coldchain.up.supervisor import Program

RESERVED = frozenset(SERVICES)
NO_MOSQUITTO = (
    "warning: mosquitto is not installed; using the embedded broker, which is for looking around only"
    " (apt install mosquitto)"
)


def deployed(name: str) -> Path:
    """A file of `deploy/`, from the source tree or from the installed package."""
    package = Path(coldchain.__file__).parent
    for folder in (package.parent / "deploy", package / "deploy"):
        if (folder / name).exists():
            return folder / name
    raise BadInput(f"deploy/{name}", "is missing", "install coldchain again")


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_mosquitto() -> str | None:
    """The broker's path; Debian keeps it where not every PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def broker_program(site: Site, port: int, gateways: Iterable[str]) -> Program:
    """The broker to run, its users and access list written."""
    users = [*SERVICES, *gateways]
    if taken := RESERVED & set(gateways):
        raise BadInput("gateway", f"{min(taken)!r} is a service's name", "name the gateway otherwise")
    mosquitto = find_mosquitto()
    if mosquitto is None:
        print(NO_MOSQUITTO, file=sys.stderr)
        for user in users:
            site.broker_user(user)
        command = [sys.executable, "-m", "coldchain.up.embedded_broker", str(site.folder), str(port), *users]
        return Program("broker", command, site.log("broker"))
    return Program("broker", [mosquitto, "-c", str(_mosquitto_conf(site, port, users))], site.log("broker"))


def _mosquitto_conf(site: Site, port: int, users: list[str]) -> Path:
    folder = site.folder / "mosquitto"
    folder.mkdir(mode=0o700, exist_ok=True)
    passwords = folder / "passwords"
    _private(passwords, "".join(f"{user}:{site.broker_user(user).read_text().strip()}\n" for user in users))
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)  # noqa: S603, S607 - hashes the file in place
    _private(folder / "acl", deployed("mosquitto/acl").read_text())
    conf = folder / "mosquitto.conf"
    conf.write_text(
        deployed("mosquitto/mosquitto.conf").read_text()
        + f"\nlistener {port} 127.0.0.1\npassword_file {passwords}\nacl_file {folder / 'acl'}\n"
        + f"user {getpass.getuser()}\n"
    )
    return conf


def _private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)

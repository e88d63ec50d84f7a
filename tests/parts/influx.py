"""InfluxDB 1.6.7 through a path rewrite: Debian's real influxd behind an nginx that only turns `/api/v2/write` into
`/write`. It proves line protocol, precision, partial writes, type conflicts, kills and read-back with InfluxQL. It is
not InfluxDB 2; `COLDCHAIN_TEST_INFLUX_URL`, `…_TOKEN`, `…_ORG`, `…_BUCKET` name a real one for the same suite."""

import getpass
import itertools
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coldchain.settings import SeriesSettings
from tests.parts.process import Server, answers, free_port, program

INFLUX_CONF = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""

# Bucket is "db" or "db/rp"; 1.6.7 takes the unknown precision "us" for nanoseconds without a word, hence the map.
NGINX_CONF = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log; worker_processes 1; {user}
events {{ worker_connections 256; }}
http {{
  access_log off; client_max_body_size 64m; client_body_buffer_size 8m;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy; fastcgi_temp_path {folder}/nginx-f;
  uwsgi_temp_path {folder}/nginx-u; scgi_temp_path {folder}/nginx-s;
  map $arg_bucket $db {{ ~^(?<d>[^/%]+)(?:/|%2F|%2f) $d; default $arg_bucket; }}
  map $arg_bucket $rp {{ ~(?:/|%2F|%2f)(?<r>.+)$ $r; default ""; }}
  map $arg_precision $prec {{ ns n; us u; ms ms; s s; default n; }}
  upstream influxd {{ server 127.0.0.1:{upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization ""; proxy_read_timeout 300s;
    location = /api/v2/write {{
      set $args "db=$db&rp=$rp&precision=$prec"; rewrite ^ /write break; proxy_pass http://influxd;
    }}
    location / {{ proxy_pass http://influxd; }}
  }}
}}
"""


class Influx:
    """influxd and its nginx. `kill()` and `start()` concern influxd; nginx then answers 502, as a real proxy would."""

    def __init__(self, folder: Path) -> None:
        self.influxd_port, self.port = free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "influx.conf").write_text(INFLUX_CONF.format(rpc=free_port(), port=self.influxd_port, folder=folder))
        user = "user root;" if getpass.getuser() == "root" else ""
        (folder / "nginx.conf").write_text(
            NGINX_CONF.format(port=self.port, upstream=self.influxd_port, folder=folder, user=user)
        )
        self.influxd = Server(
            [program("influxd", "/usr/bin"), "-config", str(folder / "influx.conf")],
            folder / "influxd.log",
            lambda: answers(self.influxd_port) and self._pings(),
        )
        self.nginx = Server(
            [program("nginx", "/usr/sbin"), "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"],
            folder / "nginx.log",
            lambda: answers(self.port),
        )
        self._names = (f"test{n}" for n in itertools.count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _pings(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.influxd_port}/ping", timeout=1):
            return True
        return False

    def query(self, text: str) -> bytes:
        """Run InfluxQL on the server itself."""
        body = urllib.parse.urlencode({"q": text}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.influxd_port}/query", body, timeout=30) as answer:
            return bytes(answer.read())

    def query_in(self, database: str, text: str) -> bytes:
        """Run InfluxQL in a database, times as ms."""
        parameters = urllib.parse.urlencode({"db": database, "q": text, "epoch": "ms"})
        with urllib.request.urlopen(f"{self.url}/query?{parameters}", timeout=30) as answer:
            return bytes(answer.read())

    def settings(self, database: str | None = None) -> SeriesSettings:
        """Settings for a fresh database (or the named one)."""
        name = database or next(self._names)
        self.query(f'CREATE DATABASE "{name}"')
        return SeriesSettings(kind="influx", url=self.url, org="coldchain", bucket=name, timeout_s=10)

    def start(self) -> None:
        self.influxd.start()

    def kill(self) -> None:
        self.influxd.kill()


@contextmanager
def influx_server(folder: Path) -> Iterator[Influx]:
    """A running influxd behind its nginx, both stopped on leaving."""
    influx = Influx(folder)
    influx.influxd.start()
    influx.nginx.start()
    try:
        yield influx
    finally:
        influx.nginx.stop()
        influx.influxd.stop()

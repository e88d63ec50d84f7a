"""InfluxDB: writes through `/api/v2/write`, reads InfluxQL through `/query`, both with the client's async API.

Runs on 2.x (each bucket has a virtual DBRP mapping), 3.x, 1.8, and 1.6 behind a proxy that rewrites the write's path.
A bucket may be named `database/retention_policy`. It must keep everything for ever: the arrival journal relies on it.
A (channel, time) written twice takes the second value here; whoever writes has compared before.

While it takes a write, a server may show a point's value before its quality, or the other way round (seen on 1.6; its
storage is that of 1.8 and 2.x). What is half there is asked for again until it is whole: a page that left it out would
look like the end of a channel, and one that took it like a measurement without a value.
"""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientResponse
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

from coldchain.errors import Unavailable
from coldchain.reading import Reading, Trace
from coldchain.series import Envelope, Rollup, Span, UndatedTrace, lines
from coldchain.series import influxql as ql
from coldchain.series.answers import refusal
from coldchain.series.buckets import Bucket, envelope_of
from coldchain.series.rows import UndatedRow, check_step, undated_trace
from coldchain.settings import SeriesSettings
from coldchain.wire import Arrival, ArrivedBatch

R = TypeVar("R")
T = TypeVar("T")

WORTH_PACKING = 4096  # bytes; smaller bodies cross a network in a few packets either way
STATEMENTS = 100  # in one request
NAMES = 200  # in one condition
AGAIN_S: Final = (0.005, 0.02, 0.1, 0.4, 1.5)  # waited before what was half there is asked for once more

_readings = msgspec.json.Decoder(ql.Answer[ql.ReadingRow])
_undated = msgspec.json.Decoder(ql.Answer[ql.UndatedRow])
_buckets = msgspec.json.Decoder(ql.Answer[ql.BucketRow])
_rollups = msgspec.json.Decoder(ql.Answer[ql.RollupRow])
_arrivals = msgspec.json.Decoder(ql.Answer[ql.ArrivalRow])
_marks = msgspec.json.Decoder(ql.Answer[ql.MarkRow])
_batches = msgspec.json.Decoder(list[ArrivedBatch])


class InfluxSeries:
    """`coldchain.series.Series` on InfluxDB; see there for what each call promises. Made by `open`."""

    def __init__(self, client: InfluxDBClientAsync, settings: SeriesSettings) -> None:
        self._api: Any = client.api_client  # untyped
        database, _, policy = settings.bucket.partition("/")
        self._writing = [("org", settings.org), ("bucket", settings.bucket), ("precision", "ms")]
        self._reading = (
            [("db", database), ("rp", policy), ("epoch", "ms")] if policy else [("db", database), ("epoch", "ms")]
        )
        self._packs = urlsplit(settings.url).hostname not in {"localhost", "127.0.0.1", "::1"}

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: SeriesSettings) -> AsyncIterator["InfluxSeries"]:
        """Open the client; the server is first asked at the first call."""
        async with InfluxDBClientAsync(
            settings.url,
            settings.token.get_secret_value(),
            org=settings.org,
            timeout=round(settings.timeout_s * 1000),
            allow_redirects=False,  # a redirected write would be answered by somebody else's 200
            # Loading the system's certificates costs several MB; only https needs them.
            ssl_context=None if settings.url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        ) as client:
            yield cls(client, settings)

    async def write(self, traces: Sequence[Trace]) -> None:  # noqa: D102 - the protocol says it, here and below
        await self._write(lines.readings(traces))

    async def write_undated(self, traces: Sequence[UndatedTrace]) -> None:  # noqa: D102
        await self._write(lines.undated(traces))

    async def write_arrivals(self, arrivals: Sequence[Arrival]) -> None:  # noqa: D102
        await self._write(lines.arrivals(arrivals))

    async def read(self, channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:  # noqa: D102
        [tables] = await self._whole(_readings, [ql.span(channel, start, end, limit)], ql.is_half_read)
        return _trace(channel, tables)

    async def read_spans(self, spans: Sequence[Span]) -> list[Trace]:  # noqa: D102
        statements = [ql.span(span.channel, span.start, span.end) for span in spans]
        answers = await self._whole(_readings, statements, ql.is_half_read)
        return [_trace(span.channel, tables) for span, tables in zip(spans, answers, strict=True)]

    async def before(self, channel: str, time: int, count: int = 1) -> Trace:  # noqa: D102
        return (await self.before_each({channel: time}, count))[channel]

    async def before_each(self, times: Mapping[str, int], count: int = 1) -> dict[str, Trace]:  # noqa: D102
        statements = [ql.before(channel, time, count) for channel, time in times.items()]
        answers = await self._whole(_readings, statements, ql.is_half_read)
        return {
            channel: _trace(channel, [ql.Table(table.values[::-1]) for table in tables])
            for channel, tables in zip(times, answers, strict=True)
        }

    async def after(self, channel: str, time: int, count: int = 1) -> Trace:  # noqa: D102
        return await self.read(channel, time, _LATEST, limit=count)

    async def newest(self, channels: Iterable[str] | None = None) -> dict[str, Reading]:  # noqa: D102
        wheres = [[]] if channels is None else [[ql.of_channels(few)] for few in _split(list(channels), NAMES)]
        # A selector with another field beside it gives that field of the same point: absent where the value is.
        asked = [ql.select("value, last(quality)", "reading", where, "GROUP BY channel") for where in wheres]
        answers = [tables for text in asked for tables in await self._whole(_readings, [text], ql.is_half_read)]
        newest = [(table.tags["channel"], _trace(table.tags["channel"], [table])) for its in answers for table in its]
        return {channel: trace.readings()[0] for channel, trace in newest}

    async def undated(self, channel: str) -> list[UndatedTrace]:  # noqa: D102
        where = [ql.tagged("channel", channel)]
        text = ql.select("value, quality, after, before", "undated", where, "GROUP BY boot")
        [tables] = await self._whole(_undated, [text], ql.is_half_read)
        rows = [(table.tags["boot"], cast("list[UndatedRow]", table.values)) for table in tables]
        return [undated_trace(channel, boot, its) for boot, its in rows]

    async def heads(self) -> dict[tuple[str, int], int]:  # noqa: D102
        text = ql.select("last(batches)", "arrival", then='GROUP BY collector, "shard"')
        [tables] = await self._query(_arrivals, [text])
        return {(table.tags["collector"], int(table.tags["shard"])): table.values[0][0] for table in tables}

    async def arrivals(self, collector: str, shard: int, after: int, limit: int = 1000) -> list[Arrival]:  # noqa: D102
        where = [ql.tagged("collector", collector), ql.tagged("shard", shard), f"time > {after:d}ms"]
        [tables] = await self._query(_arrivals, [ql.select("batches", "arrival", where, f"LIMIT {limit:d}")])
        return [Arrival(collector, shard, row[0], _batches.decode(row[1])) for table in tables for row in table.values]

    async def envelope(self, channel: str, start: int, end: int, points: int) -> Envelope:  # noqa: D102
        return await envelope_of(self, channel, start, end, points)

    async def buckets(self, channel: str, start: int, end: int, step: int) -> list[Bucket]:
        """Believed raw readings in buckets of `step` from `start` on."""
        where = [ql.tagged("channel", channel), ql.BELIEVED, ql.within(start, end)]
        grid = f"GROUP BY time({step:d}ms, {start % step:d}ms) fill(none)"
        text = ql.select("min(value), max(value), mean(value), count(value)", "reading", where, grid)
        [tables] = await self._query(_buckets, [text])
        return [Bucket(*row) for table in tables for row in table.values]

    async def write_rollups(self, rollups: Sequence[Rollup], step: int) -> None:  # noqa: D102
        await self._write(lines.rollups(rollups, check_step(step)))

    async def rollups(self, channel: str, start: int, end: int, step: int) -> list[Rollup]:  # noqa: D102
        return (await self.rollup_spans([Span(channel, start, end)], step))[0]

    async def rollup_spans(self, spans: Sequence[Span], step: int) -> list[list[Rollup]]:  # noqa: D102
        name = lines.rollup_name(check_step(step))
        wheres = ([ql.tagged("channel", span.channel), ql.within(span.start, span.end)] for span in spans)
        statements = [ql.select("low, high, mean, known, count", name, where) for where in wheres]
        answers = await self._whole(_rollups, statements, ql.is_half_rolled)
        return [
            [Rollup(span.channel, *cast("tuple[Any, ...]", row)) for table in tables for row in table.values]
            for span, tables in zip(spans, answers, strict=True)
        ]

    async def set_marks(self, marks: dict[str, int]) -> None:  # noqa: D102
        await self._write(lines.marks(marks))

    async def marks(self) -> dict[str, int]:  # noqa: D102
        [tables] = await self._query(_marks, [ql.select("position", "mark", then='GROUP BY "name"')])
        return {table.tags["name"]: table.values[0][1] for table in tables}

    async def delete(self, channel: str, start: int, end: int) -> None:  # noqa: D102
        # InfluxQL's own statement: 1.x and 2.x answer it alike; 3.x Core says that it deletes nothing.
        await self._query(_marks, [ql.delete(channel, start, end)])

    async def ping(self) -> None:  # noqa: D102
        await self._query(_marks, [ql.select("position", "mark", then="LIMIT 1")])

    async def _write(self, body: bytes) -> None:
        if not body:
            return
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self._packs and len(body) > WORTH_PACKING:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        answer, said = await self._call("/api/v2/write", query_params=self._writing, header_params=headers, body=body)
        if answer.status != HTTPStatus.NO_CONTENT:
            raise refusal(answer.status, answer.headers, said)

    async def _query(
        self, decoder: "msgspec.json.Decoder[ql.Answer[R]]", statements: Sequence[str]
    ) -> list[list[ql.Table[R]]]:
        answer, body = await self._call(
            "/query",
            query_params=self._reading,
            header_params={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            post_params=[("q", ";".join(statements))],
        )
        if answer.status != HTTPStatus.OK:
            raise refusal(answer.status, answer.headers, body)
        return ql.decoded(decoder, body)

    async def _whole(
        self, decoder: "msgspec.json.Decoder[ql.Answer[R]]", statements: Sequence[str], is_half: Callable[[R], bool]
    ) -> list[list[ql.Table[R]]]:
        """Rows of which nothing is missing, of any number of statements."""
        found: list[list[ql.Table[R]]] = []
        for few in _split(statements, STATEMENTS):
            found += await self._whole_once(decoder, few, is_half)
        return found

    async def _whole_once(
        self, decoder: "msgspec.json.Decoder[ql.Answer[R]]", statements: Sequence[str], is_half: Callable[[R], bool]
    ) -> list[list[ql.Table[R]]]:
        half = None
        for wait_s in (0.0, *AGAIN_S):
            await asyncio.sleep(wait_s)
            answers = await self._query(decoder, statements)
            half = _half(answers, statements, is_half)
            if half is None:
                return answers
        raise Unavailable(f"series: part of a point stays missing; write it whole or delete it: {half}")

    async def _call(self, path: str, **request: object) -> tuple[ClientResponse, bytes]:
        """One request. Its answer comes back as it is: the client's own errors would hide the status and its headers."""
        try:
            answer: ClientResponse = await self._api.call_api(path, "POST", _preload_content=False, **request)
            return answer, await answer.read()
        except TimeoutError as error:
            raise Unavailable("series: no answer in time") from error
        except (ClientError, OSError) as error:
            raise Unavailable(f"series: {type(error).__name__} {error}") from error


_LATEST = 9_223_372_036_854  # the last ms that InfluxDB's nanoseconds can name


def _half(
    answers: Sequence[Sequence[ql.Table[R]]], statements: Sequence[str], is_half: Callable[[R], bool]
) -> str | None:
    """The first row that is half there, and what was asked."""
    for tables, statement in zip(answers, statements, strict=True):
        for table in tables:
            for row in table.values:
                if is_half(row):
                    return f"{row} in the answer to {statement}"
    return None


def _trace(channel: str, tables: Sequence[ql.Table[ql.ReadingRow]]) -> Trace:
    """Of rows that are whole."""
    rows = [row for table in cast("Sequence[ql.Table[tuple[int, float | None, int]]]", tables) for row in table.values]
    return Trace(channel, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def _split(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (items[i : i + most] for i in range(0, len(items), most))

// Draws the charts of a piece of equipment with uPlot: the band, excursions, unknown time, time without mains, and lines
// that break where nothing is known. Times are shown in the site's zone on a 24 hour clock, whatever the browser's is.
"use strict";

(() => {
  const box = document.getElementById("charts");
  if (!box) return;
  const texts = JSON.parse(box.dataset.texts);
  const lang = box.dataset.lang;
  const REFRESH_MS = 30000;
  const COLOURS = ["#0b5c6b", "#8e44ad", "#b7600b", "#3c6e2f"];
  let plots = [];

  const formats = (zone) => {
    const make = (options) => new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { timeZone: zone, hourCycle: "h23", ...options });
    const clock = make({ hour: "2-digit", minute: "2-digit" });
    const day = make({ month: lang === "en" ? "short" : "long", day: "numeric" });
    return {
      clock: (s) => clock.format(s * 1000),
      day: (s) => day.format(s * 1000),
      full: (s) => `${day.format(s * 1000)} ${clock.format(s * 1000)}`,
    };
  };

  const hatch = (context) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = "#9aa3ac";
    pen.lineWidth = 1;
    for (const x of [-8, 0, 8]) {
      pen.beginPath();
      pen.moveTo(x, 8);
      pen.lineTo(x + 8, 0);
      pen.stroke();
    }
    return context.createPattern(tile, "repeat");
  };

  // Everything behind the lines; in canvas pixels.
  const backdrop = (room, mains) => (u) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const x = (s) => Math.max(left, Math.min(left + width, u.valToPos(s, "x", true)));
    const y = (c) => Math.max(top, Math.min(top + height, u.valToPos(c, "y", true)));
    const across = (span, fill, y0 = top, h = height) => {
      ctx.fillStyle = fill;
      ctx.fillRect(x(span[0]), y0, Math.max(1, x(span[1]) - x(span[0])), h);
    };
    ctx.save();
    const high = room.high_c === null ? top : y(room.high_c);
    const low = room.low_c === null ? top + height : y(room.low_c);
    if (room.low_c !== null || room.high_c !== null) {
      ctx.fillStyle = "#e3f2e9";
      ctx.fillRect(left, high, width, low - high);
    }
    for (const one of room.excursions) {
      const cold = one.kind.includes("freeze");
      const fill = one.loud ? (cold ? "#d9e6f7" : "#f9dcd9") : "#fcefd5";
      across([one.start, one.end], fill);
    }
    for (const span of room.unknown) {
      across(span, "rgba(255,255,255,.75)");
      across(span, hatch(ctx));
    }
    for (const span of mains) across(span, "#f0b95c", top + height - 5 * devicePixelRatio, 5 * devicePixelRatio);
    ctx.restore();
  };

  // Above the grid, below the lines: the limits of the band, and the word for unknown time.
  const marks = (room) => (u) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const x = (s) => Math.max(left, Math.min(left + width, u.valToPos(s, "x", true)));
    const y = (c) => Math.max(top, Math.min(top + height, u.valToPos(c, "y", true)));
    ctx.save();
    for (const span of room.unknown) {
      if (x(span[1]) - x(span[0]) > 60 * devicePixelRatio) {
        ctx.font = `${12 * devicePixelRatio}px sans-serif`;
        ctx.textAlign = "center";
        const middle = (x(span[0]) + x(span[1])) / 2;
        const wide = ctx.measureText(texts.unknown).width + 10 * devicePixelRatio;
        ctx.fillStyle = "#fff";
        ctx.fillRect(middle - wide / 2, top + 6 * devicePixelRatio, wide, 18 * devicePixelRatio);
        ctx.fillStyle = "#59636e";
        ctx.fillText(texts.unknown, middle, top + 19 * devicePixelRatio);
      }
    }
    ctx.strokeStyle = "#7fae93";
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const limit of [room.low_c, room.high_c]) {
      if (limit === null) continue;
      ctx.beginPath();
      ctx.moveTo(left, y(limit));
      ctx.lineTo(left + width, y(limit));
      ctx.stroke();
    }
    ctx.restore();
  };

  const degrees = (v) => (v === null || v === undefined ? "—" : `${v.toFixed(1).replace("-", "−")} °C`);

  // The band is always in sight, and whatever lies beyond it, with some air.
  const rangeOf = (room) => () => {
    const values = room.lines.flatMap((line) => [...line.low, ...line.high]).filter((v) => v !== null);
    for (const limit of [room.low_c, room.high_c]) if (limit !== null) values.push(limit);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const air = Math.max(1, (high - low) * 0.12);
    return [low - air, high + air];
  };

  const seriesOf = (room) => {
    const tables = [];
    const series = [];
    const bands = [];
    room.lines.forEach((line, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const even = line.low.every((v, n) => v === line.high[n]);
      const look = { stroke: colour, width: 1.5, spanGaps: false, points: { show: false }, value: (u, v) => degrees(v) };
      if (even) {
        tables.push([line.t, line.low]);
        series.push({ ...look, label: line.label });
      } else {
        tables.push([line.t, line.high, line.low]);
        bands.push({ series: [series.length + 1, series.length + 2], fill: colour + "55" });
        series.push({ ...look, width: 1, label: `${line.label} ${texts.high}` });
        series.push({ ...look, width: 1, label: `${line.label} ${texts.low}` });
      }
    });
    return { data: uPlot.join(tables), series, bands };
  };

  const draw = (all) => {
    const format = formats(all.zone);
    plots.forEach((plot) => plot.destroy());
    plots = [];
    box.replaceChildren();
    if (!all.rooms.length) box.textContent = texts.empty;
    for (const room of all.rooms) {
      const holder = document.createElement("div");
      holder.className = "chart";
      const title = document.createElement("h3");
      title.textContent = room.label;
      holder.append(title);
      box.append(holder);
      const { data, series, bands } = seriesOf(room);
      const days = all.end - all.start > 2 * 86400;
      const narrow = box.clientWidth < 600;
      const options = {
        width: box.clientWidth,
        height: narrow ? 230 : 300,
        tzDate: (s) => uPlot.tzDate(new Date(s * 1000), all.zone),
        cursor: { drag: { x: true, y: false } },
        legend: { live: true },
        scales: { x: { time: true, range: () => [all.start, all.end] }, y: { range: rangeOf(room) } },
        axes: [
          {
            space: days ? 70 : 60,
            stroke: "#55616b",
            grid: { stroke: "#edf0f2" },
            values: (u, ticks) => ticks.map((s) => (format.clock(s) === "00:00" ? format.day(s) : days && narrow ? "" : format.clock(s))),
          },
          { stroke: "#55616b", size: 52, space: 24, incrs: [1, 2, 5, 10, 20, 50], grid: { stroke: "#edf0f2" }, values: (u, ticks) => ticks.map((v) => `${v}°`.replace("-", "−")) },
        ],
        series: [{ label: texts.time, value: (u, s) => (s === null ? "—" : format.full(s)) }, ...series],
        bands,
        hooks: { drawClear: [backdrop(room, all.without_mains)], drawAxes: [marks(room)] },
      };
      plots.push(new uPlot(options, data, holder));
    }
    box.dataset.drawn = String(plots.length);
  };

  let last = null;
  const load = async () => {
    try {
      const answer = await fetch(box.dataset.source, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      last = await answer.json();
      draw(last);
    } catch {
      if (!last) box.textContent = texts.failed;
    }
  };

  let width = box.clientWidth;
  addEventListener("resize", () => {
    if (last && box.clientWidth !== width) {
      width = box.clientWidth;
      draw(last);
    }
  });
  setInterval(() => {
    if (!document.hidden && !plots.some((plot) => plot.cursor.left > 0)) load();
  }, REFRESH_MS);
  load();
})();

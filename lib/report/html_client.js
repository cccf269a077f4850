// The script of the HTML report: draws its charts, sorts its table, opens what is chosen. It asks nobody for anything.
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = new Map();
  const NARROW = 520, HEIGHT = 220, PRINT_WIDTH = 680;
  const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const scaled = (value, base, units) => {
    let unit = 0;
    while (Math.abs(value) >= base * 0.9995 && unit < units.length - 1) {
      value /= base;
      unit++;
    }
    const digits = value === 0 || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
    return [String(Number(value.toFixed(digits))), units[unit]];
  };
  const formatSeconds = (seconds) => {
    if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
    const two = (value) => String(Math.floor(value)).padStart(2, "0");
    if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
    return `${Math.floor(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`;
  };
  const FORMATS = {
    percent: (value) => `${Number(value.toFixed(1))} %`,
    samples: (value) => scaled(value, 1000, ["", "k", "M", "G"]).join(" ").trim(),
    bytes: (value) => `${scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]).join(" ")}/s`,
    us: (value) => scaled(value, 1000, ["µs", "ms", "s"]).join(" "),
    cores: (value) => String(Number(value.toFixed(2))),
  };

  /** Ticks of bytes fall on whole steps of binary units. */
  const BINARY_STEPS = Array.from({ length: 44 }, (_, power) => 2 ** power);

  function scaleOf({ yUnit, isLogarithmic, lines }) {
    if (isLogarithmic) return { distr: 3 };
    if (yUnit === "percent") {
      const lowest = Math.min(...lines.flatMap(({ values }) => values.filter((value) => value !== null)));
      return { range: () => [Math.max(0, Math.floor((lowest - 2) / 10) * 10), 100] };
    }
    return { range: (_, __, highest) => [0, highest > 0 ? highest * 1.2 : 1] };
  }

  function drawMarks(chart, plot) {
    const { ctx, bbox: { left, top, width, height } } = plot;
    const ratio = globalThis.devicePixelRatio || 1;
    ctx.save();
    ctx.strokeStyle = colourOf("--line-strong");
    ctx.fillStyle = colourOf("--soft");
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    const visible = chart.marks
      .map(({ at, label }) => ({ x: Math.round(plot.valToPos(at, "x", true)), label }))
      .filter(({ x }) => x >= left && x <= left + width);
    for (const { x } of visible) {
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    // Where there is no room for all names, epochs come before evaluations.
    const taken = [];
    const byRank = [true, false].flatMap((isEpoch) =>
      visible.filter(({ label }) => label.startsWith("epoch") === isEpoch)
    );
    for (const { x, label } of byRank) {
      const begin = x + 4 * ratio, end = begin + ctx.measureText(label).width;
      if (
        end > left + width ||
        taken.some((other) => begin < other.end + 6 * ratio && end > other.begin - 6 * ratio)
      ) continue;
      ctx.fillText(label, begin, top + 2 * ratio);
      taken.push({ begin, end });
    }
    ctx.restore();
  }

  /** Writes what lies under the pointer into the key above the chart. */
  function showValues(element, chart, plot) {
    const index = plot.cursor.idx;
    for (const now of element.previousElementSibling.querySelectorAll(".now")) {
      const isTime = now.dataset.place === "x";
      const value = index === null || index === undefined
        ? undefined
        : (isTime ? chart.x : chart.lines[now.dataset.place].values)[index];
      const isKnown = value !== null && value !== undefined;
      const format = !isTime
        ? FORMATS[chart.yUnit]
        : chart.xUnit === "seconds"
        ? formatSeconds
        : (at) => `${chart.xUnit.name} ${at}`;
      now.textContent = isKnown ? format(value) : "";
    }
  }

  /** Draws a line that breaks where there is no value; uPlot's own cuts it off there, and leaves the ends of the cut. */
  function tracePath(plot, series, first, last) {
    const values = plot.data[series], path = new Path2D();
    let isOpen = false;
    // One more on either side: a line that was zoomed into goes on to the edge.
    for (let index = Math.max(0, first - 1); index <= Math.min(values.length - 1, last + 1); index++) {
      const value = values[index];
      if (value !== null) {
        const x = plot.valToPos(plot.data[0][index], "x", true), y = plot.valToPos(value, "y", true);
        if (isOpen) path.lineTo(x, y);
        else path.moveTo(x, y);
        const isAlone = !isOpen && (values[index + 1] ?? null) === null;
        if (isAlone) path.lineTo(x + 0.1, y);
      }
      isOpen = value !== null;
    }
    return { stroke: path, fill: null, clip: null, band: null, gaps: null, flags: 1 };
  }

  function draw(element) {
    const chart = charts[element.dataset.chart];
    const format = FORMATS[chart.yUnit], isWhole = chart.xUnit !== "seconds";
    const isNarrow = element.clientWidth < NARROW;
    const font = "12px system-ui, sans-serif";
    const axis = {
      stroke: () => colourOf("--soft"),
      grid: {
        stroke: () => colourOf("--line"),
        width: 1,
        ...(chart.isLogarithmic &&
          { filter: (_, ticks) => ticks.map((tick) => Number.isInteger(Math.log10(tick)) ? tick : null) }),
      },
      ticks: { show: false },
      font,
    };
    const hasDots = chart.lines.some(({ kind }) => kind === "dots");
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 12, 0, 0],
        scales: {
          x: {
            time: false,
            ...(isWhole && { range: (_, low, high) => [low - 0.5, high + 0.5] }),
          },
          y: scaleOf(chart),
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 28,
            space: isNarrow ? 64 : 80,
            values: (_, ticks) =>
              ticks.map((tick) => isWhole ? (Number.isInteger(tick) ? tick : "") : formatSeconds(tick)),
            ...(isWhole && { incrs: [1, 2, 5, 10, 20, 50, 100, 1000] }),
          },
          {
            ...axis,
            size: chart.yUnit === "bytes" ? 78 : 62,
            space: 36,
            values: (_, ticks) => ticks.map((tick) => tick === null ? "" : format(tick)),
            ...(chart.yUnit === "bytes" && { incrs: BINARY_STEPS }),
          },
        ],
        series: [
          {},
          ...chart.lines.map(({ colour, kind, width }) => ({
            stroke: () => colourOf(colour),
            width: kind === "dots" ? 0 : width ?? 2,
            ...(kind === "dashed" && { dash: [6, 4], width: 1.5 }),
            cap: kind === "dashed" ? "butt" : "round",
            paths: kind === "dots" ? () => null : tracePath,
            points: {
              ...(kind === "dashed" ? { show: false } : hasDots && { show: true }),
              size: kind === "dots" ? 7 : 5,
              fill: () => colourOf(colour),
            },
          })),
        ],
        legend: { show: false },
        cursor: { points: { size: 7 }, drag: { x: true, y: false } },
        hooks: {
          drawAxes: [(self) => drawMarks(chart, self)],
          setCursor: [(self) => showValues(element, chart, self)],
        },
      },
      [chart.x, ...chart.lines.map(({ values }) => values)],
      element,
    );
    const count = plot.data.slice(1).flat().filter((value) => value !== null).length;
    element.dataset.points = String(count);
    drawn.set(element, plot);
  }

  /** A chart in a closed element is drawn when that is opened: a page of many results opens at once. */
  function drawVisible(root) {
    for (const element of root.querySelectorAll("[data-chart]")) {
      const isOpen = element.closest("details:not([open])") === null;
      if (isOpen && !drawn.has(element)) draw(element);
    }
  }

  function resizeAll(widthOf) {
    for (const [element, plot] of drawn) {
      const width = widthOf(element);
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    }
  }

  function redrawAll() {
    for (const plot of drawn.values()) plot.redraw(false);
  }

  function sortBy(table, index, isDescending) {
    const body = table.tBodies[0];
    const valueOf = (row) => row.cells[index].dataset.value ?? row.cells[index].textContent;
    const rows = [...body.rows].sort((a, b) => {
      const first = valueOf(a), second = valueOf(b);
      const isNumber = first !== "" && second !== "" && !Number.isNaN(Number(first)) &&
        !Number.isNaN(Number(second));
      const order = isNumber ? Number(first) - Number(second) : first.localeCompare(second);
      return isDescending ? -order : order;
    });
    body.append(...rows);
    for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
      if (place === index) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
      head.querySelector("button").addEventListener("click", () => {
        sortBy(table, index, head.getAttribute("aria-sort") === "ascending");
      });
    }
  }

  function openChosen() {
    const chosen = location.hash && document.getElementById(location.hash.slice(1));
    if (chosen instanceof HTMLDetailsElement) {
      chosen.open = true;
      chosen.scrollIntoView();
    }
  }
  addEventListener("hashchange", openChosen);
  // A second click on the same link changes no hash.
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", () => setTimeout(openChosen));
  }
  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => drawVisible(details));
  }
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not([data-screen])")];
    for (const details of opened) details.open = true;
    drawVisible(document);
    resizeAll((element) => Math.min(PRINT_WIDTH, element.clientWidth));
    redrawAll();
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    resizeAll((element) => element.clientWidth);
    redrawAll();
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", redrawAll);
  }
  new ResizeObserver(() => {
    resizeAll((element) => element.clientWidth);
    drawVisible(document);
  }).observe(document.body);
  openChosen();
  drawVisible(document);
})();

"use strict";
(() => {
  const data = JSON.parse(document.getElementById("figures-data").textContent);
  const cases = data.cases;
  const $ = (id) => document.getElementById(id);

  // ---- Building blocks ----

  const SVG = "http://www.w3.org/2000/svg";
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
    made.append(...children);
    return made;
  }
  function shape(name, attributes, ...children) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
    made.append(...children);
    return made;
  }

  // ---- Numbers ----

  function digits(value, count) {
    if (value === 0) return "0";
    const places = Math.max(0, count - 1 - Math.floor(Math.log10(Math.abs(value))));
    return value.toLocaleString("en", {minimumFractionDigits: Math.min(places, 9), maximumFractionDigits: Math.min(places, 9)});
  }
  function size(bytes) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit++; }
    return `${Number.isInteger(bytes) ? bytes : digits(bytes, 3)} ${units[unit]}`;
  }
  const gib = (value) => digits(value / 2 ** 30, 3);
  function seconds(value) {
    if (value >= 1) return `${digits(value, 3)} s`;
    return value >= 1e-3 ? `${digits(value * 1e3, 3)} ms` : `${digits(value * 1e6, 3)} µs`;
  }
  const count = (value) => digits(value, Math.max(3, Math.ceil(Math.log10(Math.abs(value) + 1))));

  // ---- Labels: one colour and one mark each, on all charts ----

  const labels = [...new Set(cases.map((one) => one.label))];
  const colour = (label) => `var(--c${labels.indexOf(label) % 10})`;
  const marks = [
    "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0z", "M-4 -4H4V4H-4z", "M0 -5L5 4H-5z", "M0 -5.5L5.5 0L0 5.5L-5.5 0z",
    "M0 5L5 -4H-5z", "M-5 -2H-2V-5H2V-2H5V2H2V5H-2V2H-5z", "M-5 -3L-3 -5L0 -2L3 -5L5 -3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0z",
    "M0 -5L2 -2L5 0L2 2L0 5L-2 2L-5 0L-2 -2z", "M-5 -2H5V2H-5z", "M-2 -5H2V5H-2z"];
  const mark = (label) => shape("path", {d: marks[labels.indexOf(label) % marks.length], style: `fill:${colour(label)}`});
  function legend(shown) {
    const list = element("ul", {class: "legend"});
    for (const label of shown)
      list.append(element("li", {}, shape("svg", {viewBox: "-8 -8 16 16", "aria-hidden": "true"}, mark(label)), label));
    return list;
  }

  // ---- Tables ----

  // A column: {name, left, value(row), show(row)}; value sorts and is kept for programs.
  function table(caption, columns, rows, sortedBy) {
    const head = element("tr");
    const body = element("tbody");
    let order = {column: -1, falling: false};
    function fill() {
      const sorted = rows.slice();
      if (order.column >= 0) {
        const value = columns[order.column].value;
        sorted.sort((a, b) => {
          const [x, y] = [value(a), value(b)];
          const way = typeof x === "string" ? x.localeCompare(y, "en", {numeric: true}) : x - y;
          return order.falling ? -way : way;
        });
      }
      body.replaceChildren(...sorted.map((row) => element("tr", {}, ...columns.map((column, index) => {
        const attributes = {"data-value": column.value(row), "data-column": column.name};
        if (column.left) attributes.class = column.wrap ? "left wrap" : "left";
        if (index === 0) attributes.scope = "row";
        const shown = column.show ? column.show(row) : String(column.value(row));
        return element(index === 0 ? "th" : "td", attributes, ...[].concat(shown));
      }))));
      [...head.children].forEach((cell, index) => {
        if (index === order.column) cell.setAttribute("aria-sort", order.falling ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
    }
    columns.forEach((column, index) => {
      const button = element("button", {type: "button"}, column.title || column.name);
      button.addEventListener("click", () => {
        order = {column: index, falling: order.column === index && !order.falling};
        fill();
      });
      head.append(element("th", {scope: "col", class: column.left ? "left" : ""}, button));
    });
    if (sortedBy !== undefined) order.column = columns.findIndex((column) => column.name === sortedBy);
    fill();
    return element("div", {class: "table", tabindex: "0", role: "region", "aria-label": caption},
      element("table", {}, element("caption", {}, caption), element("thead", {}, head), body));
  }
  function interval(triple, show) {
    return [show(triple[0]), " ", element("span", {class: "interval"}, `[${show(triple[1])} – ${show(triple[2])}]`)];
  }
  const figure = (name, title, show) => ({
    name, title, value: (row) => row.figures[name][0], show: (row) => interval(row.figures[name], show)});
  const plain = (name, title, show) => ({
    name, title, value: (row) => row.figures[name], show: (row) => show(row.figures[name])});

  // ---- Charts ----

  function frame(width, height, name) {
    return shape("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name});
  }
  function text(x, y, words, anchor, extra) {
    return shape("text", {x, y, "text-anchor": anchor || "start", ...extra}, words);
  }
  function ticks(most) {
    const raw = most / 4;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) * power;
    const found = [];
    for (let at = 0; at < most + step; at += step) found.push(Number(at.toPrecision(6)));
    return found;
  }
  const chartWidth = () => Math.max(340, Math.min(900, $("content").clientWidth));

  function bars(name, rows, options) {
    const width = chartWidth(), left = 118, right = 76, row = 30, top = 6;
    const height = top + rows.length * row + 26;
    const chart = frame(width, height, `${name}: ${rows.map((one) => `${one.label} ${options.show(options.value(one))}`).join(", ")}`);
    const most = Math.max(...rows.map(options.most || options.value), options.log ? 10 : 1e-9);
    const marksAt = options.log ? [] : ticks(most).filter((at) => at <= most * 1.001);
    if (options.log) for (let at = 1; at <= most * 1.001; at *= 10) marksAt.push(at);
    const scale = options.log
      ? (value) => value <= 1 ? 0 : Math.log10(value) / Math.log10(Math.max(most, 10)) * (width - left - right)
      : (value) => value / most * (width - left - right);
    const every = Math.ceil(marksAt.length / Math.floor((width - left - right) / 52));
    marksAt.forEach((at, index) => {
      const x = left + scale(at);
      chart.append(shape("path", {class: "axis", d: `M${x} ${top}V${height - 20}`}));
      if (index % every === 0) chart.append(text(x, height - 6, options.tick(at), "middle", {class: "mute"}));
    });
    rows.forEach((one, index) => {
      const y = top + index * row + 5;
      chart.append(text(left - 8, y + 14, one.label, "end"));
      let x = left;
      for (const part of options.parts(one)) {
        const length = scale(part.value);
        chart.append(shape("rect", {x, y, width: Math.max(length, 1), height: 19, style: `fill:${colour(one.label)};fill-opacity:${part.faint ? .45 : 1}`}));
        x += length;
      }
      const triple = options.interval && options.interval(one);
      if (triple) {
        const [a, b] = [left + scale(triple[1]), left + scale(triple[2])];
        chart.append(shape("path", {d: `M${a} ${y + 4}V${y + 15}M${a} ${y + 9.5}H${b}M${b} ${y + 4}V${y + 15}`, style: "stroke:var(--ink);fill:none"}));
        x = Math.max(x, b);
      }
      chart.append(text(x + 6, y + 14, options.show(options.value(one))));
    });
    return chart;
  }

  function axes(chart, box, yTicks, y, yShow) {
    for (const at of yTicks) {
      chart.append(shape("path", {class: "axis", d: `M${box.left} ${y(at)}H${box.right}`}));
      chart.append(text(box.left - 6, y(at) + 4, yShow(at), "end", {class: "mute"}));
    }
  }
  // From the 1, 2 or 5 below the least to the one above the most.
  function log_ticks(least, most) {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(least)); power <= most * 10; power *= 10)
      for (const factor of [1, 2, 5]) found.push(Number((factor * power).toPrecision(6)));
    const first = found.findLastIndex((at) => at <= least), last = found.findIndex((at) => at >= most);
    return found.slice(Math.max(first, 0), last + 1);
  }
  // least: where it is given and far below the most, the scale is logarithmic.
  function plot(name, most, least) {
    const width = chartWidth(), height = Math.min(420, Math.max(260, width * .5));
    const chart = frame(width, height, name);
    const box = {left: 48, right: width - 14, top: 26, bottom: height - 28};
    const log = least > 0 && most > 8 * least;
    const yTicks = log ? log_ticks(least, most) : ticks(most);
    const bottom = yTicks[0], top = yTicks[yTicks.length - 1] || 1;
    const share = log ? (value) => Math.log(value / bottom) / Math.log(top / bottom) : (value) => value / top;
    const y = (value) => box.bottom - share(value) * (box.bottom - box.top);
    axes(chart, box, yTicks, y, (at) => String(Number(at.toPrecision(4))));
    chart.append(text(4, 14, "GiB/s", "start", {class: "mute"}));
    return {chart, box, y, log};
  }

  // ---- Sections ----

  const elsewhere = (one) => one.conditions.split(", ").slice(1).join(", ");
  const chosen = () => cases.filter((one) => one.conditions === $("conditions").value);
  const byFigure = (name) => (a, b) => [].concat(a.figures[name])[0] - [].concat(b.figures[name])[0];

  function where() {
    const it = data.environment;
    $("where").textContent = [it.kernel, it.processor, it.file_system, it.started, `${data.mode} mode`]
      .filter((word) => word).join(" · ");
    $("warning").textContent = data.warning;
    $("warning").hidden = !data.warning;
  }

  function conditions() {
    const all = [...new Set(cases.map((one) => one.conditions))];
    $("conditions").append(...all.map((one) => element("option", {}, one)));
    $("conditions").value = data.main;
    $("conditions").addEventListener("change", draw);
  }

  function verdict(one) {
    if (!one.cpu_ratio || !one.speed_ratio) return null;
    const sure = (ratio) => ratio.says === "difference" ? "" : ` (${ratio.says})`;
    const cpu = `took ${digits(one.cpu_ratio.value[0], 2)} of ${one.base}'s CPU${sure(one.cpu_ratio)}`;
    const speed = `ran ${digits(one.speed_ratio.value[0], 2)} times as fast${sure(one.speed_ratio)}`;
    return element("li", {}, element("strong", {}, one.label), `: ${cpu}, ${speed}`);
  }

  function summary() {
    const rows = chosen();
    const said = rows.slice().sort(byFigure("cpu")).map(verdict).filter((item) => item);
    $("summary-text").replaceChildren(said.length ? element("ul", {class: "plain"}, ...said) : "");
    const ratio = (name, title) => ({name, title,
      value: (row) => row[name] ? row[name].value[0] : 1,
      show: (row) => row[name] ? interval(row[name].value, (value) => digits(value, 3)) : "1, compared with"});
    $("summary-table").replaceChildren(table(`Methods, ${$("conditions").value}`, [
      {name: "label", title: "Method", left: true, value: (row) => row.label},
      figure("throughput", "GiB/s", gib),
      figure("cpu", "CPU s/GiB", (value) => digits(value, 3)),
      plain("calls", "Calls/GiB", count),
      plain("waits", "Waits/GiB", count),
      plain("copies", "Copies/byte", (value) => digits(value, 3)),
      ratio("cpu_ratio", "CPU ratio"), ratio("speed_ratio", "Speed ratio"),
    ], rows, "cpu"));
  }

  function throughput() {
    const one = chosen()[0];
    if (!one) return;
    const rows = cases.filter((other) => elsewhere(other) === elsewhere(one));
    const sizes = [...new Set(rows.map((row) => row.size_bytes))].sort((a, b) => a - b);
    const shown = labels.filter((label) => rows.some((row) => row.label === label));
    const name = `Throughput in GiB/s by size, ${elsewhere(one)}; the values are in the table of all figures`;
    const {chart, box, y, log} = plot(name, Math.max(...rows.map((row) => row.figures.throughput[2])) / 2 ** 30,
      Math.min(...rows.map((row) => row.figures.throughput[1])) / 2 ** 30);
    const inner = {left: box.left + 30, right: box.right - 30};
    const x = (bytes) => sizes.length < 2 ? (inner.left + inner.right) / 2
      : inner.left + (Math.log2(bytes) - Math.log2(sizes[0])) / (Math.log2(sizes[sizes.length - 1]) - Math.log2(sizes[0])) * (inner.right - inner.left);
    for (const bytes of sizes) chart.append(text(x(bytes), box.bottom + 18, size(bytes), "middle", {class: "mute"}));
    shown.forEach((label, index) => {
      const aside = (index - (shown.length - 1) / 2) * (sizes.length < 2 ? 18 : 4);
      const mine = rows.filter((row) => row.label === label).sort((a, b) => a.size_bytes - b.size_bytes);
      const at = mine.map((row) => [x(row.size_bytes) + aside, ...row.figures.throughput.map((value) => y(value / 2 ** 30))]);
      chart.append(shape("path", {d: at.map((point, i) => `${i ? "L" : "M"}${point[0]} ${point[1]}`).join(""), style: `stroke:${colour(label)};fill:none;stroke-width:1.5`}));
      for (const point of at) {
        const drawn = mark(label);
        drawn.setAttribute("transform", `translate(${point[0]} ${point[1]})`);
        chart.append(shape("path", {d: `M${point[0]} ${point[2]}V${point[3]}M${point[0] - 3} ${point[2]}h6M${point[0] - 3} ${point[3]}h6`, style: `stroke:${colour(label)};fill:none`}), drawn);
      }
    });
    $("throughput-chart").replaceChildren(legend(shown), chart,
      element("p", {class: "note"}, `${elsewhere(one)}. Bars: 95 % intervals of the medians.${log ? " Both scales are logarithmic." : ""}`));
  }

  function cpu() {
    const rows = chosen().sort(byFigure("cpu"));
    if (!rows.length) return;
    $("cpu-chart").replaceChildren(bars("CPU seconds for a GiB", rows, {
      value: (one) => one.figures.cpu[0], most: (one) => one.figures.cpu[2], interval: (one) => one.figures.cpu,
      parts: (one) => {
        const all = one.figures.user + one.figures.system;
        const share = all > 0 ? one.figures.user / all : 0;
        return [{value: one.figures.cpu[0] * share, faint: true}, {value: one.figures.cpu[0] * (1 - share)}];
      },
      tick: (at) => String(Number(at.toPrecision(4))), show: (value) => `${digits(value, 3)} s`}),
    element("p", {class: "note"}, `${$("conditions").value}. The faint part is user space's share, the rest the kernel's; how the sum is shared is what the kernel's ticks saw.`));
  }

  function calls() {
    const rows = chosen().sort(byFigure("calls"));
    if (!rows.length) return;
    $("calls-chart").replaceChildren(bars("System calls for a GiB", rows, {
      log: true, value: (one) => one.figures.calls, parts: (one) => [{value: one.figures.calls}],
      tick: (at) => at >= 1e6 ? `${at / 1e6}M` : at >= 1e3 ? `${at / 1e3}k` : String(at), show: count}),
    element("p", {class: "note"}, `${$("conditions").value}. The scale is logarithmic: each line is ten times the one before. Calls that only wait for room or for a completion are not in it: the table has them as waits.`));
  }

  function samples() {
    const rows = chosen();
    const points = rows.flatMap((row) => row.samples.map((sample) => ({label: row.label, order: sample[0], value: sample[1] / 2 ** 30})));
    if (!points.length) return;
    const first = Math.min(...points.map((point) => point.order)), last = Math.max(...points.map((point) => point.order));
    const {chart, box, y} = plot(`Throughput of ${points.length} samples in run order`, Math.max(...points.map((point) => point.value)));
    const x = (order) => box.left + 10 + (order - first) / Math.max(last - first, 1) * (box.right - box.left - 20);
    for (const point of points) {
      const drawn = mark(point.label);
      drawn.setAttribute("transform", `translate(${x(point.order)} ${y(point.value)}) scale(.8)`);
      chart.append(drawn);
    }
    chart.append(text(box.left + 10, box.bottom + 18, `sample ${first}`, "start", {class: "mute"}), text(box.right, box.bottom + 18, `sample ${last}`, "end", {class: "mute"}));
    const left_out = rows.some((row) => row.samples.length < row.runs);
    $("samples-chart").replaceChildren(legend(rows.map((row) => row.label)), chart,
      element("p", {class: "note"}, `${$("conditions").value}. ${points.length} samples${left_out ? "; the others are in results.json" : ""}.`));
  }

  function figures() {
    $("figures-table").replaceChildren(table("Every case: medians, and 95 % intervals", [
      {name: "label", title: "Method", left: true, value: (row) => row.label},
      {name: "size", title: "Size", value: (row) => row.size_bytes, show: (row) => size(row.size_bytes)},
      {name: "cache", title: "Cache", left: true, value: (row) => row.cache},
      {name: "connections", title: "Connections", value: (row) => row.connections},
      {name: "path", title: "Path", left: true, value: (row) => row.path},
      {name: "receiver", title: "Receiver", left: true, value: (row) => row.receiver},
      {name: "runs", title: "Runs", value: (row) => row.runs},
      {name: "outliers", title: "Outliers", value: (row) => row.figures.outliers},
      figure("throughput", "GiB/s", gib),
      figure("cpu", "CPU s/GiB", (value) => digits(value, 3)),
      plain("user", "user", (value) => digits(value, 2)), plain("system", "system", (value) => digits(value, 2)),
      plain("calls", "Calls/GiB", count),
      plain("waits", "Waits/GiB", count),
      plain("copies", "Copies/byte", (value) => digits(value, 3)),
      plain("kernel_copies", "by the kernel", (value) => digits(value, 3)),
      plain("first_byte", "First byte", seconds),
      plain("switches", "Switches/GiB", count), plain("faults", "Faults/GiB", count),
      plain("disk", "Disk/byte", (value) => digits(value, 3)), plain("cache_growth", "Cache growth", size), plain("peak_memory", "Peak memory", size),
      {name: "note", title: "Note", left: true, wrap: true, value: (row) => row.note},
    ], cases));
    if (data.case_count > cases.length)
      $("figures-table").append(element("p", {class: "note"}, `The first ${cases.length} of ${data.case_count} cases; all are in results.json.`));
  }

  function skipped() {
    if (!data.skipped.length) return;
    $("skipped").hidden = false;
    $("skipped-table").replaceChildren(table("Cases that were skipped, and why", [
      {name: "label", title: "Method", left: true, value: (row) => row.label},
      {name: "conditions", title: "Conditions", left: true, value: (row) => row.conditions},
      {name: "reason", title: "Reason", left: true, wrap: true, value: (row) => row.reason},
    ], data.skipped));
  }

  function environment() {
    const it = data.environment;
    const bound = (core) => core < 0 ? "not bound" : `core ${core}`;
    const rows = [
      ["Started", it.started], ["sluice", it.version], ["Kernel", it.kernel], ["Processor", it.processor],
      ["Cores", it.cores], ["Sender, receiver", `${bound(it.sender_core)}, ${bound(it.receiver_core)}${it.sender_core >= 0 && it.sender_core === it.receiver_core ? " (there is one only)" : ""}`],
      ["Memory", size(it.memory_bytes)], ["Page", size(it.page_bytes)], ["File system", it.file_system], ["Folder", it.folder],
      ["Congestion control", it.congestion_control || "none pinned"], ["Other machine", it.to],
      ["Cache states", [...new Set(cases.map((one) => one.cache))].join(", ")], ["Counts", it.count_check],
      ["Mode", data.mode], ["Runs wanted", data.runs_wanted], ["Seed", data.seed], ["Mitigations", it.mitigations],
    ];
    for (const [name, value] of rows)
      if (value !== "" && value !== undefined) $("environment-list").append(element("dt", {}, name), element("dd", {}, String(value)));
  }

  // The page may have been sent without the file beside it.
  function download() {
    const kept = $("results-data").textContent;
    if (kept) $("download").href = URL.createObjectURL(new Blob([kept], {type: "application/json"}));
  }

  function draw() { summary(); throughput(); cpu(); calls(); samples(); }

  where(); conditions(); draw(); figures(); skipped(); environment(); download();
  let width = chartWidth();
  addEventListener("resize", () => { if (chartWidth() !== width) { width = chartWidth(); draw(); } });
})();

// SPDX-License-Identifier: MIT
// chart.js - the timeline and the map above it. A step draws the rows that are
// in view, finds its first span there by bisection, and what begins within two
// pixels is one bar: so it costs what can be seen, not what there is.
"use strict";

const GUTTER = 132, RULER = 26, FINE = 2;
const HUES = [212, 160, 268, 92, 190, 300, 240, 128, 58, 322, 176, 228];

const chart = document.getElementById("chart");
const map = document.getElementById("map");
const state = {
	layout: null, from: 0, to: 1, top: 0, // what is in view
	selected: -1, hovered: -1, hits: null, colour: "target", band: null,
};
let ink = {}; // colours of the theme
let mapPicture = null; // the map without what is in view
let asked = 0; // for a frame

function readInk() {
	const style = getComputedStyle(document.documentElement);
	const get = (name) => style.getPropertyValue("--" + name).trim();
	ink = {};
	for (const name of ["back", "panel", "line", "grid", "text", "dim",
		"accent", "fail", "over"])
		ink[name] = get(name);
	ink.barText = get("bar-text");
	ink.failBack = get("fail-back");
	ink.overBack = get("over-back");
	ink.sans = get("sans");
	const [light, full] = [get("bar-light"), get("bar-full")];
	ink.bars = HUES.map((hue) => `hsl(${hue} ${full} ${light})`);
	ink.calm = `hsl(205 14% ${light})`;
	mapPicture = null;
}

// Targets get their hues in the order in which they first come up.
const hueOf = new Map();
for (let i = 0; i < count; i++)
	if (!hueOf.has(spans.target[i]))
		hueOf.set(spans.target[i], hueOf.size % HUES.length);

function fillOf(span) {
	if (spans.failed[span])
		return ink.failBack;
	switch (state.colour) {
	case "process": return ink.bars[spans.process[span] % HUES.length];
	case "status": return isOver(span) ? ink.overBack : ink.bars[1];
	default: return ink.bars[hueOf.get(spans.target[span])];
	}
}

const plot = () => Math.max(1, chart.clientWidth - GUTTER);
const scale = () => plot() / (state.to - state.from);
const xOf = (at) => GUTTER + (at - state.from) * scale();
const timeAt = (x) => state.from + (x - GUTTER) / scale();

function prepared(canvas) {
	const ratio = window.devicePixelRatio || 1;
	const width = Math.round(canvas.clientWidth * ratio);
	const height = Math.round(canvas.clientHeight * ratio);
	if (canvas.width !== width || canvas.height !== height) {
		canvas.width = width;
		canvas.height = height;
	}
	const context = canvas.getContext("2d");
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	return context;
}

// Calls `one(i, x0, x1)` for spans that can be seen, `some(i, j, x0, x1)` for
// those from i to j that are too near to each other.
function eachBar(row, [from, to], x, scale, least, one, some) {
	const { starts, ends, list } = row;
	const fine = least / scale;
	let i = firstFrom(ends, from);
	while (i < starts.length && starts[i] < to) {
		const end = spans.end[list[i]];
		if (end - starts[i] >= fine) {
			one(i, x(starts[i]), x(end));
			i++;
			continue;
		}
		let j = firstFrom(starts, starts[i] + fine, i + 1);
		// The last of them may go on, and is a bar then.
		while (j > i + 1 && spans.end[list[j - 1]] - starts[j - 1] >= fine)
			j--;
		const x0 = x(starts[i]);
		some(i, j, x0, Math.max(x0 + least / 2, x(ends[j - 1])));
		i = j;
	}
}

function countHits(row) {
	row.hits = new Int32Array(row.list.length + 1);
	for (let i = 0; i < row.list.length; i++)
		row.hits[i + 1] = row.hits[i] + state.hits[row.list[i]];
}

const within = (counts, i, j) => counts !== null && counts[j] > counts[i];

function drawBar(context, row, i, x0, x1, y) {
	const span = row.list[i];
	const left = Math.max(x0, GUTTER - 20);
	const width = Math.min(x1, chart.clientWidth + 20) - left;
	context.globalAlpha = state.hits && !state.hits[span] ? 0.28 : 1;
	context.fillStyle = fillOf(span);
	if (width > 7 && plain++ < 4000) {
		context.beginPath();
		context.roundRect(left, y, width - 0.5, BAR, 3);
		context.fill();
	} else {
		context.fillRect(left, y, Math.max(1, width - 0.5), BAR);
	}
	if (spans.failed[span]) {
		context.fillStyle = ink.fail;
		context.fillRect(left, y, Math.min(3, width), BAR);
	}
	if (width > 12 && spans.told[span])
		drawEvents(context, span, y);
	if (isOver(span))
		drawOver(context, x1, y, width);
	if (width > 26)
		drawName(context, span, Math.max(left, GUTTER),
			Math.min(x1, chart.clientWidth), y);
	if (isOver(span) && i + 1 <= row.list.length)
		drawCause(context, row, i, x1, y);
}
let plain = 0; // bars of this frame that have round corners

// A notch in the lower edge for each moment.
function drawEvents(context, span, y) {
	context.fillStyle = ink.barText;
	for (const { at } of eventsOf(span)) {
		const x = xOf(at);
		if (x < GUTTER || x > chart.clientWidth)
			continue;
		context.beginPath();
		context.moveTo(x - 3, y + BAR);
		context.lineTo(x, y + BAR - 4);
		context.lineTo(x + 3, y + BAR);
		context.fill();
	}
}

// A cross at the end: it was not its own.
function drawOver(context, x1, y, width) {
	context.fillStyle = ink.over;
	context.fillRect(x1 - 2.5, y, 2.5, BAR);
	if (width < 18)
		return;
	const x = x1 - 10, middle = y + BAR / 2;
	context.strokeStyle = ink.over;
	context.lineWidth = 1.6;
	context.beginPath();
	context.moveTo(x - 3, middle - 3);
	context.lineTo(x + 3, middle + 3);
	context.moveTo(x + 3, middle - 3);
	context.lineTo(x - 3, middle + 3);
	context.stroke();
}

// As much of a text as there is room for, by how wide letters are here.
function fitted(context, label, room) {
	const cut = label.slice(0, Math.ceil(room / 2.5));
	if (cut === label && context.measureText(label).width <= room)
		return label;
	let low = 0, high = cut.length;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		const width = context.measureText(cut.slice(0, middle)).width;
		if (width + 8 <= room) low = middle;
		else high = middle - 1;
	}
	return low > 1 ? cut.slice(0, low) + "\u2026" : "";
}

function drawName(context, span, x0, x1, y) {
	const room = x1 - x0 - 12 - (isOver(span) ? 12 : 0);
	const label = room > 12 ? fitted(context, nameOf(span), room) : "";
	if (!label)
		return;
	context.fillStyle = ink.barText;
	context.fillText(label, x0 + 6, y + BAR / 2 + 0.5);
}

function drawCause(context, row, i, x1, y) {
	const next = i + 1 < row.list.length ? xOf(row.starts[i + 1]) : Infinity;
	const room = Math.min(next, chart.clientWidth) - x1 - 10;
	if (room < 40 || x1 < GUTTER)
		return;
	context.fillStyle = ink.over;
	context.fillText(fitted(context, text("cause", row.list[i]), room),
		x1 + 6, y + BAR / 2 + 0.5);
}

function drawSome(context, row, i, j, x0, x1, y) {
	const dim = state.hits && !within(row.hits, i, j);
	context.globalAlpha = dim ? 0.28 : 1;
	context.fillStyle = within(row.failed, i, j) ? ink.fail
		: within(row.over, i, j) ? ink.over : fillOf(row.list[i]);
	context.fillRect(x0, y, Math.max(1, x1 - x0), BAR);
}

function drawRows(context) {
	const bottom = state.top + chart.clientHeight - RULER;
	plain = 0;
	for (const row of state.layout.rows) {
		if (row.y + ROW < state.top || row.y > bottom)
			continue;
		if (state.hits && !row.hits)
			countHits(row);
		const y = row.y - state.top + RULER + (ROW - BAR) / 2;
		eachBar(row, [state.from, state.to], xOf, scale(), FINE,
			(i, x0, x1) => drawBar(context, row, i, x0, x1, y),
			(i, j, x0, x1) => drawSome(context, row, i, j, x0, x1, y));
	}
	context.globalAlpha = 1;
}

// Between ruler's marks: 1, 2 or 5 of some power of ten, 90 pixels at least.
function step() {
	const least = 90 / scale();
	const power = 10 ** Math.floor(Math.log10(least));
	return power * [1, 2, 5, 10].find((n) => n * power >= least);
}

function eachMark(act) {
	const by = step(), zero = state.layout.start;
	const first = Math.ceil((state.from - zero) / by);
	const n = Math.min((state.to - state.from) / by, plot());
	for (let i = 0; i <= n; i++)
		act(xOf((first + i) * by + zero), (first + i) * by);
}

function drawGrid(context) {
	context.fillStyle = ink.grid;
	eachMark((x) => context.fillRect(Math.round(x), RULER, 1,
		chart.clientHeight));
}

function drawRuler(context) {
	context.fillStyle = ink.panel;
	context.fillRect(0, 0, chart.clientWidth, RULER);
	context.fillStyle = ink.line;
	context.fillRect(0, RULER - 1, chart.clientWidth, 1);
	context.fillStyle = ink.dim;
	eachMark((x, at) => {
		if (x < GUTTER - 1)
			return;
		context.fillRect(Math.round(x), RULER - 6, 1, 5);
		const label = at === 0 ? "0" : duration(at);
		if (x + 4 + context.measureText(label).width < chart.clientWidth)
			context.fillText(label, x + 4, 11);
	});
	context.fillStyle = ink.panel;
	context.fillRect(0, 0, GUTTER, RULER - 1);
	context.fillStyle = ink.dim;
	context.fillText(duration(state.to - state.from) + " in view", 12, 12);
}

function drawLabels(context) {
	const { flows, groups } = state.layout;
	const width = chart.clientWidth;
	context.fillStyle = ink.back;
	context.fillRect(0, RULER, GUTTER, chart.clientHeight);
	context.fillStyle = ink.line;
	context.fillRect(GUTTER - 1, RULER, 1, chart.clientHeight);
	for (const flow of flows) {
		// The name stays in view as long as any of its rows is.
		const top = Math.max(flow.y - state.top + RULER, RULER + HEAD);
		const bottom = flow.bottom - state.top + RULER;
		if (bottom < RULER || top > chart.clientHeight || bottom < top + 12)
			continue;
		context.fillStyle = ink.dim;
		context.fillText(fitted(context, flow.name, GUTTER - 34), 22,
			top + ROW / 2);
	}
	groups.forEach((group, i) => {
		const next = groups[i + 1]?.y ?? state.layout.height;
		let y = group.y - state.top + RULER;
		const end = next - state.top + RULER - HEAD;
		y = Math.min(Math.max(y, RULER), end);
		if (y + HEAD < RULER || y > chart.clientHeight)
			return;
		drawHead(context, group.process, y, width);
	});
}

function drawHead(context, process, y, width) {
	context.fillStyle = ink.panel;
	context.fillRect(0, y, width, HEAD - 2);
	context.fillStyle = ink.line;
	context.fillRect(0, y + HEAD - 2, width, 1);
	context.fillStyle = ink.bars[process.index % HUES.length];
	context.fillRect(10, y + 7, 5, 10);
	context.fillStyle = ink.text;
	context.font = "600 12px " + ink.sans;
	const label = fitted(context, process.name, width / 2);
	context.fillText(label, 22, y + 12);
	const x = 32 + context.measureText(label).width;
	context.font = "11px " + ink.sans;
	context.fillStyle = ink.dim;
	context.fillText(fitted(context, "pid " + process.pid +
		(process.host ? " on " + process.host : ""), width / 3), x, y + 12);
}

const yOf = (span) => state.layout.rows[rowOf[span]].y - state.top + RULER +
	(ROW - BAR) / 2;

// Where the selected one's context would end, or else the trace's first.
function deadlineInView() {
	const span = state.selected;
	if (span >= 0)
		return spans.deadline[span];
	const trace = state.layout.trace;
	return trace && trace.deadline < Infinity ? trace.deadline : NaN;
}

function drawDeadline(context) {
	const at = deadlineInView();
	if (Number.isNaN(at))
		return;
	const x = xOf(at), right = chart.clientWidth;
	const label = x > right
		? "deadline in " + duration(at - state.to) + " \u2192"
		: x < GUTTER ? "\u2190 deadline" : "deadline";
	const width = context.measureText(label).width + 12;
	const left = Math.min(Math.max(x - width / 2, GUTTER + 2),
		right - width - 2);
	if (x >= GUTTER && x <= right) {
		context.strokeStyle = ink.over;
		context.lineWidth = 1.5;
		context.setLineDash([5, 4]);
		context.beginPath();
		context.moveTo(x, RULER);
		context.lineTo(x, chart.clientHeight);
		context.stroke();
		context.setLineDash([]);
	}
	context.fillStyle = ink.over;
	context.beginPath();
	context.roundRect(left, 4, width, 17, 8);
	context.fill();
	context.fillStyle = ink.panel;
	context.fillText(label, left + 6, 13);
}

// From its parent to it, and so up to the root.
function drawLinks(context) {
	context.strokeStyle = ink.accent;
	context.lineWidth = 1.2;
	context.globalAlpha = 0.75;
	let span = state.selected;
	for (let i = 0; i < 64 && spans.above[span] >= 0; i++) {
		const up = spans.above[span];
		const x = Math.max(-50, Math.min(xOf(spans.start[span]), 1e4));
		const y0 = yOf(up) + BAR, y1 = yOf(span) + BAR / 2;
		context.beginPath();
		context.moveTo(x - 6, y0 < y1 ? y0 : y0 - BAR);
		context.bezierCurveTo(x - 6, y1, x - 6, y1, x, y1);
		context.stroke();
		span = up;
	}
	context.globalAlpha = 1;
}

function drawOutline(context, span, colour, width) {
	if (span < 0 || spans.end[span] < state.from ||
		spans.start[span] > state.to)
		return;
	const x0 = Math.max(xOf(spans.start[span]), GUTTER - 20);
	const x1 = Math.min(xOf(spans.end[span]), chart.clientWidth + 20);
	context.strokeStyle = colour;
	context.lineWidth = width;
	context.beginPath();
	context.roundRect(x0 - 1, yOf(span) - 1, Math.max(3, x1 - x0) + 1.5,
		BAR + 2, 4);
	context.stroke();
}

function drawScroll(context) {
	const seen = chart.clientHeight - RULER, all = state.layout.height;
	if (all <= seen)
		return;
	context.fillStyle = ink.dim;
	context.globalAlpha = 0.4;
	context.fillRect(chart.clientWidth - 5, RULER + state.top / all * seen, 3,
		Math.max(18, seen * seen / all));
	context.globalAlpha = 1;
}

function drawChart() {
	const context = prepared(chart);
	context.textBaseline = "middle";
	context.font = "11px " + ink.sans;
	context.fillStyle = ink.back;
	context.fillRect(0, 0, chart.clientWidth, chart.clientHeight);
	drawGrid(context);
	drawRows(context);
	drawOutline(context, state.hovered, ink.dim, 1);
	if (state.selected >= 0) {
		drawLinks(context);
		drawOutline(context, state.selected, ink.accent, 2);
	}
	drawLabels(context);
	drawRuler(context);
	drawDeadline(context);
	drawScroll(context);
	if (state.band) {
		const [a, b] = state.band;
		context.fillStyle = ink.accent;
		context.globalAlpha = 0.18;
		context.fillRect(Math.min(a, b), RULER, Math.abs(b - a),
			chart.clientHeight);
		context.globalAlpha = 1;
	}
}

// All rows, small; kept until there are others.
function drawMapPicture(width, height) {
	const ratio = window.devicePixelRatio || 1;
	const { layout } = state;
	mapPicture = document.createElement("canvas");
	mapPicture.width = width * ratio;
	mapPicture.height = height * ratio;
	const context = mapPicture.getContext("2d");
	context.scale(ratio, ratio);
	context.fillStyle = ink.panel;
	context.fillRect(0, 0, width, height);
	const line = Math.min(4, (height - 12) / Math.max(1, layout.rows.length));
	const by = (width - GUTTER) / (layout.end - layout.start);
	const x = (at) => GUTTER + (at - layout.start) * by;
	layout.rows.forEach((row, index) => {
		const y = 6 + index * line, size = Math.max(0.7, line - 0.6);
		if (state.hits && !row.hits)
			countHits(row);
		const bar = (i, j, x0, x1) => {
			context.fillStyle = within(row.failed, i, j) ? ink.fail
				: within(row.over, i, j) ? ink.over
					: fillOf(row.list[i]);
			context.globalAlpha =
				state.hits && !within(row.hits, i, j) ? 0.25 : 1;
			context.fillRect(x0, y, Math.max(1, x1 - x0), size);
		};
		eachBar(row, [layout.start, Infinity], x, by, 1,
			(i, x0, x1) => bar(i, i + 1, x0, x1), bar);
	});
}

function drawMap() {
	const context = prepared(map);
	const width = map.clientWidth, height = map.clientHeight;
	const { start, end } = state.layout;
	if (!mapPicture)
		drawMapPicture(width, height);
	context.drawImage(mapPicture, 0, 0, width, height);
	const x = (at) => GUTTER + (at - start) * (width - GUTTER) / (end - start);
	const x0 = Math.max(GUTTER, x(state.from));
	const x1 = Math.max(x0 + 2, Math.min(width, x(state.to)));
	context.fillStyle = ink.back;
	context.globalAlpha = 0.72;
	context.fillRect(GUTTER, 0, x0 - GUTTER, height);
	context.fillRect(x1, 0, width - x1, height);
	context.globalAlpha = 1;
	context.strokeStyle = ink.accent;
	context.lineWidth = 1.5;
	context.strokeRect(x0 + 0.75, 0.75, x1 - x0 - 1.5, height - 1.5);
	context.font = "11px " + ink.sans;
	context.textBaseline = "middle";
	context.fillStyle = ink.dim;
	context.fillText(duration(end - start) + " in all", 12, height / 2);
}

function drawNow() {
	asked = 0;
	if (!state.layout || chart.clientWidth === 0)
		return;
	drawChart();
	drawMap();
}

function draw() {
	asked ||= requestAnimationFrame(drawNow);
}

// What is in view, held to what there is.
function look(from, to, top = state.top) {
	const { start, end, height } = state.layout;
	const all = end - start, margin = all * 0.02;
	// Far from the first span a number has no nanoseconds left.
	const least = Math.max(10, Math.abs(from) * 2e-12);
	const size = Math.min(Math.max(to - from, least), all + 2 * margin);
	let first = from + (to - from - size) / 2;
	first = Math.min(Math.max(first, start - margin), end + margin - size);
	const most = Math.max(0, height - (chart.clientHeight - RULER));
	state.from = first;
	state.to = first + size;
	state.top = Math.min(Math.max(0, top), most);
	draw();
}

function lookAtAll() {
	const { start, end } = state.layout;
	const margin = (end - start) * 0.02;
	look(start - margin, end + margin, 0);
}

function zoom(by, x = GUTTER + plot() / 2) {
	const at = timeAt(Math.max(x, GUTTER));
	look(at - (at - state.from) * by, at + (state.to - at) * by);
}

function pan(part) {
	const by = (state.to - state.from) * part;
	look(state.from + by, state.to + by);
}

// Brings a span into view, and zooms in where it would be but a point.
function reveal(span, fit) {
	const start = spans.start[span], length = spans.duration[span];
	let size = state.to - state.from;
	const small = length / size * plot() < 4;
	const hidden = start < state.from || start + length > state.to;
	if (fit)
		size = Math.max(length * 1.25, 100);
	else if (small)
		size = Math.min(size, Math.max(length * 12, 1000));
	const y = state.layout.rows[rowOf[span]].y;
	const seen = chart.clientHeight - RULER;
	let top = state.top;
	if (y < top + HEAD || y + ROW > top + seen)
		top = y - seen / 2;
	if (fit || small || hidden) {
		const middle = start + Math.min(length, size * 2) / 2;
		look(middle - size / 2, middle + size / 2, top);
	} else {
		look(state.from, state.to, top);
	}
}

// Which span is at a point, or -1.
function spanAt(x, y) {
	if (x < GUTTER || y < RULER)
		return -1;
	const at = y - RULER + state.top;
	const row = state.layout.rows.find((r) => at >= r.y && at < r.y + ROW);
	if (!row)
		return -1;
	const reach = 2 / scale(), time = timeAt(x);
	let best = -1;
	for (let i = firstFrom(row.ends, time - reach);
		i < row.list.length && row.starts[i] <= time + reach; i++) {
		best = row.list[i];
		if (spans.end[best] >= time)
			break;
	}
	return best;
}

// SPDX-License-Identifier: MIT
// data.js - what dctx wrote into the page: spans as columns, by trace and by
// start. Times are nanoseconds since the first span's.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;
const count = data.spans.count;

// A column of zeros came as one.
function column(Kind, name) {
	const values = data.spans[name];
	return values === 0 ? new Kind(count) : Kind.from(values);
}

const spans = {
	start: column(Float64Array, "start"),
	duration: column(Float64Array, "duration"),
	end: new Float64Array(count),
	deadline: Float64Array.from(data.spans.deadline, (at) => at ?? NaN),
	process: column(Int32Array, "process"),
	thread: column(Int32Array, "thread"),
	task: column(Float64Array, "task"),
	above: column(Int32Array, "above"), // the parent, or -1
	dropped: column(Float64Array, "dropped"),
	remote: column(Uint8Array, "remote"),
	trace: new Int32Array(count),
	failed: new Uint8Array(count),
	inside: new Int32Array(count), // how many it is the parent of
	told: new Uint8Array(count), // whether there are events
	lost: data.spans.lost, // ids of parents that are not here
};
// Those are texts, by number.
const texts = ["name", "target", "level", "kind", "source", "status",
	"statusText", "cause", "chain", "fields", "values", "links"];
for (const name of texts)
	spans[name] = column(Int32Array, name);

const text = (name, span) => strings[spans[name][span]];
const spanId = (span) => data.spans.id.substr(16 * span, 16);
const isOver = (span) => spans.cause[span] !== 0;

const processes = data.processes.map(([pid, name, host], index) => ({
	index,
	pid,
	name: strings[name] || "process " + pid,
	host: strings[host],
	spans: 0, // none: it turned out to be another
}));
const threads = data.threads.map(([tid, name]) => ({
	tid,
	name: strings[name],
}));

for (let i = 0; i < count; i++) {
	const status = strings[spans.status[i]];
	spans.end[i] = spans.start[i] + spans.duration[i];
	processes[spans.process[i]].spans++;
	spans.failed[i] = status !== "" && status !== "DCTX_OK" ? 1 : 0;
	const up = spans.above[i];
	spans.above[i] = up === 0 ? -1 : i - up;
	if (up !== 0)
		spans.inside[i - up]++;
}

const seenProcesses = processes.filter((process) => process.spans > 0);

const traces = [];
for (const [id, size] of data.traces) {
	const first = traces.length ? traces.at(-1).last : 0;
	const trace = {
		index: traces.length, id, first, last: first + size,
		start: Infinity, end: -Infinity, failed: 0, over: 0, root: -1,
		deadline: Infinity,
	};
	const seen = new Set();
	for (let i = first; i < trace.last; i++) {
		spans.trace[i] = trace.index;
		trace.start = Math.min(trace.start, spans.start[i]);
		trace.end = Math.max(trace.end, spans.end[i]);
		trace.failed += spans.failed[i];
		trace.over += isOver(i);
		if (spans.deadline[i] < trace.deadline)
			trace.deadline = spans.deadline[i];
		if (trace.root < 0 && spans.above[i] < 0)
			trace.root = i;
		seen.add(spans.process[i]);
	}
	trace.processes = seen.size;
	traces.push(trace);
}

for (const [span] of data.events)
	spans.told[span] = 1;

// Events of a span, from the list that is sorted by span.
function eventsOf(span) {
	let low = 0, high = data.events.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (data.events[middle][0] < span) low = middle + 1;
		else high = middle;
	}
	const list = [];
	for (; low < data.events.length && data.events[low][0] === span; low++) {
		const [, at, name, fields] = data.events[low];
		list.push({ at, name: strings[name], fields: strings[fields] });
	}
	return list;
}

// Spans by their ids, made when first asked for.
let ids = null;
function spanOf(trace, id) {
	if (!ids) {
		ids = new Map();
		for (let i = count - 1; i >= 0; i--)
			ids.set(traces[spans.trace[i]].id + spanId(i), i);
	}
	return ids.get(trace + id) ?? -1;
}

// JSON that came from a file; what cannot be read is empty.
function parsed(json, otherwise) {
	try {
		return JSON.parse(json || "null") ?? otherwise;
	} catch {
		return otherwise;
	}
}

// Three digits that count, in the unit that leaves one before the point.
const units = [[3.6e12, "h"], [6e10, "min"], [1e9, "s"], [1e6, "ms"],
	[1e3, "\u00b5s"], [1, "ns"]];
function duration(ns) {
	const size = Math.abs(ns);
	const [unit, name] = units.find(([least]) => size >= least) ?? units.at(-1);
	const value = size / unit;
	const digits = unit === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return (ns < 0 ? "\u2212" : "") + value.toFixed(digits) + "\u00a0" + name;
}

function date(ns) {
	const at = BigInt(data.base) + BigInt(Math.round(ns));
	const micro = ((at % 1000000000n) + 1000000000n) % 1000000000n;
	const when = new Date(Number((at - micro) / 1000000n));
	return when.toISOString().slice(0, 19).replace("T", " ") + "." +
		String(micro / 1000n).padStart(6, "0") + " UTC";
}

function many(n, one, more) {
	return n.toLocaleString("en") + "\u00a0" + (n === 1 ? one : more);
}

// A text may have megabytes, which are of no use in a list.
function short(label, most = 200) {
	return label.length > most ? label.slice(0, most) + "\u2026" : label;
}

function nameOf(span) {
	return text("name", span) || text("target", span) || "(no name)";
}

function flowName(span) {
	if (spans.task[span] > 0)
		return "task " + spans.task[span];
	const thread = threads[spans.thread[span]];
	return thread.name ? thread.name + " " + thread.tid
		: "thread " + thread.tid;
}

// SPDX-License-Identifier: MIT
// layout.js - which row a span is in. Each process is a group, each task or
// thread in it a flow, and a child is a row below its parent. Where flows are
// many, those that do not meet in time share one.
"use strict";

const ROW = 19, BAR = 15, HEAD = 25, GAP = 7;
const FLOWS = 14; // of a process, before they share
const DEEP = 64; // rows of a flow; what overlaps beyond is in the last

const rowOf = new Int32Array(count);
const flowOf = new Int32Array(count);
let allByStart = null;

function byStart(trace) {
	if (trace)
		return Uint32Array.from({ length: trace.last - trace.first },
			(_, i) => trace.first + i);
	allByStart ??= new Uint32Array(count).map((_, i) => i)
		.sort((a, b) => spans.start[a] - spans.start[b] || a - b);
	return allByStart;
}

// The flows of each process, each with its spans by start.
function flowsOf(order) {
	const groups = new Map();
	let number = 0;
	for (const span of order) {
		const process = spans.process[span];
		let group = groups.get(process);
		if (!group)
			groups.set(process, group = new Map());
		const task = spans.task[span];
		const key = task > 0 ? 2 * task + 1 : 2 * spans.thread[span];
		let flow = group.get(key);
		if (!flow)
			group.set(key, flow = {
				number: number++, name: flowName(span), task: task > 0,
				rows: [], ends: [], start: spans.start[span],
				end: -Infinity, shared: 1,
			});
		place(flow, span);
	}
	return groups;
}

function place(flow, span) {
	const above = spans.above[span];
	flowOf[span] = flow.number;
	let row = above >= 0 && above < span && flowOf[above] === flow.number
		? rowOf[above] + 1 : 0;
	while (row < flow.ends.length && flow.ends[row] > spans.start[span])
		row++;
	row = Math.min(row, DEEP - 1);
	rowOf[span] = row;
	while (flow.rows.length <= row) {
		flow.rows.push([]);
		flow.ends.push(-Infinity);
	}
	flow.rows[row].push(span);
	flow.ends[row] = Math.max(flow.ends[row], spans.end[span]);
	flow.end = Math.max(flow.end, spans.end[span]);
}

function share(flows) {
	const lanes = [];
	for (const flow of flows) {
		let lane = lanes.find((other) => other.end <= flow.start);
		if (!lane && lanes.length < 4 * FLOWS) {
			lanes.push({ ...flow, rows: flow.rows.map((row) => [...row]) });
			continue;
		}
		lane ??= lanes.reduce((a, b) => (a.end < b.end ? a : b));
		lane.shared++;
		lane.mixed ||= lane.end > flow.start;
		lane.end = Math.max(lane.end, flow.end);
		flow.rows.forEach((row, i) => {
			lane.rows[i] ??= [];
			for (const span of row)
				lane.rows[i].push(span);
		});
	}
	for (const lane of lanes) {
		if (lane.shared > 1)
			lane.name = lane.shared.toLocaleString("en") +
				(lane.task ? " tasks" : " threads");
		if (lane.mixed)
			for (const row of lane.rows)
				row.sort((a, b) => spans.start[a] - spans.start[b]);
	}
	return lanes;
}

// A row as the drawing wants it: sorted by start, with the latest end so far.
function rowFrom(list, y) {
	const n = list.length;
	const row = {
		y, list: Int32Array.from(list), starts: new Float64Array(n),
		ends: new Float64Array(n), failed: new Int32Array(n + 1),
		over: new Int32Array(n + 1), hits: null,
	};
	let end = -Infinity;
	for (let i = 0; i < n; i++) {
		const span = list[i];
		end = Math.max(end, spans.end[span]);
		row.starts[i] = spans.start[span];
		row.ends[i] = end;
		// How many up to here: what is drawn as one asks for a range.
		row.failed[i + 1] = row.failed[i] + spans.failed[span];
		row.over[i + 1] = row.over[i] + (isOver(span) ? 1 : 0);
	}
	return row;
}

// Of one trace, or of all for null.
function layOut(trace) {
	const order = byStart(trace);
	const layout = {
		trace, order, rows: [], flows: [], groups: [], height: 0,
		start: Infinity, end: -Infinity,
	};
	let y = 0;
	for (const [process, group] of flowsOf(order)) {
		let flows = [...group.values()];
		if (flows.length > FLOWS)
			flows = share(flows);
		layout.groups.push({ process: processes[process], y });
		y += HEAD;
		for (const flow of flows) {
			const top = y;
			for (const list of flow.rows) {
				layout.rows.push(rowFrom(list, y));
				y += ROW;
			}
			layout.flows.push({ name: flow.name, y: top, bottom: y });
			y += GAP;
		}
	}
	layout.height = y;
	layout.rows.forEach((row, index) => {
		for (const span of row.list)
			rowOf[span] = index;
	});
	for (const span of order) {
		layout.start = Math.min(layout.start, spans.start[span]);
		layout.end = Math.max(layout.end, spans.end[span]);
	}
	if (!(layout.end > layout.start))
		layout.end = (layout.start = count ? layout.start : 0) + 1000;
	return layout;
}

// The first of `n` sorted numbers for which it is not below a bound.
function firstFrom(sorted, bound, low = 0) {
	let step = 1, high = low;
	while (high < sorted.length && sorted[high] < bound) {
		low = high + 1;
		high += step;
		step *= 2;
	}
	high = Math.min(high, sorted.length);
	while (low < high) {
		const middle = (low + high) >> 1;
		if (sorted[middle] < bound) low = middle + 1;
		else high = middle;
	}
	return low;
}

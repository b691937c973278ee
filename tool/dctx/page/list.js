// SPDX-License-Identifier: MIT
// list.js - the traces, of which only those that can be seen are elements.
"use strict";

const LINE = 46;
const list = document.getElementById("list");
const room = document.getElementById("room");
let sorted = []; // null stands for all of them
let listDrawn = "";

function el(kind, className, ...children) {
	const made = document.createElement(kind);
	if (className)
		made.className = className;
	made.append(...children);
	return made;
}

function sortTraces(by) {
	const orders = {
		start: (a, b) => a.start - b.start,
		duration: (a, b) => b.end - b.start - (a.end - a.start),
		failed: (a, b) => b.failed - a.failed || b.over - a.over,
	};
	sorted = [...traces].sort((a, b) => orders[by](a, b) ||
		a.index - b.index);
	if (traces.length > 1)
		sorted.unshift(null);
	room.style.height = sorted.length * LINE + "px";
	listDrawn = "";
	drawList();
}

function traceName(trace) {
	return trace.root >= 0 ? short(nameOf(trace.root)) : "(no name)";
}

function traceMarks(trace) {
	const marks = [];
	if (trace.failed)
		marks.push(el("span", "fail", "\u25cf " + trace.failed));
	if (trace.over)
		marks.push(el("span", "over", "\u00d7 " + trace.over));
	return marks;
}

function lineOf(trace, index) {
	const made = el("div", "trace");
	made.id = "trace-" + index;
	made.setAttribute("role", "option");
	made.setAttribute("aria-selected", state.layout?.trace === trace);
	made.setAttribute("aria-posinset", index + 1);
	made.setAttribute("aria-setsize", sorted.length);
	made.style.top = index * LINE + "px";
	made.dataset.index = index;
	if (!trace) {
		made.append(el("div", "", el("span", "name", "All traces")),
			el("div", "what", many(traces.length, "trace", "traces") +
				", " + many(count, "span", "spans")));
		return made;
	}
	made.append(
		el("div", "", el("span", "name", traceName(trace)),
			el("span", "number", duration(trace.end - trace.start))),
		el("div", "what", el("code", "", trace.id.slice(0, 8) || "no id"),
			...traceMarks(trace),
			el("span", "number", many(trace.last - trace.first, "span",
				"spans"))));
	return made;
}

function drawList() {
	const first = Math.max(0, Math.floor(list.scrollTop / LINE) - 4);
	const last = Math.min(sorted.length,
		Math.ceil((list.scrollTop + list.clientHeight) / LINE) + 4);
	const chosen = sorted.indexOf(state.layout?.trace ?? null);
	const drawn = [first, last, chosen].join();
	if (drawn === listDrawn)
		return;
	listDrawn = drawn;
	room.replaceChildren(...sorted.slice(first, last).map((trace, i) =>
		lineOf(trace, first + i)));
	if (chosen >= first && chosen < last)
		list.setAttribute("aria-activedescendant", "trace-" + chosen);
	else
		list.removeAttribute("aria-activedescendant");
}

// Shows one trace, or all for null.
function show(trace) {
	state.layout = layOut(trace);
	state.hovered = -1;
	if (trace && state.selected >= 0 &&
		spans.trace[state.selected] !== trace.index)
		select(-1);
	mapPicture = null;
	lookAtAll();
	const index = sorted.indexOf(trace), top = index * LINE;
	if (top < list.scrollTop)
		list.scrollTop = top;
	else if (top + LINE > list.scrollTop + list.clientHeight)
		list.scrollTop = top + LINE - list.clientHeight;
	drawList();
	const what = trace ? "trace " + traceName(trace)
		: many(traces.length, "trace", "traces");
	chart.setAttribute("aria-label", "Timeline of " + what + ", " +
		many(state.layout.order.length, "span", "spans"));
}

function showNext(by) {
	const at = sorted.indexOf(state.layout.trace) + by;
	if (at >= 0 && at < sorted.length)
		show(sorted[at]);
}

function listenToList() {
	list.addEventListener("scroll", drawList);
	list.addEventListener("click", (event) => {
		const line = event.target.closest(".trace");
		if (line)
			show(sorted[line.dataset.index]);
	});
	list.addEventListener("keydown", (event) => {
		const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
		if (event.key in by) {
			const at = sorted.indexOf(state.layout.trace) + by[event.key];
			show(sorted[Math.min(Math.max(at, 0), sorted.length - 1)]);
		} else if (event.key === "Home" || event.key === "End") {
			show(sorted.at(event.key === "Home" ? 0 : -1));
		} else {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	});
	const sort = document.getElementById("sort");
	sort.addEventListener("change", () => sortTraces(sort.value));
}

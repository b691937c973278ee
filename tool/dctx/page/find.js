// SPDX-License-Identifier: MIT
// find.js - search: first the texts that have it, each once, then the spans
// that have such a text.
"use strict";

const find = document.getElementById("find");
const found = document.getElementById("found");
const steps = [document.getElementById("previous"),
	document.getElementById("next")];
let matches = []; // spans, by trace and start
let matchAt = -1;
let lowered = null;

// Escapes as what they stand for, where a text is JSON and has any.
function lowerCase(value) {
	if (value.includes("\\") && (value[0] === "{" || value[0] === "["))
		value = JSON.stringify(parsed(value, "")).replaceAll("\\\"", "\"");
	return value.toLowerCase();
}

function textsWith(query) {
	lowered ??= strings.map(lowerCase);
	const hits = new Uint8Array(strings.length);
	for (let i = 1; i < strings.length; i++)
		hits[i] = lowered[i].includes(query) ? 1 : 0;
	return hits;
}

// Objects that have a member so named whose value has that in it.
function textsWithField(name, value) {
	const hits = new Uint8Array(strings.length);
	for (let i = 1; i < strings.length; i++) {
		if (strings[i][0] !== "{" || !lowered[i].includes(name) ||
			!lowered[i].includes(value))
			continue;
		hits[i] = Object.entries(parsed(strings[i], {})).some(
			([key, each]) => key.toLowerCase() === name &&
				shown(each).toLowerCase().includes(value)) ? 1 : 0;
	}
	return hits;
}

function hitsOf(query) {
	const hits = new Uint8Array(count);
	const byText = textsWith(query);
	const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(query) ?? [];
	const byField = name ? textsWithField(name, value) : byText;
	for (const column of texts) {
		const by = column === "fields" || column === "values" ? byField
			: byText;
		const numbers = spans[column];
		for (let i = 0; i < count; i++)
			hits[i] |= by[numbers[i]];
	}
	for (const [span, , label, fields] of data.events)
		hits[span] |= byText[label] | byField[fields];
	hitsOfPlaces(query, hits);
	if (/^[0-9a-f]{4,32}$/.test(query))
		hitsOfIds(query, hits);
	return hits;
}

function hitsOfPlaces(query, hits) {
	const byProcess = processes.map((process) =>
		process.name.toLowerCase().includes(query));
	const byThread = threads.map((thread) =>
		thread.name.toLowerCase().includes(query));
	if (!byProcess.includes(true) && !byThread.includes(true))
		return;
	for (let i = 0; i < count; i++)
		if (byProcess[spans.process[i]] || byThread[spans.thread[i]])
			hits[i] = 1;
}

function hitsOfIds(query, hits) {
	for (const trace of traces)
		if (trace.id.startsWith(query))
			hits.fill(1, trace.first, trace.last);
	if (query.length > 16)
		return;
	const all = data.spans.id;
	for (let at = all.indexOf(query); at >= 0; at = all.indexOf(query, at + 1))
		if (at % 16 === 0)
			hits[at / 16] = 1;
}

function search() {
	const query = find.value.trim().toLowerCase();
	state.hits = query ? hitsOf(query) : null;
	matches = [];
	matchAt = -1;
	if (query)
		for (let i = 0; i < count; i++)
			if (state.hits[i])
				matches.push(i);
	for (const row of state.layout.rows)
		row.hits = null;
	mapPicture = null;
	tellMatches();
	draw();
}

function tellMatches() {
	const some = matches.length > 0;
	found.textContent = !state.hits ? "" : !some ? "no match"
		: (matchAt >= 0 ? (matchAt + 1).toLocaleString("en") + " of " : "") +
			matches.length.toLocaleString("en");
	found.className = state.hits && !some ? "none" : "";
	for (const button of steps)
		button.disabled = !some;
}

// The next match, from the selected span on.
function nextMatch(by) {
	if (matches.length === 0)
		return;
	if (matchAt < 0 && by > 0)
		matchAt = Math.max(0, firstFrom(matches, state.selected + 1)) - 1;
	matchAt = (matchAt + by + 2 * matches.length) % matches.length;
	tellMatches();
	goTo(matches[matchAt]);
}

function listenToFind() {
	let waiting = 0; // to search for what was typed
	const searchNow = () => {
		clearTimeout(waiting);
		waiting = 0;
		search();
	};
	find.addEventListener("input", () => {
		clearTimeout(waiting);
		waiting = setTimeout(searchNow, count > 20000 ? 150 : 40);
	});
	find.addEventListener("keydown", (event) => {
		if (event.key === "Enter") {
			if (waiting)
				searchNow();
			nextMatch(event.shiftKey ? -1 : 1);
		} else if (event.key === "Escape") {
			find.value = "";
			searchNow();
			chart.focus();
		} else {
			return;
		}
		event.preventDefault();
	});
	steps[0].addEventListener("click", () => nextMatch(-1));
	steps[1].addEventListener("click", () => nextMatch(1));
}

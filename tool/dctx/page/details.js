// SPDX-License-Identifier: MIT
// details.js - all that is known of the selected span. What is written here
// came from outside: it becomes text, never markup.
"use strict";

const details = document.getElementById("details");
const said = document.getElementById("said");
const tip = document.getElementById("tip");

const LONG = 100000; // letters of a value
const MANY = 500; // of anything

function badge(label, className = "") {
	return el("span", "badge " + className, short(label));
}

// What is made of the first few, and how many there are beyond.
function first(values, make, most = MANY) {
	const made = values.slice(0, most).map(make);
	if (values.length > most)
		made.push("and " + many(values.length - most, "more", "more"));
	return made;
}

function plainButton(label, act) {
	const made = el("button", "plain", short(label));
	made.type = "button";
	made.addEventListener("click", act);
	return made;
}

function copyButton(what, value) {
	const made = el("button", "copy", "Copy");
	made.type = "button";
	made.setAttribute("aria-label", "Copy " + what);
	made.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(value);
			made.textContent = "Copied";
		} catch {
			// Not every browser lets a file do that.
			const area = el("textarea", "unseen");
			area.value = value;
			document.body.append(area);
			area.select();
			made.textContent = document.execCommand("copy") ? "Copied" : "No";
			area.remove();
		}
		setTimeout(() => { made.textContent = "Copy"; }, 1500);
	});
	return made;
}

function idLine(what, value) {
	return el("div", "id", el("code", "", value), copyButton(what, value));
}

function table(rows) {
	const made = el("table");
	made.append(...first(rows, ([name, value]) => {
		const head = el("th", "", short(name));
		head.scope = "row";
		const cell = value instanceof Node ? value
			: el("div", "", short(String(value), LONG));
		return el("tr", "", head, el("td", "", cell));
	}));
	return made;
}

function section(title, ...content) {
	return [el("h3", "", title), ...content];
}

function shown(value) {
	return typeof value === "string" ? value : JSON.stringify(value);
}

// The members of an object, as rows; anything else is one row.
function members(json) {
	const value = parsed(json, {});
	const rows = Object.entries(value);
	return rows.map(([name, each]) => {
		const cell = el("div", "code", short(shown(each), LONG));
		return [name, cell];
	});
}

function membersSection(title, json) {
	const rows = members(json);
	return rows.length ? section(title, table(rows)) : [];
}

function deadlineText(span) {
	const left = spans.deadline[span] - spans.end[span];
	const at = duration(spans.deadline[span] - spans.start[span]) +
		" after its start";
	return at + (left < 0 ? ", passed " + duration(-left) + " before its end"
		: ", " + duration(left) + " were left");
}

function timesSection(span) {
	const trace = traces[spans.trace[span]];
	const process = processes[spans.process[span]];
	const rows = [
		["start", el("div", "number",
			duration(spans.start[span] - trace.start) + " into the trace",
			el("br"), date(spans.start[span]))],
		["duration", duration(spans.duration[span])],
	];
	if (!Number.isNaN(spans.deadline[span]))
		rows.push(["deadline", el("div", "over", deadlineText(span))]);
	rows.push(["process", process.name + ", pid " + process.pid]);
	if (process.host)
		rows.push(["host", process.host]);
	const thread = threads[spans.thread[span]];
	rows.push(["thread", (thread.name ? thread.name + ", " : "") + thread.tid]);
	if (spans.task[span] > 0)
		rows.push(["task", spans.task[span]]);
	if (text("source", span))
		rows.push(["opened in", text("source", span)]);
	return table(rows);
}

function chainSection(span) {
	const chain = parsed(text("chain", span), []);
	if (!Array.isArray(chain) || chain.length === 0)
		return [];
	const made = el("ol", "chain");
	made.append(...first(chain, (name) =>
		el("li", "", short(shown(name)))));
	return section("Scopes", made);
}

function eventsSection(span) {
	const events = eventsOf(span);
	if (events.length === 0)
		return [];
	return section("Events", ...first(events, ({ at, name, fields }) => {
		const rows = members(fields);
		return el("div", "event",
			el("span", "when number", "+" +
				duration(at - spans.start[span])),
			short(name, LONG), ...(rows.length ? [table(rows)] : []));
	}));
}

function linksSection(span) {
	const links = parsed(text("links", span), []);
	if (!Array.isArray(links) || links.length === 0)
		return [];
	return section("Links", ...first(links, (link) => {
		const trace = shown(link?.trace ?? ""), id = shown(link?.span ?? "");
		const other = spanOf(trace, id);
		if (other >= 0)
			return el("div", "", plainButton(nameOf(other),
				() => goTo(other)));
		return el("div", "id", el("code", "", short(trace + " " + id)));
	}));
}

function familySection(span) {
	const rows = [], above = spans.above[span];
	if (above >= 0)
		rows.push(["parent", plainButton(nameOf(above), () => goTo(above))]);
	else if (span in spans.lost)
		rows.push(["parent", (spans.remote[span] ? "from afar, " : "") +
			spans.lost[span] + ", not in these files"]);
	if (spans.inside[span] > 0) {
		const { first, last } = traces[spans.trace[span]];
		const cell = el("div");
		let n = 0;
		for (let i = first; i < last && n < 30; i++) {
			if (spans.above[i] !== span)
				continue;
			cell.append(plainButton(nameOf(i), () => goTo(i)), el("br"));
			n++;
		}
		if (spans.inside[span] > n)
			cell.append("and " + (spans.inside[span] - n) + " more");
		rows.push(["inside", cell]);
	}
	return rows.length ? section("Around", table(rows)) : [];
}

function endSection(span) {
	const made = [];
	if (spans.failed[span])
		made.push(el("p", "why",
			el("b", "fail", short(text("status", span))),
			text("statusText", span) &&
				": " + short(text("statusText", span), LONG)));
	if (isOver(span))
		made.push(el("p", "why over", el("b", "over", "over"), ": " +
			short(text("cause", span), LONG)));
	return made;
}

function badges(span) {
	const made = el("div", "badges");
	for (const name of ["target", "level", "kind"])
		if (text(name, span))
			made.append(badge(text(name, span)));
	if (spans.failed[span])
		made.append(badge("failed", "fail"));
	if (isOver(span))
		made.append(badge("over", "over"));
	if (spans.remote[span])
		made.append(badge("from afar"));
	if (spans.dropped[span])
		made.append(badge(spans.dropped[span] + " dropped", "over"));
	return made;
}

function idsSection(span) {
	const { id } = traces[spans.trace[span]];
	if (!id)
		return [];
	return section("Ids", table([["trace", idLine("the trace id", id)],
		["span", idLine("the span id", spanId(span))]]));
}

function drawDetails() {
	const span = state.selected;
	if (span < 0) {
		details.replaceChildren(el("p", "nothing", count
			? "Click a span to see what it was about."
			: "There is no span in this file."));
		return;
	}
	details.replaceChildren(
		el("h2", "", short(nameOf(span), 1000)), badges(span),
		...endSection(span), timesSection(span), ...chainSection(span),
		...membersSection("Fields", text("fields", span)),
		...membersSection("Values", text("values", span)),
		...eventsSection(span), ...linksSection(span),
		...familySection(span), ...idsSection(span));
	details.scrollTop = 0;
}

function inWords(span) {
	return [nameOf(span), processes[spans.process[span]].name,
		duration(spans.duration[span]),
		spans.failed[span] ? "failed, " + text("status", span) : "",
		isOver(span) ? "over, " + text("cause", span) : "",
	].filter(Boolean).map((part) => short(part)).join(", ");
}

function select(span) {
	state.selected = span;
	said.textContent = span >= 0 ? inWords(span) : "";
	drawDetails();
	draw();
}

// Selects it, in the trace that it is in, and brings it into view.
function goTo(span, fit = false) {
	const trace = traces[spans.trace[span]];
	if (state.layout.trace && state.layout.trace !== trace)
		show(trace);
	select(span);
	reveal(span, fit);
}

function showTip(span, x, y) {
	tip.hidden = span < 0;
	if (span < 0)
		return;
	const notes = [processes[spans.process[span]].name, flowName(span)];
	tip.replaceChildren(short(nameOf(span)) + "  " +
		duration(spans.duration[span]),
	el("small", "", short(notes.join(", "))));
	if (spans.failed[span])
		tip.append(el("small", "fail", short(text("status", span))));
	if (isOver(span))
		tip.append(el("small", "over",
			"over: " + short(text("cause", span))));
	const right = chart.clientWidth - tip.offsetWidth - 8;
	tip.style.left = Math.max(4, Math.min(x + 14, right)) + "px";
	const below = y + 18 + tip.offsetHeight < chart.clientHeight;
	tip.style.top = (below ? y + 18 : y - tip.offsetHeight - 10) + "px";
}

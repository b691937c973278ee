// SPDX-License-Identifier: MIT
// main.js - keys and pointers, and the first picture.
"use strict";

const help = document.getElementById("help");
const colour = document.getElementById("colour");

// The next span in the order of starts, from the selected one.
function stepSpan(by, wanted = () => true) {
	const { order } = state.layout;
	let at = order.indexOf(state.selected);
	if (at < 0)
		at = by > 0 ? -1 : order.length;
	for (at += by; at >= 0 && at < order.length; at += by)
		if (wanted(order[at]))
			return goTo(order[at]);
}

function goInside() {
	const { first, last } = traces[spans.trace[state.selected]] ?? {};
	for (let i = first; i < last; i++)
		if (spans.above[i] === state.selected)
			return goTo(i);
}

function goUp() {
	const above = spans.above[state.selected] ?? -1;
	if (above >= 0)
		goTo(above);
}

function setColour(by) {
	state.colour = colour.value = by;
	mapPicture = null;
	drawLegend();
	draw();
}

function nextColour() {
	const all = [...colour.options].map((option) => option.value);
	setColour(all[(all.indexOf(state.colour) + 1) % all.length]);
}

function clear() {
	if (find.value) {
		find.value = "";
		search();
	} else {
		select(-1);
	}
}

function scroll(by) {
	look(state.from, state.to, state.top + by);
}

const keys = {
	"+": () => zoom(0.7), "=": () => zoom(0.7), "w": () => zoom(0.7),
	"-": () => zoom(1 / 0.7), "s": () => zoom(1 / 0.7),
	"ArrowLeft": () => pan(-0.15), "a": () => pan(-0.15),
	"ArrowRight": () => pan(0.15), "d": () => pan(0.15),
	"ArrowUp": () => scroll(-3 * ROW), "ArrowDown": () => scroll(3 * ROW),
	"PageUp": () => scroll(-chart.clientHeight / 2),
	"PageDown": () => scroll(chart.clientHeight / 2),
	"0": lookAtAll, "Home": lookAtAll,
	"f": () => state.selected >= 0 && reveal(state.selected, true),
	"j": () => stepSpan(1), "k": () => stepSpan(-1),
	"e": () => stepSpan(1, (span) => spans.failed[span] || isOver(span)),
	"p": goUp, "i": goInside,
	"n": () => nextMatch(1), "N": () => nextMatch(-1),
	"t": () => showNext(1), "T": () => showNext(-1),
	"o": () => traces.length > 1 && show(null),
	"c": nextColour, "/": () => find.select() ?? find.focus(),
	"?": () => help.showModal(), "Escape": clear,
};

function listenToKeys() {
	document.addEventListener("keydown", (event) => {
		const busy = event.target.closest("input, select, dialog");
		if (busy || event.ctrlKey || event.metaKey || event.altKey)
			return;
		const act = keys[event.key];
		if (!act)
			return;
		// In the details these scroll.
		if (/^(Arrow|Page|Home)/.test(event.key) &&
			event.target.closest("#details, #list"))
			return;
		event.preventDefault();
		act();
	});
}

function pointOf(event, canvas) {
	const box = canvas.getBoundingClientRect();
	return [event.clientX - box.left, event.clientY - box.top];
}

function listenToWheel() {
	chart.addEventListener("wheel", (event) => {
		const [x] = pointOf(event, chart);
		const lines = event.deltaMode === 1 ? 16 : 1;
		event.preventDefault();
		if (event.shiftKey || x < GUTTER)
			scroll((event.deltaY || event.deltaX) * lines);
		else if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			pan(event.deltaX * lines / plot());
		else
			zoom(Math.exp(Math.max(-1, Math.min(1,
				event.deltaY * lines / 400))), x);
	}, { passive: false });
}

// A drag moves, or draws a band to zoom to; without a move it is a click.
function listenToChart() {
	let drag = null;
	chart.addEventListener("pointerdown", (event) => {
		if (event.button !== 0)
			return;
		const [x, y] = pointOf(event, chart);
		drag = {
			x, y, from: state.from, to: state.to, top: state.top,
			band: event.shiftKey || y < RULER, moved: false,
		};
		chart.setPointerCapture(event.pointerId);
	});
	chart.addEventListener("pointermove", (event) => {
		const [x, y] = pointOf(event, chart);
		if (!drag) {
			hover(x, y);
			return;
		}
		drag.moved ||= Math.hypot(x - drag.x, y - drag.y) > 3;
		if (!drag.moved)
			return;
		showTip(-1);
		if (drag.band) {
			state.band = [Math.max(GUTTER, drag.x), Math.max(GUTTER, x)];
			draw();
		} else {
			const by = (drag.x - x) * (drag.to - drag.from) / plot();
			look(drag.from + by, drag.to + by, drag.top + drag.y - y);
		}
	});
	chart.addEventListener("pointerup", (event) => {
		const [x, y] = pointOf(event, chart);
		const { band } = state, ended = drag;
		drag = state.band = null;
		if (ended && band && Math.abs(band[1] - band[0]) > 4)
			look(timeAt(Math.min(...band)), timeAt(Math.max(...band)));
		else if (ended && !ended.moved)
			select(spanAt(x, y));
		draw();
	});
	chart.addEventListener("pointercancel", () => {
		drag = state.band = null;
		draw();
	});
	chart.addEventListener("pointerleave", () => hover(-1, -1));
	chart.addEventListener("dblclick", (event) => {
		const span = spanAt(...pointOf(event, chart));
		if (span >= 0)
			reveal(span, true);
	});
}

function hover(x, y) {
	const span = spanAt(x, y);
	showTip(span, x, y);
	if (span === state.hovered)
		return;
	state.hovered = span;
	chart.style.cursor = span >= 0 ? "pointer" : "default";
	draw();
}

// The map moves what is in view; with a drag it draws another.
function listenToMap() {
	let from = null;
	const at = (event) => {
		const { start, end } = state.layout, [x] = pointOf(event, map);
		return start + (x - GUTTER) * (end - start) /
			Math.max(1, map.clientWidth - GUTTER);
	};
	map.addEventListener("pointerdown", (event) => {
		from = at(event);
		map.setPointerCapture(event.pointerId);
		const half = (state.to - state.from) / 2;
		look(from - half, from + half);
	});
	map.addEventListener("pointermove", (event) => {
		const to = at(event), { start, end } = state.layout;
		if (from !== null && Math.abs(to - from) > (end - start) / 200)
			look(Math.min(from, to), Math.max(from, to));
	});
	map.addEventListener("pointerup", () => { from = null; });
	map.addEventListener("pointercancel", () => { from = null; });
}

function sample(fill, mark) {
	const made = document.createElement("canvas");
	made.width = 36;
	made.height = 24;
	const context = made.getContext("2d");
	context.scale(2, 2);
	context.fillStyle = fill;
	context.fillRect(0, 0, 18, 12);
	mark?.(context);
	return made;
}

function drawLegend() {
	const entries = [];
	if (state.colour === "target") {
		for (const [target, hue] of [...hueOf].slice(0, 10))
			entries.push([strings[target] || "(no target)",
				sample(ink.bars[hue])]);
		if (hueOf.size > 10)
			entries.push(["and " + (hueOf.size - 10) + " more"]);
	} else if (state.colour === "process") {
		for (const process of seenProcesses.slice(0, 10))
			entries.push([process.name,
				sample(ink.bars[process.index % HUES.length])]);
	} else {
		entries.push(["ok", sample(ink.bars[1])]);
	}
	entries.push(["failed", sample(ink.failBack, (context) => {
		context.fillStyle = ink.fail;
		context.fillRect(0, 0, 3, 12);
	})], ["canceled, or past its deadline", sample(ink.overBack, (context) => {
		drawOver(context, 18, -1.5, 18);
	})], ["deadline", sample(ink.panel, (context) => {
		context.strokeStyle = ink.over;
		context.setLineDash([3, 2]);
		context.strokeRect(9, -2, 0, 20);
	})]);
	document.getElementById("legend").replaceChildren(
		...entries.map(([label, canvas]) => {
			canvas?.setAttribute("aria-hidden", "true");
			return el("span", "", ...(canvas ? [canvas] : []),
				short(label, 60));
		}));
}

function drawAbout() {
	const failed = traces.reduce((sum, trace) => sum + trace.failed, 0);
	const parts = [many(traces.length, "trace", "traces"),
		many(count, "span", "spans"),
		many(seenProcesses.length, "process", "processes")];
	if (failed)
		parts.push(failed.toLocaleString("en") + " failed");
	if (count)
		parts.push("from " + date(0));
	document.getElementById("about").textContent = parts.join(" \u00b7 ");
	const notes = data.files.flatMap(([name, bad, cut, more]) => [
		cut ? strings[name] + ": its last line is cut off" : "",
		bad ? strings[name] + ": " + many(bad, "line", "lines") +
			" could not be read" : "",
		more ? strings[name] + ": there is more, which was left out" : "",
	]).filter(Boolean);
	const notice = document.getElementById("notes");
	notice.hidden = notes.length === 0;
	notice.textContent = notes.slice(0, 4).join(" \u00b7 ") +
		(notes.length > 4 ? " \u00b7 and so on" : "");
}

function changeTheme() {
	readInk();
	drawLegend();
	draw();
}

function begin() {
	readInk();
	drawAbout();
	drawLegend();
	sortTraces("start");
	drawDetails();
	show(traces.length === 1 ? traces[0] : null);
	listenToList();
	listenToFind();
	listenToKeys();
	listenToWheel();
	listenToChart();
	listenToMap();
	colour.addEventListener("change", () => setColour(colour.value));
	document.getElementById("fit").addEventListener("click", lookAtAll);
	document.getElementById("ask").addEventListener("click",
		() => help.showModal());
	document.getElementById("help-close").addEventListener("click",
		() => help.close());
	matchMedia("(prefers-color-scheme: dark)")
		.addEventListener("change", changeTheme);
	new ResizeObserver(() => {
		mapPicture = null;
		listDrawn = "";
		drawList();
		look(state.from, state.to);
	}).observe(document.getElementById("picture"));
	drawNow();
	// The second frame from here is after this one was shown.
	requestAnimationFrame(() => requestAnimationFrame(() =>
		performance.mark("painted")));
}

begin();

// SPDX-License-Identifier: MIT
// files.js - trace files as dctx's sink writes them, made up.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

// Numbers that come out the same each time: xorshift, of 32 bits.
function numbers(seed) {
	return () => {
		seed ^= seed << 13;
		seed ^= seed >>> 17;
		seed ^= seed << 5;
		return (seed >>> 0) / 2 ** 32;
	};
}

// A line of a span; what is not said is as for any.
function spanLine({ name, ts, dur, pid = 1, tid = pid, cat = "t", ...args }) {
	const event = { ph: "X", name, cat, ts, dur, pid, tid, args };
	return JSON.stringify(event) + ",\n";
}

function head(pid, name) {
	return "[\n" + JSON.stringify({
		ph: "M", name: "process_name", pid, tid: pid, args: { name },
	}) + ",\n";
}

// `count` spans over `processes`: traces of 5, 20 or 60, some after the other
// and some at once. Returns the files' names.
function manySpans(folder, count, processes) {
	const random = numbers(7);
	const hex = (n) => Array.from({ length: n / 8 }, () =>
		Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0")).join("");
	const parts = Array.from({ length: processes }, (_, i) =>
		[head(100 + i, "service-" + i)]);
	let at = 1795814732000000, made = 0;
	for (let task = 1; made < count; task++) {
		const trace = hex(32);
		const length = 2000 + random() * 38000;
		const open = [];
		at += random() * 1800;
		for (let n = [5, 20, 60][task % 3]; n > 0 && made < count; n--) {
			const up = open[Math.floor(random() * open.length)];
			const ts = up ? up.ts + random() * 0.6 * up.dur : at;
			const dur = up ? random() * (up.ts + up.dur - ts) : length;
			const pid = 100 + (task + (up ? up.depth + 1 : 0)) % processes;
			const span = hex(16);
			parts[pid - 100].push(spanLine({
				name: "step " + made % 37, cat: "module." + made % 9,
				ts, dur, pid, trace, span,
				...(up && { parent: up.span }),
				level: "INFO", task, chain: ["serve", "step " + made % 37],
				...(random() < 0.01 && { status: "DCTX_TIMED_OUT" }),
				fields: { n: made % 500, path: "/item/" + made % 5000 },
				values: { request_id: "r-" + task },
			}));
			open.push({ ts, dur, span, depth: up ? up.depth + 1 : 0 });
			made++;
		}
	}
	return parts.map((lines, i) => {
		const file = path.join(folder, `many-${i}.json`);
		fs.writeFileSync(file, lines.join(""));
		return file;
	});
}

module.exports = { head, manySpans, spanLine };

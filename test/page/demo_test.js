// SPDX-License-Identifier: MIT
// demo_test.js - the page that `make demo` ends with: what three processes of
// the shop did for their requests, as a picture of it shows. BUILD is where
// they were built, OUT is for pictures and for what the demo leaves.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const path = require("node:path");
const { before, describe, it: any } = require("node:test");
const { browserOf, click, close, detailsOf, drawn, near, open, pointOf,
	themeColour } = require("./pages.js");

const { BUILD, OUT } = process.env;
const DEMO = path.join(__dirname, "../../example/shop/demo");
const it = (claim, test) => any(claim, { timeout: 180000 }, test);

// What a picture has at some points, as a picture alone tells it.
async function coloursIn(png, points) {
	const page = await browserOf().newPage();
	const found = await page.evaluate(async ([data, points]) => {
		const image = new Image();
		image.src = "data:image/png;base64," + data;
		await image.decode();
		const canvas = document.createElement("canvas");
		canvas.width = image.width;
		canvas.height = image.height;
		const context = canvas.getContext("2d",
			{ willReadFrequently: true });
		context.drawImage(image, 0, 0);
		return points.map(([x, y]) =>
			[...context.getImageData(x, y, 1, 1).data]);
	}, [png.toString("base64"), points]);
	await page.close();
	return found;
}

// How far from each other colours are.
const apart = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

// Shows the trace of a request, all of it, and gives its spans.
async function showRequest(page, id) {
	await page.fill("#find", "request_id=" + id);
	await page.waitForFunction(() =>
		/\d/.test(document.getElementById("found").innerText));
	await page.keyboard.press("Enter");
	await page.evaluate(() => {
		const trace = traces[spans.trace[state.selected]];
		select(-1);
		show(trace);
	});
	await page.locator("#find").press("Escape");
	await drawn(page);
	return spansOf(page);
}

function spansOf(page) {
	return page.evaluate(() => [...state.layout.order].map((i) => ({
		i, name: nameOf(i), process: processes[spans.process[i]].name,
		kind: text("kind", i), above: spans.above[i],
		fields: text("fields", i), cause: text("cause", i),
		failed: Boolean(spans.failed[i]),
	})));
}

describe("the demo's page", () => {
	let file, said;

	before(() => {
		said = execFileSync(DEMO, [], { encoding: "utf8", env: {
			...process.env, OUT: path.join(OUT, "shop"), REQUESTS: "96",
			CONCURRENCY: "8", SLOW: "16", FAULT: "0", SERVE: "0",
		} });
		file = path.join(OUT, "shop/page.html");
	});

	it("is what the demo ends with", () => {
		const last = said.trimEnd().split("\n").pop();
		assert.match(last, /: \d+ spans of 96 traces$/);
		assert.ok(last.startsWith("as a picture: " + file), last);
	});

	it("shows a checkout in the lanes of three processes", async () => {
		const page = await open(file);
		const all = await showRequest(page, "req-000020");
		assert.deepEqual(all.map(({ process, kind, name }) =>
			`${process} ${kind} ${name}`).sort(), [
			"gateway client GET /price", "gateway client GET /reserve",
			"gateway server GET /checkout", "pricing server GET /price",
			"stock server GET /reserve",
		]);
		assert.deepEqual((await page.evaluate(() =>
			state.layout.groups.map((group) => group.process.name))).sort(),
		["gateway", "pricing", "stock"]);
		const above = ({ above }) => all.find(({ i }) => i === above);
		for (const one of all.filter(({ process }) => process !== "gateway")) {
			assert.equal(above(one).kind, "client");
			assert.equal(above(one).name, one.name);
			assert.equal(above(above(one)).name, "GET /checkout");
		}

		// The same by what is to be seen: a bar in each lane, none below.
		const points = [];
		for (const { i } of all)
			points.push(await pointOf(page, i));
		const png = await page.screenshot({
			path: path.join(OUT, "demo-checkout.png") });
		const back = await themeColour(page, "back");
		for (const [n, colour] of (await coloursIn(png, points)).entries())
			assert.ok(!near(colour, back), `${all[n].name}: ${colour}`);
		const box = await page.locator("#chart").boundingBox();
		const [below] = await coloursIn(png, [[points[0][0],
			box.y + box.height - 6]]);
		assert.ok(near(below, back), String(below));
		await close(page);
	});

	it("shows whose request it was, and through what it came", async () => {
		const page = await open(file);
		const all = await showRequest(page, "req-000020");
		await click(page, all.find(({ process }) => process === "stock").i);
		const text = (await detailsOf(page)).replaceAll("\u00a0", " ");
		for (const part of ["GET /reserve", "server", "stock", "req-000020",
			"tenant", "1020", "http.response.status_code", "200", "deadline"])
			assert.ok(text.includes(part), part);
		assert.deepEqual(await page.locator(".chain li").allInnerTexts(),
			["gateway", "GET /checkout", "checkout", "GET /reserve", "stock"]);
		await close(page);
	});

	it("shows a slice that time ran out for, and its deadline", async () => {
		const page = await open(file);
		const all = await showRequest(page, "req-000009");
		const snail = all.find(({ name, fields }) =>
			name === "item" && fields.includes("snail"));
		assert.ok(snail.failed);
		const deadline = await page.evaluate(() =>
			xOf(state.layout.trace.deadline));
		const box = await page.locator("#chart").boundingBox();
		const [, y] = await pointOf(page, snail.i);
		const start = await page.evaluate((i) => xOf(spans.start[i]), snail.i);
		// The line is dashed, and smeared over the pixels about its place.
		const line = Array.from({ length: 120 }, (_, n) =>
			[box.x + deadline - 1 + n % 3, box.y + 300 + Math.floor(n / 3)]);
		const png = await page.screenshot({
			path: path.join(OUT, "demo-basket.png") });
		const fail = await themeColour(page, "fail");
		const over = await themeColour(page, "over");
		const [left, ...dashes] = await coloursIn(png,
			[[box.x + start + 1.5, y], ...line]);
		assert.ok(near(left, fail), String(left));
		const back = await themeColour(page, "back");
		const dashed = dashes.filter((colour) =>
			apart(colour, over) < apart(colour, back));
		assert.ok(dashed.length > 10, dashes.join(" "));

		await click(page, snail.i);
		const text = await detailsOf(page);
		assert.match(text, /DCTX_DEADLINE_EXCEEDED/);
		assert.match(text, /(pricing|stock): deadline exceeded/);
		assert.match(text, /deadline\s+[\d.]+.s after its start/);
		await close(page);
	});

	it("shows a slice that was cancelled, and what for", async () => {
		const page = await open(file);
		const found = [];
		for (const id of ["req-000025", "req-000041", "req-000073",
			"req-000089"])
			found.push(...(await showRequest(page, id)).filter(
				({ name, failed, cause }) => name === "item" && failed &&
					/^canceled: (slice \d failed|enough)/.test(cause))
				.map((one) => ({ id, ...one })));
		assert.ok(found.length > 0);
		const [{ id, i }] = found;
		await showRequest(page, id);
		await click(page, i);
		await page.keyboard.press("f");
		await page.mouse.move(5, 5); // what is told at the pointer goes
		await drawn(page);
		const ends = await page.evaluate((i) => {
			const box = chart.getBoundingClientRect();
			return [[xOf(spans.start[i]) + 1.5, BAR / 2],
				[xOf(spans.end[i]) - 1.5, 4]].map(([x, y]) =>
				[box.left + x, box.top + yOf(i) + y]);
		}, i);
		const png = await page.screenshot({
			path: path.join(OUT, "demo-cancelled.png") });
		const [start, end] = await coloursIn(png, ends);
		assert.ok(near(start, await themeColour(page, "fail")), String(start));
		assert.ok(near(end, await themeColour(page, "over")), String(end));
		const text = await detailsOf(page);
		assert.match(text, /DCTX_CANCELED/);
		assert.match(text, /canceled: (slice \d failed|enough slices)/);
		await close(page);
	});
});

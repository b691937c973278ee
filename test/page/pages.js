// SPDX-License-Identifier: MIT
// pages.js - pages of dctx trace in Chromium, for tests: CHROMIUM is which,
// BUILD is where the command was built, OUT is for pages and pictures.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const path = require("node:path");
const { after, afterEach, before } = require("node:test");
const { chromium } = require("playwright-core");

const { BUILD, OUT, CHROMIUM } = process.env;
let browser;

before(async () => {
	browser = await chromium.launch({ executablePath: CHROMIUM });
});

after(() => browser.close());

// Also of a test that failed: a page behind another is not drawn.
afterEach(async () => {
	for (const context of browser.contexts())
		await context.close();
});

function dctx(output, ...files) {
	const page = path.join(OUT, output);
	const program = path.join(BUILD, "tool/dctx");
	execFileSync(program, ["trace", "-o", page, ...files],
		{ stdio: ["ignore", "ignore", "pipe"] });
	return page;
}

// Opens a page; what it says on the console or asks for is kept.
async function open(file, options = {}) {
	const page = await browser.newPage({
		viewport: { width: 1440, height: 860 }, ...options,
	});
	page.wrong = [];
	page.asked = [];
	page.on("console", (message) => page.wrong.push(message.text()));
	page.on("pageerror", (error) => page.wrong.push(error.stack));
	page.on("request", (request) => page.asked.push(request.url()));
	await page.goto("file://" + file);
	await page.waitForFunction(() =>
		performance.getEntriesByName("painted").length > 0);
	return page;
}

// Nothing went wrong, and nothing but the file was asked for.
async function close(page) {
	assert.deepEqual(page.wrong, []);
	assert.deepEqual(page.asked, [page.url()]);
	await page.close();
}

// Two frames: what was asked to be drawn is there.
function drawn(page) {
	return page.evaluate(() => new Promise((done) =>
		requestAnimationFrame(() => requestAnimationFrame(done))));
}

function spanNamed(page, name, trace) {
	return page.evaluate(([name, trace]) => {
		for (let i = 0; i < count; i++)
			if (nameOf(i) === name &&
				(!trace || traces[spans.trace[i]].id === trace))
				return i;
		throw new Error("no span " + name);
	}, [name, trace]);
}

// Where on the screen the middle of a span's bar is.
async function pointOf(page, span) {
	await drawn(page);
	return page.evaluate((span) => {
		const box = chart.getBoundingClientRect();
		const middle = (xOf(spans.start[span]) + xOf(spans.end[span])) / 2;
		return [box.left + middle, box.top + yOf(span) + BAR / 2];
	}, span);
}

async function click(page, span) {
	await page.mouse.click(...await pointOf(page, span));
}

const view = (page) => page.evaluate(() =>
	({ from: state.from, to: state.to, top: state.top }));
const selected = (page) => page.evaluate(() =>
	state.selected < 0 ? null : nameOf(state.selected));
const detailsOf = (page) => page.locator("#details").innerText();

// The colour of a point of the chart, and one of the theme's.
function colourAt(page, x, y) {
	return page.evaluate(([x, y]) => {
		const copy = document.createElement("canvas")
			.getContext("2d", { willReadFrequently: true });
		copy.drawImage(chart, -Math.floor(x * devicePixelRatio),
			-Math.floor(y * devicePixelRatio));
		return [...copy.getImageData(0, 0, 1, 1).data];
	}, [x, y]);
}

function themeColour(page, name) {
	return page.evaluate((name) => {
		const one = document.createElement("canvas").getContext("2d");
		one.fillStyle = ink[name];
		one.fillRect(0, 0, 1, 1);
		return [...one.getImageData(0, 0, 1, 1).data];
	}, name);
}

const near = (a, b) => a.every((value, i) => Math.abs(value - b[i]) < 40);

const browserOf = () => browser;

module.exports = {
	browserOf, click, close, colourAt, dctx, detailsOf,
	drawn, near, open, pointOf, selected,
	spanNamed, themeColour, view,
};

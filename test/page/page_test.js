// SPDX-License-Identifier: MIT
// page_test.js - pages of dctx trace as a user has them: opened from a file in
// Chromium, with the pointer and with keys. OUT is for pictures.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const { after, before, describe, it: any } = require("node:test");
const { head, manySpans, spanLine } = require("./files.js");
const { browserOf, click, close, colourAt, dctx, detailsOf, drawn, near, open,
	pointOf, selected, spanNamed, themeColour, view } = require("./pages.js");

const { OUT } = process.env;
const SAMPLE = ["gateway", "pricing", "stock"].map((name) =>
	path.join(__dirname, "sample", name + ".json"));
const SLOW = "3fc4ccfe745870e2c0d99f71f30ff065"; // the trace that ran late
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dctx-page-"));
const it = (claim, test) => any(claim, { timeout: 180000 }, test);

after(() => fs.rmSync(folder, { recursive: true }));

function write(name, text) {
	const file = path.join(folder, name);
	fs.writeFileSync(file, text);
	return file;
}

describe("a page of three processes", () => {
	let file;
	before(() => { file = dctx("sample.html", ...SAMPLE); });

	it("opens with all traces, by process and task", async () => {
		const page = await open(file);
		assert.match(await page.locator("#about").innerText(),
			/4.traces · 32.spans · 3.processes · 6 failed/);
		assert.equal(await page.locator(".trace").count(), 5);
		assert.deepEqual(await page.evaluate(() =>
			state.layout.groups.map((group) => group.process.name)),
		["gateway", "pricing", "stock"]);
		assert.equal(await page.evaluate(() =>
			state.layout.flows[0].name), "task 11");
		await page.screenshot({ path: path.join(OUT, "all.png") });
		await close(page);
	});

	it("counts a process once, of however many files", async () => {
		const page = await open(dctx("twice.html", ...SAMPLE, ...SAMPLE));
		assert.match(await page.locator("#about").innerText(),
			/4.traces · 32.spans · 3.processes · 6 failed/);
		await page.selectOption("#colour", "process");
		const legend = await page.locator("#legend").innerText();
		assert.equal(legend.match(/gateway/g).length, 1);
		await close(page);
	});

	it("shows what a span was about when it is clicked", async () => {
		const page = await open(file);
		await click(page, await spanNamed(page, "reserve", SLOW));
		const text = await detailsOf(page);
		for (const part of ["reserve", "server", "stock", "INFO",
			"DCTX_DEADLINE_EXCEEDED", "lock not taken", "deadline exceeded",
			"4.30 ms into the trace", "245 ms", "stock, pid 4103", "host-b",
			"main, 4103", "21", "stock.c:61", "item", "lamp", "request_id",
			"r-8f32", "tenant", "42", "POST stock/reserve", "lock shelf", SLOW])
			assert.ok(text.replaceAll("\u00a0", " ").includes(part), part);
		assert.deepEqual(await page.locator(".chain li").allInnerTexts(),
			["checkout", "reserve"]);
		await close(page);
	});

	it("tells of events, links, what was dropped, and goes along", async () => {
		const page = await open(file);
		await click(page, await spanNamed(page, "restock"));
		let text = await detailsOf(page);
		assert.match(text, /2 dropped/);
		assert.match(text, /batch, 4190/);
		assert.match(text, /b7ad6b7169203331/); // not here, so only told
		await page.locator("#details .plain", { hasText: "GET /checkout" })
			.click();
		assert.equal(await selected(page), "GET /checkout");
		text = await detailsOf(page);
		assert.match(text, /headers read\s+bytes\s+412/);
		assert.match(text, /\+311.µs/);
		await page.locator("#details .plain", { hasText: "authorize" }).click();
		assert.equal(await selected(page), "authorize");
		await close(page);
	});

	it("copies ids", async () => {
		const page = await open(file);
		await page.context().grantPermissions(["clipboard-read",
			"clipboard-write"]);
		await click(page, await spanNamed(page, "restock"));
		await page.getByLabel("Copy the trace id").click();
		await page.locator(".copy", { hasText: "Copied" }).waitFor();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
			"04efaf080f5a3e74e1c29d1ca6a48569");
		await close(page);
	});

	it("draws the deadline and why it was over", async () => {
		for (const colorScheme of ["light", "dark"]) {
			const page = await open(file, { colorScheme });
			const over = await themeColour(page, "over");
			const slow = await spanNamed(page, "GET /checkout", SLOW);
			await page.locator(".trace", { hasText: SLOW.slice(0, 8) }).click();
			// In a gap of its dashes there is nothing: so several points.
			const lines = async () => {
				const x = await page.evaluate((span) =>
					xOf(spans.deadline[span]), slow);
				let n = 0;
				for (let y = 400; y < 430; y++)
					n += near(await colourAt(page, x, y), over) ||
						near(await colourAt(page, x - 1, y), over);
				return n;
			};
			await drawn(page);
			assert.ok(await lines() > 10, "the trace's");
			await page.keyboard.press("e");
			assert.equal(await selected(page), "GET /checkout");
			await drawn(page);
			assert.ok(await lines() > 10, "the span's");
			assert.match(await detailsOf(page),
				/250.ms after its start, passed 2.30.ms before its end/);
			const [x, y] = await page.evaluate((span) =>
				[xOf(spans.end[span]) - 1.5, yOf(span) + 4], slow);
			assert.ok(near(await colourAt(page, x, y), over), "its end");
			const fail = await themeColour(page, "fail");
			const [left, top] = await page.evaluate((span) =>
				[xOf(spans.start[span]) + 1, yOf(span) + BAR / 2], slow);
			assert.ok(near(await colourAt(page, left, top), fail), "its start");
			const name = `late-${colorScheme}.png`;
			await page.screenshot({ path: path.join(OUT, name) });
			await close(page);
		}
	});

	it("finds names, fields, values and ids", async () => {
		const page = await open(file);
		const found = async (query) => {
			await page.fill("#find", query);
			await page.waitForTimeout(120);
			return page.locator("#found").innerText();
		};
		assert.equal(await found("lock shelf"), "3");
		assert.equal(await found("LAMP"), "2");
		assert.equal(await found("item=lamp"), "1");
		assert.equal(await found("request_id=r-8f33"), "10");
		assert.equal(await found("rules=31"), "3");
		assert.equal(await found("amélie"), "3");
		assert.equal(await found("client closed"), "4");
		assert.equal(await found("cache miss"), "3");
		assert.equal(await found(SLOW), "10");
		assert.equal(await found("3fc4ccfe"), "10");
		assert.equal(await found("nowhere"), "no match");
		assert.ok(await page.locator("#next").isDisabled());
		assert.equal(await found("lock shelf"), "3");
		for (const at of ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]) {
			await page.keyboard.press("Enter");
			assert.equal(await page.locator("#found").innerText(), at);
			assert.equal(await selected(page), "lock shelf");
		}
		await page.locator("#previous").click();
		assert.equal(await page.locator("#found").innerText(), "3 of 3");
		await page.locator("#find").press("Escape");
		assert.equal(await page.locator("#found").innerText(), "");
		await close(page);
	});

	it("goes on in what was typed last, however fast", async () => {
		const page = await open(file);
		const typed = (value) => page.evaluate((value) => {
			find.focus();
			find.value = value;
			find.dispatchEvent(new InputEvent("input"));
			for (let i = 0; i < 2; i++)
				find.dispatchEvent(new KeyboardEvent("keydown",
					{ key: "Enter", bubbles: true }));
			return [found.innerText, nameOf(state.selected)];
		}, value);
		assert.deepEqual(await typed("lock shelf"), ["2 of 3", "lock shelf"]);
		assert.deepEqual(await typed("reserve"), ["9 of 10", "reserve"]);
		await page.waitForTimeout(200);
		assert.equal(await page.locator("#found").innerText(), "9 of 10");
		await close(page);
	});

	it("zooms and moves by wheel, keys and drag", async () => {
		const page = await open(file);
		const box = await page.locator("#chart").boundingBox();
		const at = [Math.round(box.x + box.width * 0.7), box.y + 300];
		const whole = await view(page);
		await page.mouse.move(...at);
		const under = () => page.evaluate((x) => timeAt(x), at[0] - box.x);
		const time = await under();
		await page.mouse.wheel(0, -300);
		await drawn(page);
		let now = await view(page);
		assert.ok(now.to - now.from < (whole.to - whole.from) * 0.6);
		assert.ok(Math.abs(await under() - time) < 1e4, "it stays in place");
		let then = now;
		await page.mouse.down();
		await page.mouse.move(at[0] - 150, at[1], { steps: 4 });
		await page.mouse.up();
		now = await view(page);
		assert.ok(now.from > then.from);
		assert.equal(Math.round(now.to - now.from),
			Math.round(then.to - then.from));
		then = now;
		await page.keyboard.press("ArrowLeft");
		now = await view(page);
		assert.ok(now.from < then.from);
		await page.keyboard.press("+");
		then = await view(page);
		assert.ok(then.to - then.from < now.to - now.from);
		await page.keyboard.press("0");
		assert.deepEqual(await view(page), whole);
		await page.keyboard.down("Shift");
		await page.mouse.move(box.x + 300, at[1]);
		await page.mouse.down();
		await page.mouse.move(box.x + 400, at[1], { steps: 4 });
		await page.mouse.up();
		await page.keyboard.up("Shift");
		now = await view(page);
		assert.ok(now.to - now.from < (whole.to - whole.from) * 0.2);
		await page.locator("#fit").click();
		const map = await page.locator("#map").boundingBox();
		await page.mouse.move(map.x + 200, map.y + 20);
		await page.mouse.down();
		await page.mouse.move(map.x + 260, map.y + 20, { steps: 4 });
		await page.mouse.up();
		now = await view(page);
		assert.ok(now.to - now.from < (whole.to - whole.from) * 0.2);
		await close(page);
	});

	it("goes from span to span by keys, and says which", async () => {
		const page = await open(file);
		await page.locator("#chart").focus();
		for (const [key, name] of [["j", "GET /checkout"], ["i", "authorize"],
			["j", "POST pricing/quote"], ["p", "GET /checkout"],
			["e", "GET /checkout"]]) {
			await page.keyboard.press(key);
			assert.equal(await selected(page), name);
		}
		assert.match(await page.locator("#said").innerText(),
			/GET .checkout, gateway, 252.ms, failed, DCTX_DEADLINE_EXCEEDED/);
		await page.keyboard.press("f");
		const { from, to } = await view(page);
		assert.equal(Math.round((to - from) / 1.25), 252300000);
		await page.keyboard.press("Escape");
		assert.equal(await selected(page), null);
		await page.keyboard.press("?");
		assert.ok(await page.locator("#help").isVisible());
		await page.keyboard.press("Escape");
		assert.ok(!await page.locator("#help").isVisible());
		await close(page);
	});

	it("sorts its traces and shows one", async () => {
		const page = await open(file);
		const ids = () => page.locator(".trace code").allInnerTexts();
		const byStart = await ids();
		await page.selectOption("#sort", "duration");
		assert.equal((await ids())[0], SLOW.slice(0, 8));
		assert.equal((await ids())[3], byStart[0]);
		await page.selectOption("#sort", "failed");
		assert.deepEqual((await ids()).slice(0, 2), byStart.slice(1, 3));
		await page.locator("#list").focus();
		await page.keyboard.press("ArrowDown");
		assert.equal(await page.evaluate(() => state.layout.trace.id), SLOW);
		assert.equal(await page.locator("#list").getByRole("option",
			{ selected: true }).count(), 1);
		assert.match(await page.locator("#chart").getAttribute("aria-label"),
			/^Timeline of trace GET \/checkout, 10.spans$/);
		await page.locator(".trace").first().click();
		assert.equal(await page.evaluate(() => state.layout.trace), null);
		await close(page);
	});

	it("may load nothing, whatever is tried", async () => {
		let came = 0;
		const server = http.createServer((_, response) => {
			came++;
			response.end();
		});
		await new Promise((done) => server.listen(0, "127.0.0.1", done));
		const url = "http://127.0.0.1:" + server.address().port + "/";
		const page = await open(file);
		const results = await page.evaluate(async (url) => {
			const loads = (kind) => new Promise((done) => {
				const made = document.createElement(kind);
				made.onload = () => done("loaded");
				made.onerror = () => done("refused");
				try {
					made.src = url;
				} catch {
					done("refused");
				}
				document.body.append(made);
			});
			const asked = await fetch(url).then(() => "loaded",
				() => "refused");
			let markup = "refused";
			try {
				document.body.insertAdjacentHTML("beforeend", "<b>x</b>");
				markup = "made";
			} catch {}
			return [asked, await loads("img"), await loads("script"), markup];
		}, url);
		assert.deepEqual(results, Array(4).fill("refused"));
		assert.equal(came, 0);
		server.close();
		await page.close();
	});

	it("can be read and reached at 400 % zoom", async () => {
		const page = await open(file, { viewport: { width: 320, height: 256 } });
		for (const id of ["find", "previous", "next", "fit", "ask", "list",
			"chart", "details"]) {
			const box = await page.locator("#" + id).boundingBox();
			assert.ok(box.x >= 0 && box.x + box.width <= 320, id);
			assert.ok(box.width * box.height > 500, id);
			assert.ok(id !== "find" || box.width > 120, "room to type");
		}
		const { width, height } = await page.locator("#chart").boundingBox();
		assert.ok(width >= 300 && height >= 150, `${width} ${height}`);
		await page.keyboard.press("j");
		await page.locator("#details h2").scrollIntoViewIfNeeded();
		const { y } = await page.locator("#details h2").boundingBox();
		assert.ok(y >= 0 && y < 256, String(y));
		await close(page);
	});

	it("has texts that stand out, as WCAG 2.2 asks (1.4.3)", async () => {
		for (const colorScheme of ["light", "dark"]) {
			const page = await open(file, { colorScheme });
			const light = async (name) => (await themeColour(page, name))
				.slice(0, 3).map((value) => value / 255)
				.map((value) => (value <= 0.04045 ? value / 12.92
					: ((value + 0.055) / 1.055) ** 2.4))
				.reduce((sum, value, i) =>
					sum + value * [0.2126, 0.7152, 0.0722][i], 0.05);
			for (const text of ["text", "dim", "accent", "fail", "over"])
				for (const ground of ["back", "panel"]) {
					const pair = [await light(text), await light(ground)];
					const ratio = Math.max(...pair) / Math.min(...pair);
					assert.ok(ratio >= 4.5,
						`${colorScheme} ${text} on ${ground}: ${ratio}`);
				}
			await close(page);
		}
	});

	it("is dark where the system is", async () => {
		const page = await open(file, { colorScheme: "light" });
		const light = await colourAt(page, 600, 700);
		await page.emulateMedia({ colorScheme: "dark" });
		await drawn(page);
		const dark = await colourAt(page, 600, 700);
		assert.ok(light[0] > 200 && dark[0] < 60, `${light} ${dark}`);
		await close(page);
	});
});

describe("a page of what others wrote", () => {
	it("makes no markup of names", async () => {
		const evil = ["</script><script>window.bad = 1</script>",
			"<img src=x onerror='window.bad = 2'>", "<!-- <script>", "'\"`&lt;",
			"javascript:window.bad=3", "\u202egnp.\u2028\ud83d\ude00"];
		const lines = evil.map((name, i) => spanLine({
			name, cat: name, ts: 1000 + i * 10, dur: 9, trace: "1".repeat(32),
			span: String(i + 1).padStart(16, "0"), kind: name, level: name,
			cause: name, status: name, status_text: name, chain: [name],
			fields: { [name]: name, deep: { [name]: [name] } },
			values: { [name]: name }, file: name,
			links: [{ trace: name, span: name }],
		})).join("");
		const file = write("<b>&.json", head(1, evil[0]) + lines);
		const page = await open(dctx("hostile.html", file));
		for (const name of evil) {
			await page.keyboard.press("j");
			assert.equal(await selected(page), name);
			assert.equal(await page.locator("#details h2").textContent(), name);
			assert.equal(await page.locator("#details script, #details img")
				.count(), 0);
			const [x, y] = await pointOf(page,
				await page.evaluate(() => state.selected));
			await page.mouse.move(x, y);
		}
		await page.fill("#find", evil[1]);
		assert.equal(await page.evaluate(() => window.bad), undefined);
		assert.equal(await page.locator("script").count(), 2);
		await close(page);
	});

	it("stays at hand with texts of megabytes and fields by thousands",
		async () => {
			const long = "long ".repeat(100000);
			const fields = { long };
			for (let i = 0; i < 20000; i++)
				fields["field " + i] = i;
			const line = spanLine({
				name: long, cat: long, ts: 1, dur: 5, trace: "5".repeat(32),
				span: "5".repeat(16), chain: [long, long], status: long,
				fields,
			});
			const page = await open(dctx("long.html",
				write("long.json", head(1, "p") + line)));
			await click(page, 0);
			assert.match(await detailsOf(page), /and 19,501.more/);
			const size = await page.evaluate(() =>
				document.body.innerText.length);
			assert.ok(size < 400000, String(size));
			await page.fill("#find", "field 19999");
			await page.waitForTimeout(200);
			assert.equal(await page.locator("#found").innerText(), "1");
			await close(page);
		});

	it("nests spans without ids by their times", async () => {
		const events = [
			{ ph: "X", name: "outer", pid: 1, tid: 1, ts: 0, dur: 100 },
			{ ph: "X", name: "inner", pid: 1, tid: 1, ts: 10, dur: 20,
				args: { url: "http://x" } },
			{ ph: "X", name: "other", pid: 1, tid: 2, ts: 15, dur: 10 },
			{ ph: "b", name: "async", pid: 1, tid: 1, ts: 5, id: 1 },
			{ ph: "C", name: "counter", pid: 1, ts: 5, args: { n: 1 } },
		];
		const file = write("chrome.json", JSON.stringify({
			metadata: { "traceEvents": 1 }, traceEvents: events,
			displayTimeUnit: "ms",
		}));
		const page = await open(dctx("chrome.html", file));
		const inner = await spanNamed(page, "inner");
		assert.equal(await page.evaluate((i) => nameOf(spans.above[i]), inner),
			"outer");
		await click(page, inner);
		assert.match(await detailsOf(page), /url\s+http:\/\/x/);
		assert.equal(await page.evaluate((i) => spans.above[i],
			await spanNamed(page, "other")), -1);
		await close(page);
	});

	it("says what is missing in a file", async () => {
		const line = spanLine({
			name: "whole", ts: 5, dur: 5, trace: "2".repeat(32),
			span: "2".repeat(16), parent: "3".repeat(16), remote: true,
		});
		const file = write("cut.json", head(1, "p") + line + line.slice(0, 70));
		const page = await open(dctx("cut.html", file));
		assert.match(await page.locator("#notes").innerText(),
			/cut\.json: its last line is cut off/);
		await page.keyboard.press("j");
		assert.match(await detailsOf(page),
			/from afar, 3{16}, not in these files/);
		await close(page);
	});

	it("takes spans of no length, far apart, in a circle", async () => {
		const lines = [[0, 0], [0, 0], [0, 1e12], [4e15, 5]].map(
			([ts, dur], i) => spanLine({
				name: "s" + i, ts, dur, trace: "4".repeat(32),
				span: String(i + 1).padStart(16, "0"), deadline: -1e9,
				parent: String((i + 1) % 3 + 1).padStart(16, "0"),
			})).join("");
		const page = await open(dctx("odd.html",
			write("odd.json", head(1, "p") + lines)));
		for (let i = 0; i < 4; i++)
			await page.keyboard.press("j");
		assert.equal(await selected(page), "s3");
		for (const key of ["f", ..."+".repeat(60), "ArrowLeft", "0"])
			await page.keyboard.press(key);
		await drawn(page);
		await close(page);
	});
});

describe("a page of 100,000 spans", () => {
	const median = (list) => [...list].sort((a, b) => a - b)[
		Math.floor(list.length / 2)];
	let file;
	before(() => {
		file = dctx("many.html", ...manySpans(folder, 100000, 4));
	});

	// Wall-clock time, which is what a user waits; the processor's beside it.
	async function paintings(n) {
		const times = [];
		for (let i = 0; i < n; i++) {
			const page = await open(file);
			assert.equal(await page.evaluate(() => count), 100000);
			times.push(await page.evaluate(() =>
				performance.getEntriesByName("painted")[0].startTime));
			if (i === 0)
				await page.screenshot({ path: path.join(OUT, "many.png") });
			await close(page);
		}
		return times;
	}

	async function work() {
		const page = await browserOf().newPage();
		const session = await page.context().newCDPSession(page);
		await session.send("Performance.enable",
			{ timeDomain: "threadTicks" });
		await page.goto("file://" + file);
		await page.waitForFunction(() =>
			performance.getEntriesByName("painted").length > 0);
		const { metrics } = await session.send("Performance.getMetrics");
		return metrics.find(({ name }) => name === "TaskDuration").value;
	}

	it("is painted within 3 s", async (test) => {
		let times = await paintings(5);
		// On a machine that others use: a second chance.
		if (median(times) >= 3000)
			times = await paintings(5);
		const cpu = 1000 * await work();
		test.diagnostic(`first paint: ${median(times).toFixed(0)} ms, ` +
			`at most ${Math.max(...times).toFixed(0)} ms, ` +
			`of ${times.length}; ${cpu.toFixed(0)} ms of the processor`);
		assert.ok(median(times) < 3000, times.join());
	});

	it("zooms a step within 100 ms", async (test) => {
		const page = await open(file);
		// From the event to the frame after the one that shows it.
		const step = (delta, x) => page.evaluate(([deltaY, clientX]) =>
			new Promise((done) => {
				const then = performance.now();
				chart.dispatchEvent(new WheelEvent("wheel", {
					deltaY, clientX, clientY: 400, cancelable: true,
				}));
				requestAnimationFrame(() => requestAnimationFrame(() =>
					done(performance.now() - then)));
			}), [delta, x]);
		const times = [];
		for (const delta of [-120, 120])
			for (let i = 0; i < 24; i++)
				times.push(await step(delta, 500 + 17 * i % 300));
		const { from, to } = await view(page);
		const all = await page.evaluate(() =>
			state.layout.end - state.layout.start);
		assert.ok(to - from > all * 0.9 && from < all, "it is back");
		test.diagnostic(`zoom step: ${median(times).toFixed(1)} ms, at most ` +
			`${Math.max(...times).toFixed(1)} ms, of ${times.length}`);
		assert.ok(median(times) < 100, times.join());
		await close(page);
	});

	it("finds one of them, and shows only what it must", async () => {
		const page = await open(file);
		await page.fill("#find", "request_id=r-777");
		await page.keyboard.press("Enter");
		assert.match(await page.locator("#found").innerText(), /^1 of /);
		assert.ok(await page.locator(".trace").count() < 60);
		await close(page);
	});
});

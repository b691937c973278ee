// SPDX-License-Identifier: MIT
// shop_test.js - the spans of the shop, as an OpenTelemetry collector gets
// them: a checkout and baskets, over three processes. BUILD is where they were
// built.
"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const readline = require("node:readline");
const { after, before, describe, it } = require("node:test");

const { Collector, root } = require("./collector.js");

const SHOP = path.join(process.env.BUILD, "example/shop");
const { SpanKind } = root.opentelemetry.proto.trace.v1.Span;
const { StatusCode } = root.opentelemetry.proto.trace.v1.Status;
const CALLER = { trace: "0123456789abcdef0123456789abcdef",
	id: "fedcba9876543210" };

// The three processes; close ends them, so that all they have is sent.
class Shop {
	running = [];

	async start(collector) {
		this.env = { PATH: process.env.PATH,
			OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
		const pricing = await this.serve("pricing", "0");
		const stock = await this.serve("stock", "0");
		this.url = await this.serve("gateway", "0", pricing, stock);
		return this;
	}

	async serve(name, ...args) {
		const child = spawn(path.join(SHOP, "shop_" + name), args,
			{ env: this.env, stdio: ["ignore", "pipe", "ignore"] });
		this.running.push(child);
		const lines = readline.createInterface({ input: child.stdout });
		const [line] = await once(lines, "line");
		return "http://" + line.replace("listening ", "");
	}

	// The gateway first, since it calls the others.
	async close() {
		for (const child of this.running.reverse()) {
			const over = once(child, "exit");
			child.kill("SIGTERM");
			assert.deepEqual(await over, [0, null]);
		}
	}

	ask(page, options) {
		return fetch(this.url + page, { ...options,
			headers: { connection: "close", ...options.headers } });
	}
}

describe("what the shop does", () => {
	let collector, all;

	before(async () => {
		collector = await new Collector().start();
		const shop = await new Shop().start(collector);
		const book = await shop.ask("/checkout?item=book", { headers: {
			"x-request-id": "one", "x-tenant": "7",
			traceparent: `00-${CALLER.trace}-${CALLER.id}-01`,
		} });
		assert.equal(book.status, 200);
		// A snail never comes, and a unicorn is in no catalogue.
		const basket = (id, policy) =>
			shop.ask(`/checkout?within_ms=3000&policy=${policy}`, {
				method: "POST", body: '["snail", "unicorn"]',
				headers: { "x-request-id": id },
			});
		assert.equal((await basket("many", "collect")).status, 200);
		assert.equal((await basket("all", "all")).status, 502);
		await shop.close();
		all = collector.list();
	});

	after(() => collector.stop());

	const kindOf = ({ span }) =>
		SpanKind[span.kind].replace("SPAN_KIND_", "").toLowerCase();
	const of = (id) =>
		all.filter(({ attributes }) => attributes.request_id === id);
	const below = (parent) =>
		all.filter((one) => one.parent === parent.id);
	const called = (one) =>
		`${one.resource["service.name"]} ${kindOf(one)} ${one.span.name}`;

	it("is one trace a request, over three processes", () => {
		for (const id of ["one", "many"]) {
			const spans = of(id);
			assert.equal(new Set(spans.map(({ trace }) => trace)).size, 1);
			assert.deepEqual([...new Set(spans.map(({ resource }) =>
				resource["service.name"]))].sort(),
			["gateway", "pricing", "stock"]);
			assert.equal(new Set(spans.map(({ resource }) =>
				resource["process.pid"])).size, 3);
		}
		assert.equal(new Set(all.map(({ trace }) => trace)).size, 3);
	});

	it("a checkout's spans have their parents over processes", () => {
		const [top, ...more] = all.filter(({ parent }) => parent === CALLER.id);
		assert.equal(more.length, 0);
		assert.equal(top.trace, CALLER.trace);
		assert.equal(called(top), "gateway server GET /checkout");
		const calls = below(top);
		assert.deepEqual(calls.map(called).sort(), [
			"gateway client GET /price", "gateway client GET /reserve"]);
		for (const call of calls) {
			const [there, ...others] = below(call);
			assert.equal(others.length, 0);
			assert.equal(called(there), call.span.name === "GET /price"
				? "pricing server GET /price" : "stock server GET /reserve");
			assert.equal(there.attributes["http.response.status_code"], 200n);
			assert.equal(there.attributes.tenant, 7n);
			assert.deepEqual(below(there), []);
		}
		assert.equal(of("one").length, 5);
	});

	it("a basket's items are its children, and a call is an item's", () => {
		const [top, ...more] = of("many").filter(({ parent }) => parent === "");
		assert.equal(more.length, 0);
		assert.equal(called(top), "gateway server POST /checkout");
		const items = below(top);
		assert.equal(items.length, 2);
		for (const item of items) {
			assert.equal(called(item), "gateway internal item");
			for (const call of below(item)) {
				assert.equal(kindOf(call), "client");
				for (const there of below(call))
					assert.equal(kindOf(there), "server");
			}
		}
		const ids = new Set(of("many").map(({ id }) => id));
		for (const one of of("many"))
			assert.ok(one === top || ids.has(one.parent), called(one));
	});

	it("what fails and what is cancelled for it say why", () => {
		const item = (id, name) => {
			const found = of(id).find(({ attributes }) =>
				attributes.item === name);
			const { code, message } = found.span.status;
			assert.equal(code, StatusCode.STATUS_CODE_ERROR);
			return { message, cause: found.attributes["dctx.cause"] };
		};
		for (const id of ["many", "all"])
			assert.equal(item(id, "unicorn").message, "pricing: no such item");
		assert.match(item("many", "snail").message, /deadline/);
		assert.match(item("all", "snail").message, /slice 1 failed/);
		assert.match(item("all", "snail").cause, /slice 1 failed/);
	});
});

// SPDX-License-Identifier: MIT
// interop_test.js - contexts to and from OpenTelemetry JS, over HTTP. Node calls
// the shop's gateway, which calls two services; those are the shop's own or,
// where what arrives matters, Node again. BUILD is where the shop was built.
"use strict";
const assert = require("node:assert/strict");
const { execFile, spawn } = require("node:child_process");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { after, before, describe, it } = require("node:test");
const { promisify } = require("node:util");
const api = require("@opentelemetry/api");
const core = require("@opentelemetry/core");
const b3 = require("@opentelemetry/propagator-b3");
const jaeger = require("@opentelemetry/propagator-jaeger");

const BUILD = process.env.BUILD;
const TRACE = "1234567890abcdef1234567890abcdef";
const SPAN = "1234567890abcdef";
const PATIENCE = 60000; // ms; nothing here should take any

const w3c = new core.CompositePropagator({
	propagators: [
		new core.W3CTraceContextPropagator(),
		new core.W3CBaggagePropagator(),
	],
});
const multi = { injectEncoding: b3.B3InjectEncoding.MULTI_HEADER };
// What each side calls a format, and what it carries besides the ids.
const formats = [
	{ ours: "tracecontext,baggage", theirs: w3c, baggage: true, state: true },
	{
		ours: "b3",
		theirs: new b3.B3Propagator(),
		debug: { b3: `${TRACE}-${SPAN}-d` },
		isDebug: (headers) => headers.b3.endsWith("-d"),
	},
	{
		ours: "b3multi",
		theirs: new b3.B3Propagator(multi),
		debug: {
			"x-b3-traceid": TRACE,
			"x-b3-spanid": SPAN,
			"x-b3-flags": "1",
		},
		isDebug: (headers) => headers["x-b3-flags"] === "1",
	},
	{ ours: "jaeger", theirs: new jaeger.JaegerPropagator(), baggage: true },
];

// Values that a header cannot have as they are, and some that it can.
const values = {
	plain: "42",
	latin: "Amélie",
	wide: "日本語 🌍",
	marks: "\"a\", b; c=d \\ 100 % + & %41 %zz",
	spaces: "  two before, one behind ",
	line: "a\r\nb\tc\u0000d\u007f",
};

class Process {
	static async start(name, args, env) {
		const self = new Process();
		const file = path.join(BUILD, "example/shop/shop_" + name);
		self.child = spawn(file, args, {
			env: { ...process.env, ...env },
			stdio: ["ignore", "pipe", "ignore"],
		});
		self.ended = new Promise((resolve) =>
			self.child.on("exit", (code) => resolve(code)),
		);
		const lines = readline.createInterface({ input: self.child.stdout });
		for await (const line of lines) {
			self.url = "http://" + line.replace("listening ", "");
			break;
		}
		assert.match(self.url ?? "", /:\d+$/, name + " did not start");
		return self;
	}

	async stop() {
		this.child.kill("SIGTERM");
		assert.equal(await this.ended, 0);
	}
}

// Answers everything, as a service of the shop would; keeps the headers.
class Services {
	came = [];

	async start() {
		// The baggage comes twice, once of them in the envelope.
		const options = { maxHeaderSize: 65536 };
		this.server = http.createServer(options, (request, response) => {
			this.came.push({
				path: request.url,
				headers: request.headers,
				raw: request.rawHeaders,
			});
			response.end("{}");
		});
		await new Promise((resolve) =>
			this.server.listen(0, "127.0.0.1", resolve),
		);
		this.url = "http://127.0.0.1:" + this.server.address().port;
		return this;
	}

	// What came since the last time; the order of the two is by chance.
	take() {
		const came = this.came;
		this.came = [];
		return came.sort((a, b) => (a.path < b.path ? -1 : 1));
	}

	stop() {
		this.server.closeAllConnections();
		this.server.close();
	}
}

function get(url, headers) {
	return new Promise((resolve, reject) => {
		const options = { headers, agent: false, timeout: PATIENCE };
		const request = http.get(url, options, async (response) => {
			let text = "";
			for await (const part of response) text += part;
			resolve({ status: response.statusCode, body: JSON.parse(text) });
		});
		request.on("error", reject);
	});
}

// A context as OpenTelemetry has it: sampled or not, with what a format takes.
function context({ flags = 1, state, entries } = {}) {
	let made = api.trace.setSpanContext(api.ROOT_CONTEXT, {
		traceId: TRACE,
		spanId: SPAN,
		traceFlags: flags,
		traceState: state && new core.TraceState(state),
	});
	if (entries)
		made = api.propagation.setBaggage(
			made,
			api.propagation.createBaggage(entries),
		);
	return made;
}

function inject(format, made) {
	const headers = {};
	format.theirs.inject(made, headers, api.defaultTextMapSetter);
	return headers;
}

function extract(format, headers) {
	const made = format.theirs.extract(
		api.ROOT_CONTEXT,
		headers,
		api.defaultTextMapGetter,
	);
	return {
		span: api.trace.getSpanContext(made),
		entries: Object.fromEntries(
			api.propagation.getBaggage(made)?.getAllEntries() ?? [],
		),
	};
}

function valuesOf(entries) {
	return Object.fromEntries(
		Object.entries(entries).map(([key, entry]) => [key, entry.value]),
	);
}

function entriesOf(texts) {
	return Object.fromEntries(
		Object.entries(texts).map(([key, value]) => [key, { value }]),
	);
}

for (const format of formats) {
	describe("by " + format.ours, () => {
		let node, gateway;

		before(async () => {
			node = await new Services().start();
			gateway = await Process.start("gateway", ["0", node.url, node.url], {
				SHOP_PROPAGATORS: format.ours,
			});
		});

		after(async () => {
			await gateway.stop();
			node.stop();
		});

		// Through the gateway and back: what arrives at the two services.
		async function through(headers) {
			const url = gateway.url + "/checkout?item=book";
			const { status, body } = await get(url, headers);
			assert.equal(status, 200);
			const came = node.take();
			assert.equal(came.length, 2);
			const read = (c) => ({ ...c, ...extract(format, c.headers) });
			return { body, came: came.map(read) };
		}

		it("a trace goes on, with a parent id a call", async () => {
			for (const flags of [1, 0]) {
				const headers = inject(format, context({ flags }));
				const { body, came } = await through(headers);
				assert.equal(body.trace, TRACE);
				for (const { span } of came) {
					assert.ok(api.isSpanContextValid(span));
					assert.equal(span.traceId, TRACE);
					assert.equal(span.traceFlags & 1, flags);
				}
				const ids = new Set(came.map(({ span }) => span.spanId));
				assert.equal(ids.add(SPAN).size, 3);
			}
		});

		it("without one a trace begins, and is sampled", async () => {
			const { body, came } = await through({});
			for (const { span } of came) {
				assert.ok(api.isSpanContextValid(span));
				assert.equal(span.traceId, body.trace);
				assert.equal(span.traceFlags & 1, 1);
			}
		});

		it("a trace of ours is one of theirs", async () => {
			for (const flags of ["00", "01"]) {
				const sent = await peer(`00-${TRACE}-${SPAN}-${flags}`);
				const { span } = extract(format, node.take()[0].headers);
				const [, trace, id] = sent.split("-");
				assert.equal(trace, TRACE);
				assert.notEqual(id, SPAN);
				assert.equal(span.traceId, trace);
				assert.equal(span.spanId, id);
				assert.equal(span.traceFlags & 1, Number(flags));
			}
		});

		async function peer(traceparent, state = "", members = {}) {
			const file = path.join(BUILD, "test/interop/peer");
			const args = [node.url + "/peer", format.ours, traceparent, state];
			for (const [key, value] of Object.entries(members))
				args.push(`${key}=${value}`);
			const { stdout } = await promisify(execFile)(file, args);
			return stdout.trim();
		}

		if (format.state) {
			it("a tracestate goes on as it came", async () => {
				const state = "a=1,tenant@vendor= x;y:z,c/d*e_f-0=~";
				const headers = inject(format, context({ state }));
				const { came } = await through(headers);
				for (const { span } of came)
					assert.equal(span.traceState.serialize(), state);
			});

			it("a tracestate of ours is one of theirs", async () => {
				const state = "vendor=v1,other=v2";
				await peer(`00-${TRACE}-${SPAN}-01`, state);
				const { span } = extract(format, node.take()[0].headers);
				assert.equal(span.traceState.serialize(), state);
			});

			it("a member's properties go on", async () => {
				const metadata = api.baggageEntryMetadataFromString("p=1;q");
				const entries = { user: { value: "42", metadata } };
				const { came } = await through(inject(format, context({ entries })));
				for (const { entries } of came) {
					assert.equal(entries.user.value, "42");
					assert.equal(entries.user.metadata.toString(), "p=1;q");
				}
			});

			it("64 members of 8,192 bytes go on", async () => {
				const texts = {};
				for (let i = 0; i < 64; i++)
					texts["key" + (100 + i)] = "v".repeat(i < 63 ? 120 : 121);
				const headers = inject(
					format,
					context({ entries: entriesOf(texts) }),
				);
				assert.equal(headers.baggage.length, 8192);
				const { came } = await through(headers);
				for (const { entries } of came)
					assert.deepEqual(valuesOf(entries), texts);
			});
		}

		if (format.debug)
			it("debug goes on", async () => {
				const { came } = await through(format.debug);
				for (const { span, headers } of came) {
					assert.equal(span.traceId, TRACE);
					assert.equal(span.traceFlags & 1, 1);
					assert.ok(format.isDebug(headers));
				}
			});

		if (format.baggage) {
			it("baggage goes on, whatever is in it", async () => {
				const entries = entriesOf(values);
				const { came } = await through(inject(format, context({ entries })));
				for (const { entries } of came)
					assert.deepEqual(valuesOf(entries), values);
			});

			it("baggage of ours is baggage of theirs", async () => {
				const { line, ...some } = values; // no NUL in an argument
				await peer(`00-${TRACE}-${SPAN}-01`, "", some);
				const { entries } = extract(format, node.take()[0].headers);
				assert.deepEqual(valuesOf(entries), {
					...some,
					"peer.name": 'Amélie 🌍, "100 %"; a=b\\c',
					"peer.count": "-9223372036854775808",
					"peer.beta": "true",
				});
			});
		} else {
			it("what carries no baggage has none", async () => {
				await peer(`00-${TRACE}-${SPAN}-01`, "", {
					plain: values.plain,
				});
				const { entries } = extract(format, node.take()[0].headers);
				assert.deepEqual(entries, {});
			});
		}
	});
}

describe("through the shop's three processes", () => {
	let all;

	before(async () => {
		const env = { SHOP_PROPAGATORS: "tracecontext,baggage" };
		const pricing = await Process.start("pricing", ["0"], env);
		const stock = await Process.start("stock", ["0"], env);
		const gateway = await Process.start(
			"gateway",
			["0", pricing.url, stock.url],
			env,
		);
		all = { gateway, pricing, stock };
	});

	after(async () => {
		for (const started of Object.values(all)) await started.stop();
	});

	it("one trace is in every answer", async () => {
		const headers = inject(formats[0], context());
		const url = all.gateway.url + "/checkout?item=book";
		const { status, body } = await get(url, headers);
		assert.equal(status, 200);
		for (const part of [body, body.pricing, body.stock])
			assert.equal(part.trace, TRACE);
	});

	it("what OpenTelemetry would not continue is not continued", async () => {
		for (const traceparent of [
			`00-${"0".repeat(32)}-${SPAN}-01`,
			`00-${TRACE}-${"0".repeat(16)}-01`,
			`ff-${TRACE}-${SPAN}-01`,
			`00-${TRACE}-${SPAN}-01-more`,
			`00-${TRACE.toUpperCase()}-${SPAN}-01`,
			`00-${TRACE}-${SPAN}`,
		]) {
			assert.equal(core.parseTraceParent(traceparent), null);
			const url = all.gateway.url + "/checkout?item=book";
			const { body } = await get(url, { traceparent });
			assert.match(body.trace, /^[0-9a-f]{32}$/);
			assert.notEqual(body.trace, TRACE);
		}
	});
});

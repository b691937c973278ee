// SPDX-License-Identifier: MIT
// otlp_test.js - spans as an OpenTelemetry collector gets them. Three processes
// of ours serve one request; a stand-in for a collector, built on what
// OpenTelemetry JS sends with, reads what they send, over HTTP and HTTPS.
// BUILD is where they were built.
"use strict";
const assert = require("node:assert/strict");
const { execFile, execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const os = require("node:os");
const path = require("node:path");
const { after, before, describe, it } = require("node:test");
const zlib = require("node:zlib");

// It is not for others, by its package's word; the version is pinned.
const root = require(
	path.join(
		path.dirname(require.resolve("@opentelemetry/otlp-transformer")),
		"generated/root.js",
	),
);
const { ExportTraceServiceRequest, ExportTraceServiceResponse } =
	root.opentelemetry.proto.collector.trace.v1;

const SPANS = path.join(process.env.BUILD, "test/interop/spans");
const PATIENCE = 60000; // ms; nothing here should take any
const REMOTE = 0x200;

// Takes messages and keeps them, as bytes and as what they say.
class Collector {
	came = [];
	answers = []; // codes to say first

	async start(tls) {
		const serve = (request, response) => this.serve(request, response);
		this.server = tls
			? https.createServer(tls, serve)
			: http.createServer(serve);
		await new Promise((resolve) =>
			this.server.listen(0, "127.0.0.1", resolve),
		);
		const scheme = tls ? "https" : "http";
		this.url = `${scheme}://localhost:${this.server.address().port}`;
		return this;
	}

	async serve(request, response) {
		const parts = [];
		for await (const part of request) parts.push(part);
		const code = this.answers.shift() ?? 200;
		if (code === 200) this.take(request, Buffer.concat(parts));
		response.writeHead(code, { "content-type": "application/x-protobuf" });
		response.end(
			code === 200 ? ExportTraceServiceResponse.encode({}).finish() : "",
		);
	}

	take({ method, url, headers }, sent) {
		const gzip = headers["content-encoding"] === "gzip";
		const body = gzip ? zlib.gunzipSync(sent) : sent;
		const message = ExportTraceServiceRequest.decode(body);
		this.came.push({ method, url, headers, sent, body, message });
	}

	// Each span with its resource and scope, by the names of its service and
	// of its own.
	spans() {
		const all = {};
		for (const { message } of this.came)
			for (const { resource, scopeSpans } of message.resourceSpans)
				for (const { scope, spans } of scopeSpans)
					for (const span of spans) {
						const of = attributesOf(resource);
						const name = `${of["service.name"]} ${span.name}`;
						assert.equal(all[name], undefined, name);
						all[name] = readSpan(span, of, scope);
					}
		return all;
	}

	stop() {
		this.server.closeAllConnections();
		this.server.close();
	}
}

function hex(bytes) {
	return Buffer.from(bytes ?? []).toString("hex"); // null: not there
}

function valueOf(any) {
	if (any.value === "bytesValue") return hex(any.bytesValue);
	if (any.value === "intValue") return BigInt(any.intValue.toString());
	return any[any.value];
}

function attributesOf({ attributes }) {
	const entries = attributes.map(({ key, value }) => [key, valueOf(value)]);
	assert.equal(new Set(entries.map(([key]) => key)).size, entries.length);
	return Object.fromEntries(entries);
}

function readSpan(span, resource, scope) {
	return {
		span,
		resource,
		scope: scope.name,
		trace: hex(span.traceId),
		id: hex(span.spanId),
		parent: hex(span.parentSpanId),
		attributes: attributesOf(span),
		began: BigInt(span.startTimeUnixNano.toString()),
		ended: BigInt(span.endTimeUnixNano.toString()),
	};
}

// Runs the three processes; they are over when the first one is.
function run(url, env) {
	const own = { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: url };
	return new Promise((resolve, reject) =>
		execFile(
			SPANS,
			[],
			{ env: { ...own, ...env }, timeout: PATIENCE },
			(error) => (error ? reject(error) : resolve()),
		),
	);
}

describe("one request in three processes", () => {
	let collector, all, began, ended;

	before(async () => {
		collector = await new Collector().start();
		began = BigInt(Date.now()) * 1000000n;
		await run(collector.url, {
			OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20secret",
			OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
		});
		ended = BigInt(Date.now() + 1) * 1000000n;
		all = collector.spans();
	});

	after(() => collector.stop());

	it("is five spans of one trace", () => {
		assert.deepEqual(Object.keys(all).sort(), [
			"gateway call",
			"gateway serve",
			"pricing serve",
			"stock call",
			"stock serve",
		]);
		const traces = new Set(Object.values(all).map(({ trace }) => trace));
		assert.equal(traces.size, 1);
		assert.match([...traces][0], /^[0-9a-f]{32}$/);
		const ids = new Set(Object.values(all).map(({ id }) => id));
		assert.equal(ids.size, 5);
	});

	it("each has its parent, over processes too", () => {
		assert.equal(all["gateway serve"].parent, "");
		assert.equal(all["gateway call"].parent, all["gateway serve"].id);
		assert.equal(all["stock serve"].parent, all["gateway call"].id);
		assert.equal(all["stock call"].parent, all["stock serve"].id);
		assert.equal(all["pricing serve"].parent, all["stock call"].id);
	});

	it("who has a parent from afar says so, and all are sampled", () => {
		for (const [name, { span }] of Object.entries(all)) {
			const afar = name === "stock serve" || name === "pricing serve";
			assert.equal((span.flags & REMOTE) !== 0, afar, name);
			assert.equal(span.flags & 1, 1);
		}
	});

	it("kinds and scopes are those of the spans", () => {
		const { SpanKind } = root.opentelemetry.proto.trace.v1.Span;
		for (const [name, { span, scope }] of Object.entries(all)) {
			const serves = name.endsWith("serve");
			const kind = serves ? "SPAN_KIND_SERVER" : "SPAN_KIND_CLIENT";
			assert.equal(span.kind, SpanKind[kind]);
			assert.equal(scope, serves ? "interop.server" : "interop.client");
		}
	});

	it("times are within the run, and children's within their parents'", () => {
		const chain = [
			"gateway serve",
			"gateway call",
			"stock serve",
			"stock call",
			"pricing serve",
		].map((name) => all[name]);
		assert.ok(chain[0].began >= began && chain[0].ended <= ended);
		chain.forEach(({ began, ended }, i) => {
			assert.ok(began <= ended);
			if (i > 0) assert.ok(began >= chain[i - 1].began - 1000000n);
			if (i > 0) assert.ok(ended <= chain[i - 1].ended + 1000000n);
		});
	});

	it("a resource tells each process", () => {
		const pids = new Set();
		for (const { resource } of Object.values(all)) {
			assert.equal(resource["telemetry.sdk.name"], "dctx");
			assert.equal(resource["telemetry.sdk.language"], "c");
			assert.equal(resource["deployment.environment.name"], "test");
			assert.equal(resource["host.name"], os.hostname());
			assert.equal(resource["process.executable.name"], "spans");
			pids.add(resource["process.pid"]);
		}
		assert.equal(pids.size, 3);
	});

	it("attributes have their types", () => {
		const { attributes } = all["pricing serve"];
		assert.equal(attributes.text, "Amélie \ufffd");
		assert.equal(attributes.int, -(2n ** 63n));
		assert.equal(attributes.large, "18446744073709551615");
		assert.equal(attributes.double, 0.1);
		assert.equal(attributes.bool, true);
		assert.equal(attributes.bytes, "0001ff");
		assert.equal(all["gateway call"].attributes.peer, "stock");
	});

	it("a request's values and deadline stand in each of its spans", () => {
		const { attributes } = all["gateway serve"];
		const deadline = attributes["dctx.deadline"];
		assert.ok(deadline > began + 29n * 10n ** 9n);
		assert.ok(deadline < ended + 31n * 10n ** 9n);
		for (const [name, { attributes }] of Object.entries(all))
			assert.equal(attributes.request_id, "r-1", name);
	});

	it("what went wrong, events and links are there", () => {
		const { StatusCode } = root.opentelemetry.proto.trace.v1.Status;
		const { span, attributes } = all["pricing serve"];
		assert.equal(span.status.code, StatusCode.STATUS_CODE_ERROR);
		assert.equal(span.status.message, "prices took too long");
		assert.match(attributes["error.type"], /deadline|time/);
		assert.equal(span.events.length, 1);
		assert.equal(span.events[0].name, "retry");
		assert.deepEqual(attributesOf(span.events[0]), { try: 2n });
		const linked = all["gateway serve"].span;
		assert.equal(linked.links.length, 1);
		assert.match(hex(linked.links[0].traceId), /^[0-9a-f]{32}$/);
		assert.notEqual(hex(linked.links[0].traceId), all["gateway serve"].trace);
		assert.equal(linked.status, null);
	});

	it("is nothing that OpenTelemetry does not know", () => {
		for (const { body, message } of collector.came) {
			const again = ExportTraceServiceRequest.encode(message).finish();
			assert.deepEqual(Buffer.from(again), body);
		}
	});

	it("comes as OTLP/HTTP has it", () => {
		assert.equal(collector.came.length, 3);
		for (const { method, url, headers } of collector.came) {
			assert.equal(method, "POST");
			assert.equal(url, "/v1/traces");
			assert.equal(headers["content-type"], "application/x-protobuf");
			assert.equal(headers["api-key"], "a secret");
			assert.match(headers["user-agent"], /^dctx-otlp\//);
		}
	});
});

describe("under other circumstances", () => {
	it("gzip makes less of it", async () => {
		const collector = await new Collector().start();
		await run(collector.url, { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" });
		collector.stop();
		assert.equal(Object.keys(collector.spans()).length, 5);
		for (const { sent, body } of collector.came)
			assert.ok(sent.length < body.length);
	});

	it("a collector that is busy at first gets all of it, once", async () => {
		const collector = await new Collector().start();
		collector.answers = [503, 429];
		await run(collector.url);
		collector.stop();
		assert.equal(Object.keys(collector.spans()).length, 5);
	});

	it("one that is not there ends no program and holds none up", async () => {
		await run("http://127.0.0.1:1", { PATIENCE: "100" });
	});

	describe("over TLS", () => {
		let scratch, tls, ca;

		before(() => {
			scratch = fs.mkdtempSync(path.join(os.tmpdir(), "dctx-otlp-"));
			ca = path.join(scratch, "cert.pem");
			const key = path.join(scratch, "key.pem");
			execFileSync(
				"openssl",
				[
					"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256",
					"-nodes -days 2 -subj /CN=localhost",
					`-addext subjectAltName=DNS:localhost`,
				]
					.join(" ")
					.split(" ")
					.concat("-keyout", key, "-out", ca),
				{ stdio: "pipe" },
			);
			tls = { key: fs.readFileSync(key), cert: fs.readFileSync(ca) };
		});

		after(() => fs.rmSync(scratch, { recursive: true }));

		it("all of it arrives, at exit too", async () => {
			const collector = await new Collector().start(tls);
			await run(collector.url, { OTEL_EXPORTER_OTLP_CERTIFICATE: ca });
			collector.stop();
			assert.equal(Object.keys(collector.spans()).length, 5);
		});

		it("who is not known gets nothing", async () => {
			const collector = await new Collector().start(tls);
			await run(collector.url, { PATIENCE: "1000" });
			collector.stop();
			assert.equal(collector.came.length, 0);
		});
	});
});

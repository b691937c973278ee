// SPDX-License-Identifier: MIT
// collector.js - a stand-in for an OpenTelemetry collector, built on what
// OpenTelemetry JS sends with, and what it was sent, in plain words.
"use strict";
const assert = require("node:assert/strict");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");
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

	// Each span with its resource and scope.
	list() {
		const all = [];
		for (const { message } of this.came)
			for (const { resource, scopeSpans } of message.resourceSpans)
				for (const { scope, spans } of scopeSpans)
					for (const span of spans)
						all.push(readSpan(span, attributesOf(resource), scope));
		return all;
	}

	// The same by the names of their service and of their own.
	spans() {
		const all = {};
		for (const one of this.list()) {
			const name = `${one.resource["service.name"]} ${one.span.name}`;
			assert.equal(all[name], undefined, name);
			all[name] = one;
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

module.exports = {
	Collector,
	ExportTraceServiceRequest,
	attributesOf,
	hex,
	root,
};

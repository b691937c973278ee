// SPDX-License-Identifier: MIT
// otlp_test.js - spans as an OpenTelemetry collector gets them. Three processes
// of ours serve one request; a stand-in for a collector reads what they send,
// over HTTP and HTTPS. BUILD is where they were built.
"use strict";
const assert = require("node:assert/strict");
const {
	execFile,
	execFileSync,
	spawn,
	spawnSync,
} = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, describe, it } = require("node:test");

const {
	Collector,
	ExportTraceServiceRequest,
	attributesOf,
	hex,
	root,
} = require("./collector.js");

const SPANS = path.join(process.env.BUILD, "test/interop/spans");
const PATIENCE = 60000; // ms; nothing here should take any
const REMOTE = 0x200;

function environment(url) {
	return { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: url };
}

function runBy(program, args, url, env) {
	const how = { env: { ...environment(url), ...env }, timeout: PATIENCE };
	return new Promise((resolve, reject) =>
		execFile(program, args, how, (error) =>
			error ? reject(error) : resolve(),
		),
	);
}

// Runs the three processes; they are over when the first one is.
function run(url, env) {
	return runBy(SPANS, [], url, env);
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
		let scratch, tls, ca, encrypted;

		// A certificate that nobody else knows.
		function certify(name, host, ...how) {
			const key = path.join(scratch, `${name}-key.pem`);
			const cert = path.join(scratch, `${name}.pem`);
			execFileSync(
				"openssl",
				[
					"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256",
					`-days 2 -subj /CN=${host}`,
					`-addext subjectAltName=DNS:${host}`,
				]
					.join(" ")
					.split(" ")
					.concat(how, "-keyout", key, "-out", cert),
				{ stdio: "pipe" },
			);
			return { key, cert };
		}

		function read({ key, cert }) {
			return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
		}

		before(() => {
			scratch = fs.mkdtempSync(path.join(os.tmpdir(), "dctx-otlp-"));
			const files = certify("own", "localhost", "-nodes");
			ca = files.cert;
			tls = read(files);
			encrypted = certify("client", "us", "-passout", "pass:open");
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

		it("a collector is shown who we are", async () => {
			const client = certify("shown", "us", "-nodes");
			const collector = await new Collector().start({
				...tls,
				ca: read(client).cert,
				requestCert: true,
			});
			await run(collector.url, {
				OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
				OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: client.cert,
				OTEL_EXPORTER_OTLP_CLIENT_KEY: client.key,
			});
			collector.stop();
			assert.equal(Object.keys(collector.spans()).length, 5);
		});

		// Whoever sits at the terminal of a daemon, or writes to what it
		// reads, has not been asked by it.
		it("nobody is asked for a pass phrase", async () => {
			const collector = await new Collector().start(tls);
			const said = await new Promise((resolve) => {
				const env = {
					...environment(collector.url),
					OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
					OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: encrypted.cert,
					OTEL_EXPORTER_OTLP_CLIENT_KEY: encrypted.key,
					PATIENCE: "1000",
				};
				const detached = true; // or it finds our terminal
				const program = spawn(SPANS, [], { env, detached });
				let text = "";
				program.stderr.on("data", (data) => (text += data));
				program.stdin.on("error", () => {});
				program.stdin.end("open\n".repeat(100));
				program.on("close", () => resolve(text));
			});
			collector.stop();
			assert.equal(said, "");
			assert.equal(collector.came.length, 0);
		});

		// What the system believes stands in a file and in a directory.
		it("of two that are known, who is named is believed", async (t) => {
			const other = certify("other", "elsewhere", "-nodes");
			const apart = ["--mount", "sh", "-c"];
			const mount = "mount -t tmpfs none /etc/ssl/certs";
			const script =
				`${mount} && cp ${ca} /etc/ssl/certs/` +
				` && openssl rehash /etc/ssl/certs && exec ${SPANS}`;
			if (spawnSync("unshare", [...apart, mount]).status !== 0)
				return t.skip("namespaces are refused");
			const collector = await new Collector().start(tls);
			await runBy("unshare", [...apart, script], collector.url, {
				OTEL_EXPORTER_OTLP_CERTIFICATE: other.cert,
				PATIENCE: "1000",
			});
			collector.stop();
			assert.equal(collector.came.length, 0);
		});
	});
});

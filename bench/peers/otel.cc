/* SPDX-License-Identifier: MIT */
/* otel.cc - OpenTelemetry C++: RuntimeContext, and baggage on the wire. */
#include "opentelemetry/baggage/propagation/baggage_propagator.h"
#include "opentelemetry/context/runtime_context.h"

#include "peer.h"

namespace otel = opentelemetry;
using otel::context::Context;
using otel::context::RuntimeContext;

static const char *const keys[PEER_KEYS] = {
	PEER_KEY(0), PEER_KEY(1), PEER_KEY(2), PEER_KEY(3),
	PEER_KEY(4), PEER_KEY(5), PEER_KEY(6), PEER_KEY(7),
};
static Context held;

/* One header, as a request has it. */
class Carrier : public otel::context::propagation::TextMapCarrier
{
public:
	otel::nostd::string_view
	Get(otel::nostd::string_view) const noexcept override
	{
		return header;
	}
	void Set(otel::nostd::string_view,
		 otel::nostd::string_view value) noexcept override
	{
		header.assign(value.data(), value.size());
	}
	std::string header;
};

static Carrier carrier;
static otel::baggage::propagation::BaggagePropagator propagator;

static Context with(const Context &context, const char *key)
{
	Context parent = context;

	return parent.SetValue(key, uint64_t{1});
}

static inline uint64_t number(const otel::context::ContextValue &value)
{
	const uint64_t *found = otel::nostd::get_if<uint64_t>(&value);

	return found != nullptr ? *found : 0;
}

/* Where the key is a literal the compiler knows its length. */
__attribute__((always_inline)) static inline uint64_t get(const char *key)
{
	return number(RuntimeContext::GetValue(key));
}

/* What is attached stays so. */
static void make_current(const Context &context)
{
	RuntimeContext::Attach(context).release();
}

static void one_value(void)
{
	make_current(with(Context(), keys[0]));
	peer_must(get(keys[0]) == 1, "a hit");
	peer_must(get(PEER_ABSENT) == 0, "a miss");
}

static void values(void)
{
	one_value();
	held = RuntimeContext::GetCurrent();
	for (int i = 1; i < PEER_KEYS; i++)
		held = with(held, keys[i]);
	make_current(held);
}

static void deep(void)
{
	values();
	for (int i = 1; i < PEER_DEPTH; i++)
		make_current(with(RuntimeContext::GetCurrent(), keys[1]));
}

static void get_hit(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--)
		sum += get(PEER_KEY(0));
	consume(sum);
}

static void get_miss(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--)
		sum += get(PEER_ABSENT);
	consume(sum);
}

static void get_held(uint64_t turns)
{
	uint64_t sum = 0;

	while (turns--)
		sum += number(held.GetValue(PEER_KEY(0)));
	consume(sum);
}

static void scope(uint64_t turns)
{
	while (turns--)
		auto token =
			RuntimeContext::Attach(RuntimeContext::GetCurrent());
}

static void scope_set(uint64_t turns)
{
	while (turns--)
		auto token = RuntimeContext::Attach(
			RuntimeContext::SetValue(PEER_KEY(0), turns));
}

static void derive(uint64_t turns)
{
	while (turns--)
		Context child = held.SetValue(PEER_KEY(0), turns);
}

static void capture(uint64_t turns)
{
	while (turns--)
		Context copy = RuntimeContext::GetCurrent();
}

static void attach(uint64_t turns)
{
	while (turns--)
		auto token = RuntimeContext::Attach(held);
}

static void texts(void)
{
	auto baggage = otel::baggage::Baggage::GetDefault();
	Context none;

	for (int i = 0; i < PEER_KEYS; i++)
		baggage = baggage->Set(keys[i], PEER_TEXT);
	held = otel::baggage::SetBaggage(none, baggage);
	propagator.Inject(carrier, held);
	peer_must(carrier.header.size() > PEER_KEYS * 28, "a header");
}

static void inject(uint64_t turns)
{
	while (turns--)
		propagator.Inject(carrier, held);
}

static void extract(uint64_t turns)
{
	Context none;

	while (turns--)
		Context child = propagator.Extract(carrier, none);
}

const char *peer_version(void)
{
	return OPENTELEMETRY_VERSION;
}

const struct peer_op peer_ops[] = {
	{"get_1", "RuntimeContext::GetValue", one_value, get_hit, nullptr},
	{"get_8", "RuntimeContext::GetValue", values, get_hit, nullptr},
	{"get_deep", "RuntimeContext::GetValue", deep, get_hit, nullptr},
	{"miss_deep", "RuntimeContext::GetValue", deep, get_miss, nullptr},
	{"scope", "RuntimeContext::Attach(GetCurrent()); ~Token", values, scope,
	 nullptr},
	{"scope_set", "RuntimeContext::Attach(SetValue(k, v)); ~Token", values,
	 scope_set, nullptr},
	{"get_held", "context.GetValue", values, get_held, nullptr},
	{"derive", "context.SetValue; ~Context", values, derive,
	 nullptr},
	{"capture", "RuntimeContext::GetCurrent; ~Context", values, capture,
	 nullptr},
	{"attach", "RuntimeContext::Attach(c); ~Token", values, attach,
	 nullptr},
	{"task", "RuntimeContext::Attach(c); ~Token", values, attach, nullptr},
	{"encode", "BaggagePropagator::Inject", texts, inject, nullptr},
	{"decode", "BaggagePropagator::Extract; ~Context", texts, extract,
	 nullptr},
	{nullptr, nullptr, nullptr, nullptr, nullptr},
};

/* SPDX-License-Identifier: MIT */
/*
 * hop_jump_test.c - proves that who is told, or a carrier, may jump out of an
 * inject or an extract, or end its thread there: the thread may go on, and what
 * the call held goes back, which the leak checkers see.
 */
#include "kit.h"

DCTX_KEY_STR(k_large, "jump-large", DCTX_WIRE | DCTX_TO_PARTNER | DCTX_BAGGAGE);
DCTX_KEY_U64(k_ours, "jump-ours", DCTX_WIRE);
DCTX_KEY_U64(k_mine, "jump-mine", DCTX_WIRE);

enum { SIZE = 16384 };

static __thread jmp_buf away;
static void (*go)(void);
static int let_pass; /* so often before it goes */
static bool went;

static void jump(void)
{
	longjmp(away, 1);
}

static void end_thread(void)
{
	pthread_exit(NULL);
}

static void may_go(void)
{
	if (let_pass-- != 0)
		return;
	went = true;
	go();
}

static void found(void *user, const dctx_finding *finding)
{
	(void)user, (void)finding;
	may_go();
}

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user, (void)event, (void)status, (void)what;
	may_go();
}

static dctx_header list[8];
static char text[SIZE];
static dctx_headers headers;
static dctx_carrier lines;

static dctx_status set(void *user, const char *name, dctx_bytes value)
{
	(void)user;
	may_go();
	return lines.set(&headers, name, value);
}

static size_t get(void *user, const char *name, dctx_bytes *values, size_t room)
{
	(void)user;
	return lines.get(&headers, name, values, room);
}

static const dctx_carrier carrier = {
	.struct_size = sizeof carrier, .get = get, .set = set};

static const dctx_propagator *format;

static dctx_hop hop_of(dctx_trust trust)
{
	static const dctx_findings findings = {found, NULL};

	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = &format,
			  .propagator_count = 1,
			  .trust = trust,
			  .findings = &findings};
}

static void send_large(dctx_trust trust)
{
	static char large[2000];
	const dctx_hop hop = hop_of(trust);

	memset(large, 'x', sizeof large - 1);
	headers = (dctx_headers){list, 0, 8, text, sizeof text, 0};
	lines = dctx_headers_carrier(&headers);
	DCTX_SCOPE("send");
	dctx_set(k_large, large);
	dctx_set(k_ours, 1);
	dctx_set(k_mine, 2);
	DCTXT_EXPECT(dctx_inject(&carrier, &hop, NULL) == DCTX_OK);
}

static void receive_large(void)
{
	const dctx_hop hop = hop_of(DCTX_PARTNER);
	dctx_guard guard;

	DCTXT_EXPECT(dctx_extract(&carrier, &hop, &guard) == DCTX_OK);
	DCTXT_EXPECT(strlen(dctx_get(k_large, "-")) == 1999);
	dctx_leave(guard);
}

static void send_to_partner(void)
{
	send_large(DCTX_PARTNER);
}

static void *leave_once(void *arg)
{
	void (*const *crossing)(void) = arg;

	if (setjmp(away) == 0)
		(*crossing)();
	/* The thread goes on. */
	let_pass = -1;
	DCTX_SCOPE("after");
	dctx_set(k_ours, 3);
	DCTXT_EXPECT(dctx_get(k_ours, 0) == 3);
	return NULL;
}

/* Goes at the first chance there is in a crossing, then at the second... */
static void at_each_chance(void (*crossing)(void))
{
	int n = 0;

	for (went = true; went; n++) {
		let_pass = -1;
		send_large(DCTX_INTERNAL); /* what may be received */
		let_pass = n;
		went = false;
		dctxt_on_thread(leave_once, &crossing);
		assert_true(n < 100);
	}
	/* Two keys and the chain, each told to two. */
	assert_true(n > 6);
}

static void both_ways(void)
{
	static const dctx_hook hook = {hear, NULL};

	dctx_hook_set(&hook);
	at_each_chance(send_to_partner);
	at_each_chance(receive_large);
	dctx_hook_set(NULL);
}

static void with_each_format(void)
{
	format = dctx_envelope_text();
	both_ways();
	format = dctx_envelope_grpc();
	both_ways();
}

static void a_crossing_may_be_left_by_a_jump(void **state)
{
	(void)state;
	go = jump;
	with_each_format();
}

static void a_crossing_may_end_its_thread(void **state)
{
	(void)state;
	go = end_thread;
	with_each_format();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_crossing_may_be_left_by_a_jump),
		DCTXT_TEST(a_crossing_may_end_its_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

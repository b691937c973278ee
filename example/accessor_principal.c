/* SPDX-License-Identifier: MIT */
/*
 * A security principal: what code may do depends on who is asking. An accessor
 * in its wrap form takes the principal along: it makes of each call one that
 * runs as whoever submitted it. Work that comes from nobody is refused where it
 * is submitted, and not when it runs as whoever its worker happens to be.
 */
#include <dctx/dctx.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* The security library, which knows nothing of dctx. */
struct principal {
	const char *name;
	bool may_delete;
	atomic_int refs;
};

static __thread struct principal *principal;

static void *as_principal(struct principal *who, void *(*fn)(void *), void *arg)
{
	struct principal *before = principal;
	void *result;

	principal = who;
	result = fn(arg);
	principal = before;
	return result;
}

/* What a wrap makes of a call. */
struct as {
	struct principal *who; /* a reference */
	dctx_call inner;
};

static void *as_run(void *arg)
{
	struct as *as = arg;

	return as_principal(as->who, as->inner.run, as->inner.arg);
}

static void as_drop(void *arg)
{
	struct as *as = arg;

	as->inner.drop(as->inner.arg);
	as->who->refs--;
	free(as);
}

static dctx_status as_wrap(void *user, const dctx_call *inner, dctx_call *out)
{
	struct as *as;

	(void)user;
	if (principal == NULL)
		return DCTX_UNTRUSTED;
	as = malloc(sizeof(*as));
	if (as == NULL)
		return DCTX_NOMEM;
	principal->refs++;
	*as = (struct as){principal, *inner};
	*out = (dctx_call){as_run, as_drop, as};
	return DCTX_OK;
}

static const dctx_accessor accessor = {.name = "principal", .wrap = as_wrap};

static void *delete_all(void *arg)
{
	const char *who = principal != NULL ? principal->name : "nobody";

	printf("%s %s delete\n", who,
	       principal != NULL && principal->may_delete ? "may" : "must not");
	return arg;
}

static void submit(struct principal *who)
{
	dctx_status status;
	pthread_t thread;

	principal = who;
	status = dctx_thread_start(&thread, NULL, delete_all, NULL);
	if (status == DCTX_OK)
		pthread_join(thread, NULL);
	else
		printf("refused by \"%s\": %s\n", dctx_last_error()->what,
		       dctx_strerror(status));
}

int main(void)
{
	static struct principal root = {"root", true, 1};
	static struct principal guest = {"guest", false, 1};

	if (dctx_accessor_add(dctx_accessors_default(), &accessor) != DCTX_OK)
		return 1;
	submit(&root);
	submit(&guest);
	submit(NULL);
	return root.refs == 1 && guest.refs == 1 ? 0 : 1;
}

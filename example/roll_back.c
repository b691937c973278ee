/* SPDX-License-Identifier: MIT */
/*
 * A library's operation of several steps, which looks before each whether it is
 * still wanted, and takes back what it did when it is not: below a shield, so
 * that the taking back may ask and wait as anything else. io-context's second
 * example.
 */
#include <dctx/dctx.h>

#include <errno.h>
#include <stdio.h>

struct account {
	const char *name;
	int balance;
};

static const char *why(int error)
{
	if (error == 0)
		return "paid";
	return error == ETIMEDOUT ? "out of time" : "given up";
}

/* What happens meanwhile; called between two steps. */
static void (*meanwhile)(void);

/* Where an account is kept is far away: it may not even be tried any more. */
static int add(struct account *account, int amount)
{
	int error = dctx_done_errno();

	if (error != 0)
		return error;
	account->balance += amount;
	printf("  %s %+d\n", account->name, amount);
	return 0;
}

static void take_back(struct account *from, int amount)
{
	int error;

	DCTX_SCOPE("take back");
	(void)dctx_shield();
	error = add(from, amount);
	if (error != 0)
		printf("  not taken back: %s\n", why(error));
}

/* Returns: 0, ECANCELED or ETIMEDOUT; then nothing was transferred. */
static int transfer(struct account *from, struct account *to, int amount)
{
	int error;

	DCTX_FN;
	error = add(from, -amount);
	if (error != 0)
		return error;
	if (meanwhile != NULL)
		meanwhile();
	error = add(to, amount);
	if (error != 0)
		take_back(from, amount);
	return error;
}

static void pay(const char *what, int64_t timeout, void (*happens)(void))
{
	struct account from = {"savings", 100}, to = {"rent", 0};
	int error;

	printf("%s\n", what);
	DCTX_SCOPE("pay");
	dctx_set_timeout(timeout); /* of the 500 s around it */
	dctx_set_grace(10 * DCTX_S);
	meanwhile = happens;
	error = transfer(&from, &to, 30);
	printf("  %s: %s %d, %s %d\n", why(error), from.name, from.balance,
	       to.name, to.balance);
}

static dctx_source *client;

static void client_goes(void)
{
	dctx_cancel(client, "client is gone");
}

static void time_passes(void)
{
	(void)dctx_wait(DCTX_NO_DEADLINE);
}

int main(void)
{
	if (dctx_source_new(NULL, DCTX_NO_DEADLINE, &client) != DCTX_OK)
		return 1;
	{
		DCTX_SCOPE("request");
		dctx_set_timeout(500 * DCTX_S);
		dctx_add_source(client);
		pay("In time:", 100 * DCTX_S, NULL);
		pay("Too late to begin:", 0, NULL);
		pay("Out of time half-way:", DCTX_S, time_passes);
		pay("Given up half-way:", 100 * DCTX_S, client_goes);
	}
	client = dctx_source_unref(client);
	return 0;
}

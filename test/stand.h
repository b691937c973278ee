/* SPDX-License-Identifier: MIT */
/*
 * stand.h - the stand-ins for blocking calls, each with what makes it block and
 * what lets it go, and other threads that end, signal or feed it meanwhile.
 */
#ifndef DCTXT_STAND_H
#define DCTXT_STAND_H

#include "kit.h"

/* What a call works on; each uses what it needs. */
struct dctxt_stage {
	int fd;	  /* the call's */
	int peer; /* what feeds it; -1: none */
	int kept; /* another that is to be closed */
	char bytes[8];
	bool ready;
	bool held;
	pid_t pid;
	sem_t semaphore;
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	dctx_mutex own;
	pthread_t holder;
	struct dctxt_baton baton;
	struct sockaddr_storage address;
	socklen_t size;
};

/* How it differs from most. */
enum {
	DCTXT_GOES_ON = 1,    /* no signal handler ends it */
	DCTXT_NO_RESTART = 2, /* any ends it, also one with SA_RESTART */
	DCTXT_FORGETS = 4     /* to feed it before the call is of no use */
};

struct dctxt_stand {
	const char *name;
	/* Sets the stage so that the call will block; takes it down. */
	void (*begin)(struct dctxt_stage *stage);
	void (*end)(struct dctxt_stage *stage);
	/* Makes the call. Returns 0 or an error number. */
	int (*call)(struct dctxt_stage *stage);
	/* Lets the call go, from another thread; NULL: only time does. */
	void (*feed)(struct dctxt_stage *stage);
	unsigned how;
};

/* An empty stage, on which the call of `stand` will block. */
static inline void dctxt_set(struct dctxt_stage *s,
			     const struct dctxt_stand *stand)
{
	static const struct dctxt_stage empty = {
		.fd = -1,
		.peer = -1,
		.kept = -1,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.condition = PTHREAD_COND_INITIALIZER,
		.baton = DCTXT_BATON_INIT,
	};

	*s = empty;
	stand->begin(s);
}

extern const struct dctxt_stand dctxt_stands[];
extern const size_t dctxt_stands_n;

/* Another thread that acts once, after some time and when who began it sleeps
 * (or has not in a second), or again and again until it is joined. */
struct dctxt_later {
	pthread_t thread;
	void (*act)(void *arg);
	void *arg;
	int ms;
	bool again;
	atomic_bool stop;
	pthread_t target; /* who began it */
	long tid;	  /* to the kernel */
};

void dctxt_later(struct dctxt_later *later, int ms, void (*act)(void *arg),
		 void *arg);
void dctxt_again(struct dctxt_later *later, int ms, void (*act)(void *arg),
		 void *arg);
void dctxt_join(struct dctxt_later *later);

/* For these: cancels a dctx_source; sends SIGUSR1 to the thread of a
 * pthread_t. */
void dctxt_cancel(void *source);
void dctxt_signal(void *thread);

/* Installs a handler for SIGUSR1 that counts; and puts the old one back. */
extern atomic_int dctxt_signals;
void dctxt_handle(int flags);
void dctxt_unhandle(void);

/* A cmocka program of one test a behaviour and stand-in, named after both. */
struct dctxt_behaviour {
	const char *name;
	void (*test)(void **state); /* *state is the struct dctxt_stand */
	bool (*applies)(const struct dctxt_stand *stand); /* NULL: to all */
};
int dctxt_behaviours(const struct dctxt_behaviour *behaviours, size_t n);

/* Asserts that a call gives an error number, naming the call if not. */
void dctxt_gives(const struct dctxt_stand *stand, int given, int expected);

#endif

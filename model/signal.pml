/* SPDX-License-Identifier: MIT */
/*
 * A hall's lock, its many, and signals (src/life/hall.c, rung.c, and of
 * timers.c and timers_thread.c what a kick is): one cell; one thread waits in
 * its hall, one comes and goes and then drives the timers; one cancels: in a
 * handler, which interrupts either of them or a third thread at any step, or
 * in the ordinary way. With MANY the hall may be made many at any time. What
 * stands for what: README.md.
 *
 * Claims:
 *   end      nothing stands still, and who waits is told;
 *   whole    nobody touches a list without its lock;
 *   handler  no function runs in a handler or under a lock;
 *   alive    nobody touches an alarm that has left the hall.
 *
 * Runs:
 *   1
 *   2  MANY
 *
 * Faults, the run that finds each and the claim that it breaks:
 *   UNLOCK_FORGETS  1  end      who unlocks does not look for PENDING
 *   UNLOCK_STORES   1  end      who unlocks looks, and then stores
 *   LEAVES_BLINDLY  1  end      PENDING is left where it was locked just now
 *   HANDLER_WAITS   1  end      a handler waits for the lock
 *   KICKED_LATE     1  end      a kick wakes first, then says that it kicked
 *   WAKE_READ_LATE  1  end      the driver reads `wake` after its look
 *   MANY_FORGETS    2  end      who makes many does not look for PENDING
 *   MANY_UNSEEN     2  end      who cancels looks into the cell's own hall only
 *   HANDLER_ENTERS  1  whole    a handler does without the lock
 *   OTHER_HALL      2  whole    a link is looked for in its thread's hall
 *   CALLS_AT_ONCE   1  handler  who rings calls functions
 *   ALARM_LATE      1  alive    an alarm is rung when the lock is off
 */
#define NOBODY 3

/* Links: the waiter's is told at the end, the driver's comes and goes. Of many
 * halls each of the two threads uses one. */
#define WAITERS 0
#define DRIVERS 1

#define FUNCTION 1
#define ALARM 2

/* Words: the cell's own, and those of many. A word is two bits and a list; that
 * of the cell has one bit more. */
#define OWN 0
#ifdef MANY
#define WORDS 3
#else
#define WORDS 1
#endif
#define OUT WORDS

bool locked[WORDS], pending[WORDS];
bool many;
byte in[2] = OUT; /* the word whose list a link is in */
bool hall[2];     /* which of many it belongs to */

bool cause;
byte kind[2];
bool told[2];

/* What was rung for the driver of the timers, and how it is told. */
bool left[2];
bool kicked;
byte wake;
bool asleep;

byte inside = NOBODY; /* the thread that the handler interrupts */

/* What only the claims look at. */
byte owner[WORDS] = NOBODY;
bool gone[2]; /* an alarm's memory is another's again */
hidden byte whole, handler, alive;

#define HAS_NO_LOCK                                                           \
	(owner[0] != _pid && owner[WORDS / 2] != _pid &&                      \
	 owner[WORDS - 1] != _pid)

inline touch(w, word)
{
	atomic {
		whole = owner[word] == _pid;
		assert(whole);
		alive = !gone[w];
		assert(alive)
	}
}

inline call(w)
{
	atomic {
		handler = !in_handler && HAS_NO_LOCK;
		assert(handler);
		alive = !gone[w];
		assert(alive);
		told[w] = true
	}
}

/* Rings a link of a list, under the lock. */
inline ring(w, word)
{
	if
	:: in[w] == word ->
		atomic { touch(w, word); in[w] = OUT };
		if
#ifdef FAULT_ALARM_LATE
		:: kind[w] == ALARM -> more[w] = true
#else
		:: kind[w] == ALARM -> atomic { touch(w, word); told[w] = true }
#endif
#ifdef FAULT_CALLS_AT_ONCE
		:: kind[w] == FUNCTION -> call(w)
#else
		:: kind[w] == FUNCTION -> more[w] = true
#endif
		fi
	:: else
	fi
}

/* Takes all off a list and rings them, as a handler or for one; those with more
 * to do go to the stack. */
inline ring_for_signal(word)
{
	ring(WAITERS, word);
	ring(DRIVERS, word);
	if
	:: more[0] || more[1] ->
		atomic {
			left[0] = left[0] || more[0];
			left[1] = left[1] || more[1];
			more[0] = false;
			more[1] = false
		};
#ifdef FAULT_KICKED_LATE
		wake++;
		asleep = false;
		kicked = true
#else
		kicked = true;
		wake++;
		asleep = false
#endif
	:: else
	fi
}

/* Lets go, and does before what a handler left to do. */
inline unlock(word)
{
	do
#if defined(FAULT_UNLOCK_FORGETS)
	:: atomic { owner[word] = NOBODY; locked[word] = false; break }
#elif defined(FAULT_UNLOCK_STORES)
	:: !pending[word] ->
		atomic { owner[word] = NOBODY; locked[word] = false; break }
#else
	:: atomic {
			!pending[word] -> owner[word] = NOBODY;
			locked[word] = false;
			break
		}
#endif
	:: pending[word] ->
		pending[word] = false;
		ring_for_signal(word)
	od
}

/* Publishes the many, the first of which has the list as it is. */
inline make_many()
{
	atomic {
		if
		:: many -> goto made
		:: !many && !locked[OWN] -> locked[OWN] = true; owner[OWN] = _pid
		fi
	};
	do
	:: atomic {
#ifndef FAULT_MANY_FORGETS
			!pending[OWN] ->
#endif
			owner[OWN] = NOBODY;
			locked[OWN] = false;
			pending[OWN] = false;
			many = true;
			if
			:: in[0] == OWN -> in[0] = 1
			:: else
			fi;
			if
			:: in[1] == OWN -> in[1] = 1
			:: else
			fi;
			break
		}
	:: pending[OWN] ->
		pending[OWN] = false;
		ring_for_signal(OWN)
	od;
made:	skip
}

#ifdef MANY
#define WORD_OF(which) (many -> 1 + (which) : OWN)
#else
#define WORD_OF(which) OWN
#endif
#define IS_MADE_MANY(word) (many && (word) == OWN)

/* Locks the word that a link is in, or is to be in. */
inline lock(w, which)
{
	do
	:: word = WORD_OF(which);
		atomic {
			if
			:: IS_MADE_MANY(word)
			:: !IS_MADE_MANY(word) && !locked[word] ->
				locked[word] = true;
				owner[word] = _pid;
				break
			fi
		}
	od
}

inline enter(w)
{
#ifdef MANY
	if
	:: make_many()
	:: true
	fi;
#endif
	lock(w, w);
	hall[w] = word == 2;
	atomic { touch(w, word); in[w] = word };
	unlock(word)
}

inline leave(w)
{
#ifdef FAULT_OTHER_HALL
	lock(w, w);
#else
	lock(w, hall[w]);
#endif
	atomic {
		touch(w, word);
		if
		:: in[w] != OUT ->
			whole = in[w] == word;
			assert(whole);
			in[w] = OUT
		:: else
		fi
	};
	unlock(word);
	gone[w] = kind[w] == ALARM
}

inline choose_kind(w)
{
	if
	:: kind[w] = FUNCTION
	:: kind[w] = ALARM
	fi
}

active proctype waiter() provided (inside != 0)
{
	bool more[2], in_handler;
	byte word;

	choose_kind(WAITERS);
	enter(WAITERS);
	if
	:: cause
	:: !cause -> told[WAITERS]
	fi;
	leave(WAITERS)
}

inline see_to_left()
{
	if
	:: kicked ->
		kicked = false;
		atomic {
			more[0] = left[0];
			more[1] = left[1];
			left[0] = false;
			left[1] = false
		};
		if
		:: more[0] -> call(0); more[0] = false
		:: else
		fi;
		if
		:: more[1] -> call(1); more[1] = false
		:: else
		fi
	:: else
	fi
}

active proctype driver() provided (inside != 1)
{
	bool more[2], in_handler;
	byte word, seen;

	choose_kind(DRIVERS);
	enter(DRIVERS);
	leave(DRIVERS);
	do
	::
#ifdef FAULT_WAKE_READ_LATE
		see_to_left();
		seen = wake;
#else
		seen = wake;
		see_to_left();
#endif
		atomic {
			if
			:: wake == seen -> asleep = true
			:: else
			fi;
			seen = 0
		};
end:		!asleep
	od
}

/* Into one word: in a handler, which does not wait for the lock. `won` says
 * whether that word is it. */
inline ring_from_signal(word)
{
#if defined(FAULT_HANDLER_WAITS)
	atomic {
		!locked[word] -> locked[word] = true;
		owner[word] = _pid;
		won = !IS_MADE_MANY(word)
	};
#elif defined(FAULT_HANDLER_ENTERS)
	atomic { won = !IS_MADE_MANY(word); locked[word] = true };
#else
	atomic {
		is_locked = locked[word];
		won = !IS_MADE_MANY(word) && !is_locked;
		if
		:: won -> locked[word] = true; owner[word] = _pid
#ifndef FAULT_LEAVES_BLINDLY
		:: is_locked && !IS_MADE_MANY(word) -> pending[word] = true
#endif
		:: else
		fi
	};
#ifdef FAULT_LEAVES_BLINDLY
	if
	:: is_locked -> pending[word] = true
	:: else
	fi;
#endif
#endif
	if
	:: won -> ring_for_signal(word); unlock(word)
	:: else -> won = is_locked
	fi;
	is_locked = false
}

/* In the ordinary way. */
inline ring_waiting(word)
{
	atomic {
		if
		:: IS_MADE_MANY(word) -> won = false
		:: !IS_MADE_MANY(word) && !locked[word] -> locked[word] = true;
			owner[word] = _pid;
			won = true
		fi
	};
	if
	:: won ->
		ring(WAITERS, word);
		ring(DRIVERS, word);
		rung[0] = rung[0] || more[0];
		rung[1] = rung[1] || more[1];
		more[0] = false;
		more[1] = false;
		unlock(word)
	:: else
	fi
}

#ifdef FAULT_MANY_UNSEEN
#define IS_DONE true
#else
#define IS_DONE false
#endif

active proctype canceller()
{
	bool more[2], rung[2], won, is_locked, in_handler;
	byte word;

	if
	:: inside = 0; in_handler = true
	:: inside = 1; in_handler = true
	:: in_handler = true
	:: true
	fi;
	cause = true;
	word = WORD_OF(0);
	do
	:: word < WORDS ->
		if
		:: in_handler -> ring_from_signal(word)
		:: else -> ring_waiting(word)
		fi;
		if
		:: word == OWN && won || IS_DONE -> break
		:: else -> word++
		fi
	:: else -> break
	od;
	inside = NOBODY;
	if
	:: rung[0] -> call(0)
	:: else
	fi;
	if
	:: rung[1] -> call(1)
	:: else
	fi
}

/* SPDX-License-Identifier: MIT */
/*
 * A hall's lock and signals (src/life/hall.c, rung.c): one cell with one hall;
 * one thread waits in it, one comes and goes and then drives the timers; a
 * handler, which interrupts either of them or a third thread at any step,
 * cancels. What stands for what: README.md.
 *
 * Claims:
 *   end      nothing stands still, and who waits is told;
 *   whole    nobody touches the list without the lock;
 *   handler  no function runs in a handler or under the lock;
 *   alive    nobody touches an alarm that has left the hall.
 *
 * Runs:
 *   1
 *
 * Faults, the run that finds each and the claim that it breaks:
 *   UNLOCK_FORGETS  1  end      who unlocks does not look for PENDING
 *   UNLOCK_STORES   1  end      who unlocks looks, and then stores
 *   LEAVES_BLINDLY  1  end      PENDING is left where it was locked just now
 *   HANDLER_WAITS   1  end      a handler waits for the lock
 *   HANDLER_ENTERS  1  whole    a handler does without the lock
 *   CALLS_AT_ONCE   1  handler  who rings calls functions
 *   ALARM_LATE      1  alive    an alarm is rung when the lock is off
 */
#define NOBODY 3

/* Links: the waiter's is told at the end, the driver's comes and goes. */
#define WAITERS 0
#define DRIVERS 1

#define FUNCTION 1
#define ALARM 2

/* The hall's word: two bits, and the list. */
bool locked, pending;
bool in[2];

bool cause;
byte kind[2];
bool told[2];
bool left[2]; /* the stack of what signal handlers rang */

byte inside = NOBODY; /* the thread that the handler interrupts */

/* What only the claims look at. */
byte owner = NOBODY;
bool gone[2]; /* an alarm's memory is another's again */
hidden byte whole, handler, alive;

inline lock()
{
	atomic { !locked -> locked = true; owner = _pid }
}

/* Lets go, and does before what a handler left to do. */
inline unlock()
{
	do
#if defined(FAULT_UNLOCK_FORGETS)
	:: atomic { owner = NOBODY; locked = false; break }
#elif defined(FAULT_UNLOCK_STORES)
	:: !pending -> atomic { owner = NOBODY; locked = false; break }
#else
	:: atomic { !pending -> owner = NOBODY; locked = false; break }
#endif
	:: pending ->
		pending = false;
		ring_all()
	od
}

/* Takes all who are in off the list and rings them, under the lock; those with
 * more to do go to the stack, for the driver of the timers. */
inline ring_all()
{
	ring(WAITERS);
	ring(DRIVERS);
	atomic {
		left[0] = left[0] || more[0];
		left[1] = left[1] || more[1];
		more[0] = false;
		more[1] = false
	}
}

inline touch(w)
{
	whole = owner == _pid;
	assert(whole);
	alive = !gone[w];
	assert(alive)
}

inline call(w)
{
	handler = _pid != 2 && owner != _pid;
	assert(handler);
	alive = !gone[w];
	assert(alive);
	told[w] = true
}

inline ring(w)
{
	if
	:: in[w] ->
		atomic { touch(w); in[w] = false };
		if
#ifdef FAULT_ALARM_LATE
		:: kind[w] == ALARM -> more[w] = true
#else
		:: kind[w] == ALARM -> atomic { touch(w); told[w] = true }
#endif
#ifdef FAULT_CALLS_AT_ONCE
		:: kind[w] == FUNCTION -> atomic { call(w) }
#else
		:: kind[w] == FUNCTION -> more[w] = true
#endif
		fi
	:: else
	fi
}

inline enter(w)
{
	lock();
	atomic { touch(w); in[w] = true };
	unlock()
}

inline leave(w)
{
	lock();
	atomic { touch(w); in[w] = false };
	unlock();
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
	bool more[2];

	choose_kind(WAITERS);
	enter(WAITERS);
	if
	:: cause
	:: !cause -> told[WAITERS]
	fi;
	leave(WAITERS)
}

active proctype driver() provided (inside != 1)
{
	bool more[2];

	choose_kind(DRIVERS);
	enter(DRIVERS);
	leave(DRIVERS);
end:	do
	:: atomic {
			left[0] || left[1] ->
			more[0] = left[0];
			more[1] = left[1];
			left[0] = false;
			left[1] = false
		};
		if
		:: more[0] -> atomic { call(0); more[0] = false }
		:: else
		fi;
		if
		:: more[1] -> atomic { call(1); more[1] = false }
		:: else
		fi
	od
}

/* dctx_cancel_from_signal, on either of them, or on another thread. */
active proctype signal()
{
	bool more[2], won;

	if
	:: inside = 0
	:: inside = 1
	:: true
	fi;
	cause = true;
#if defined(FAULT_HANDLER_WAITS)
	atomic { lock(); won = true };
#elif defined(FAULT_HANDLER_ENTERS)
	atomic { won = true; locked = true };
#elif defined(FAULT_LEAVES_BLINDLY)
	atomic {
		won = !locked;
		if
		:: won -> locked = true; owner = _pid
		:: else
		fi
	};
	if
	:: !won -> pending = true
	:: else
	fi;
#else
	atomic {
		won = !locked;
		if
		:: won -> locked = true; owner = _pid
		:: else -> pending = true
		fi
	};
#endif
	if
	:: won -> ring_all(); unlock()
	:: else
	fi;
	inside = NOBODY
}

/* SPDX-License-Identifier: MIT */
/*
 * Waiting (src/life/hall.c, rung.c, waiter.c, alarm.c): two cells, the second
 * the parent of the first. One thread waits for the first, by a function, by a
 * descriptor or asleep; one cancels the parent; the other cancels the first, or
 * drives the timers, or waits for the parent by a function. With SHIELD both
 * cells are behind a shield, the other cancels, and a fourth thread drives the
 * timers. What stands for what: README.md.
 *
 * Claims:
 *   end        who waits is told: none sleeps when all else is done;
 *   once       a function is called once, or never after a removal said so;
 *   after      none is called, or still running, after a removal that waits;
 *   alive      nobody touches what was freed, and all is freed in the end;
 *   unlocked   no lock is held while a function runs;
 *   parent     of those whom a cancel finds, the parent's is called first.
 *
 * Runs:
 *   1
 *   2  SHIELD
 *
 * Faults, the run that finds each and the claim that it breaks:
 *   ASKS_FIRST      1  end        asks, then registers
 *   ASKS_NOT        1  end        registers, and does not ask
 *   ARMS_LAST       1  end        asks, then is armed, whatever rang meanwhile
 *   RINGS_FIRST     1  end        a canceller rings, then shows the cause
 *   REMOVES_BLINDLY 1  once       a removal looks and stores
 *   FIRES_BLINDLY   1  once       who fires looks and stores
 *   AWAITS_BLINDLY  1  end        who waits for a function looks and stores
 *   ENDS_BLINDLY    1  end        a function's end looks for it and stores
 *   RETURNS_EARLY   2  end        moves the timer to later and asks no more
 *   WAITS_NOT       1  after      a removal does not wait for the function
 *   REFERENCE_NONE  1  alive      who rings takes no reference
 *   REFERENCE_LATE  1  alive      who rings takes one when the lock is off
 *   STAYS_IN        1  alive      a removal leaves a link in a hall
 *   ALARM_LATE      1  alive      an alarm is rung when the lock is off
 *   ARMS_BLINDLY    2  alive      the timer of what was removed stays armed
 *   TIMER_NO_OWN    2  alive      a timer takes its reference when it is armed
 *   CALLS_LOCKED    1  unlocked   who rings calls, under the lock
 *   ANY_ORDER       1  parent     who rang calls in any order
 */
#define CELLS 2
#define LOWER 0
#define UPPER 1

#define WAITERS 2 /* of the lower cell, of the upper */

/* The states of a waiter; a timer is only the first one's. */
#define STARTING 0
#define RUNG 1
#define ARMED 2
#define REMOVED 3
#define RUNNING 4
#define AWAITED 5
#define RAN 6

/* When a cancel and the deadline end the first waiter: by now, when the clock
 * has moved, or later than this looks. */
#ifdef SHIELD
#define END_OF(cell) ((cell) == LOWER -> 1 : 2)
#define DEADLINE NEVER
#define FINISH 4
#else
#define END_OF(cell) 0
#define DEADLINE 1
#define FINISH 3
#endif
#define NEVER 3

/* How one waits. */
#define NOBODY 0
#define FUNCTION 1
#define REMOVES 2 /* a function that removes its own waiter */
#define DESCRIPTOR 3
#define ALARM 4

bool cause[CELLS];
bool locked[CELLS];
bool in[WAITERS * CELLS]; /* the waiter's link is in the cell's hall */
#define LINK(w, cell) (CELLS * (w) + (cell))

byte kind[WAITERS];
byte state[WAITERS];
byte refs[WAITERS];
bool asleep; /* on the first one's state */
bool timer_armed;
byte timer_at;
byte clock;
bool drives; /* the third thread drives the timers */

/* What only the claims look at. */
bool freed[WAITERS];
bool called[WAITERS];
bool removed[WAITERS];  /* a removal said that it never will be called */
bool argument[WAITERS]; /* a removal that waits has returned */
byte finished;
hidden byte once, after, alive, unlocked, parent;

inline touch(w)
{
	atomic { alive = !freed[w]; assert(alive) }
}

inline lock(cell)
{
	atomic { !locked[cell] -> locked[cell] = true; held++ }
}

inline unlock(cell)
{
	atomic { locked[cell] = false; held-- }
}

inline enter(w, cell)
{
	lock(cell);
	in[LINK(w, cell)] = true;
	unlock(cell)
}

inline leave(w, cell)
{
	lock(cell);
	atomic { touch(w); in[LINK(w, cell)] = false };
	unlock(cell)
}

inline hold(w)
{
	atomic { touch(w); refs[w]++ }
}

inline drop(w)
{
	atomic {
		touch(w);
		refs[w]--;
		if
		:: refs[w] == 0 -> freed[w] = true
		:: else
		fi
	}
}

/* Whether the caller is the one: to remove it, or to run its function. */
inline take(w, as)
{
	atomic {
		touch(w);
		taken = state[w] == ARMED;
		if
		:: taken -> state[w] = as
		:: state[w] < ARMED -> state[w] = RUNG
		:: else
		fi
	}
}

/* The call, if it is this thread's to make. */
inline fire(w)
{
#ifdef FAULT_FIRES_BLINDLY
	atomic {
		touch(w);
		taken = state[w] == ARMED;
		if
		:: state[w] < ARMED -> state[w] = RUNG
		:: else
		fi
	};
	if
	:: taken -> state[w] = RUNNING
	:: else
	fi;
#else
	take(w, RUNNING);
#endif
	if
	:: taken ->
		atomic {
			once = !called[w] && !removed[w];
			assert(once);
			called[w] = true;
			unlocked = held == 0 || kind[w] == DESCRIPTOR;
			assert(unlocked)
		};
		if
		:: kind[w] == REMOVES ->
			leave_all(w);
			drop(w)
		:: else
		fi;
		finish(w)
	:: else
	fi
}

inline finish(w)
{
	atomic {
		after = !argument[w];
		assert(after);
		touch(w);
		taken = state[w] == AWAITED;
#ifdef FAULT_ENDS_BLINDLY
	};
	atomic {
#endif
		state[w] = RAN
	};
	/* The futex is woken. */
	atomic {
		if
		:: taken -> touch(w); asleep = false
		:: else
		fi;
		taken = false
	}
}

/* Sleeps until a call that runs on another thread has returned. */
inline await(w)
{
#ifdef FAULT_AWAITS_BLINDLY
	taken = state[w] == RUNNING;
	if
	:: taken -> state[w] = AWAITED; taken = false
	:: else
	fi;
#else
	atomic {
		touch(w);
		if
		:: state[w] == RUNNING -> state[w] = AWAITED
		:: else
		fi
	};
#endif
	do
	:: atomic { state[w] == AWAITED -> touch(w); asleep = true }; !asleep
	:: state[w] != AWAITED -> break
	od
}

/* Of the timer's function, or of a timer that is armed, is one reference. */
inline arm(w, until)
{
#ifdef FAULT_TIMER_NO_OWN
	atomic { timer_armed = true; timer_at = until };
	hold(w);
#else
	hold(w);
	atomic {
		was_armed = timer_armed;
		timer_armed = true;
		timer_at = until
	};
	if
	:: was_armed -> was_armed = false; drop(w)
	:: else
	fi;
#endif
#ifndef FAULT_ARMS_BLINDLY
	if
	:: state[w] > ARMED -> disarm_timer(w)
	:: else
	fi
#endif
}

inline disarm_timer(w)
{
	atomic { was_armed = timer_armed; timer_armed = false; timer_at = 0 };
	if
	:: was_armed -> was_armed = false; drop(w)
	:: else
	fi
}

/* When what is above ends it, and whether it has. */
inline ask(w)
{
	atomic { at = NEVER; seen = clock };
	if
	:: w == 0 && cause[LOWER] -> at = END_OF(LOWER)
	:: w == 0 && !cause[LOWER]
	:: w != 0
	fi;
	atomic {
		if
		:: cause[UPPER] && at > END_OF(UPPER) -> at = END_OF(UPPER)
		:: else
		fi
	};
	atomic {
		if
		:: at != NEVER && at > seen -> seen = clock
		:: else
		fi;
		if
		:: w == 0 && kind[w] != ALARM && at > DEADLINE -> at = DEADLINE
		:: else
		fi;
		over = at <= seen;
		seen = 0
	}
}

/* Calls, or has the timer call when it is time. */
inline fire_in_time(w)
{
	until = NEVER;
	ask(w);
	do
	:: atomic {
			!over && at < until && state[w] == ARMED ->
			touch(w);
			until = at
		};
		arm(w, until);
#ifdef FAULT_RETURNS_EARLY
		break
#else
		ask(w)
#endif
	:: over || at >= until || state[w] > ARMED -> break
	:: atomic {
			!over && at < until && state[w] < ARMED ->
			touch(w);
			state[w] = RUNG;
			break
		}
	od;
	atomic { at = 0; until = 0 };
	if
	:: over -> over = false; fire(w)
	:: else
	fi
}

/* The timer's reference becomes that of who runs it. */
inline look()
{
	atomic {
		timer_armed && timer_at <= clock ->
		timer_armed = false;
		timer_at = 0
	};
	fire_in_time(0);
	drop(0)
}

/* Drives the timers until nothing more can come. */
inline drive()
{
	do
	:: clock == 0 -> clock = 1
	:: look()
	:: clock == 1 && finished == FINISH - 1 &&
	   !(timer_armed && timer_at <= clock) -> break
	od
}

/* The end of a handle, but for its reference. */
inline leave_all(w)
{
	if
	:: w == 0 -> disarm_timer(w); leave(w, LOWER)
	:: else
	fi;
#ifdef FAULT_STAYS_IN
	if
	:: w == 1 -> leave(w, UPPER)
	:: else
	fi
#else
	leave(w, UPPER)
#endif
}

/* Takes a link off a hall, and rings it, under the lock. */
inline ring(w, cell)
{
	if
	:: in[LINK(w, cell)] ->
		in[LINK(w, cell)] = false;
		if
		:: kind[w] == ALARM ->
#ifdef FAULT_ALARM_LATE
			more[w] = true
#else
			atomic { touch(w); state[w] = RAN };
			touch(w)
#endif
#ifndef SHIELD
		:: kind[w] == DESCRIPTOR -> fire(w)
#endif
		:: else ->
#if defined(FAULT_CALLS_LOCKED)
			hold(w);
			fire(w);
			drop(w)
#else
#if !defined(FAULT_REFERENCE_NONE) && !defined(FAULT_REFERENCE_LATE)
			hold(w);
#endif
			more[w] = true
#endif
		fi
	:: else
	fi
}

/* What is more to do for a link that was rung, when the lock is off. */
inline see_to(w)
{
#ifdef FAULT_REFERENCE_LATE
	hold(w);
#endif
	if
	:: kind[w] == ALARM -> atomic { touch(w); state[w] = RAN }
	:: else ->
#ifdef SHIELD
		arm(w, 0);
#else
		fire(w);
#endif
#ifndef FAULT_REFERENCE_NONE
		drop(w)
#endif
	fi;
	more[w] = false
}

inline cancel(cell)
{
#ifndef FAULT_RINGS_FIRST
	cause[cell] = true;
#endif
	lock(cell);
	ring(0, cell);
	ring(1, cell);
	unlock(cell);
#ifdef FAULT_RINGS_FIRST
	cause[cell] = true;
#endif
	/* Sorted by the distance from what was cancelled. */
	both = more[0] && more[1] && state[1] >= ARMED;
	do
	:: more[1] -> see_to(1)
#ifdef FAULT_ANY_ORDER
	:: more[0] ->
#else
	:: more[0] && !more[1] ->
#endif
		atomic { parent = !both || state[1] > ARMED; assert(parent) };
		see_to(0)
	:: !more[0] && !more[1] -> break
	od;
	both = false
}

inline wait_by_waiter(w)
{
	/* The handle's reference, and that of who starts it. */
	refs[w] = 2;
	if
	:: w == 0 -> atomic { refs[w]++; timer_armed = true; timer_at = DEADLINE }
	:: else
	fi;
#if defined(FAULT_ASKS_FIRST) || defined(FAULT_ARMS_LAST)
	ask(w);
#endif
	if
	:: w == 0 -> enter(w, LOWER)
	:: else
	fi;
	enter(w, UPPER);
#ifdef FAULT_ARMS_LAST
	state[w] = ARMED;
#else
	atomic { rung = state[w] == RUNG; state[w] = ARMED };
#endif
#if !defined(FAULT_ASKS_FIRST) && !defined(FAULT_ASKS_NOT) && \
	!defined(FAULT_ARMS_LAST)
	ask(w);
#endif
	if
	:: over || rung || at < (w == 0 -> DEADLINE : NEVER) ->
		atomic { over = false; rung = false; at = 0 };
		fire_in_time(w)
	:: else -> at = 0
	fi;
	drop(w);
	if
	:: kind[w] == REMOVES -> called[w]
	:: else ->
		if
		:: state[w] == RAN
		:: true
		fi;
		remove(w)
	fi
}

inline remove(w)
{
#ifdef FAULT_REMOVES_BLINDLY
	taken = state[w] == ARMED;
	if
	:: taken -> state[w] = REMOVED
	:: else
	fi;
#else
	take(w, REMOVED);
#endif
	atomic { removed[w] = taken; taken = false };
	leave_all(w);
	if
	:: true
	:: true ->
#ifndef FAULT_WAITS_NOT
		await(w);
#endif
		argument[w] = true
	fi;
	drop(w)
}

/* Its word is RAN when it was rung. */
inline wait_by_alarm(w)
{
	state[w] = ARMED;
#ifdef FAULT_ASKS_FIRST
	ask(w);
#endif
	enter(w, LOWER);
	enter(w, UPPER);
#if !defined(FAULT_ASKS_FIRST) && !defined(FAULT_ASKS_NOT)
	ask(w);
#endif
	if
	:: over -> over = false
	:: !over && state[w] == RAN
	fi;
	leave(w, LOWER);
	leave(w, UPPER);
	freed[w] = true
}

inline end_thread()
{
	d_step {
		finished++;
		if
		:: finished == FINISH ->
			alive = freed[0] && (kind[1] == NOBODY || freed[1]);
			assert(alive);
			once = kind[0] == ALARM || called[0] != removed[0];
			assert(once)
		:: else
		fi
	}
}

active proctype waiter()
{
	bool taken, over, rung, was_armed;
	byte held, at, seen, until;

	if
	:: kind[0] = FUNCTION
	:: kind[0] = REMOVES
	:: kind[0] = DESCRIPTOR
#ifndef SHIELD
	:: kind[0] = ALARM
#endif
	fi;
	if
	:: kind[0] == ALARM -> wait_by_alarm(0)
	:: else -> wait_by_waiter(0)
	fi;
	end_thread()
}

active proctype canceller()
{
	bool taken, both, was_armed, more[WAITERS];
	byte held;

	if
	:: cancel(UPPER)
#ifndef SHIELD
	:: drives && kind[0] != ALARM && kind[0] != NOBODY /* the timer will do */
#endif
	fi;
	end_thread()
}

active proctype another()
{
	bool taken, over, rung, both, was_armed, more[WAITERS];
	byte held, at, seen, until;

#ifdef SHIELD
	cancel(LOWER);
#else
	if
	:: cancel(LOWER)
	:: kind[1] = FUNCTION; wait_by_waiter(1)
	:: drives = true; drive()
	fi;
#endif
	end_thread()
}

#ifdef SHIELD
active proctype driver()
{
	bool taken, over, was_armed;
	byte held, at, seen, until;

	drive();
	end_thread()
}
#endif

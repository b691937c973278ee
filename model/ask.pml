/* SPDX-License-Identifier: MIT */
/*
 * Asking and cancelling (src/life/ask.c, source.c): two cells, the second the
 * parent of the first; one thread cancels, one asks or cancels and asks, one
 * asks. A step, which is one statement or one atomic block, looks at or changes
 * one shared word. What stands for what: README.md.
 *
 * Claims:
 *   returned   an ask that begins after a cancel of something above returned,
 *              be it the first or the second cancel of that cell, says over;
 *   unchanged  what was answered stays: the status and which cancel it was,
 *              and once over is over;
 *   earliest   the end is the earliest in time of the deadline and of all
 *              cancels above, the deadline on a tie.
 *
 * Runs:
 *   1  CANCELS=1 ASKS_1=1 ASKS_2=2
 *   2  CANCELS=2 ASKS_1=1 ASKS_2=1
 *   3  CANCELS=2 ASKS_1=0 ASKS_2=2 DEADLINES
 *   4  CANCELS=1 ASKS_1=1 ASKS_2=1 DEADLINES
 *   5  CANCELS=2 ASKS_1=0 ASKS_2=2 SHIELD
 *   6  CANCELS=2 ASKS_1=0 ASKS_2=1
 *
 * Faults, the run that finds each and the claim that it breaks:
 *   EPOCH_FIRST     1  returned   the epoch moves before the cause is shown
 *   EPOCH_LATE      1  returned   an asker reads the epoch after its walk
 *   EPOCH_WRAPS     2  returned   the epoch comes round to an old mark
 *   LOSER_LEAVES    2  returned   a second cancel does not finish the first
 *   MARKS_SHIELDED  5  returned   what a shield keeps off for now is marked
 *   TIME_FIRST      1  unchanged  the time is decided before the epoch moves
 *   NOT_KEPT        2  unchanged  which cancel it was is found out each time
 *   OLD_CLOCK       4  unchanged  a helper's time is from before the claim
 *   NEAR_FIRST      5  unchanged  below a shield, the nearer wins a tie
 *   NO_HELP         2  earliest   an asker takes its own time for a cancel's
 *   CLOCK_LATE      4  earliest   the deadline's clock is read after the walk
 *   ONE_WALK        2  earliest   what one walk finds is the answer
 *   OLD_EPOCH       6  earliest   the second walk ends at the first's marks
 *   CLOCK_AGAIN     5  earliest   a later clock is held against an older walk
 */
#define CELLS 2
#define THREADS 3


/* Of the clock: as many ticks as can make a difference. */
#if defined(DEADLINES)
#define LAST (CANCELS + 1)
#define DEADLINE LAST
#define LATER(cell, above) 0
#elif defined(SHIELD)
#define LAST 3
#define DEADLINE NEVER
#define LATER(cell, above) ((cell) != (above))
#else
#define LAST CANCELS
#define DEADLINE NEVER
#define LATER(cell, above) 0
#endif
#define NEVER 5

/* Behind a shield no answer is kept. Of two cancels that end a cell in the same
 * moment the shielded one came first, and perhaps its answer. */
#if defined(SHIELD) && !defined(FAULT_NEAR_FIRST)
#define TIE_GOES_UP true
#else
#define TIE_GOES_UP false
#endif

/* What is answered; for a cancel CANCELED + its cell. */
#define NOT_YET 0
#define EXCEEDED 1
#define CANCELED 2

byte now = 1;
byte epoch = 1;
byte as_of[THREADS]; /* the epoch that each asks by */
#define e as_of[_pid]

byte clean[CELLS];
bool cause[CELLS];
byte when[CELLS]; /* 0: undecided */
byte by[CELLS];   /* 0, or 1 + the cell whose cancel ended this one */

/* What only the claims look at. */
bool started;
bool was_cancelled[CELLS]; /* a cancel returned */
byte answer[2 * CELLS];    /* the first "over", without and with deadline */
byte finished;
hidden byte returned, unchanged, earliest;

/* Time passes, by any amount, before anybody looks. */
inline look_at_clock(t)
{
	atomic {
		do
		:: now < LAST -> now++
		:: break
		od;
		t = now
	}
}

/* The next epoch is a number that is nowhere, rather than one more: so states
 * that differ in numbers alone are one. */
#define NOWHERE(n)                                                            \
	(clean[0] != n && clean[1] != n && as_of[0] != n && as_of[1] != n &&  \
	 as_of[2] != n)

#ifdef FAULT_EPOCH_WRAPS
#define OLD(n) false
#else
#define OLD(n) \
	(epoch != n && as_of[0] != n && as_of[1] != n && as_of[2] != n)
#endif

inline move_epoch()
{
	d_step {
#ifdef FAULT_EPOCH_WRAPS
		epoch = epoch % 2 + 1
#else
		epoch = 1;
		do
		:: NOWHERE(epoch) -> break
		:: else -> epoch++
		od;
		forget_marks()
#endif
	}
}

/* A mark that is no epoch's and no asker's might as well not be there. */
inline forget_marks()
{
	if
	:: OLD(clean[0]) -> clean[0] = 0
	:: else
	fi;
	if
	:: OLD(clean[1]) -> clean[1] = 0
	:: else
	fi
}


/* The time of a cancel that was seen, by whoever comes first. */
inline decide_when(cell)
{
	if
	:: when[cell] == 0 ->
#if !defined(FAULT_TIME_FIRST) && !defined(FAULT_EPOCH_FIRST)
		move_epoch();
#endif
#ifdef FAULT_OLD_CLOCK
		t = (asked_at == 0 -> now : asked_at);
#else
		look_at_clock(t);
#endif
		atomic {
			if
			:: when[cell] == 0 -> when[cell] = t
			:: else
			fi;
			t = 0
		}
	:: else
	fi
}

inline cancel(cell)
{
#ifdef FAULT_EPOCH_FIRST
	move_epoch();
#endif
	atomic { won = !cause[cell]; cause[cell] = true };
#ifdef FAULT_LOSER_LEAVES
	if
	:: !won -> goto cancelled
	:: else
	fi;
#endif
	decide_when(cell);
#ifdef FAULT_TIME_FIRST
	move_epoch();
#endif
#ifdef FAULT_LOSER_LEAVES
cancelled:
#endif
	atomic { was_cancelled[cell] = true; won = false; cell = 0 }
}

inline find(which, time)
{
	if
	:: time < found_at || TIE_GOES_UP && time == found_at ->
		found = which;
		found_at = time
	:: else
	fi;
	w = 0
}

inline forget()
{
#ifndef FAULT_OLD_EPOCH
	e = 0;
#endif
	forget_marks()
}

/* One walk up to the first mark or answer: the earliest cancel. */
inline walk(cell)
{
	do
	:: atomic {
			if
			:: i == CELLS || clean[i] == e -> break
			:: else
			fi
		};
		atomic {
			w = by[i];
			if
			:: w != 0 -> /* none is kept below a shield */
				find(w, when[w - 1]);
				break
			:: else
			fi
		};
		atomic {
			if
			:: !cause[i] -> i++; goto walked
			:: else
			fi
		};
#ifdef FAULT_NO_HELP
		w = when[i];
		if
		:: w == 0 -> look_at_clock(w)
		:: else
		fi;
#else
		decide_when(i);
		w = when[i];
#endif
		atomic { find(i + 1, w + LATER(cell, i)); i++ };
walked:		skip
	od
}

inline ask(cell, deadline)
{
	/* The inline's two loads come in any order. */
	atomic {
		begin_ask(cell, deadline);
		if
		:: e = epoch; mark_first = false
		:: deadline == NEVER -> e = clean[cell]; mark_first = true
		fi
	};
	atomic {
		if
		:: deadline == NEVER &&
		   e == (mark_first -> epoch : clean[cell]) -> goto answered
		:: else -> e = 0; mark_first = false
		fi
	};
again:
#if defined(SHIELD) || defined(DEADLINES) || defined(FAULT_OLD_CLOCK)
#ifndef FAULT_CLOCK_LATE
	look_at_clock(asked_at);
#endif
#endif
	known = 0;
	do
	:: atomic {
			found = 0;
			found_at = NEVER;
			i = cell;
#if defined(FAULT_EPOCH_LATE)
			e = 0
#elif defined(FAULT_OLD_EPOCH)
			e = (known == 0 -> epoch : e)
#else
			e = epoch
#endif
		};
		walk(cell);
#ifdef FAULT_ONE_WALK
		known = found;
#endif
		atomic {
			if
			:: found == known -> break
			:: else -> known = found; i = 0; forget()
			fi
		}
	od;
#ifdef FAULT_CLOCK_LATE
	look_at_clock(asked_at);
#endif
#ifdef FAULT_MARKS_SHIELDED
	if
	:: found == 0 || found_at > now ->
#else
	if
	:: found == 0 ->
#endif
#ifdef FAULT_EPOCH_LATE
		e = epoch;
#endif
		i = cell;
		do
		:: atomic { i < CELLS && clean[i] != e -> clean[i] = e; i++ }
		:: else -> break
		od;
		atomic {
			r = (asked_at >= deadline -> EXCEEDED : NOT_YET);
			goto answered
		}
	:: else
	fi;
	atomic { i = 0; forget() };
#ifdef SHIELD
	/* It may have come meanwhile, and another, earlier one with it. */
	atomic {
		if
		:: found_at <= asked_at -> goto over
		:: else
		fi
	};
	look_at_clock(w);
	atomic {
		if
		:: found_at > w -> goto answered
		:: else
		fi;
		w = 0;
#ifndef FAULT_CLOCK_AGAIN
		goto again
#endif
	};
over:
#endif
#if !defined(SHIELD) && !defined(FAULT_NOT_KEPT)
	atomic {
		if
		:: by[cell] == 0 -> by[cell] = known
		:: else ->
			known = by[cell];
			found_at = when[known - 1]
		fi
	};
#endif
	atomic {
		r = (deadline <= found_at -> EXCEEDED : CANCELED + known - 1)
	};
answered:
	atomic { end_ask(cell, deadline) }
}

#define CONTEXT(cell, deadline) (2 * (cell) + (deadline == NEVER -> 0 : 1))

inline begin_ask(cell, deadline)
{
	was_over = answer[CONTEXT(cell, deadline)] != NOT_YET;
	must = was_over || deadline <= now;
	i = cell;
	do
	:: i < CELLS ->
		must = must || was_cancelled[i] &&
			when[i] + LATER(cell, i) <= now;
		i++
	:: else -> break
	od;
	i = 0
}

inline end_ask(cell, deadline)
{
	d_step {
		c = CONTEXT(cell, deadline);
		unchanged = !(was_over && r == NOT_YET) &&
			(r == NOT_YET || answer[c] == NOT_YET ||
			 answer[c] == r);
		assert(unchanged);
		returned = !(must && r == NOT_YET);
		assert(returned);
		if
		:: r != NOT_YET -> answer[c] = r
		:: else
		fi;
		/* What is not used again must not make states differ. */
		i = 0; c = 0; w = 0; e = 0; r = 0;
		found = 0; found_at = 0; known = 0; asked_at = 0;
		must = false; was_over = false; mark_first = false;
		cell = 0; deadline = 0;
		forget_marks()
	}
}

/* When all is over, every answer is held against what came to pass. */
inline end_thread()
{
	d_step {
		finished++;
		if
		:: finished == THREADS ->
			do
			:: c < 2 * CELLS -> check_answer(c / 2, answer[c]); c++
			:: else -> break
			od
		:: else
		fi
	}
}

inline check_answer(cell, given)
{
	found_at = NEVER;
	i = cell;
	do
	:: i < CELLS ->
		if
		:: when[i] != 0 -> find(i, when[i] + LATER(cell, i))
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = given - CANCELED;
	earliest = true;
	if
	:: given == EXCEEDED -> earliest = DEADLINE <= found_at
	:: given >= CANCELED ->
		earliest = when[i] + LATER(cell, i) == found_at &&
			(c % 2 == 0 || found_at < DEADLINE)
	:: else
	fi;
	assert(earliest)
}

/* Those who asked before all this have left marks. */
inline mark_some()
{
	if
	:: skip
	:: clean[1] = epoch
	:: clean[1] = epoch; clean[0] = epoch
	fi;
	started = true
}

active [THREADS] proctype thread()
{
	byte i, c, t, w, r, found, found_at, known, asked_at;
	byte cell, deadline, cancels, asks;
	bool won, must, was_over, mark_first;

	atomic {
		if
		:: _pid == 0 -> cancels = 1; mark_some()
		:: _pid == 1 -> cancels = CANCELS - 1; asks = ASKS_1; started
		:: _pid == 2 -> asks = ASKS_2; started
		fi
	};
	do
	:: atomic {
			cancels > 0 -> cancels--;
			select(cell : 0 .. CELLS - 1)
		};
		cancel(cell)
	:: atomic {
			cancels == 0 && asks > 0 -> asks--;
			if
			:: cell = 0; deadline = DEADLINE
#if defined(DEADLINES)
			:: _pid == 2 -> cell = 0; deadline = NEVER
#elif !defined(SHIELD)
			:: _pid == 2 -> cell = 1; deadline = NEVER
#endif
			fi
		};
		ask(cell, deadline)
	:: cancels + asks == 0 -> break
	od;
	end_thread()
}

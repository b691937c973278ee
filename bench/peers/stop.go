// SPDX-License-Identifier: MIT

package main

// #include "peer.h"
import "C"

import (
	"context"
	"runtime"
	"sort"
	"sync/atomic"
	"time"
)

var stopOps = []op{
	{name: "done", call: "ctx.Err()", setup: under(1), loop: done},
	{name: "done_deep", call: "ctx.Err()", setup: under(C.PEER_DEPTH), loop: done},
	{name: "done_deadline", call: "ctx.Err()", setup: deadline, loop: done},
	{name: "source", call: "context.WithCancel(Background()); cancel", setup: background, loop: child},
	{name: "child", call: "context.WithCancel; cancel", setup: under(1), loop: child},
	{name: "child_siblings", call: "context.WithCancel; cancel", setup: siblings, loop: child},
	{name: "child_2_threads", call: "context.WithCancel; cancel", setup: twoMake, loop: child},
	{name: "child_deadline", call: "context.WithTimeout; cancel", setup: under(1), loop: childDeadline},
	{name: "cancel_1000", call: "cancel, ctx.Err()", setup: background, measure: cancelMany(C.PEER_SIBLINGS)},
	{name: "cancel_100000", call: "cancel, ctx.Err()", setup: background, measure: cancelMany(C.PEER_MANY)},
	{name: "wake", call: "cancel, <-ctx.Done()", setup: background, measure: wake},
}

func background() {
	ctx = context.Background()
}

func under(depth int) func() {
	return func() {
		probe, cancel := context.WithCancel(context.Background())
		cancel()
		must(probe.Err() == context.Canceled, "a hit")
		background()
		for i := 0; i < depth; i++ {
			ctx, _ = context.WithCancel(ctx)
		}
		must(ctx.Err() == nil, "a miss")
	}
}

func deadline() {
	under(1)()
	ctx, _ = context.WithTimeout(ctx, time.Hour)
}

func siblings() {
	under(1)()
	for i := 0; i < C.PEER_SIBLINGS; i++ {
		_, _ = context.WithCancel(ctx)
	}
}

func twoMake() {
	under(1)()
	if C.peer_counts {
		return
	}
	go func() {
		runtime.LockOSThread()
		C.pin(1)
		for {
			child(1)
			atomic.AddUint64((*uint64)(&C.peer_turns), 1)
		}
	}()
	C.peer_contended(0)
}

func done(turns uint64) {
	for ; turns > 0; turns-- {
		if ctx.Err() != nil {
			sum++
		}
	}
}

func child(turns uint64) {
	for ; turns > 0; turns-- {
		_, cancel := context.WithCancel(ctx)
		cancel()
	}
}

func childDeadline(turns uint64) {
	for ; turns > 0; turns-- {
		_, cancel := context.WithTimeout(ctx, time.Hour)
		cancel()
	}
}

func median(ns []float64) float64 {
	sort.Float64s(ns)
	return ns[len(ns)/2]
}

// Nanoseconds a child.
func cancelRound(children []context.Context) float64 {
	above, cancel := context.WithCancel(context.Background())
	for i := range children {
		children[i], _ = context.WithCancel(above)
	}
	start := time.Now()
	cancel()
	for _, child := range children {
		must(child.Err() == context.Canceled, "cancelled")
	}
	return float64(time.Since(start).Nanoseconds()) / float64(len(children))
}

func cancelMany(n int) func() float64 {
	return func() float64 {
		children := make([]context.Context, n)
		var ns []float64
		for i := 0; i < C.PEER_ROUNDS; i++ {
			ns = append(ns, cancelRound(children))
		}
		return median(ns)
	}
}

// As ../wake.c has it. Who cancels goes on, so that the sleeper is not just the
// next goroutine of its thread.
func wake() float64 {
	C.peer_wake_floor = C.floor_wake()
	var ready, ran atomic.Int64
	var ns []float64
	contexts := make(chan context.Context)
	began := time.Now()
	go func() {
		for ctx := range contexts {
			ready.Add(1)
			<-ctx.Done()
			ran.Store(int64(time.Since(began)))
		}
	}()
	for i := int64(1); i <= C.WAKES; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		contexts <- ctx
		for ready.Load() < i {
		}
		for until := time.Now(); time.Since(until) < 100*time.Microsecond; {
		}
		ran.Store(0)
		start := int64(time.Since(began))
		cancel()
		for ran.Load() == 0 {
		}
		ns = append(ns, float64(ran.Load()-start))
	}
	return median(ns)
}

// SPDX-License-Identifier: MIT

// Go's context package. There is no current context in Go and no scope: a
// context is handed along, and a value makes a child. What is counted are
// objects of Go's own heap.
package main

// #include "peer.h"
// void goLoop(uint64_t turns);
import "C"

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

// As the package's documentation has it: a type of one's own.
type key int

const absent key = -1

const countedTurns = 1000

var (
	ctx  context.Context
	kept context.Context
	one  any = uint64(1)
	sum  uint64
)

// As struct peer_op.
type op struct {
	name, call string
	setup      func()
	loop       func(turns uint64)
	measure    func() float64
}

var ops = []op{
	{"get_1", "ctx.Value(k).(uint64)", values(1, 1), getHit, nil},
	{"get_8", "ctx.Value(k).(uint64)", values(8, 1), getHit, nil},
	{"get_deep", "ctx.Value(k).(uint64)", values(8, 32), getHit, nil},
	{"miss_deep", "ctx.Value(k).(uint64)", values(8, 32), getMiss, nil},
	{"scope_set", "context.WithValue", values(8, 1), derive, nil},
	{"get_held", "ctx.Value(k).(uint64)", values(8, 1), getHit, nil},
	{"derive", "context.WithValue", values(8, 1), derive, nil},
}

var chosen *op

func must(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, "failed:", what)
		os.Exit(2)
	}
}

// What is read was set first, so it is the farthest.
func values(count key, depth int) func() {
	return func() {
		ctx = context.Background()
		for k := key(0); k < count; k++ {
			ctx = context.WithValue(ctx, k, one)
		}
		for i := 1; i < depth; i++ {
			ctx = context.WithValue(ctx, key(1), one)
		}
		hit, _ := ctx.Value(key(0)).(uint64)
		must(hit == 1, "a hit")
		must(ctx.Value(absent) == nil, "a miss")
	}
}

func getHit(turns uint64) {
	for ; turns > 0; turns-- {
		v, _ := ctx.Value(key(0)).(uint64)
		sum += v
	}
}

func getMiss(turns uint64) {
	for ; turns > 0; turns-- {
		v, _ := ctx.Value(absent).(uint64)
		sum += v
	}
}

func derive(turns uint64) {
	for ; turns > 0; turns-- {
		kept = context.WithValue(ctx, key(0), one)
	}
}

//export goLoop
func goLoop(turns C.uint64_t) {
	chosen.loop(uint64(turns))
}

func allocs() any {
	if chosen.loop == nil {
		return "null"
	}
	var before, after runtime.MemStats
	chosen.loop(countedTurns)
	runtime.ReadMemStats(&before)
	chosen.loop(countedTurns)
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / countedTurns)
}

func list() {
	fmt.Println(runtime.Version())
	for _, op := range ops {
		fmt.Printf("%s\t%s\n", op.name, op.call)
	}
}

func measure(hurry bool) {
	must(bool(C.engine_company()), "a thread")
	if chosen.loop != nil {
		C.peer_measure((*C.loop_fn)(C.goLoop), nil, C.bool(hurry))
		return
	}
	ns := chosen.measure()
	C.peer_tell(C.double(ns), C.peer_wake_floor, C.bool(hurry))
}

func main() {
	must(len(os.Args) > 1, "an operation")
	how := append(os.Args, "")[2]
	ops = append(ops, stopOps...)
	if os.Args[1] == "--list" {
		list()
		return
	}
	for i := range ops {
		if ops[i].name == os.Args[1] {
			chosen = &ops[i]
		}
	}
	must(chosen != nil, "an operation")
	C.peer_counts = how == "--allocs"
	runtime.LockOSThread()
	chosen.setup()
	if C.peer_counts {
		fmt.Println(allocs())
		return
	}
	measure(how == "--hurry")
}

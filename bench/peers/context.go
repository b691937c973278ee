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

type op struct {
	name, call string
	depth      int
	values     key
	loop       func(turns uint64)
}

var ops = []op{
	{"get_1", "ctx.Value(k).(uint64)", 1, 1, getHit},
	{"get_8", "ctx.Value(k).(uint64)", 1, 8, getHit},
	{"get_deep", "ctx.Value(k).(uint64)", 32, 8, getHit},
	{"miss_deep", "ctx.Value(k).(uint64)", 32, 8, getMiss},
	{"scope_set", "context.WithValue", 1, 8, derive},
	{"get_held", "ctx.Value(k).(uint64)", 1, 8, getHit},
	{"derive", "context.WithValue", 1, 8, derive},
}

var chosen *op

func must(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, "failed:", what)
		os.Exit(2)
	}
}

// What is read was set first, so it is the farthest.
func setup(values key, depth int) {
	ctx = context.Background()
	for k := key(0); k < values; k++ {
		ctx = context.WithValue(ctx, k, one)
	}
	for i := 1; i < depth; i++ {
		ctx = context.WithValue(ctx, key(1), one)
	}
	hit, _ := ctx.Value(key(0)).(uint64)
	must(hit == 1, "a hit")
	must(ctx.Value(absent) == nil, "a miss")
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

func allocs() float64 {
	var before, after runtime.MemStats
	chosen.loop(countedTurns)
	runtime.ReadMemStats(&before)
	chosen.loop(countedTurns)
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / countedTurns)
}

func main() {
	must(len(os.Args) > 1, "an operation")
	how := append(os.Args, "")[2]
	if os.Args[1] == "--list" {
		fmt.Println(runtime.Version())
		for _, op := range ops {
			fmt.Printf("%s\t%s\n", op.name, op.call)
		}
		return
	}
	for i := range ops {
		if ops[i].name == os.Args[1] {
			chosen = &ops[i]
		}
	}
	must(chosen != nil, "an operation")
	setup(chosen.values, chosen.depth)
	if how == "--allocs" {
		fmt.Println(allocs())
		return
	}
	loop := (*C.loop_fn)(C.goLoop)
	C.peer_measure(loop, nil, C.bool(how == "--hurry"))
}

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ctypes_test.py LIBRARY - proves that a binding without a C compiler can use
the library: every symbol that the map names is found, keys can be made by hand,
and each function that the headers inline is called under its name.

Not under: valgrind asan tsan - the interpreter is not built for them.
"""
import ctypes as c
import os
import re
import subprocess
import sys
import unittest

from ctypes_dctx import *

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NUMBER = {
    "bool": True,
    "i8": -(2**7),
    "i16": -(2**15),
    "i32": -(2**31),
    "i64": -(2**63),
    "u8": 2**8 - 1,
    "u16": 2**16 - 1,
    "u32": 2**32 - 1,
    "u64": 2**64 - 1,
    "f32": 0.5,
    "f64": -1e300,
}
TEXT, RAW = b"caf\xc3\xa9", b"\0raw\0"


class Things:
    """A user's type of four bytes, made of functions of this program."""

    def __init__(self):
        self.copies = self.destroys = 0
        self.type = Type(
            c.sizeof(Type), b"thing", 4, COPY(self.copy), DESTROY(self.destroy),
            CODE(self.encode), CODE(self.decode), None, None,
        )

    def copy(self, to, of):
        c.memmove(to, of, 4)
        self.copies += 1
        return OK

    def destroy(self, thing):
        self.destroys += 1

    def encode(self, thing, writer):
        dctx.write_u32(writer, c.c_uint32.from_address(thing).value)
        return OK

    def decode(self, thing, reader):
        self.copies += 1
        return dctx.read_u32(reader, thing)


def make_key(kind):
    key = Key(kind=KINDS.index(kind) + 1, policy=WIRE, version=1)
    key.name = b"by hand " + kind.encode()
    if kind == "type":
        key.type = c.pointer(things.type)
    return key


def set_all(store):
    for kind, value in NUMBER.items():
        getattr(dctx, "store_set_" + kind)(store, keys[kind], value)
    dctx.store_set_str(store, keys["str"], TEXT)
    dctx.store_set_bytes(store, keys["bytes"], Bytes.of(RAW))
    dctx.store_set_type(store, keys["type"], c.byref(c.c_uint32(7)))
    return dctx.store_status(store)


def out(function, *arguments, of=c.c_void_p):
    """Calls what fills one out parameter, its last; gives what is in it."""
    result = of()
    status = function(*arguments, c.byref(result))
    if status != OK:
        raise AssertionError(dctx.strerror(status).decode())
    return result.value if of is c.c_void_p else result


class Test(unittest.TestCase):
    def setUp(self):
        self.store = dctx.current()
        self.assertEqual(dctx.store_restore(self.store, None), OK)
        self.alive = things.copies - things.destroys

    def tearDown(self):
        self.assertEqual(dctx.current(), self.store)
        self.assertEqual(dctx.store_restore(self.store, None), OK)
        self.assertEqual(things.copies - things.destroys, self.alive)

    def sees_all(self, form, of):
        """Whether all that set_all sets is there, through one form."""
        for kind, value in NUMBER.items():
            get = getattr(dctx, form + "_get_" + kind)
            self.assertEqual(get(of, keys[kind], 0), value, kind)
        get = getattr(dctx, form + "_get_str")
        self.assertEqual(get(of, keys["str"], None), TEXT)
        get = getattr(dctx, form + "_get_bytes")
        self.assertEqual(get(of, keys["bytes"], Bytes()).get(), RAW)
        thing = getattr(dctx, form + "_get_type")(of, keys["type"], None)
        self.assertEqual(c.c_uint32.from_address(thing).value, 7)
        for key in keys.values():
            self.assertTrue(getattr(dctx, form + "_has_key")(of, key))

    def sees_nothing(self, form, of):
        for kind in NUMBER:
            get = getattr(dctx, form + "_get_" + kind)
            self.assertEqual(get(of, keys[kind], 1), 1, kind)
        get = getattr(dctx, form + "_get_str")
        self.assertEqual(get(of, keys["str"], b"-"), b"-")
        get = getattr(dctx, form + "_get_bytes")
        self.assertEqual(get(of, keys["bytes"], Bytes.of(b"-")).get(), b"-")
        get = getattr(dctx, form + "_get_type")
        self.assertEqual(get(of, keys["type"], 8), 8)
        for key in keys.values():
            self.assertFalse(getattr(dctx, form + "_has_key")(of, key))


class Values(Test):
    def test_every_symbol_of_the_map_is_found(self):
        for name in mapped():
            self.assertTrue(hasattr(dctx.symbols, name), name)
        self.assertGreater(len(mapped()), 100)

    def test_the_current_store_is_a_threads_variable(self):
        current = c.c_void_p.in_dll(dctx.symbols, "dctx_abi1_current")
        self.assertEqual(current.value, dctx.current())

    def test_every_kind_comes_back_from_a_store(self):
        self.sees_nothing("store", self.store)
        self.assertEqual(set_all(self.store), OK)
        self.sees_all("store", self.store)

    def test_every_kind_comes_back_from_a_snapshot(self):
        self.sees_nothing("snapshot", dctx.snapshot_empty())
        self.sees_nothing("snapshot", None)
        set_all(self.store)
        snapshot = out(dctx.store_capture, self.store)
        self.sees_all("snapshot", snapshot)
        self.assertIsNone(dctx.snapshot_unref(snapshot))

    def test_replace_and_unset_do_as_set(self):
        set_all(self.store)
        dctx.store_replace_str(self.store, keys["str"], b"new")
        dctx.store_replace_bytes(self.store, keys["bytes"], Bytes.of(b"n"))
        dctx.store_replace_type(self.store, keys["type"],
                                c.byref(c.c_uint32(9)))
        dctx.store_set_bits(self.store, keys["i8"], 2, 5)
        get = dctx.store_get_str(self.store, keys["str"], None)
        self.assertEqual(get, b"new")
        self.assertEqual(dctx.store_get_i8(self.store, keys["i8"], 0), 5)
        for key in keys.values():
            self.assertEqual(dctx.store_unset_key(self.store, key), OK)
        self.sees_nothing("store", self.store)

    def test_a_key_is_checked_by_its_kind(self):
        for kind in NUMBER:
            other = keys["u64" if kind != "u64" else "u32"]
            get = getattr(dctx, "store_get_" + kind)
            set_ = getattr(dctx, "store_set_" + kind)
            self.assertEqual(set_(self.store, other, 1), WRONG_TYPE, kind)
            self.assertEqual(get(self.store, other, 0), 0, kind)
        error = dctx.last_error().contents
        self.assertEqual(error.status, WRONG_TYPE)
        self.assertEqual(error.what, b"by hand u64")

    def test_keys_are_found_by_name(self):
        self.assertEqual(dctx.registry_find(None, keys["u8"].name),
                         c.addressof(keys["u8"]))
        self.assertGreaterEqual(dctx.registry_size(None), len(keys))
        self.assertEqual(dctx.registry_check(None, None), OK)


class Scopes(Test):
    def test_leaving_brings_back(self):
        outer = dctx.store_enter(self.store, b"outer")
        set_all(self.store)
        inner = dctx.enter_here(b"inner")
        dctx.store_set_u64(self.store, keys["u64"], 1)
        dctx.leave(inner)
        self.sees_all("store", self.store)
        dctx.leave(outer)
        self.sees_nothing("store", self.store)

    def test_the_chain_is_an_array_of_texts(self):
        names, text = (c.c_char_p * 8)(), c.create_string_buffer(64)
        guard = dctx.store_enter_copy(self.store, b"one")
        inner = out(dctx.store_try_enter, self.store, b"two", of=Guard)
        for chain in dctx.store_chain, dctx.store_path:
            self.assertEqual(chain(self.store, names, 8), 2)
            self.assertEqual(names[:2], [b"one", b"two"])
        dctx.store_chain_text(self.store, b">", text, 64)
        self.assertEqual(text.value, b"one>two")
        info = ScopeInfo()
        self.assertEqual(dctx.store_peek(self.store, info), OK)
        self.assertEqual((info.name, info.id), (b"two", inner.id))
        self.assertEqual(info.depth, dctx.store_depth(self.store))
        self.assertEqual(dctx.scope_retire(guard), OK)
        self.assertEqual(dctx.store_chain(self.store, names, 8), 1)
        dctx.leave(inner)

    def test_a_store_tells_its_id(self):
        text = c.create_string_buffer(HEX_ID_SIZE)
        dctx.store_hex_id(self.store, text)
        self.assertEqual(int(text.value, 16), dctx.store_id(self.store))

    def test_a_captured_context_is_brought_back(self):
        guard = dctx.enter_here(b"captured")
        set_all(self.store)
        snapshot = dctx.snapshot_ref(dctx.capture_here())
        dctx.snapshot_unref(snapshot)
        dctx.leave(guard)
        names, text = (c.c_char_p * 8)(), c.create_string_buffer(64)
        self.assertEqual(dctx.snapshot_chain(snapshot, names, 8), 1)
        dctx.snapshot_chain_text(snapshot, b">", text, 64)
        self.assertEqual((names[0], text.value), (b"captured", b"captured"))
        for attach in dctx.store_attach, dctx.store_attach_borrowed:
            guard = out(attach, self.store, snapshot, of=Guard)
            self.sees_all("store", self.store)
            dctx.store_set_u64(self.store, keys["u64"], 1)
            dctx.leave(guard)
        guard = dctx.attach_here(snapshot)
        self.sees_all("store", self.store)
        dctx.leave(guard)
        self.sees_nothing("store", self.store)
        dctx.snapshot_unref(snapshot)


class Tasks(Test):
    def test_an_entered_task_is_current(self):
        task = out(dctx.task_new, None)
        set_all(task)
        self.assertIsNone(dctx.task_try())
        dctx.task_enter(task)
        self.assertEqual({dctx.current(), dctx.task(), dctx.task_try()}, {task})
        self.assertEqual(dctx.thread(), self.store)
        self.sees_all("store", dctx.current())
        dctx.task_leave(task)
        self.sees_nothing("store", dctx.current())
        self.assertIsNone(dctx.task_free(task))

    def test_a_deadline_and_a_cancel_end_a_scope(self):
        source = out(dctx.source_new, None, NO_DEADLINE)
        guard = dctx.enter_here(b"limited")
        self.assertEqual(dctx.store_add_source(self.store, source), OK)
        self.assertEqual((dctx.done(), dctx.store_done(self.store)), (OK, OK))
        self.assertEqual(dctx.store_remaining(self.store), NO_DEADLINE)
        inner = dctx.enter_here(b"short")
        self.assertEqual(dctx.store_set_timeout(self.store, 0), OK)
        self.assertEqual(dctx.done(), DEADLINE_EXCEEDED)
        self.assertEqual(dctx.store_remaining(self.store), 0)
        dctx.leave(inner)
        self.assertEqual(dctx.done(), OK)
        self.assertEqual(dctx.source_cancel_at(source, b"go", None, 0), OK)
        self.assertEqual(dctx.store_done(self.store), CANCELED)
        dctx.leave(guard)
        self.assertEqual(dctx.done(), OK)
        dctx.source_unref(source)

    def test_a_task_lies_in_the_callers_memory(self):
        memory = (c.c_uint64 * (TASK_SIZE // 8))()
        set_all(self.store)
        forked = out(dctx.store_fork, self.store)
        snapshot = out(dctx.store_capture, forked)
        mine = out(dctx.task_init, memory, TASK_SIZE, snapshot)
        self.assertEqual(mine, c.addressof(memory))
        dctx.snapshot_unref(snapshot)
        dctx.task_free(forked)
        self.sees_all("store", mine)
        dctx.task_done(mine)

    def test_leaving_out_of_order_is_counted(self):
        one, two = out(dctx.task_new, None), out(dctx.task_new, None)
        before = dctx.counter(EV_TASK_MISUSE)
        dctx.task_enter(one)
        dctx.task_enter_checked(two)
        dctx.task_leave(one)
        self.assertEqual(dctx.current(), self.store)
        dctx.task_enter(one)
        dctx.task_leave_slow(one)
        self.assertEqual(dctx.counter(EV_TASK_MISUSE), before + 2)
        dctx.task_free(one)
        dctx.task_free(two)

    def test_work_carries_a_context(self):
        seen = []

        @RUN
        def work(argument):
            self.sees_all("store", dctx.current())
            seen.append(argument)
            return argument

        set_all(self.store)
        wrapped = out(dctx.store_wrap, self.store, work, 1)
        spare = out(dctx.store_wrap, self.store, work, 2)
        thread, result = c.c_ulong(), c.c_void_p()
        dctx.store_thread_start(self.store, c.byref(thread), None, work, 3)
        c.CDLL(None).pthread_join(thread, None)
        dctx.store_restore(self.store, None)
        self.assertEqual(dctx.work_run(wrapped, c.byref(result)), OK)
        self.assertEqual(result.value, 1)
        self.assertIsNone(dctx.work_discard(spare))
        self.assertEqual(seen, [3, 1])


class Borders(Test):
    def test_a_context_crosses_as_bytes(self):
        size, buffer = c.c_size_t(), c.create_string_buffer(4096)
        set_all(self.store)
        self.assertEqual(dctx.store_encode(self.store, buffer, 4096,
                                           c.byref(size)), OK)
        message = buffer.raw[:size.value]
        self.assertEqual(self.encode_otherwise(), [message] * 2)
        dctx.store_restore(self.store, None)
        guard = out(dctx.store_decode, self.store, message, len(message),
                    of=Guard)
        self.sees_all("store", self.store)
        dctx.leave(guard)
        snapshot = out(dctx.decode, message, len(message))
        self.sees_all("snapshot", snapshot)
        dctx.snapshot_unref(snapshot)

    def encode_otherwise(self):
        size, buffer = c.c_size_t(), c.create_string_buffer(4096)
        snapshot = dctx.capture_here()
        self.assertEqual(dctx.snapshot_encode(snapshot, buffer, 4096,
                                              c.byref(size)), OK)
        dctx.snapshot_unref(snapshot)
        made = c.c_void_p()
        self.assertEqual(dctx.store_encode_alloc(self.store, c.byref(made),
                                                 c.byref(size)), OK)
        messages = [buffer.raw[:size.value], c.string_at(made, size.value)]
        free = c.CDLL(None).free
        free.argtypes = [c.c_void_p]
        free(made)
        return messages

    def test_a_bad_message_is_told_with_its_place(self):
        guard = Guard()
        message = b"\2\0\0\0" + b"\1" + b"\0" * 7 + b"\xff" * 40
        self.assertEqual(dctx.store_decode(self.store, message, len(message),
                                           c.byref(guard)), CORRUPT)
        error = dctx.last_error().contents
        self.assertEqual((error.status, error.offset), (CORRUPT, 12))
        self.assertEqual(guard.id, 0)

    def test_base64_is_that_of_the_rfc(self):
        size, text = c.c_size_t(), c.create_string_buffer(16)
        raw = c.create_string_buffer(16)
        self.assertEqual(dctx.base64_encode(0, b"fo\xff", 3, text, 16,
                                            c.byref(size)), OK)
        self.assertEqual(text.value, b"Zm//")
        self.assertEqual(dctx.base64_decode(1, b"Zm__", 4, raw, 16,
                                            c.byref(size)), OK)
        self.assertEqual(raw.raw[:size.value], b"fo\xff")
        self.assertEqual(dctx.base64_encode(0, b"fo\xff", 3, text, 2,
                                            c.byref(size)), TOO_SMALL)


class Diagnostics(Test):
    def test_the_hook_is_a_function_of_ours(self):
        told = []
        hook = Hook(HEAR(lambda user, *what: told.append((user, *what))), 5)
        dctx.hook_set(hook)
        guard = dctx.enter_here(b"left twice")
        dctx.leave(guard)
        before = dctx.counter(EV_STALE_GUARD)
        dctx.leave(guard)
        dctx.hook_set(None)
        self.assertEqual(dctx.counter(EV_STALE_GUARD), before + 1)
        self.assertEqual([t[:2] for t in told], [(5, EV_STALE_GUARD)])

    def test_limits_are_numbers(self):
        before = dctx.limit_get(LIMIT_CHAIN)
        self.assertEqual(dctx.limit_set(LIMIT_CHAIN, 3), OK)
        self.assertEqual(dctx.limit_get(LIMIT_CHAIN), 3)
        self.assertEqual(dctx.limit_set(LIMIT_CHAIN, before), OK)
        self.assertEqual(dctx.limit_set(-1, 1), INVALID)

    def test_numbers_have_names(self):
        self.assertEqual(dctx.strerror(OK), b"done")
        self.assertEqual(dctx.event_name(EV_STALE_GUARD), b"stale_guard")
        self.assertGreaterEqual(dctx.version(), 100)


def mapped():
    """The symbols that the map names."""
    with open(os.path.join(ROOT, "src/dctx.map")) as file:
        return set(re.findall(r"^\t(dctx_\w+);$", file.read(), re.M))


def inlined():
    """Those of them that the headers inline."""
    text = subprocess.run(
        [os.environ.get("CC", "cc"), "-E", "-P", "-I", ROOT + "/include",
         ROOT + "/include/dctx/dctx.h"],
        check=True, capture_output=True, text=True,
    ).stdout
    functions = re.findall(r"static\s+inline\s[^;{}(]*?(\w+)\s*\(", text)
    return set(functions) & mapped()


class EveryInline(unittest.TestCase):
    """The last one, by its name: what the others called."""

    def test_zz_every_inline_was_called(self):
        self.assertGreaterEqual(len(inlined()), 43)
        self.assertEqual(inlined() - dctx.called, set())
        print(f"{len(dctx.called)} of {len(mapped())} functions called,",
              f"all {len(inlined())} inlines among them")


dctx = Library(sys.argv.pop(1))
things = Things()
keys = {kind: make_key(kind) for kind in KINDS}
for key in keys.values():
    assert dctx.key_register(key) == OK
if __name__ == "__main__":
    cases = (Values, Scopes, Tasks, Borders, Diagnostics, EveryInline)
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    suite = unittest.TestSuite(load(case) for case in cases)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())

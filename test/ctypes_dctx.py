# SPDX-License-Identifier: MIT
"""The library as a binding sees it: structs by hand, functions by their names.

A signature is a line: what is returned, the name after dctx_, the arguments.
"""
import ctypes as c

NUMBERS = {
    "bool": c.c_bool,
    "i8": c.c_int8,
    "i16": c.c_int16,
    "i32": c.c_int32,
    "i64": c.c_int64,
    "u8": c.c_uint8,
    "u16": c.c_uint16,
    "u32": c.c_uint32,
    "u64": c.c_uint64,
    "f32": c.c_float,
    "f64": c.c_double,
}
# By their numbers, the first being 1.
KINDS = [*NUMBERS, "str", "bytes", "type"]

LOCAL, WIRE = 0, 1
OK, INVALID, WRONG_TYPE, TOO_SMALL, CORRUPT = 0, 2, 4, 7, 8
CANCELED, DEADLINE_EXCEEDED = 16, 17
NO_DEADLINE = 2**63 - 1
EV_STALE_GUARD, EV_TASK_MISUSE = 1, 6
LIMIT_CHAIN = 1
HEX_ID_SIZE, TASK_SIZE = 19, 64

COPY = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p)
DESTROY = c.CFUNCTYPE(None, c.c_void_p)
CODE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p)
HEAR = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_int, c.c_char_p)
RUN = c.CFUNCTYPE(c.c_void_p, c.c_void_p)


class Bytes(c.Structure):
    _fields_ = [("data", c.c_void_p), ("len", c.c_size_t)]

    @classmethod
    def of(cls, data):
        view = cls(c.cast(c.c_char_p(data), c.c_void_p), len(data))
        view.kept = data
        return view

    def get(self):
        return c.string_at(self.data, self.len)


class Guard(c.Structure):
    _fields_ = [("store", c.c_void_p), ("id", c.c_uint64)]


class Type(c.Structure):
    _fields_ = [
        ("struct_size", c.c_size_t),
        ("name", c.c_char_p),
        ("size", c.c_size_t),
        ("copy", COPY),
        ("destroy", DESTROY),
        ("encode", CODE),
        ("decode", CODE),
        ("format", c.c_void_p),
        ("parse", c.c_void_p),
    ]


class Key(c.Structure):
    _fields_ = [
        ("page", c.c_uint32),
        ("slot", c.c_uint32),
        ("scalar", c.c_uint32),
        ("kind", c.c_uint32),
        ("policy", c.c_uint32),
        ("version", c.c_uint32),
        ("name", c.c_char_p),
        ("type", c.POINTER(Type)),
        ("options", c.c_void_p),
        ("reserved", c.c_void_p),
    ]


class ScopeInfo(c.Structure):
    _fields_ = [("name", c.c_char_p), ("id", c.c_uint64), ("depth", c.c_size_t)]


class Error(c.Structure):
    _fields_ = [
        ("status", c.c_int),
        ("system", c.c_int),
        ("offset", c.c_size_t),
        ("size", c.c_size_t),
        ("limit", c.c_size_t),
        ("what", c.c_char * 64),
    ]


class Hook(c.Structure):
    _fields_ = [("fn", HEAR), ("user", c.c_void_p)]


TYPES = {
    **NUMBERS,
    "void": None,
    "status": c.c_int,
    "size": c.c_size_t,
    "ptr": c.c_void_p,
    "text": c.c_char_p,
    "bytes": Bytes,
    "guard": Guard,
    "key": c.POINTER(Key),
    "error": c.POINTER(Error),
    "hook": c.POINTER(Hook),
    "info": c.POINTER(ScopeInfo),
    "run": RUN,
}

EACH_NUMBER = """
    {tag} store_get_{tag} ptr key {tag}
    {tag} snapshot_get_{tag} ptr key {tag}
    status store_set_{tag} ptr key {tag}
"""

SIGNATURES = """
    text store_get_str ptr key text
    bytes store_get_bytes ptr key bytes
    ptr store_get_type ptr key ptr
    text snapshot_get_str ptr key text
    bytes snapshot_get_bytes ptr key bytes
    ptr snapshot_get_type ptr key ptr
    bool store_has_key ptr key
    bool snapshot_has_key ptr key
    status store_set_bits ptr key u32 u64
    status store_set_str ptr key text
    status store_set_bytes ptr key bytes
    status store_set_type ptr key ptr
    status store_replace_str ptr key text
    status store_replace_bytes ptr key bytes
    status store_replace_type ptr key ptr
    status store_unset_key ptr key

    status key_register key
    ptr registry_find ptr text
    u32 registry_size ptr
    status registry_check ptr ptr

    ptr current
    ptr thread
    ptr task
    ptr task_try
    u64 store_id ptr
    ptr store_hex_id ptr ptr
    size store_depth ptr
    size store_chain ptr ptr size
    size store_path ptr ptr size
    size store_chain_text ptr text ptr size
    guard store_enter ptr text
    guard store_enter_copy ptr text
    status store_try_enter ptr text ptr
    guard enter_here text
    status store_peek ptr info
    status store_status ptr
    void leave guard
    status source_new ptr i64 ptr
    ptr source_unref ptr
    status source_cancel_at ptr text text u32
    status store_add_source ptr ptr
    status store_set_timeout ptr i64
    i64 store_remaining ptr
    status store_done ptr
    status done
    status scope_retire guard

    status store_capture ptr ptr
    ptr capture_here
    ptr snapshot_empty
    ptr snapshot_ref ptr
    ptr snapshot_unref ptr
    size snapshot_chain ptr ptr size
    size snapshot_chain_text ptr text ptr size
    status store_attach ptr ptr ptr
    status store_attach_borrowed ptr ptr ptr
    guard attach_here ptr
    status store_restore ptr ptr

    status task_new ptr ptr
    status task_init ptr size ptr ptr
    status store_fork ptr ptr
    void task_enter ptr
    void task_enter_checked ptr
    void task_leave ptr
    void task_leave_slow ptr
    void task_done ptr
    ptr task_free ptr
    status store_wrap ptr run ptr ptr
    status work_run ptr ptr
    ptr work_discard ptr
    status store_thread_start ptr ptr ptr run ptr

    status snapshot_encode ptr ptr size ptr
    status store_encode ptr ptr size ptr
    status store_encode_alloc ptr ptr ptr
    status decode ptr size ptr
    status store_decode ptr ptr size ptr
    void write_u32 ptr u32
    status read_u32 ptr ptr
    status base64_encode i32 text size ptr size ptr
    status base64_decode i32 text size ptr size ptr

    text strerror status
    text event_name i32
    u64 counter i32
    void hook_set hook
    status limit_set i32 size
    size limit_get i32
    u32 version
    error last_error
"""


class Library:
    """Its functions without their prefix; `called` are those that were."""

    def __init__(self, path):
        self.symbols = c.CDLL(path)
        self.called = set()
        lines = SIGNATURES + "".join(
            EACH_NUMBER.format(tag=tag) for tag in NUMBERS
        )
        for line in filter(None, map(str.split, lines.splitlines())):
            self._add(*line)

    def _add(self, result, name, *arguments):
        function = getattr(self.symbols, "dctx_" + name)
        function.restype = TYPES[result]
        function.argtypes = [TYPES[a] for a in arguments]

        def call(*values):
            self.called.add("dctx_" + name)
            return function(*values)

        setattr(self, name, call)

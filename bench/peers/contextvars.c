/* SPDX-License-Identifier: MIT */
/*
 * contextvars.c - CPython's contextvars, from C and from plain.py. The
 * interpreter lives in this process, so that the floors can run in turn with
 * Python's own loops too.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "heap.h"
#include "peer.h"

static PyObject *var[PEER_KEYS], *absent, *value, *other, *context;
static PyObject *plain_loop, *plain_empty;

static PyObject *must(PyObject *object)
{
	if (object == NULL)
		PyErr_Print();
	peer_must(object != NULL, "a Python object");
	return object;
}

static void must_be_0(int result)
{
	if (result != 0)
		PyErr_Print();
	peer_must(result == 0, "a Python call");
}

/* Small objects come from malloc where it is counted, as large ones do. */
static void start_python(void)
{
	PyPreConfig pre;
	PyConfig config;

	PyPreConfig_InitIsolatedConfig(&pre);
	if (heap_calls != NULL)
		pre.allocator = PYMEM_ALLOCATOR_MALLOC;
	Py_PreInitialize(&pre);
	PyConfig_InitIsolatedConfig(&config);
	PyConfig_SetBytesString(&config, &config.home, PYTHON_HOME);
	peer_must(!PyStatus_Exception(Py_InitializeFromConfig(&config)),
		  "an interpreter");
}

static void set(int i, PyObject *to)
{
	Py_DECREF(must(PyContextVar_Set(var[i], to)));
}

static void make_vars(void)
{
	start_python();
	value = must(PyLong_FromLong(1 << 20));
	/* A set of the same object would be none. */
	other = must(PyLong_FromLong(1 << 21));
	absent = must(PyContextVar_New("absent", NULL));
	for (int i = 0; i < PEER_KEYS; i++)
		var[i] = must(PyContextVar_New("var", NULL));
}

static void one_value(void)
{
	PyObject *seen;

	make_vars();
	set(0, value);
	must_be_0(PyContextVar_Get(var[0], NULL, &seen));
	peer_must(seen == value, "a hit");
	must_be_0(PyContextVar_Get(absent, NULL, &seen));
	peer_must(seen == NULL, "a miss");
}

static void values(void)
{
	one_value();
	for (int i = 1; i < PEER_KEYS; i++)
		set(i, value);
	context = must(PyContext_CopyCurrent());
}

static void deep(void)
{
	values();
	for (int i = 1; i < PEER_DEPTH; i++) {
		must_be_0(PyContext_Enter(must(PyContext_CopyCurrent())));
		set(1, i % 2 ? other : value);
	}
}

static void get(PyObject *of, uint64_t turns)
{
	uintptr_t sum = 0;
	PyObject *seen;

	while (turns--) {
		must_be_0(PyContextVar_Get(of, NULL, &seen));
		sum += (uintptr_t)seen;
		Py_XDECREF(seen);
	}
	consume(sum);
}

static void get_hit(uint64_t turns)
{
	get(var[0], turns);
}

static void get_miss(uint64_t turns)
{
	get(absent, turns);
}

static void get_held(uint64_t turns)
{
	uintptr_t sum = 0;

	while (turns--) {
		PyObject *seen = must(PyObject_GetItem(context, var[0]));

		sum += (uintptr_t)seen;
		Py_DECREF(seen);
	}
	consume(sum);
}

static void scope(uint64_t turns)
{
	while (turns--) {
		PyObject *copy = must(PyContext_CopyCurrent());

		must_be_0(PyContext_Enter(copy));
		must_be_0(PyContext_Exit(copy));
		Py_DECREF(copy);
	}
}

static void scope_set(uint64_t turns)
{
	while (turns--) {
		PyObject *token = must(PyContextVar_Set(var[0], other));

		must_be_0(PyContextVar_Reset(var[0], token));
		Py_DECREF(token);
	}
}

static void derive(uint64_t turns)
{
	while (turns--) {
		PyObject *copy = must(PyContext_CopyCurrent());

		must_be_0(PyContext_Enter(copy));
		set(0, other);
		must_be_0(PyContext_Exit(copy));
		Py_DECREF(copy);
	}
}

static void capture(uint64_t turns)
{
	while (turns--)
		Py_DECREF(must(PyContext_CopyCurrent()));
}

static void attach(uint64_t turns)
{
	while (turns--) {
		must_be_0(PyContext_Enter(context));
		must_be_0(PyContext_Exit(context));
	}
}

/* plain.py's function of the operation's own name, less its empty loop. */
static void load_plain(void)
{
	FILE *source = fopen(PLAIN_PY, "r");
	PyObject *globals = must(PyDict_New());
	const char *name = strchr(peer_chosen->name, '.') + 1;

	peer_must(source != NULL, PLAIN_PY);
	must_be_0(PyDict_SetItemString(globals, "var", var[0]));
	must_be_0(PyDict_SetItemString(globals, "absent", absent));
	must_be_0(PyDict_SetItemString(globals, "value", other));
	if (context != NULL)
		must_be_0(PyDict_SetItemString(globals, "context", context));
	must(PyRun_FileEx(source, PLAIN_PY, Py_file_input, globals, globals,
			  1));
	plain_loop = must(PyDict_GetItemString(globals, name));
	plain_empty = must(PyDict_GetItemString(globals, "empty"));
}

static void plain_one(void)
{
	one_value();
	load_plain();
}

static void plain_values(void)
{
	values();
	load_plain();
}

static void plain_deep(void)
{
	deep();
	load_plain();
}

static void plain(uint64_t turns)
{
	Py_DECREF(must(PyObject_CallFunction(plain_loop, "K",
					     (unsigned long long)turns)));
}

static void empty(uint64_t turns)
{
	Py_DECREF(must(PyObject_CallFunction(plain_empty, "K",
					     (unsigned long long)turns)));
}

const char *peer_version(void)
{
	return Py_GetVersion();
}

const struct peer_op peer_ops[] = {
	{"get_1", "PyContextVar_Get", one_value, get_hit, NULL},
	{"get_8", "PyContextVar_Get", values, get_hit, NULL},
	{"get_deep", "PyContextVar_Get", deep, get_hit, NULL},
	{"miss_deep", "PyContextVar_Get", deep, get_miss, NULL},
	{"scope", "PyContext_CopyCurrent, _Enter; _Exit", values, scope, NULL},
	{"scope_set", "PyContextVar_Set; _Reset", values, scope_set, NULL},
	{"get_held", "PyObject_GetItem", values, get_held, NULL},
	{"derive", "PyContext_CopyCurrent, _Enter, PyContextVar_Set; _Exit",
	 values, derive, NULL},
	{"capture", "PyContext_CopyCurrent", values, capture, NULL},
	{"attach", "PyContext_Enter; _Exit", values, attach, NULL},
	{"task", "PyContext_Enter; _Exit", values, attach, NULL},
	{"plain.get_1", "var.get()", plain_one, plain, empty},
	{"plain.get_8", "var.get()", plain_values, plain, empty},
	{"plain.get_deep", "var.get()", plain_deep, plain, empty},
	{"plain.miss_deep", "var.get(None)", plain_deep, plain, empty},
	{"plain.scope", "copy_context().run(f)", plain_values, plain, empty},
	{"plain.scope_set", "token = var.set(v); var.reset(token)",
	 plain_values, plain, empty},
	{"plain.get_held", "context[var]", plain_values, plain, empty},
	{"plain.derive", "c = copy_context(); c.run(var.set, v)", plain_values,
	 plain, empty},
	{"plain.capture", "copy_context()", plain_values, plain, empty},
	{"plain.attach", "context.run(f)", plain_values, plain, empty},
	{"plain.task", "context.run(f)", plain_values, plain, empty},
	{0},
};

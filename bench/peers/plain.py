# SPDX-License-Identifier: MIT
"""contextvars as Python code uses them: the loops of contextvars.c's rows
plain.*, which puts var, absent, value and context here."""
from contextvars import copy_context
from itertools import repeat


def nothing():
    pass


def empty(turns):
    for _ in repeat(None, turns):
        pass


def get_1(turns):
    for _ in repeat(None, turns):
        var.get()


get_8 = get_deep = get_1


def miss_deep(turns):
    for _ in repeat(None, turns):
        absent.get(None)


def get_held(turns):
    for _ in repeat(None, turns):
        context[var]


def scope(turns):
    for _ in repeat(None, turns):
        copy_context().run(nothing)


def scope_set(turns):
    for _ in repeat(None, turns):
        token = var.set(value)
        var.reset(token)


def derive(turns):
    for _ in repeat(None, turns):
        copy = copy_context()
        copy.run(var.set, value)


def capture(turns):
    for _ in repeat(None, turns):
        copy_context()


def attach(turns):
    for _ in repeat(None, turns):
        context.run(nothing)


task = attach

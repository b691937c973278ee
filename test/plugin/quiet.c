/* SPDX-License-Identifier: MIT */
/* A library without a key of its own, which nothing keeps. */
#include "plugin.h"

extern int plugin_quiet;
int plugin_quiet = 1;

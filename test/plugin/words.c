/* SPDX-License-Identifier: MIT */
/* A text that a program makes metadata of. */
#include "plugin.h"

extern const char plugin_words[];
const char plugin_words[] = "of the library";

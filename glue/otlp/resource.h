/* SPDX-License-Identifier: MIT */
/* resource.h - whose spans they are. */
#ifndef DCTXI_OTLP_RESOURCE_H
#define DCTXI_OTLP_RESOURCE_H

#include "attributes.h"
#include "config.h"

/* Says who this process is, by OpenTelemetry's names: the options' word counts
 * before the environment's, that before what is found out. Made anew for each
 * message, since a process forks. NULL without memory. */
Otlp__Resource *dctxi_otlp_resource(struct arena *arena,
				    const struct config *config);

#endif

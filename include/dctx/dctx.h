/* SPDX-License-Identifier: MIT */
/*
 * dctx/dctx.h - the context of a request, carried along its flow of execution.
 * This header includes all the others but thrd.h, weak.h and explore.h.
 */
#ifndef DCTX_H
#define DCTX_H

#include <dctx/abi.h>
#include <dctx/status.h>
#include <dctx/diag.h>
#include <dctx/codec.h>
#include <dctx/type.h>
#include <dctx/migration.h>
#include <dctx/key.h>
#include <dctx/registry.h>
#include <dctx/meta.h>
#include <dctx/store.h>
#include <dctx/scope.h>
#include <dctx/mark.h>
#include <dctx/snapshot.h>
#include <dctx/deadline.h>
#include <dctx/source.h>
#include <dctx/done.h>
#include <dctx/shield.h>
#include <dctx/step.h>
#include <dctx/waiter.h>
#include <dctx/timer.h>
#include <dctx/value.h>
#include <dctx/any.h>
#include <dctx/boxed.h>
#include <dctx/list.h>
#include <dctx/note.h>
#include <dctx/task.h>
#include <dctx/builder.h>
#include <dctx/message.h>
#include <dctx/auth.h>
#include <dctx/envelope.h>
#include <dctx/base64.h>
#include <dctx/finding.h>
#include <dctx/trace.h>
#include <dctx/carrier.h>
#include <dctx/hop.h>
#include <dctx/baggage.h>
#include <dctx/environ.h>
#include <dctx/accessor.h>
#include <dctx/work.h>
#include <dctx/gather.h>
#include <dctx/executor.h>
#include <dctx/scatter.h>
#include <dctx/dump.h>
#include <dctx/io.h>
#include <dctx/lock.h>
#include <dctx/resolve.h>
#include <dctx/span.h>
#include <dctx/layer.h>
#include <dctx/field.h>
#include <dctx/sink.h>
#include <dctx/log.h>

#endif

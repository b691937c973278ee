/* SPDX-License-Identifier: MIT */
/* dctx/span_cxx.h - the macros of spans for C++17; span.h includes this. */
#ifndef DCTX_SPAN_H
#include <dctx/span.h>
#elif !defined(DCTX_SPAN_CXX_H) && defined(__cplusplus)
#define DCTX_SPAN_CXX_H

#include <initializer_list>

/* Opens and enters a span. The last field stands for none. Since: 0.1. */
inline dctx_span *dctx_span_begin_list(const dctx_span_site &site,
				       std::initializer_list<dctx_span_field> f)
{
	return dctx_span_begin(&site, f.begin(), f.size() - 1);
}

/* A span that the rest of the block runs in. Since: 0.1. */
class dctx_span_here {
public:
	explicit dctx_span_here(dctx_span *span) : span_(span) {}
	~dctx_span_here()
	{
		if (span_ != nullptr)
			dctx_span_end(span_);
	}
	dctx_span_here(const dctx_span_here &) = delete;
	dctx_span_here &operator=(const dctx_span_here &) = delete;
	operator dctx_span *() const { return span_; }

private:
	dctx_span *const span_;
};

#define DCTX_SPAN_FIRST_(first, ...) first
#define DCTX_SPAN_REST_(first, ...) __VA_ARGS__
#define DCTX_SPAN_SITE_(site, level, ...)                                      \
	static const dctx_span_site site = {                                   \
		DCTX_SPAN_FIRST_(__VA_ARGS__, ), nullptr, (level), __FILE__,   \
		__LINE__}
#define DCTX_SPAN_BEGIN_(site, level, ...)                                     \
	(DCTX_SPAN_WANTED(level)                                               \
		 ? dctx_span_begin_list(site,                                  \
					{DCTX_SPAN_REST_(__VA_ARGS__, {})})    \
		 : nullptr)

/* As in C. Since: 0.1. */
#define DCTX_SPAN(var, ...) DCTX_SPAN_AT(var, DCTX_LEVEL_INFO, __VA_ARGS__)
#define DCTX_SPAN_AT(var, level, ...)                                          \
	DCTX_SPAN_SITE_(var##_site_, level, __VA_ARGS__);                      \
	const dctx_span_here var(                                              \
		DCTX_SPAN_BEGIN_(var##_site_, level, __VA_ARGS__))
#define DCTX_SPAN_BEGIN(var, ...)                                              \
	DCTX_SPAN_BEGIN_AT(var, DCTX_LEVEL_INFO, __VA_ARGS__)
#define DCTX_SPAN_BEGIN_AT(var, level, ...)                                    \
	DCTX_SPAN_SITE_(var##_site_, level, __VA_ARGS__);                      \
	dctx_span *const var =                                                 \
		DCTX_SPAN_BEGIN_(var##_site_, level, __VA_ARGS__)
#define DCTX_SPAN_END(var) dctx_span_end_at_end(&(var))

#endif

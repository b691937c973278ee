/* SPDX-License-Identifier: MIT */
/* dctx/value_cxx.h - the typed functions for C++17; value.h includes this. */
#ifndef DCTX_VALUE_H
#include <dctx/value.h>
#elif !defined(DCTX_VALUE_CXX_H) && defined(__cplusplus)
#define DCTX_VALUE_CXX_H

#include <type_traits>

/* Which functions serve the kind that a key's witness names. */
template <class Is> struct dctx_kind_of;

#define DCTX_CXX_SCALAR_(tag, fits)                                           \
	template <> struct dctx_kind_of<struct dctx_is_##tag> {               \
		template <class V, class K> static constexpr bool ok = fits;  \
		static constexpr auto get = dctx_store_get_##tag;             \
		static constexpr auto read = dctx_snapshot_get_##tag;         \
		static constexpr auto set = dctx_store_set_##tag;             \
		static constexpr auto replace = dctx_store_set_##tag;         \
	}
DCTX_CXX_SCALAR_(bool, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(i8, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(i16, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(i32, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(i64, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(u8, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(u16, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(u32, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(u64, std::is_integral_v<V>);
DCTX_CXX_SCALAR_(f32, std::is_arithmetic_v<V>);
DCTX_CXX_SCALAR_(f64, std::is_arithmetic_v<V>);
#undef DCTX_CXX_SCALAR_

#define DCTX_CXX_POINTER_(tag, fits)                                          \
	template <> struct dctx_kind_of<struct dctx_is_##tag> {               \
		template <class V, class K> static constexpr bool ok = fits;  \
		static constexpr auto get = dctx_store_get_##tag;             \
		static constexpr auto read = dctx_snapshot_get_##tag;         \
		static constexpr auto set = dctx_store_set_##tag;             \
		static constexpr auto replace = dctx_store_replace_##tag;     \
	}
DCTX_CXX_POINTER_(str, (std::is_convertible_v<V, const char *>));
DCTX_CXX_POINTER_(bytes, (std::is_same_v<V, dctx_bytes>));
DCTX_CXX_POINTER_(type,
		  (std::is_convertible_v<
			  V, std::remove_reference_t<decltype(*K::type)>>));
#undef DCTX_CXX_POINTER_

template <class K>
using dctx_kind_t = dctx_kind_of<std::remove_pointer_t<decltype(K::is)>>;
template <class K>
using dctx_value_t = std::remove_reference_t<decltype(*K::type)>;
#define DCTX_CXX_MUST_FIT_                                                    \
	static_assert(dctx_kind_t<K>::template ok<V, K>,                      \
		      "dctx: the value's type is not the key's")

/* Reads the value of a key, or `otherwise`. Since: 0.1. */
template <class K, class V>
inline dctx_value_t<K> dctx_store_get(const dctx_store *s, const K &k,
				      V otherwise)
{
	DCTX_CXX_MUST_FIT_;
	return static_cast<dctx_value_t<K>>(
		dctx_kind_t<K>::get(s, &k.key, otherwise));
}
template <class K, class V> inline dctx_value_t<K> dctx_get(const K &k, V v)
{
	return dctx_store_get(DCTX_CURRENT_, k, v);
}
template <class K, class V>
inline dctx_value_t<K> dctx_snapshot_get(const dctx_snapshot *s, const K &k,
					 V otherwise)
{
	DCTX_CXX_MUST_FIT_;
	return static_cast<dctx_value_t<K>>(
		dctx_kind_t<K>::read(s, &k.key, otherwise));
}

/* Sets a key in the innermost scope. Since: 0.1. */
template <class K, class V>
inline dctx_status dctx_store_set(dctx_store *s, K &k, V v)
{
	DCTX_CXX_MUST_FIT_;
	return dctx_kind_t<K>::set(s, &k.key, v);
}
template <class K, class V> inline dctx_status dctx_set(K &k, V v)
{
	return dctx_store_set(DCTX_CURRENT_, k, v);
}

/* Sets a key and frees at once what the same scope set. Since: 0.1. */
template <class K, class V>
inline dctx_status dctx_store_replace(dctx_store *s, K &k, V v)
{
	DCTX_CXX_MUST_FIT_;
	return dctx_kind_t<K>::replace(s, &k.key, v);
}
template <class K, class V> inline dctx_status dctx_replace(K &k, V v)
{
	return dctx_store_replace(DCTX_CURRENT_, k, v);
}

/* Changes a key: `change(&value)` sees the visible value. Since: 0.1. */
template <class K, class V, class F>
inline dctx_status dctx_update(K &k, V otherwise, F change)
{
	dctx_store *s = dctx_current();
	dctx_value_t<K> value = dctx_store_get(s, k, otherwise);
	change(&value);
	return dctx_store_set(s, k, value);
}

/* A scope as an object: left when it goes out of scope. Since: 0.1. */
class dctx_scope {
public:
	explicit dctx_scope(const char *name) : guard_(dctx_enter_here(name)) {}
	~dctx_scope() { dctx_leave(guard_); }
	dctx_scope(const dctx_scope &) = delete;
	dctx_scope &operator=(const dctx_scope &) = delete;

private:
	dctx_guard guard_;
};

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One record with every form in it is written and read whole, then into every
 * buffer that is too small and from every message that is cut short. Buffers
 * are blocks of exactly their size, so that a sanitizer sees one byte too many.
 */
#include "wire/codec.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The record's bytes, by hand. */
static const unsigned char golden[] = {
	0x07,
	0x02, 0x01,
	0x04, 0x03, 0x02, 0x01,
	0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
	0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0x00, 0x00, 0xc0, 0x3f,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0xbf,
	0x01,
	0x00,
	'r', 'a', 'w',
	0x03, 0, 0, 0, 0, 0, 0, 0, 'h', 0xc3, 0xa9,
	0x02, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x00,
};

static void write_record(dctx_writer *w)
{
	dctx_write_u8(w, 7);
	dctx_write_u16(w, 0x0102);
	dctx_write_u32(w, 0x01020304);
	dctx_write_u64(w, UINT64_C(0x0102030405060708));
	dctx_write_i64(w, -2);
	dctx_write_f32(w, 1.5f);
	dctx_write_f64(w, -1.5);
	dctx_write_bool(w, true);
	dctx_write_bool(w, false);
	dctx_write_raw(w, "raw", 3);
	dctx_write_str(w, "h\xc3\xa9");
	dctx_write_bytes(w, "\xff\0", 2);
}

struct record {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	float f32;
	double f64;
	bool yes, no;
	dctx_bytes raw, str, bytes;
};

static dctx_status read_record(dctx_reader *r, struct record *out)
{
	dctx_read_u8(r, &out->u8);
	dctx_read_u16(r, &out->u16);
	dctx_read_u32(r, &out->u32);
	dctx_read_u64(r, &out->u64);
	dctx_read_i64(r, &out->i64);
	dctx_read_f32(r, &out->f32);
	dctx_read_f64(r, &out->f64);
	dctx_read_bool(r, &out->yes);
	dctx_read_bool(r, &out->no);
	dctx_read_raw(r, 3, &out->raw);
	dctx_read_str(r, &out->str);
	return dctx_read_bytes(r, &out->bytes);
}

static void *block(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	assert_non_null(p);
	return p;
}

static dctx_reader reader_of(const void *data, size_t len)
{
	dctx_reader r;

	dctxi_reader_init(&r, data, len);
	return r;
}

static void a_record_is_written_as_bincode_has_it(void **state)
{
	unsigned char *buf = block(sizeof(golden));
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, buf, sizeof(golden));
	write_record(&w);
	assert_int_equal(w.status, DCTX_OK);
	assert_int_equal(w.len, sizeof(golden));
	assert_memory_equal(buf, golden, sizeof(golden));
	free(buf);
}

static void every_smaller_buffer_gets_a_prefix_and_the_full_count(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(golden); size++) {
		unsigned char *buf = block(size);
		dctx_writer w;

		dctxi_writer_init(&w, buf, size);
		write_record(&w);
		assert_int_equal(w.status, DCTX_TOO_SMALL);
		assert_int_equal(w.len, sizeof(golden));
		assert_memory_equal(buf, golden, (size_t)(w.at - buf));
		free(buf);
	}
}

static void nothing_is_written_behind_what_did_not_fit(void **state)
{
	unsigned char buf[4] = {0};
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, buf, sizeof(buf));
	dctx_write_u8(&w, 0xaa);
	dctx_write_u32(&w, 0xffffffff);
	dctx_write_u8(&w, 0xbb);
	assert_int_equal(w.len, 6);
	assert_memory_equal(buf, "\xaa\0\0\0", 4);
}

static void a_writer_without_a_buffer_counts(void **state)
{
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, NULL, 0);
	dctx_write_raw(&w, NULL, 0);
	assert_int_equal(w.status, DCTX_OK);
	write_record(&w);
	assert_int_equal(w.status, DCTX_TOO_SMALL);
	assert_int_equal(w.len, sizeof(golden));
}

static void a_real_failure_overrules_too_small_and_sticks(void **state)
{
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, NULL, 0);
	dctx_write_u8(&w, 1);
	dctx_write_str(&w, "\xed\xa0\x80");
	assert_int_equal(w.status, DCTX_CORRUPT);
	dctx_write_raw(&w, NULL, 3);
	dctx_write_u8(&w, 1);
	assert_int_equal(w.status, DCTX_CORRUPT);
}

static void null_is_no_text_and_no_bytes(void **state)
{
	unsigned char buf[32];
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, buf, sizeof(buf));
	dctx_write_bytes(&w, NULL, 0);
	assert_int_equal(w.status, DCTX_OK);
	assert_int_equal(w.len, 8);
	dctx_write_str(&w, NULL);
	assert_int_equal(w.status, DCTX_INVALID);
	dctxi_writer_init(&w, buf, sizeof(buf));
	dctx_write_bytes(&w, NULL, 1);
	assert_int_equal(w.status, DCTX_INVALID);
}

static void a_count_that_overflows_is_an_error(void **state)
{
	unsigned char buf[8];
	dctx_writer w;

	(void)state;
	dctxi_writer_init(&w, buf, sizeof(buf));
	dctx_write_u8(&w, 1);
	dctx_write_raw(&w, buf, SIZE_MAX);
	assert_int_equal(w.status, DCTX_LIMIT);
	assert_int_equal(w.len, 1);
}

static void a_record_is_read_back(void **state)
{
	dctx_reader r = reader_of(golden, sizeof(golden));
	struct record got;

	(void)state;
	assert_int_equal(read_record(&r, &got), DCTX_OK);
	assert_int_equal(dctx_read_left(&r), 0);
	assert_int_equal(got.u8, 7);
	assert_int_equal(got.u16, 0x0102);
	assert_int_equal(got.u32, 0x01020304);
	assert_true(got.u64 == UINT64_C(0x0102030405060708));
	assert_true(got.i64 == -2);
	assert_true(got.f32 == 1.5f);
	assert_true(got.f64 == -1.5);
	assert_true(got.yes);
	assert_false(got.no);
	assert_int_equal(got.raw.len, 3);
	assert_memory_equal(got.raw.data, "raw", 3);
	assert_int_equal(got.str.len, 3);
	assert_memory_equal(got.str.data, "h\xc3\xa9", 3);
	assert_int_equal(got.bytes.len, 2);
	assert_memory_equal(got.bytes.data, "\xff\0", 2);
}

static void every_truncation_is_refused_and_sticks(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(golden); len++) {
		unsigned char *cut = block(len);
		struct record got;
		dctx_reader r = reader_of(cut, len);
		const unsigned char *stop;

		memcpy(cut, golden, len);
		assert_int_equal(read_record(&r, &got), DCTX_CORRUPT);
		stop = r.at;
		assert_int_equal(dctx_read_raw(&r, 0, &got.raw), DCTX_CORRUPT);
		assert_int_equal(dctx_read_u8(&r, &got.u8), DCTX_CORRUPT);
		assert_ptr_equal(r.at, stop);
		free(cut);
	}
}

static void a_failed_read_writes_nothing(void **state)
{
	struct record got, before;
	dctx_reader r = reader_of(NULL, 0);

	(void)state;
	memset(&got, 0x5a, sizeof(got));
	before = got;
	assert_int_equal(read_record(&r, &got), DCTX_CORRUPT);
	assert_memory_equal(&got.u64, &before.u64, sizeof(got.u64));
	assert_memory_equal(&got.f32, &before.f32, sizeof(got.f32));
	assert_memory_equal(&got.f64, &before.f64, sizeof(got.f64));
	assert_int_equal(got.u8, before.u8);
	assert_int_equal(got.u16, before.u16);
	assert_int_equal(got.u32, before.u32);
	assert_true(got.i64 == before.i64);
	assert_ptr_equal(got.raw.data, before.raw.data);
	assert_ptr_equal(got.str.data, before.str.data);
	assert_ptr_equal(got.bytes.data, before.bytes.data);
}

static void of_256_bytes_two_are_a_bool(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		unsigned char byte = (unsigned char)c;
		dctx_reader r = reader_of(&byte, 1);
		bool got;

		if (c > 1) {
			assert_int_equal(dctx_read_bool(&r, &got),
					 DCTX_CORRUPT);
			assert_ptr_equal(r.at, &byte);
			continue;
		}
		assert_int_equal(dctx_read_bool(&r, &got), DCTX_OK);
		assert_int_equal(got, c);
	}
}

/* Lengths that would wrap round when added to an address. */
static void a_length_past_the_end_is_refused_at_its_place(void **state)
{
	static const uint64_t lengths[] = {3, UINT32_MAX, UINT64_C(1) << 63,
					   UINT64_MAX - 8, UINT64_MAX};
	unsigned char buf[11] = "x";

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		dctx_bytes got;
		dctx_writer w;
		dctx_reader r = reader_of(buf, sizeof(buf));

		dctxi_writer_init(&w, buf + 1, 8);
		dctx_write_u64(&w, lengths[i]);
		assert_int_equal(dctx_read_raw(&r, 1, &got), DCTX_OK);
		assert_int_equal(dctx_read_bytes(&r, &got), DCTX_CORRUPT);
		assert_ptr_equal(r.at, buf + 1);
	}
}

static void a_string_must_be_utf8_and_bytes_need_not(void **state)
{
	static const unsigned char bad[] = {2, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x80};
	dctx_reader r = reader_of(bad, sizeof(bad));
	dctx_bytes got;

	(void)state;
	assert_int_equal(dctx_read_bytes(&r, &got), DCTX_OK);
	r = reader_of(bad, sizeof(bad));
	assert_int_equal(dctx_read_str(&r, &got), DCTX_CORRUPT);
	assert_ptr_equal(r.at, bad);
}

static void the_views_of_a_string_lie_in_the_message(void **state)
{
	static const unsigned char msg[] = {3, 0, 0, 0, 0, 0, 0, 0,
					    'a', 0, 'b'};
	dctx_reader r = reader_of(msg, sizeof(msg));
	dctx_bytes got;

	(void)state;
	assert_int_equal(dctx_read_str(&r, &got), DCTX_OK);
	assert_ptr_equal(got.data, msg + 8);
	assert_int_equal(got.len, 3);
}

static void floats_keep_every_bit(void **state)
{
	static const double values[] = {0.0, -0.0, DBL_MIN, DBL_MAX, INFINITY,
					-INFINITY, NAN};
	unsigned char buf[12];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		float narrow = (float)values[i], f32;
		dctx_reader r = reader_of(buf, sizeof(buf));
		double f64;
		dctx_writer w;

		dctxi_writer_init(&w, buf, sizeof(buf));
		dctx_write_f64(&w, values[i]);
		dctx_write_f32(&w, narrow);
		assert_int_equal(w.status, DCTX_OK);
		assert_int_equal(dctx_read_f64(&r, &f64), DCTX_OK);
		assert_int_equal(dctx_read_f32(&r, &f32), DCTX_OK);
		assert_memory_equal(&f64, &values[i], sizeof(f64));
		assert_memory_equal(&f32, &narrow, sizeof(f32));
	}
}

static void words_are_whole_at_every_alignment(void **state)
{
	unsigned char buf[24];

	(void)state;
	for (size_t at = 0; at < 8; at++) {
		dctx_reader r = reader_of(buf + at, 14);
		uint64_t u64;
		uint32_t u32;
		uint16_t u16;
		dctx_writer w;

		dctxi_writer_init(&w, buf + at, 14);
		dctx_write_u64(&w, UINT64_MAX - 1);
		dctx_write_u32(&w, UINT32_MAX - 2);
		dctx_write_u16(&w, UINT16_MAX - 3);
		dctx_read_u64(&r, &u64);
		dctx_read_u32(&r, &u32);
		assert_int_equal(dctx_read_u16(&r, &u16), DCTX_OK);
		assert_true(u64 == UINT64_MAX - 1);
		assert_true(u32 == UINT32_MAX - 2);
		assert_true(u16 == UINT16_MAX - 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_written_as_bincode_has_it),
		cmocka_unit_test(
			every_smaller_buffer_gets_a_prefix_and_the_full_count),
		cmocka_unit_test(nothing_is_written_behind_what_did_not_fit),
		cmocka_unit_test(a_writer_without_a_buffer_counts),
		cmocka_unit_test(a_real_failure_overrules_too_small_and_sticks),
		cmocka_unit_test(null_is_no_text_and_no_bytes),
		cmocka_unit_test(a_count_that_overflows_is_an_error),
		cmocka_unit_test(a_record_is_read_back),
		cmocka_unit_test(every_truncation_is_refused_and_sticks),
		cmocka_unit_test(a_failed_read_writes_nothing),
		cmocka_unit_test(of_256_bytes_two_are_a_bool),
		cmocka_unit_test(a_length_past_the_end_is_refused_at_its_place),
		cmocka_unit_test(a_string_must_be_utf8_and_bytes_need_not),
		cmocka_unit_test(the_views_of_a_string_lie_in_the_message),
		cmocka_unit_test(floats_keep_every_bit),
		cmocka_unit_test(words_are_whole_at_every_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

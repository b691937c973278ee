/* SPDX-License-Identifier: MIT */
/* message.c - a message's parts, one by one: walked and written. */
#include "data/fail.h"
#include "wire/part.h"

static dctx_status check_entries(dctx_reader *in, dctx_message *m)
{
	dctx_status status = DCTX_OK;
	dctx_entry entry;

	m->entry = in->at;
	for (size_t i = 0; i < m->entries && status == DCTX_OK; i++) {
		status = dctxi_part_entry(in, &entry)
				 ? dctxi_part_check_key(in, entry.key)
				 : in->status;
	}
	return status;
}

static dctx_status check_chain(dctx_reader *in, dctx_message *m)
{
	dctx_status status = dctxi_part_chain(in, m->version, &m->names);
	dctx_bytes name;

	if (status != DCTX_OK)
		return status;
	m->has_chain = m->names != DCTXI_NO_CHAIN;
	if (!m->has_chain)
		m->names = 0;
	m->name = in->at;
	for (size_t i = 0; i < m->names && status == DCTX_OK; i++)
		status = dctxi_part_name(in, &name);
	if (status == DCTX_OK && m->version == DCTXI_MESSAGE_V1)
		status = dctxi_part_end(in);
	return status;
}

dctx_status dctx_message_open(const void *data, size_t len, dctx_message *out)
{
	dctx_message m = {.entries_read = 0};
	dctx_status status;
	dctx_reader in;

	if ((data == NULL && len > 0) || out == NULL)
		return dctxi_fail(DCTX_INVALID, "message");
	dctxi_reader_init(&in, data, len);
	m.start = in.start;
	status = dctxi_part_head(&in, &m.version, &m.entries);
	if (status == DCTX_OK)
		status = check_entries(&in, &m);
	if (status == DCTX_OK)
		status = check_chain(&in, &m);
	if (status != DCTX_OK)
		return status;
	m.len = (size_t)(in.at - in.start);
	m.trailing = dctx_read_left(&in);
	*out = m;
	return DCTX_OK;
}

bool dctx_message_entry(dctx_message *m, dctx_entry *out)
{
	if (m == NULL || out == NULL || m->entries_read == m->entries)
		return false;
	m->entry = dctxi_part_again(m->start, m->entry, out);
	m->entries_read++;
	return true;
}

bool dctx_message_name(dctx_message *m, dctx_bytes *out)
{
	if (m == NULL || out == NULL || m->names_read == m->names)
		return false;
	m->name = dctxi_part_bytes_again(m->name, out);
	m->names_read++;
	return true;
}

static dctx_status write_entries(dctx_writer *w,
				 const dctx_message_parts *parts)
{
	dctx_status status = DCTX_OK;

	if (dctxi_past(DCTX_LIMIT_ENTRIES, parts->entry_count))
		return dctxi_fail_limit("entries", parts->entry_count,
					dctxi_limit(DCTX_LIMIT_ENTRIES));
	dctx_write_u64(w, parts->entry_count);
	for (size_t i = 0; i < parts->entry_count && status == DCTX_OK; i++)
		status = dctxi_part_put_entry(w, &parts->entries[i]);
	return status;
}

static dctx_status write_names(dctx_writer *w, const dctx_message_parts *parts)
{
	dctx_status status = DCTX_OK;

	if (parts->names == NULL && parts->version == DCTXI_MESSAGE_V1)
		return DCTX_OK;
	dctx_write_u64(w, parts->name_count);
	for (size_t i = 0; i < parts->name_count && status == DCTX_OK; i++)
		status = dctxi_part_put_name(w, parts->names[i]);
	return status;
}

static bool are_sound(const dctx_message_parts *parts)
{
	return parts->struct_size >= sizeof *parts &&
	       (parts->version == DCTXI_MESSAGE_V1 ||
		parts->version == DCTXI_MESSAGE_V2) &&
	       (parts->entries != NULL || parts->entry_count == 0) &&
	       (parts->names != NULL || parts->name_count == 0);
}

dctx_status dctx_message_write(const dctx_message_parts *parts, void *buf,
			       size_t size, size_t *out_len)
{
	dctx_status status;
	dctx_writer w;

	if (parts == NULL || (buf == NULL && size > 0) || out_len == NULL ||
	    !are_sound(parts))
		return dctxi_fail(DCTX_INVALID, "message");
	dctxi_writer_init(&w, buf, size);
	dctx_write_u32(&w, parts->version);
	status = write_entries(&w, parts);
	if (status == DCTX_OK)
		status = write_names(&w, parts);
	if (status == DCTX_OK)
		status = dctxi_part_finish(&w, size, out_len);
	return status;
}
